//! How exponents and inequalities look.

use super::testing::exponent;
use crate::laws::symbolic::notation::Style;

#[test]
fn exponents_are_written_as_people_do() {
    let cases = [
        ("0", "0", "0"),
        ("-3", "-3", "-3"),
        ("-1/2", "-1/2", r"-\frac{1}{2}"),
        ("2*b", "2*b", "2b"),
        ("a/2", "a/2", r"\frac{a}{2}"),
        ("-b", "-b", "-b"),
        ("1 - b", "1 - b", "1-b"),
        ("-a - b", "-(a + b)", "-(a+b)"),
        ("2*a - 2", "2*(a - 1)", "2(a-1)"),
        ("(a - 1)/b", "(a - 1)/b", r"\frac{a-1}{b}"),
        ("(1 - a)/b", "(1 - a)/b", r"\frac{1-a}{b}"),
        ("b/(1 + b)", "b/(b + 1)", r"\frac{b}{b+1}"),
        ("1/(1 - b)", "1/(1 - b)", r"\frac{1}{1-b}"),
        ("(a - 1)/(a + b - 1)", "(a - 1)/(a + b - 1)", r"\frac{a-1}{a+b-1}"),
        ("2 - 1/b", "(2*b - 1)/b", r"\frac{2b-1}{b}"),
        ("(1 - b)*(a - 1)/(2*b)", "(a - 1)*(1 - b)/(2*b)", r"\frac{(a-1)(1-b)}{2b}"),
        ("(a - 1)^2/b^12", "(a - 1)^2/b^12", r"\frac{(a-1)^2}{b^{12}}"),
        (
            "(1 - b)*(a - 1)/(b^2 - a*b + 2*a - 3*b)",
            "(a - 1)*(b - 1)/(a*b - b^2 - 2*a + 3*b)",
            r"\frac{(a-1)(b-1)}{ab-b^2-2a+3b}",
        ),
    ];
    for (given, text, latex) in cases {
        assert_eq!(exponent(given).to_string(), text);
        assert_eq!(exponent(given).latex(), latex);
    }
    assert_eq!(format!("{:>4}|{:<4}|", exponent("b"), exponent("a")), "   b|a   |");
}

#[test]
fn inequalities_have_positive_sides() {
    let cases = [
        ("b - a + 1", "a - 1 < b"),
        ("a - b - 1", "a - 1 > b"),
        ("b - 1", "b > 1"),
        ("1 - 2*b", "b < 1/2"),
        ("3*a", "a > 0"),
        ("a + b - 1", "a + b > 1"),
        ("5 - 2*a - 3*b", "2*a + 3*b < 5"),
        ("a + b + 1", "a + b + 1 > 0"),
        ("-a - b - 1", "a + b + 1 < 0"),
        ("2*b - a", "a < 2*b"),
        ("a - 2*b + 3", "a + 3 > 2*b"),
        ("2*b - a + 3", "a < 2*b + 3"),
        ("2*b - 2*a + 2", "a - 1 < b"),
        ("-b^2 + 4*b - 2", "b^2 - 4*b + 2 < 0"),
        ("3*(1 - a)*b", "b*(a - 1) < 0"),
    ];
    for (given, text) in cases {
        assert_eq!(Style::Text.positive(exponent(given).numerator()), text);
    }
    assert_eq!(Style::Latex.positive(exponent("2*b - a").numerator()), "a < 2b");
}
