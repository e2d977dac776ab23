//! Exponents with parts that are positive in a region.

use proptest::prelude::*;

use super::testing::{config, exponent, exponents};
use crate::laws::symbolic::exponent::Exponent;
use crate::laws::symbolic::oriented::Oriented;
use crate::laws::symbolic::region::Region;

fn region(positive: &[&str]) -> Region {
    Region::new(positive.iter().map(|text| exponent(text)))
}

#[test]
fn parts_are_positive_where_the_exponent_holds() {
    let fourth = region(&["a - 1 - b", "b", "1/2 - b"]);
    let cases = [
        ("-b*(a - 1)/(a*b - b^2 - 2*a - b + 2)", "b*(a - 1)/(b^2 + 2*a + b - a*b - 2)", "C^(b*(a - 1)/", "C^-(b"),
        ("(b - 1)*(a - b)", "-(1 - b)*(a - b)", "C^-((1 - b)*(a - b))", "C^((1 - b)*(a - b))"),
        ("(b - 1)^2/(b - 2)", "-(1 - b)^2/(2 - b)", "C^-((1 - b)^2/(2 - b))", "C^((1 - b)^2/(2 - b))"),
        // of unknown sign
        ("3 - a", "3 - a", "C^(3 - a)", "C^-(3 - a)"),
        ("(b - 1)*(a - 3)", "(3 - a)*(1 - b)", "C^((3 - a)*(1 - b))", "C^-((3 - a)*(1 - b))"),
        ("0", "0", "C^0", "C^0"),
        ("1", "1", "C", "C^-1"),
        ("-1", "-1", "C^-1", "C"),
    ];
    for (given, text, grows, falls) in cases {
        let oriented = Oriented::new(&exponent(given), std::slice::from_ref(&fourth));
        assert_eq!(oriented.to_string(), text);
        for (written, start) in [(oriented.power_of("C", false), grows), (oriented.power_of("C", true), falls)] {
            assert!(written.starts_with(start), "{given}: {written}");
        }
    }
    let oriented = Oriented::new(&exponent("(b - 1)/(b - 2)"), std::slice::from_ref(&fourth));
    assert_eq!(oriented.latex_power_of("N", false), r"N^{\frac{1-b}{2-b}}");
    assert_eq!(oriented.latex_power_of("N", true), r"N^{-\frac{1-b}{2-b}}");
    // a sign must hold in all regions
    let other = region(&["b - 1"]);
    assert_eq!(Oriented::new(&exponent("1/(b - 1)"), &[fourth, other]).to_string(), "1/(b - 1)");
}

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn the_function_stays(x in exponents(), lines in prop::collection::vec([-3i64..=3, -3i64..=3, -3i64..=3], 0..4)) {
        let line = |&[a, b, c]: &[i64; 3]| a * Exponent::a() + b * Exponent::b() + c;
        let oriented = Oriented::new(&x, &[Region::new(lines.iter().map(line))]);
        prop_assert_eq!(exponent(&oriented.to_string()), x);
    }
}
