//! Numbers with their derivatives along one direction of each of two systems, and the mixed second one: what
//! covariances of losses are made of (equation (Spread.ridge)).

use std::ops::{Add, Mul, Neg, Sub};

use super::estimate::Estimate;

/// A number with its derivatives along a direction of a first system, one of a second, and both.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mixed {
    pub value: Estimate,
    pub first: Estimate,
    pub second: Estimate,
    pub both: Estimate,
}

impl Mixed {
    /// A number that does not change.
    pub fn constant(value: f64) -> Self {
        Self { value: Estimate::exact(value), ..Self::default() }
    }

    /// The same derivatives of a value that was computed more accurately.
    pub fn with_value(self, value: Estimate) -> Self {
        Self { value, ..self }
    }

    /// `1 / x`
    pub fn inv(self) -> Self {
        let inverse = self.value.inv();
        let slope = -(inverse * inverse);
        let curved = self.first * self.second * inverse * inverse * inverse * 2.0;
        Self {
            value: inverse,
            first: slope * self.first,
            second: slope * self.second,
            both: slope * self.both + curved,
        }
    }
}

impl Add for Mixed {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            value: self.value + other.value,
            first: self.first + other.first,
            second: self.second + other.second,
            both: self.both + other.both,
        }
    }
}

impl Neg for Mixed {
    type Output = Self;

    fn neg(self) -> Self {
        Self { value: -self.value, first: -self.first, second: -self.second, both: -self.both }
    }
}

impl Sub for Mixed {
    type Output = Self;

    // (a difference is a sum with the negative)
    #[allow(clippy::suspicious_arithmetic_impl)]
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Mixed {
    type Output = Self;

    // (the rule for products is a sum)
    #[allow(clippy::suspicious_arithmetic_impl)]
    fn mul(self, other: Self) -> Self {
        Self {
            value: self.value * other.value,
            first: self.first * other.value + self.value * other.first,
            second: self.second * other.value + self.value * other.second,
            both: self.both * other.value
                + self.first * other.second
                + self.second * other.first
                + self.value * other.both,
        }
    }
}

impl Mul<f64> for Mixed {
    type Output = Self;

    fn mul(self, factor: f64) -> Self {
        Self {
            value: self.value * factor,
            first: self.first * factor,
            second: self.second * factor,
            both: self.both * factor,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_are_those_of_a_quotient_of_polynomials() {
        // f = x y^2 / (1 + x y) at x = 2, y = 3
        let number = |value: f64, first: f64, second: f64| Mixed {
            first: Estimate::exact(first),
            second: Estimate::exact(second),
            ..Mixed::constant(value)
        };
        let (x, y) = (number(2.0, 1.0, 0.0), number(3.0, 0.0, 1.0));
        let f = x * y * y * (Mixed::constant(1.0) + x * y).inv();
        let d: f64 = 7.0;
        // f_x = y^2 / d^2, f_y = (2 x y + x^2 y^2) / d^2, f_xy = 2 y / d^3
        let expected = [18.0 / d, 9.0 / d.powi(2), 48.0 / d.powi(2), 6.0 / d.powi(3)];
        for (ours, expected) in [f.value, f.first, f.second, f.both].iter().zip(expected) {
            // bounds add up: a dozen roundings each of a few terms of up to 18 / 7
            assert!((ours.value - expected).abs() <= ours.error && ours.error < 1e-13, "{ours:?}");
        }
    }
}
