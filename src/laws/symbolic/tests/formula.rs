//! What is read is what was written, and what cannot be read is named.

use proptest::prelude::*;

use super::testing::{config, exponent, exponents, rational};
use crate::laws::symbolic::exponent::Exponent;
use crate::laws::symbolic::formula::power_product;

#[test]
fn formulas_are_read() {
    let (a, b) = (Exponent::a(), Exponent::b());
    assert_eq!(exponent(" -a^2 * b+ 1.5"), -(&a * &a * &b) + Exponent::ratio(3, 2).unwrap());
    assert_eq!(exponent("a/b/2"), (&a / (2 * &b)).unwrap());
    assert_eq!(exponent("a - b - 1"), &a - (&b + 1));
    assert_eq!(exponent("2^-1"), Exponent::ratio(1, 2).unwrap());
    assert_eq!(exponent("--a"), a);
    assert_eq!(exponent("a*-b"), -(a * b));
    assert_eq!(exponent("25e-1"), Exponent::ratio(5, 2).unwrap());
    assert_eq!(exponent("1.5E2 + 1e+1"), Exponent::integer(160));
}

fn problem(text: &str) -> String {
    text.parse::<Exponent>().unwrap_err().to_string()
}

#[test]
fn bad_formulas_are_named() {
    assert_eq!(problem("(a - 1"), "`(a - 1`: ends where an operator or `)` should follow");
    assert_eq!(problem("a + c"), "`a + c`: `c` after `a+` is not a number, `a`, `b` or `(`");
    assert_eq!(problem("a b"), "`a b`: `b` after `a` is not an operator");
    assert_eq!(problem("a^b"), "`a^b`: `b` after `a^` is not an integer power up to 24");
    assert_eq!(problem("a^99"), "`a^99`: `99` after `a^` is not an integer power up to 24");
    assert_eq!(problem("(a + b)^9*a^20"), "`(a + b)^9*a^20`: has a degree above 24: write a simpler one");
    assert_eq!(problem("1/(b - b)"), "`1/(b - b)`: divides by zero");
    assert_eq!(problem("1..2"), "`1..2`: `1..2` is not a number");
    assert_eq!(problem("."), "`.`: `.` is not a number");
    assert_eq!(problem("a = 1"), "`a = 1`: `=` has no meaning here: use + - * / ^ and parentheses");
    assert_eq!(problem(""), "``: ends where a number, `a`, `b` or `(` should follow");
    assert!(problem(&"(".repeat(900)).ends_with("is nested too deeply: leave out parentheses"));
    assert!(problem(&"-".repeat(900)).ends_with("should follow"));
    assert!(problem(&"1".repeat(2000)).ends_with("is longer than 1000 characters: write a shorter one"));
}

#[test]
fn products_of_powers_are_read() {
    let resources = ["t", "N", "P"].map(str::to_owned);
    let read = |text: &str| power_product(text, &resources);
    let powers = |t: &str, n: &str, p: &str| [t, n, p].map(exponent).to_vec();
    assert_eq!(read("N*t").unwrap(), (rational(1, 1), powers("1", "1", "0")));
    assert_eq!(read("6*N^2*t/1.5").unwrap(), (rational(4, 1), powers("1", "2", "0")));
    assert_eq!(read("N*N^b*P^(1/2)").unwrap(), (rational(1, 1), powers("0", "1 + b", "1/2")));
    assert_eq!(read("t^-((a - 1)/b)/N").unwrap(), (rational(1, 1), powers("-(a - 1)/b", "-1", "0")));
    let problem = |text: &str| read(text).unwrap_err().to_string();
    assert_eq!(problem("N*x"), "`N*x`: `x` is none of the resources: write a product of powers of t, N, P");
    assert_eq!(problem("6N"), "`6N`: `N` after `6` is not an operator");
    assert_eq!(problem("N**t"), "`N**t`: `*` after `N*` is not a number, `a`, `b` or `(`");
    assert_eq!(problem("N^"), "`N^`: ends where a number, `a`, `b` or `(` should follow");
    assert_eq!(problem("N + t"), "`N + t`: `+` after `N` is not an operator");
    assert_eq!(problem("0*N"), "`0*N`: `0` at its start is not a positive number or a resource");
}

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn what_is_printed_can_be_read(x in exponents(), y in exponents()) {
        for z in [x.clone(), &x * &y, &x + &y, -(&x * &y)] {
            let text = z.to_string();
            prop_assert_eq!(&text.parse::<Exponent>().unwrap(), &z, "{}", text);
        }
    }

    #[test]
    fn no_text_panics(text in "[ab0-9+*/^(). -]{0,30}") {
        let _ = text.parse::<Exponent>();
    }
}
