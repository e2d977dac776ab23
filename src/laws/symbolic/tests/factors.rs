//! Products of factors are what was multiplied.

use num_bigint::BigInt;
use proptest::prelude::*;

use super::testing::{bivariates, config, exponent};
use crate::laws::symbolic::factors::Factors;
use crate::laws::symbolic::polynomial::Bivariate;
use crate::laws::symbolic::ring::{Divisors, Ring};

fn factors(text: &str) -> String {
    let polynomial = exponent(text);
    let Factors { constant, factors } = Factors::of(polynomial.numerator());
    let written = |(factor, n): &(Bivariate, u32)| {
        let terms = factor.terms();
        let written = terms.iter().map(|(c, i, j)| format!("{c:+}a{i}b{j}"));
        format!("({})^{n}", written.collect::<String>())
    };
    format!("{constant}{}", factors.iter().map(written).collect::<String>())
}

#[test]
fn products_fall_apart() {
    assert_eq!(factors("0"), "0");
    assert_eq!(factors("-6"), "-6");
    assert_eq!(factors("2*a*b^2"), "2(+1a1b0)^1(+1a0b1)^2");
    assert_eq!(factors("(1 - b)*(a - 1)"), "-1(+1a1b0-1a0b0)^1(+1a0b1-1a0b0)^1");
    assert_eq!(factors("(2*a - 3*b + 1)^2*(a + b)"), "1(+1a1b0+1a0b1)^1(+2a1b0-3a0b1+1a0b0)^2");
    assert_eq!(
        factors("(b^2 - 4*b + 2)*(a*b - b^2 - 2*a + 3*b)"),
        "1(+1a0b2-4a0b1+2a0b0)^1(+1a1b1-1a0b2-2a1b0+3a0b1)^1"
    );
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn products_of_factors_are_the_polynomial(x in bivariates(1), y in bivariates(1), z in bivariates(2)) {
        let polynomial = x.times(&y).times(&z);
        let Factors { constant, factors } = Factors::of(&polynomial);
        let mut product = Bivariate::integer(constant);
        for (factor, multiplicity) in &factors {
            prop_assert!(!factor.leads_negative());
            prop_assert_eq!(factor.integer_content(), BigInt::one());
            product = product.times(&factor.power(*multiplicity));
        }
        prop_assert_eq!(&product, &polynomial);
        // linear factors are found
        let linear: u32 = factors.iter().filter(|(f, _)| f.total_degree() == 1).map(|(_, n)| n).sum();
        let given = [&x, &y].iter().filter(|p| p.total_degree() == 1).count();
        prop_assert!(polynomial.is_zero() || linear as usize >= given);
    }
}
