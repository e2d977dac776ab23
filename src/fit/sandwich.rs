//! Standard errors that do not assume equal scatter.

use super::linear::{Matrix, inverse, times};
use super::robust::Row;

/// The part of `n^(-1/3)` in the bandwidth of Hall and Sheather (1988) at the median: `1.96^(2/3) (1.5/(2 pi))^(1/3)`.
const BANDWIDTH: f64 = 0.970;

/// Half the width, in standard deviations of a normal law, of an interval around 0 that holds a share `2 h`.
fn half_width(h: f64) -> f64 {
    // (the slope of the normal law's inverse between 1/2 - h and 1/2 + h, with its cubic term)
    let x = (2.0 * std::f64::consts::PI).sqrt() * h;
    x * (1.0 + x * x / 6.0 + 7.0 * x.powi(4) / 120.0)
}

/// Half the window within which residuals show how often the score has a slope (equation (Sandwich)): `delta`, or more
/// where few residuals are as small as that.
fn window<const K: usize>(rows: &[Row<K>], delta: f64) -> f64 {
    let mut moduli: Vec<f64> = rows.iter().map(|row| row.residual.abs()).collect();
    moduli.sort_by(f64::total_cmp);
    let median = moduli.get(moduli.len() / 2).copied().unwrap_or(0.0);
    // the median modulus of a normal law is 0.6745 standard deviations
    let deviation = median / 0.6745;
    let share = (BANDWIDTH * (rows.len() as f64).powf(-1.0 / 3.0)).min(0.4);
    delta.max(half_width(share) * deviation)
}

/// Scores beyond `delta` are all the same.
fn score(residual: f64, delta: f64) -> f64 {
    residual.clamp(-delta, delta)
}

/// The mean slope of the score over its mean square: what turns the excess of an objective into a chi-square.
pub(super) fn scale<const K: usize>(rows: &[Row<K>], delta: f64, freedom: f64) -> f64 {
    let window = window(rows, delta);
    let within = rows.iter().filter(|row| row.residual.abs() <= window).count() as f64;
    let slope = (delta / window).min(1.0) * within;
    let square: f64 = rows.iter().map(|row| score(row.residual, delta).powi(2)).sum();
    slope / square * freedom / rows.len() as f64
}

/// The inverse of the mean second derivative, where parameters that are held do not matter.
fn bread<const K: usize>(rows: &[Row<K>], held: &[bool; K], delta: f64) -> Option<Matrix<K>> {
    let window = window(rows, delta);
    let slope = (delta / window).min(1.0);
    let mut bread = [[0.0; K]; K];
    for Row { slopes, .. } in rows.iter().filter(|row| row.residual.abs() <= window) {
        for (i, row) in bread.iter_mut().enumerate() {
            for (j, entry) in row.iter_mut().enumerate() {
                *entry += slope * slopes[i] * slopes[j];
            }
        }
    }
    for i in (0..K).filter(|i| held[*i]) {
        bread[i] = [0.0; K];
        bread.iter_mut().for_each(|row| row[i] = 0.0);
        bread[i][i] = 1.0;
    }
    inverse(&bread)
}

/// Covariances of the parameters at a minimum (equation (Sandwich)), infinite where they are not determined and 0 where
/// they are held; residuals of one group may depend on each other.
pub(super) fn covariance<const K: usize>(rows: &[Row<K>], groups: &[usize], held: &[bool; K], delta: f64) -> Matrix<K> {
    let free = held.iter().filter(|held| !**held).count();
    let count = groups.iter().max().map_or(0, |last| last + 1);
    let mut sums = vec![[0.0; K]; count];
    for (Row { residual, slopes, .. }, group) in rows.iter().zip(groups) {
        for i in (0..K).filter(|i| !held[*i]) {
            sums[*group][i] += score(*residual, delta) * slopes[i];
        }
    }
    // as many groups as runs leave the usual correction, few of them a larger one
    let (runs, groups) = (rows.len() as f64, count as f64);
    let correction = runs / (runs - free as f64) * if count < rows.len() { groups / (groups - 1.0) } else { 1.0 };
    match bread(rows, held, delta) {
        Some(inverse) if correction.is_finite() && correction > 0.0 => {
            let shifts: Vec<[f64; K]> = sums.iter().map(|sum| times(&inverse, sum)).collect();
            let entry = |i: usize, j: usize| correction * shifts.iter().map(|shift| shift[i] * shift[j]).sum::<f64>();
            std::array::from_fn(|i| std::array::from_fn(|j| entry(i, j)))
        }
        _ => std::array::from_fn(|i| std::array::from_fn(|j| if held[i] || held[j] { 0.0 } else { f64::INFINITY })),
    }
}

/// How far each run moves the parameters, in standard errors, the most of them (equation (Sandwich)).
pub(super) fn influences<const K: usize>(
    rows: &[Row<K>],
    held: &[bool; K],
    delta: f64,
    covariance: &Matrix<K>,
) -> Vec<f64> {
    let Some(bread) = bread(rows, held, delta) else { return vec![f64::NAN; rows.len()] };
    let shift = |row: &Row<K>| {
        let slopes = std::array::from_fn(|i| if held[i] { 0.0 } else { row.slopes[i] });
        let moved = times(&bread, &slopes).map(|x| x * score(row.residual, delta));
        let free = (0..K).filter(|i| !held[*i]);
        free.map(|i| (moved[i] / covariance[i][i].sqrt()).abs()).fold(0.0, f64::max)
    };
    rows.iter().map(shift).collect()
}
