//! Regions are simplified without losing or gaining a point.

use proptest::prelude::*;

use super::testing::{config, exponent, exponents, rational, rationals};
use crate::laws::symbolic::exponent::Exponent;
use crate::laws::symbolic::region::Region;

fn region(positive: &[&str]) -> Region {
    Region::new(positive.iter().map(|text| exponent(text)))
}

fn simplified(positive: &[&str]) -> String {
    region(positive).simplified().to_string()
}

#[test]
fn what_follows_is_left_out() {
    assert_eq!(simplified(&[]), "everywhere");
    assert_eq!(simplified(&["3"]), "everywhere");
    assert_eq!(simplified(&["a - a"]), "nowhere");
    assert_eq!(simplified(&["a", "-a"]), "nowhere");
    assert_eq!(simplified(&["b - 1", "b", "2*b - 1", "b - 1"]), "b > 1");
    assert_eq!(simplified(&["a - 1", "b", "(a - 1)/b", "a/(b + 1)"]), "a > 1 and b > 0");
    assert_eq!(simplified(&["b - 1/2", "1 - b", "2 - b", "a - b - 1", "a"]), "a - 1 > b and b > 1/2 and b < 1");
    // denominators and factors of known sign
    assert_eq!(simplified(&["a", "b", "(a - b - 1)/(a*b + b^2)"]), "a - 1 > b and b > 0");
    assert_eq!(simplified(&["1 - b", "(a - b)/(b - 1)"]), "a < b and b < 1");
    // of unknown sign, they stay
    assert_eq!(simplified(&["(a - 1)/b"]), "b*(a - 1) > 0");
    assert_eq!(simplified(&["a^2"]), "a^2 > 0");
    assert_eq!(simplified(&["b - 1/2", "1 - b", "4*b - b^2 - 2"]), "b < 1 and b^2 - 4*b + 2 < 0");
    assert_eq!(simplified(&["b - 3/5", "1 - b", "4*b - b^2 - 2"]), "b > 3/5 and b < 1");
    assert_eq!(simplified(&["b - 3/5", "1 - b", "b^2 - 4*b + 2"]), "nowhere");
    // a bound that a nonlinear inequality makes superfluous, or not
    assert_eq!(simplified(&["b - 1/2", "1 - b", "b^2 - b + 1/8"]), "b > 1/2 and b < 1 and 8*b^2 - 8*b + 1 > 0");
    assert_eq!(simplified(&["a - 1/2", "4*a - a^2 - 2"]), "a^2 - 4*a + 2 < 0");
    assert_eq!(simplified(&["a*b - 1", "(a*b - 1)*(a - b)"]), "a > b and a*b - 1 > 0");
    assert_eq!(region(&["(a - 1)/b", "2"]).to_string(), "(a - 1)/b > 0");
    assert_eq!(region(&["a - 1", "b + 1 - a"]).latex(), r"a > 1,\; a-1 < b");
}

#[test]
fn neighbours_are_joined() {
    let join = |x: &[&str], y: &[&str]| {
        let [x, y] = [x, y].map(|r| region(r).simplified());
        assert_eq!(x.joined(&y), y.joined(&x));
        x.joined(&y).map(|r| r.to_string())
    };
    let below = ["1/2 - b", "a - 1", "b + 1 - a"];
    let above = ["b - 1/2", "1 - b", "a - 1", "b + 1 - a"];
    assert_eq!(join(&below, &above).as_deref(), Some("a > 1 and a - 1 < b and b < 1"));
    assert_eq!(join(&["a", "b"], &["-a", "b"]).as_deref(), Some("b > 0"));
    assert_eq!(join(&["a", "b"], &["-a", "b - 1"]), None);
    assert_eq!(join(&["a", "b"], &["a - 1", "b"]), None);
}

#[test]
fn signs_follow_from_the_inequalities() {
    let wedge = region(&["a - 1", "b + 1 - a"]);
    assert_eq!(wedge.sign_of(&exponent("(1 - a)/b^3")), Some(-1));
    assert_eq!(wedge.sign_of(&exponent("a - 2")), None);
    assert_eq!(wedge.sign_of(&exponent("0")), None);
}

proptest! {
    #![proptest_config(config(96))]

    #[test]
    fn simplification_keeps_the_points(
        lines in prop::collection::vec([-3i64..=3, -3i64..=3, -3i64..=3], 0..5),
        others in prop::collection::vec(exponents(), 0..3),
        points in prop::collection::vec((rationals(), rationals()), 40),
    ) {
        let linear = lines.iter().map(|&[x, y, c]| x * Exponent::a() + y * Exponent::b() + c);
        let region = Region::new(linear.chain(others));
        let simplified = region.simplified();
        for (a, b) in &points {
            let [before, after] = [&region, &simplified].map(|r| r.contains(a, b));
            prop_assert_eq!(before, after, "{} at {}, {}: {}", region, a, b, simplified);
        }
        prop_assert_eq!(simplified.simplified(), simplified);
    }

    #[test]
    fn linear_regions_have_one_form(
        lines in prop::collection::vec([-3i64..=3, -3i64..=3, -3i64..=3], 1..6),
        weights in prop::collection::vec(1i64..4, 6),
    ) {
        let line = |&[x, y, c]: &[i64; 3]| x * Exponent::a() + y * Exponent::b() + c;
        let linear: Vec<Exponent> = lines.iter().map(line).collect();
        let region = Region::new(linear.clone()).simplified();
        // sums of the inequalities follow from them, in any order
        let sum = linear.iter().zip(&weights).fold(Exponent::integer(1), |sum, (e, w)| sum + e * *w);
        let mut more = linear;
        more.push(sum);
        more.reverse();
        prop_assert_eq!(Region::new(more).simplified(), region);
    }
}

#[test]
fn borders_and_poles_are_outside() {
    let region = region(&["1/(a - 1)"]);
    assert!(region.contains(&rational(2, 1), &rational(0, 1)));
    assert!(!region.contains(&rational(1, 1), &rational(0, 1)));
    assert!(!region.contains(&rational(0, 1), &rational(0, 1)));
}
