//! Quantiles of a few thousand values.

/// The interval that leaves equal shares on both sides (equation (Bootstrap)); what is NaN is left out, and NaN is what
/// nothing has.
pub(super) fn interval(values: impl Iterator<Item = f64>, level: f64) -> [f64; 2] {
    let mut sorted: Vec<f64> = values.filter(|value| !value.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    [0.5 * (1.0 - level), 0.5 * (1.0 + level)].map(|share| quantile(&sorted, share))
}

/// Between ordered values interpolated, so that the ends are quantiles 0 and 1.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let at = share * last as f64;
    let below = (at as usize).min(last);
    let (x, y) = (sorted[below], sorted[(below + 1).min(last)]);
    // (infinite ones are not interpolated to)
    if x.total_cmp(&y).is_eq() { x } else { x + (y - x) * (at - below as f64) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_whole_numbers() {
        let [low, high] = interval((0..=100).rev().map(f64::from), 0.9);
        assert!((low - 5.0).abs() < 1e-12 && (high - 95.0).abs() < 1e-12);
        assert!(interval(std::iter::empty(), 0.9)[0].is_nan());
        assert!(interval([1.0, f64::INFINITY, f64::INFINITY].into_iter(), 0.9)[1].is_infinite());
    }
}
