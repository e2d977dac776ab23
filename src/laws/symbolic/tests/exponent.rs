//! Exponents are a field, and its operations are those of numbers.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::ToPrimitive;
use proptest::prelude::*;

use super::testing::{config, exponent, exponents, rational, rationals};
use crate::error::Error;
use crate::laws::symbolic::exponent::Exponent;
use crate::laws::symbolic::polynomial::Bivariate;
use crate::laws::symbolic::ring::{Divisors, Ring};

#[test]
fn equal_functions_are_equal() {
    let (a, b) = (Exponent::a(), Exponent::b());
    let twice = ((&a - 1) / &b).unwrap() + ((1 - &a) / (-&b)).unwrap();
    assert_eq!(twice, ((&a * 2 - 2) / &b).unwrap());
    assert_eq!(((&a - &b) / (&b - &a)).unwrap(), Exponent::integer(-1));
    assert_eq!(Exponent::ratio(2, -4).unwrap(), Exponent::ratio(-1, 2).unwrap());
    assert_eq!(exponent("(a^2 - b^2)/(a + b)"), &a - &b);
    assert_ne!(a, b);
}

#[test]
fn division_by_the_zero_function_is_refused() {
    let zero = Exponent::a() - Exponent::a();
    assert!(matches!(Exponent::b() / &zero, Err(Error::OutOfRange { .. })));
    assert!(matches!(&zero / &zero, Err(Error::OutOfRange { .. })));
    assert!(matches!(Exponent::ratio(1, 0), Err(Error::OutOfRange { .. })));
    assert_eq!((&zero / Exponent::b()).unwrap(), zero);
}

#[test]
fn poles_have_no_value() {
    let x = exponent("1/(a - b)");
    assert_eq!(x.evaluate(&rational(1, 2), &rational(1, 2)), None);
    assert_eq!(x.evaluate(&rational(1, 2), &rational(1, 3)), Some(rational(6, 1)));
    assert!(!x.value(0.5, 0.5).is_finite());
    assert_eq!(x.as_constant(), None);
    assert_eq!(exponent("a/(2*a)").as_constant(), Some(rational(1, 2)));
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn ring_axioms_hold(x in exponents(), y in exponents(), z in exponents()) {
        prop_assert_eq!(&x + &y, &y + &x);
        prop_assert_eq!(&x * &y, &y * &x);
        prop_assert_eq!((&x + &y) + &z, &x + (&y + &z));
        prop_assert_eq!((&x * &y) * &z, &x * (&y * &z));
        prop_assert_eq!((&x + &y) * &z, &x * &z + &y * &z);
        prop_assert_eq!(&x + Exponent::zero(), x.clone());
        prop_assert_eq!(&x * Exponent::one(), x.clone());
        prop_assert!((&x - &x).is_zero());
        prop_assert_eq!(-(-&x), x.clone());
        prop_assert_eq!(&x + &x, 2 * &x);
        if !y.is_zero() {
            prop_assert_eq!(((&x / &y).unwrap()) * &y, x.clone());
            prop_assert_eq!((&y / &y).unwrap(), Exponent::one());
        }
    }

    #[test]
    fn fractions_are_canonical(x in exponents(), y in exponents()) {
        for z in [&x + &y, &x - &y, &x * &y] {
            prop_assert_eq!(z.numerator().gcd(z.denominator()), Bivariate::one());
            prop_assert!(!z.denominator().leads_negative() && !z.denominator().is_zero());
        }
    }

    #[test]
    fn evaluation_commutes_with_operations(
        x in exponents(), y in exponents(), a in rationals(), b in rationals(),
    ) {
        let value = |z: &Exponent| z.evaluate(&a, &b);
        if let (Some(u), Some(v)) = (value(&x), value(&y)) {
            prop_assert_eq!(value(&(&x + &y)), Some(&u + &v));
            prop_assert_eq!(value(&(&x - &y)), Some(&u - &v));
            prop_assert_eq!(value(&(&x * &y)), Some(&u * &v));
            prop_assert_eq!(value(&-&x), Some(-&u));
            if v.numer().sign() != num_bigint::Sign::NoSign {
                prop_assert_eq!(value(&(&x / &y).unwrap()), Some(&u / &v));
            }
        }
    }

    #[test]
    fn floating_point_agrees(x in exponents(), a in rationals(), b in rationals()) {
        if let Some(exact) = x.evaluate(&a, &b) {
            let [a, b] = [&a, &b].map(|r| r.to_f64().unwrap());
            // the sums of moduli in numerator and denominator bound what roundings there change
            let moduli = |p: &Bivariate| {
                let size = |(n, i, j): (BigInt, usize, usize)| {
                    n.to_f64().unwrap().abs() * a.abs().powi(i as i32) * b.abs().powi(j as i32)
                };
                p.terms().into_iter().map(size).sum::<f64>()
            };
            let denominator = x.denominator().evaluated(&BigRational::from_float(a).unwrap(),
                &BigRational::from_float(b).unwrap()).to_f64().unwrap().abs();
            let bound = 1e-13 * (moduli(x.numerator()) + exact.to_f64().unwrap().abs() * moduli(x.denominator()));
            prop_assume!(denominator > 1e-10 * moduli(x.denominator()));
            let error = (x.value(a, b) - exact.to_f64().unwrap()).abs();
            prop_assert!(error <= bound / denominator, "{x:?} at {a}, {b}: {error}");
        }
    }
}
