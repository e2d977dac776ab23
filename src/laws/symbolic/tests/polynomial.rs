//! Common divisors and quotients of polynomials.

use proptest::prelude::*;

use super::testing::{bivariates, config};
use crate::laws::symbolic::polynomial::Bivariate;
use crate::laws::symbolic::ring::{Divisors, Ring};

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn common_divisors_divide_and_are_greatest(x in bivariates(2), y in bivariates(2), common in bivariates(2)) {
        let (p, q) = (x.times(&common), y.times(&common));
        let gcd = p.gcd(&q);
        if p.is_zero() && q.is_zero() {
            prop_assert!(gcd.is_zero());
            return Ok(());
        }
        prop_assert!(!gcd.leads_negative());
        let (p, q) = (p.quotient(&gcd).unwrap(), q.quotient(&gcd).unwrap());
        // what is left has no common divisor, and what was put in is in it
        prop_assert_eq!(p.gcd(&q), Bivariate::one());
        prop_assert!(gcd.quotient(&common).is_some());
    }

    #[test]
    fn quotients_are_exact_or_none(x in bivariates(2), y in bivariates(2)) {
        let product = x.times(&y);
        match product.quotient(&y) {
            Some(quotient) => prop_assert_eq!(quotient, x),
            None => prop_assert!(y.is_zero()),
        }
        if y.total_degree() > 0 {
            prop_assert_eq!(product.plus(&Bivariate::one()).quotient(&y), None);
        }
    }

    #[test]
    fn swapping_twice_changes_nothing(x in bivariates(3)) {
        prop_assert_eq!(x.swapped().swapped(), x.clone());
        prop_assert_eq!(x.swapped().degree_in_b(), x.degree());
    }
}
