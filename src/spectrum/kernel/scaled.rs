//! Positive numbers beyond the range of doubles: degeneracies in high dimension reach 10^1000.

use std::ops::{Div, Mul};

/// `mantissa * 2^exponent`, with a mantissa from 1 to 2, or 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scaled {
    mantissa: f64,
    exponent: i64,
}

impl Scaled {
    pub const ONE: Self = Self { mantissa: 1.0, exponent: 0 };

    /// A finite number `>= 0`.
    pub fn new(value: f64) -> Self {
        if value < f64::MIN_POSITIVE {
            return Self { mantissa: 0.0, exponent: 0 };
        }
        // the exponent is read off the bits, and they keep the mantissa exact
        let bits = value.to_bits();
        let exponent = (bits >> 52) as i64 - 1023;
        Self { mantissa: f64::from_bits((bits & ((1 << 52) - 1)) | (1023 << 52)), exponent }
    }

    /// `e^x`, to the rounding of `x`.
    pub fn exp(x: f64) -> Self {
        let exponent = (x * std::f64::consts::LOG2_E).round();
        let rest = x - exponent * std::f64::consts::LN_2;
        let value = Self::new(rest.exp());
        Self { exponent: value.exponent + exponent as i64, ..value }
    }

    /// The nearest double: 0 or infinite beyond their range.
    pub fn value(self) -> f64 {
        // in two steps, of which neither under- nor overflows where the result does not
        let exponent = self.exponent.clamp(-2100, 2100) as i32;
        let half = exponent / 2;
        self.mantissa * 2f64.powi(half) * 2f64.powi(exponent - half)
    }

    /// The sum of numbers `>= 0`, on a scale that is a power of two, so that exact integers stay exact.
    pub fn sum(terms: impl Iterator<Item = Self> + Clone) -> Self {
        let largest = terms.clone().filter(|t| !t.is_zero()).map(|t| t.exponent).max();
        largest.map_or(Self::new(0.0), |exponent| {
            let unit = Self { mantissa: 1.0, exponent };
            unit * terms.map(|t| (t / unit).value()).sum::<f64>()
        })
    }

    pub fn is_zero(self) -> bool {
        self.mantissa <= 0.0
    }

    pub fn ln(self) -> f64 {
        self.mantissa.ln() + self.exponent as f64 * std::f64::consts::LN_2
    }
}

impl Mul<f64> for Scaled {
    type Output = Self;

    fn mul(self, factor: f64) -> Self {
        let product = Self::new(self.mantissa * factor);
        Self { mantissa: product.mantissa, exponent: self.exponent + product.exponent }
    }
}

impl Mul for Scaled {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let product = self * other.mantissa;
        Self { exponent: product.exponent + other.exponent, ..product }
    }
}

impl Div for Scaled {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        let quotient = Self::new(self.mantissa / other.mantissa);
        Self { mantissa: quotient.mantissa, exponent: quotient.exponent + self.exponent - other.exponent }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_beyond_doubles_come_back() {
        let mut x = Scaled::ONE;
        for _ in 0..1000 {
            x = x * 1e10;
        }
        // a thousand roundings
        approx::assert_relative_eq!(x.ln(), 1e4 * std::f64::consts::LN_10, max_relative = 1e-15);
        assert!(x.value().is_infinite());
        for _ in 0..1000 {
            x = x / Scaled::new(1e10);
        }
        approx::assert_relative_eq!(x.value(), 1.0, max_relative = 4e-13);
        assert!(Scaled::new(0.0).value().abs() < 1e-300);
        assert!((Scaled::new(3.5) * Scaled::new(2.0)).value() - 7.0 == 0.0);
    }
}
