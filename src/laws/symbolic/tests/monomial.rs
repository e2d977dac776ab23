//! Products of powers, read and written.

use super::testing::{exponent, rational};
use crate::laws::symbolic::exponent::Exponent;
use crate::laws::symbolic::monomial::Monomial;

const RESOURCES: [&str; 3] = ["t", "N", "P"];

#[test]
fn monomials_are_written_as_they_are_read() {
    let cases = [
        ("N*t", "t*N", "tN"),
        ("1", "1", "1"),
        ("3/2*N", "(3/2)*N", r"\left(\frac{3}{2}\right)N"),
        ("N^-(a - 1)", "N^-(a - 1)", "N^{-(a-1)}"),
        ("N^-b/P", "N^-b*P^-1", "N^{-b}P^{-1}"),
        ("N^-1*t^-(1 - 1/b)", "t^-((b - 1)/b)*N^-1", r"t^{-\frac{b-1}{b}}N^{-1}"),
        ("t^(1/2)*N^(2 - b)", "t^(1/2)*N^-(b - 2)", r"t^{\frac{1}{2}}N^{-(b-2)}"),
        ("t^(b + 1)", "t^(b + 1)", "t^{b+1}"),
        ("2*N/N", "2", "2"),
    ];
    for (given, text, latex) in cases {
        let monomial = Monomial::parse(given, &RESOURCES).unwrap();
        assert_eq!(monomial.to_string(), text);
        assert_eq!(monomial.latex(), latex);
        assert_eq!(Monomial::parse(text, &RESOURCES).unwrap(), monomial);
    }
    let half = Monomial::parse("N/2", &RESOURCES).unwrap();
    assert_eq!(half.prefactor(), &rational(1, 2));
    assert_eq!(half.powers(), ["0", "1", "0"].map(exponent));
}

#[test]
fn bad_resources_are_named() {
    let problem = |resources: &[&str]| Monomial::parse("1", resources).unwrap_err().to_string();
    assert_eq!(problem(&["N", "2x"]), "`2x` is not the name of a resource: use letters, digits and _");
    assert_eq!(problem(&["N", ""]), "`` is not the name of a resource: use letters, digits and _");
    assert_eq!(problem(&["N", "t", "N"]), "the resource `N` is there twice: name it once");
    let short = Monomial::growing(&["N", "t"], &[Exponent::a()]).unwrap_err();
    assert_eq!(short.to_string(), "there are 1 exponents for 2 resources: give one of each");
}
