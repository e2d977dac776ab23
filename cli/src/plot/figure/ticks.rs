//! Ticks of an axis and their labels.

use crate::number::rounded;
use crate::plot::chart::{DIGITS, Scale, has_ticks};

/// Ticks within a range.
pub struct Ticks {
    /// Values and labels.
    pub major: Vec<(f64, String)>,
    /// Values without labels.
    pub minor: Vec<f64>,
}

/// An end of the range may be a tick itself.
const ROUNDING: f64 = 1e-6;

/// Ticks between two numbers with at most so many labels.
pub fn ticks(range: (f64, f64), most: usize, scale: Scale) -> Ticks {
    match scale {
        Scale::Logarithmic => logarithmic(range, most),
        Scale::Linear => even(range),
    }
}

/// Decades if there are some, else 1, 2, 5, else equal steps.
fn logarithmic((low, high): (f64, f64), most: usize) -> Ticks {
    let inside = |value: &f64| (low..=high).contains(value);
    let exponents = low.log10().floor() as i32..=high.log10().ceil() as i32;
    let multiples = |digits: &'static [i32]| {
        let exponents = exponents.clone();
        exponents.flat_map(|k| digits.iter().map(move |digit| decimal(*digit, k))).filter(inside)
    };
    let decades = high.log10() - low.log10();
    if decades >= 2.0 {
        let stride = (decades / most as f64).ceil().max(1.0) as i32;
        let powers = exponents.clone().filter(|&k| inside(&decimal(1, k)));
        let (major, skipped): (Vec<i32>, Vec<i32>) = powers.partition(|k| k % stride == 0);
        let minor = if stride == 1 {
            multiples(&[2, 3, 4, 5, 6, 7, 8, 9]).collect()
        } else {
            skipped.into_iter().map(|k| decimal(1, k)).collect()
        };
        return Ticks { major: major.into_iter().map(|k| (decimal(1, k), power_of_ten(k))).collect(), minor };
    }
    if decades >= 0.6 {
        let major = multiples(&[1, 2, 5]).map(|value| (value, readable(value))).collect();
        return Ticks { major, minor: multiples(&[3, 4, 6, 7, 8, 9]).collect() };
    }
    even((low, high))
}

/// Equal steps of 1, 2 or 5 times a power of ten; none where numbers are too close together to be told apart.
fn even((low, high): (f64, f64)) -> Ticks {
    if !has_ticks((low, high)) {
        return Ticks { major: Vec::new(), minor: Vec::new() };
    }
    let rough = (high - low) / 5.0;
    let unit = 10_f64.powf(rough.log10().floor());
    let step =
        [1.0, 2.0, 5.0, 10.0].into_iter().map(|digit| digit * unit).find(|&step| step >= rough * (1.0 - ROUNDING));
    let step = step.unwrap_or(rough);
    let digits = ((low.abs().max(high.abs()) / step).log10().ceil() as usize + 1).min(DIGITS);
    let (first, last) = ((low / step - ROUNDING).ceil() as i64, (high / step + ROUNDING).floor() as i64);
    let label = |value: f64| (value, of_text(&rounded(value, digits)));
    Ticks { major: (first..=last).map(|i| label(i as f64 * step)).collect(), minor: Vec::new() }
}

/// A digit times a power of ten, as exactly as text reads.
fn decimal(digit: i32, exponent: i32) -> f64 {
    format!("{digit}e{exponent}").parse().unwrap_or(f64::NAN)
}

/// A number for a reader: `10⁶`, `3.5·10⁻⁷`, `∞`.
pub fn readable(value: f64) -> String {
    of_text(&rounded(value, 4))
}

fn of_text(text: &str) -> String {
    match text.split_once('e') {
        Some((mantissa, exponent)) => {
            let power = power_of_ten(exponent.parse().unwrap_or(0));
            if mantissa == "1" { power } else { format!("{mantissa}·{power}") }
        }
        None if text == "inf" => "∞".to_owned(),
        None => text.to_owned(),
    }
}

fn power_of_ten(exponent: i32) -> String {
    let raised = |c: char| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4' => '⁴',
        '5' => '⁵',
        '6' => '⁶',
        '7' => '⁷',
        '8' => '⁸',
        '9' => '⁹',
        _ => '⁰',
    };
    format!("10{}", exponent.to_string().chars().map(raised).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(range: (f64, f64)) -> Vec<String> {
        ticks(range, 9, Scale::Logarithmic).major.into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn labels_suit_the_range() {
        assert_eq!(labels((0.5, 2e3)), ["10⁰", "10¹", "10²", "10³"]);
        assert_eq!(labels((0.9, 1.1e16)), ["10⁰", "10²", "10⁴", "10⁶", "10⁸", "10¹⁰", "10¹²", "10¹⁴", "10¹⁶"]);
        assert_eq!(labels((0.15, 1.3)), ["0.2", "0.5", "1"]);
        assert_eq!(labels((1.0, 1.05)), ["1", "1.01", "1.02", "1.03", "1.04", "1.05"]);
        assert_eq!(readable(3.5e-7), "3.5·10⁻⁷");
        let linear = |range| ticks(range, 9, Scale::Linear).major.into_iter().map(|(_, label)| label);
        assert_eq!(linear((-0.04, 2.05)).collect::<Vec<_>>(), ["0", "0.5", "1", "1.5", "2"]);
    }

    /// Whatever the ends are, labels differ, and there are few of them.
    #[test]
    fn no_range_is_too_narrow_or_too_wide() {
        let tiny = 5e-324;
        let ends = [-f64::MAX, -1.0, 0.0, tiny, 3.0 * tiny, f64::MIN_POSITIVE, 1e-307, 1.0, 1.0 + f64::EPSILON];
        let ends = [&ends[..], &[1.0 + 1e-11, 1.0 + 1e-13, 1e300, f64::MAX, f64::INFINITY, f64::NAN]].concat();
        let ranges = ends.iter().flat_map(|low| ends.iter().map(move |high| (*low, *high)));
        for range in ranges {
            let ticks = ticks(range, 9, Scale::Linear);
            let mut labels: Vec<&String> = ticks.major.iter().map(|(_, label)| label).collect();
            let count = labels.len();
            labels.sort();
            labels.dedup();
            assert!(count <= 11 && labels.len() == count, "{range:?}: {labels:?}");
            assert!(!has_ticks(range) || count > 1, "{range:?}: {labels:?}");
        }
        for range in [(tiny, 3.0 * tiny), (1.0, 1.0), (1.0, 1.0 + f64::EPSILON), (1e300, f64::MAX), (tiny, f64::MAX)] {
            assert!(ticks(range, 9, Scale::Logarithmic).major.len() <= 11, "{range:?}");
        }
    }
}
