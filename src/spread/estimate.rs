//! Numbers that carry a bound on their error, so that a difference of nearly equal ones says what it is worth.

use std::ops::{Add, Mul, Neg, Sub};

/// A number with a bound on its absolute error.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Estimate {
    pub value: f64,
    pub error: f64,
}

impl Estimate {
    /// A number that is known exactly.
    pub const fn exact(value: f64) -> Self {
        Self { value, error: 0.0 }
    }

    /// A number from its relative error.
    pub fn relative(value: f64, relative: f64) -> Self {
        Self { value, error: relative * value.abs() }
    }

    /// `1 / x`; the error is infinite where `x` may be 0.
    pub fn inv(self) -> Self {
        let value = self.value.recip();
        let relative = self.error / self.value.abs();
        let error =
            if relative < 1.0 { value.abs() * (relative / (1.0 - relative) + f64::EPSILON) } else { f64::INFINITY };
        Self { value, error }
    }

    /// The root of a number that is not negative, but for its error: a variance below its error is 0.
    pub fn root(self) -> Self {
        if self.value <= self.error {
            return Self { value: 0.0, error: (2.0 * self.error).sqrt() };
        }
        let value = self.value.max(0.0).sqrt();
        // sqrt(x + e) - sqrt(x) without cancellation, and no more than sqrt(e)
        let error = self.error / (value + (self.value + self.error).max(0.0).sqrt()).max(f64::MIN_POSITIVE);
        Self { value, error: error.min(self.error.sqrt()) + f64::EPSILON * value }
    }
}

impl Add for Estimate {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let value = self.value + other.value;
        Self { value, error: self.error + other.error + f64::EPSILON * value.abs() }
    }
}

impl Neg for Estimate {
    type Output = Self;

    fn neg(self) -> Self {
        Self { value: -self.value, ..self }
    }
}

impl Sub for Estimate {
    type Output = Self;

    // (a difference is a sum with the negative)
    #[allow(clippy::suspicious_arithmetic_impl)]
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Estimate {
    type Output = Self;

    // (the rule for products is a sum)
    #[allow(clippy::suspicious_arithmetic_impl)]
    fn mul(self, other: Self) -> Self {
        let value = self.value * other.value;
        let error = self.error * (other.value.abs() + other.error) + self.value.abs() * other.error;
        Self { value, error: error + f64::EPSILON * value.abs() }
    }
}

impl Mul<f64> for Estimate {
    type Output = Self;

    fn mul(self, factor: f64) -> Self {
        self * Self::exact(factor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_of_nearly_equal_numbers_is_worth_little() {
        let (x, y) = (Estimate::relative(1.0, 1e-15), Estimate::relative(1.0 - 1e-12, 1e-15));
        let difference = x - y;
        assert!(difference.error > 1e-15 && difference.error < 3e-15);
        let quotient = x * difference.inv();
        assert!(quotient.error > 1e-3 * quotient.value && quotient.error < 1e-2 * quotient.value);
        assert!((x - x).inv().error.is_infinite());
    }

    #[test]
    fn roots_of_variances_within_their_error_of_zero_are_known_to_the_root_of_it() {
        let tiny = Estimate { value: -1e-20, error: 1e-16 }.root();
        assert!(tiny.value <= 0.0 && tiny.error > 1e-8 && tiny.error < 2e-8);
        let root = Estimate { value: 4.0, error: 4e-10 }.root();
        assert!((root.value - 2.0).abs() < 1e-15 && (root.error - 1e-10).abs() < 1e-14);
    }
}
