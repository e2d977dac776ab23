//! The form in which numbers were stored, and so their precision.

/// The form in which numbers were stored; each number was rounded to it.
///
/// Numbers of a shorter type that were converted to a longer one, or printed with all their digits, count as the
/// shorter one: their rounding is still in them. Whole numbers are exact whatever their type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stored {
    /// Whole numbers only, which are exact.
    Integers,
    /// Floating-point numbers of 2 bytes.
    Float16,
    /// Floating-point numbers of 4 bytes.
    Float32,
    /// Floating-point numbers of 8 bytes.
    Float64,
    /// Text with fewer digits than a double has.
    Text {
        /// The most digits after the decimal point, the exponent counted: 4 for `1.5e-3`.
        decimals: i32,
        /// The most significant digits.
        digits: i32,
    },
}

/// Significant digits of text that tell every double from its neighbours, or nearly.
const DIGITS_OF_DOUBLE: i32 = 15;

/// Significant digits that numbers of 4 bytes need; fewer digits are less exact than these.
const DIGITS_OF_SINGLE: std::ops::RangeInclusive<i32> = 8..=9;

impl Stored {
    /// The largest difference between a number as it is stored and what it was before.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::data::Stored;
    ///
    /// assert_eq!(Stored::Integers.rounding(3.0), 0.0);
    /// assert_eq!(Stored::Float32.rounding(1.0), 2f64.powi(-24));
    /// // 0.25 among numbers with two decimals
    /// assert!((Stored::Text { decimals: 2, digits: 3 }.rounding(0.25) - 0.005).abs() < 1e-15);
    /// ```
    pub fn rounding(self, x: f64) -> f64 {
        let of_double = x.abs() * (0.5 * f64::EPSILON);
        match self {
            Self::Integers => 0.0,
            // the second numbers are half the spacing of subnormal ones
            Self::Float16 => (x.abs() * 2_f64.powi(-11)).max(2_f64.powi(-25)),
            Self::Float32 => (x.abs() * 2_f64.powi(-24)).max(2_f64.powi(-150)),
            Self::Float64 => of_double,
            Self::Text { decimals, digits } => {
                // columns of so many decimals are exact to the last, scientific notation to the last of its digits;
                // which it is need not be known: the largest number has all digits in either case
                let leading = if x.abs() > 0.0 { x.abs().log10().floor() as i32 } else { return half(-decimals) };
                half(-decimals).max(half(leading - digits + 1)).max(of_double)
            }
        }
    }

    /// The form of numbers of a known type, judged by the numbers themselves.
    pub(crate) fn of_values(self, values: &[f64]) -> Self {
        let exact = |to: fn(f64) -> f64| values.iter().all(|x| to(*x).to_bits() == x.to_bits());
        if exact(|x| x.trunc()) {
            return Self::Integers;
        }
        let is_single = matches!(self, Self::Float64) && exact(single) && uses(values, 24);
        let kept = if is_single { Self::Float32 } else { self };
        let is_half = matches!(kept, Self::Float32 | Self::Float64) && exact(half_precision) && uses(values, 11);
        if is_half { Self::Float16 } else { kept }
    }

    /// The form of numbers that were read from text, with the most decimals and significant digits of any of them.
    pub(crate) fn of_text(decimals: i32, digits: i32, values: &[f64]) -> Self {
        // a number of 4 bytes with as many digits as it needs reads back as itself
        let is_single =
            |x: &f64| format!("{}", *x as f32).parse::<f64>().is_ok_and(|again| again.to_bits() == x.to_bits());
        if values.iter().all(|x| x.fract() == 0.0) {
            Self::Integers
        } else if digits >= DIGITS_OF_DOUBLE {
            Self::Float64.of_values(values)
        } else if DIGITS_OF_SINGLE.contains(&digits) && values.iter().all(is_single) {
            Self::Float32
        } else {
            Self::Text { decimals, digits }
        }
    }
}

/// Half a unit of a decimal place.
fn half(place: i32) -> f64 {
    0.5 * 10_f64.powi(place)
}

fn single(x: f64) -> f64 {
    f64::from(x as f32)
}

/// Rounded to the type of 2 bytes.
fn half_precision(x: f64) -> f64 {
    // the spacing of normal numbers is 2^-10 of the power of two below, that of the others 2^-24
    let power = ((x.to_bits() >> 52) & 0x7ff) as i32 - 1023;
    let spacing = 2_f64.powi(power.max(-14) - 10);
    if x.abs() > 65504.0 { f64::NAN } else { (x / spacing).round_ties_even() * spacing }
}

/// Whether at least a quarter of the numbers need all of so many bits: half of those that were rounded to them do, of
/// fractions such as 1/2 and 3/16 hardly any.
fn uses(values: &[f64], bits: u32) -> bool {
    let needs_all = |x: &&f64| x.to_bits() & (1 << (53 - bits)) != 0;
    let nonzero = values.iter().filter(|x| **x != 0.0).count();
    4 * values.iter().filter(needs_all).count() >= nonzero
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::npy::half as decoded;

    /// Numbers without a pattern.
    fn numbers(count: u32) -> Vec<f64> {
        (1..=count).map(|k| (f64::from(k) * 0.754_877_666_246_692_7).fract() - 0.3).collect()
    }

    #[test]
    fn rounding_stays_in_longer_types() {
        let doubles = numbers(200);
        let singles: Vec<f64> = doubles.iter().map(|x| single(*x)).collect();
        let halves: Vec<f64> = doubles.iter().map(|x| half_precision(*x)).collect();
        assert_eq!(Stored::Float64.of_values(&doubles), Stored::Float64);
        assert_eq!(Stored::Float64.of_values(&singles), Stored::Float32);
        assert_eq!(Stored::Float64.of_values(&halves), Stored::Float16);
        assert_eq!(Stored::Float32.of_values(&halves), Stored::Float16);
        assert_eq!(Stored::Float32.of_values(&[1.0, -1.0, 0.0]), Stored::Integers);
        // fractions are exact in every type
        let sixteenths: Vec<f64> = (0..17).map(|k| f64::from(k) / 16.0).collect();
        assert_eq!(Stored::Float64.of_values(&sixteenths), Stored::Float64);
    }

    #[test]
    fn text_tells_its_digits() {
        let doubles = numbers(200);
        let read = |text: Vec<String>| text.iter().map(|text| text.parse().unwrap()).collect::<Vec<f64>>();
        let singles = read(doubles.iter().map(|x| format!("{}", *x as f32)).collect());
        assert_eq!(Stored::of_text(9, 9, &singles), Stored::Float32);
        let short = read(doubles.iter().map(|x| format!("{x:.8}")).collect());
        assert_eq!(Stored::of_text(8, 8, &short), Stored::Text { decimals: 8, digits: 8 });
        assert_eq!(Stored::of_text(18, 17, &doubles), Stored::Float64);
    }

    #[test]
    fn no_number_is_rounded_by_more_than_is_said() {
        for (k, x) in numbers(400).into_iter().enumerate() {
            let x = x * 10_f64.powi(k as i32 % 9 - 4);
            assert!((single(x) - x).abs() <= Stored::Float32.rounding(x), "{x}");
            assert!((half_precision(x) - x).abs() <= Stored::Float16.rounding(x), "{x}");
            let fixed: f64 = format!("{x:.6}").parse().unwrap();
            assert!((fixed - x).abs() <= 1.0001 * Stored::Text { decimals: 6, digits: 11 }.rounding(x), "{x}");
            let scientific: f64 = format!("{x:.5e}").parse().unwrap();
            assert!((scientific - x).abs() <= 1.0001 * Stored::Text { decimals: 11, digits: 6 }.rounding(x), "{x}");
        }
    }

    #[test]
    fn all_numbers_of_two_bytes_are_themselves() {
        for bits in 0..=u16::MAX {
            let x = decoded(bits);
            assert!(!x.is_finite() || half_precision(x).to_bits() == x.to_bits(), "{bits:x}");
        }
    }
}
