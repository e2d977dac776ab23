//! What is proved of half planes holds at their points.

use proptest::prelude::*;

use super::testing::{config, exponent, rational};
use crate::laws::symbolic::half_planes::{HalfPlane, are_disjoint, imply, range_of_b};

fn half_plane(text: &str) -> HalfPlane {
    HalfPlane::of(exponent(text).numerator()).unwrap()
}

fn half_planes(texts: &[&str]) -> Vec<HalfPlane> {
    texts.iter().map(|text| half_plane(text)).collect()
}

#[test]
fn implications_are_exact() {
    let wedge = half_planes(&["a - 1", "b + 1 - a"]);
    assert!(imply(&wedge, &half_plane("b")));
    assert!(imply(&wedge, &half_plane("a + b - 1")));
    assert!(!imply(&wedge, &half_plane("b - 1/1000000")));
    assert!(!imply(&[], &half_plane("b")));
    // touching at a point of the border only
    assert!(are_disjoint(&half_planes(&["a", "b", "-a - b"])));
    assert!(!are_disjoint(&half_planes(&["a", "b", "1/1000000 - a - b"])));
}

#[test]
fn ranges_are_those_of_the_polygon() {
    let triangle = half_planes(&["a", "b - 1/2", "2 - a - b"]);
    assert_eq!(range_of_b(&triangle), (Some(rational(1, 2)), Some(rational(2, 1))));
    let swapped: Vec<HalfPlane> = triangle.iter().map(HalfPlane::swapped).collect();
    assert_eq!(range_of_b(&swapped), (Some(rational(0, 1)), Some(rational(3, 2))));
    assert_eq!(range_of_b(&half_planes(&["a - b"])), (None, None));
}

proptest! {
    #![proptest_config(config(128))]

    #[test]
    fn disjoint_half_planes_share_no_point(
        lines in prop::collection::vec([-3i64..=3, -3i64..=3, -3i64..=3], 1..6),
    ) {
        let half_planes: Vec<HalfPlane> = lines
            .iter()
            .map(|line| line.map(|n| rational(n, 1)))
            .map(|[a, b, c]| HalfPlane { a, b, c })
            .collect();
        // on a grid of twelfths
        let inside = |x: i64, y: i64| lines.iter().all(|[a, b, c]| a * x + b * y + 12 * c > 0);
        let found = (-60..=60).any(|x| (-60..=60).any(|y| inside(x, y)));
        if found {
            prop_assert!(!are_disjoint(&half_planes));
            for half_plane in &half_planes {
                prop_assert!(imply(&half_planes, half_plane));
            }
        }
        if are_disjoint(&half_planes) {
            prop_assert!(!found);
        }
    }
}
