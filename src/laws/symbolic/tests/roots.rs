//! Roots are counted and found.

use proptest::prelude::*;

use super::testing::{config, integers, rational};
use crate::laws::symbolic::polynomial::Univariate;
use crate::laws::symbolic::ring::Ring;
use crate::laws::symbolic::roots::{Sturm, rational_roots, sign_between};

/// `b^2 - 4 b + 2`, with the roots `2 - sqrt 2` and `2 + sqrt 2`.
fn quadratic() -> Univariate {
    integers(&[2, -4, 1])
}

#[test]
fn irrational_roots_are_counted() {
    let sturm = Sturm::new(&quadratic().times(&quadratic()));
    assert_eq!(sturm.roots(None, None), 2);
    assert_eq!(sturm.roots(Some(&rational(58, 100)), Some(&rational(59, 100))), 1);
    assert_eq!(sturm.roots(Some(&rational(59, 100)), Some(&rational(3, 1))), 0);
    assert!(rational_roots(&quadratic()).is_empty());
}

#[test]
fn signs_are_those_between_the_ends() {
    let p = quadratic();
    assert_eq!(sign_between(&p, None, Some(&rational(1, 2))), Some(1));
    assert_eq!(sign_between(&p, Some(&rational(3, 5)), Some(&rational(3, 1))), Some(-1));
    assert_eq!(sign_between(&p, Some(&rational(1, 2)), Some(&rational(1, 1))), None);
    // roots at the ends do not count
    let ends = integers(&[0, -1, 1]);
    assert_eq!(sign_between(&ends, Some(&rational(0, 1)), Some(&rational(1, 1))), Some(-1));
    assert_eq!(sign_between(&ends, Some(&rational(1, 1)), None), Some(1));
    assert_eq!(sign_between(&Univariate::zero(), None, None), None);
    assert_eq!(sign_between(&integers(&[-3]), None, None), Some(-1));
}

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn rational_roots_are_found(
        roots in prop::collection::btree_set((-30i64..30, 1i64..9).prop_map(|(n, d)| rational(n, d)), 0..4),
        twice in any::<bool>(),
        rest in any::<bool>(),
    ) {
        let mut p = if rest { quadratic() } else { integers(&[-7]) };
        for root in &roots {
            let factor = Univariate::new(vec![-root.numer(), root.denom().clone()]);
            p = p.times(&if twice { factor.times(&factor) } else { factor });
        }
        prop_assert_eq!(rational_roots(&p), roots.into_iter().collect::<Vec<_>>());
    }
}
