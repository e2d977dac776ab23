//! Signs that are proved hold.

use proptest::prelude::*;

use super::testing::{bivariates, config, exponent, rational, rationals};
use crate::laws::symbolic::half_planes::HalfPlane;
use crate::laws::symbolic::signs::sign_on;

fn sign(text: &str, region: &[&str]) -> Option<i8> {
    let half_planes: Vec<HalfPlane> =
        region.iter().map(|line| HalfPlane::of(exponent(line).numerator()).unwrap()).collect();
    sign_on(exponent(text).numerator(), &half_planes)
}

#[test]
fn signs_are_proved_where_there_is_one() {
    assert_eq!(sign("-2", &[]), Some(-1));
    assert_eq!(sign("a + b", &["a", "b"]), Some(1));
    assert_eq!(sign("a + b - 1", &["a", "b"]), None);
    assert_eq!(sign("b^2 + 1", &[]), Some(1));
    assert_eq!(sign("a^2 - 4*a + 2", &["a - 3/5", "3 - a"]), Some(-1));
    assert_eq!(sign("b^2 - 4*b + 2", &["a - 3/5"]), None);
    let phase = ["a - 1 - b", "b - 1/2", "1 - b"];
    assert_eq!(sign("a*b - b^2 - 2*a + 3*b", &phase), Some(-1));
    assert_eq!(sign("a^2 - b^2 + b", &phase), Some(1));
    assert_eq!(sign("a*b - 1", &["a", "b"]), None);
    // a single half plane is not a quadrant
    assert_eq!(sign("a*b", &["a"]), None);
}

proptest! {
    #![proptest_config(config(128))]

    #[test]
    fn signs_hold_at_points(
        p in bivariates(2),
        lines in prop::collection::vec([-3i64..=3, -3i64..=3, -3i64..=3], 1..5),
        a in rationals(),
        b in rationals(),
    ) {
        // sides of lines on which the point is
        let zero = rational(0, 1);
        let half_planes: Vec<HalfPlane> = lines
            .iter()
            .map(|line| line.map(|n| rational(n, 1)))
            .map(|[x, y, c]| if &x * &a + &y * &b + &c < zero { [-x, -y, -c] } else { [x, y, c] })
            .filter(|[x, y, c]| x * &a + y * &b + c > zero)
            .map(|[a, b, c]| HalfPlane { a, b, c })
            .collect();
        match sign_on(&p, &half_planes) {
            Some(1) => prop_assert!(p.evaluated(&a, &b) > zero),
            Some(_) => prop_assert!(p.evaluated(&a, &b) < zero),
            None => {}
        }
    }
}
