//! The intrinsic dimension of data, and the exponents that it implies.

use rayon::prelude::*;

use super::copies::{check, copies_of_points};
use crate::error::{Error, Result};
use crate::stored::Stored;

/// An estimate of the dimension of the manifold on which data lie (equation (Dimension)).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct IntrinsicDimension {
    /// The maximum-likelihood estimate from the ratios of distances to the two nearest neighbours.
    pub dimension: f64,
    /// Its standard error, `dimension / sqrt(points)`.
    pub error: f64,
    /// Estimates from every second, fourth and eighth point, at larger and larger distances, each with the number of
    /// points it comes from: an estimate that changes belongs to a scale, not to a manifold. Those from fewer than 10
    /// points are left out.
    pub decimated: Vec<(f64, usize)>,
    /// The number of points behind the estimate: those with two neighbours at different non-zero distances.
    pub points: usize,
    /// Points that coincide with another, to the rounding of the form in which they were stored, and were counted once.
    pub duplicates: usize,
}

impl IntrinsicDimension {
    /// Exponents with which the loss falls in data or width: `1/d` for a Lipschitz model, target and loss; `2/d` for a
    /// loss that is flat at its minimum; `4/d` for piecewise linear interpolation of a smooth target under such a loss
    /// (Bahri, Dyer, Kaplan, Lee and Sharma 2021).
    pub fn exponents(&self) -> [f64; 3] {
        [1.0, 2.0, 4.0].map(|numerator| numerator / self.dimension)
    }
}

/// Most points: all pairs are compared.
const MOST_POINTS: usize = 100_000;

/// Estimates the intrinsic dimension of points by the two nearest neighbours of every point (equation (Dimension)).
/// Points are given one after the other, each with the same number of coordinates. Points that are
/// [copies](copies_of_points) of others, given how their coordinates were stored, count once.
///
/// # Errors
///
/// [`Error::Empty`], [`Error::BadEntry`] for coordinates that are not finite; [`Error::OutOfRange`] for a number of
/// values that is no multiple of the coordinates, fewer than 10 different points or more than 1e5.
///
/// # Examples
///
/// ```
/// // a curve in three dimensions
/// let points: Vec<f64> = (0..500)
///     .flat_map(|i| {
///         let t = 0.01 * f64::from(i) + 0.003 * f64::from(i * i % 7);
///         [t.cos(), t.sin(), 0.3 * t]
///     })
///     .collect();
/// let dimension = spectralaw::data::intrinsic_dimension(&points, 3, None)?;
/// assert!((dimension.dimension - 1.0).abs() < 0.3);
/// # Ok::<(), spectralaw::Error>(())
/// ```
pub fn intrinsic_dimension(points: &[f64], coordinates: usize, stored: Option<Stored>) -> Result<IntrinsicDimension> {
    check(points, coordinates)?;
    let all: Vec<&[f64]> = points.chunks_exact(coordinates).collect();
    if all.len() > MOST_POINTS {
        let allowed = "at most 1e5, as all pairs are compared: draw some of them";
        return Err(Error::OutOfRange { name: "the number of points", value: all.len() as f64, allowed });
    }
    let copies = copies_of_points(points, coordinates, stored)?;
    let firsts = copies.iter().enumerate().filter(|(i, first)| i == *first);
    let different: Vec<&[f64]> = firsts.map(|(i, _)| all[i]).collect();
    let duplicates = all.len() - different.len();
    let (dimension, count) = two_nearest(&different);
    if different.len() < FEWEST || count < FEWEST {
        let (name, allowed) = ("the number of points with two neighbours at different distances", "at least 10");
        return Err(Error::OutOfRange { name, value: count as f64, allowed });
    }
    let every = |step: usize| -> Vec<&[f64]> { different.iter().copied().step_by(step).collect() };
    let decimated = [2, 4, 8].into_iter().map(|step| two_nearest(&every(step)));
    let decimated = decimated.filter(|(_, count)| *count >= FEWEST).collect();
    Ok(IntrinsicDimension { dimension, error: dimension / (count as f64).sqrt(), decimated, points: count, duplicates })
}

const FEWEST: usize = 10;

/// `(n - 1) / sum ln(r2/r1)`, without bias for independent neighbourhoods, and the number of points.
fn two_nearest(points: &[&[f64]]) -> (f64, usize) {
    let logs: Vec<f64> = points
        .par_iter()
        .enumerate()
        .filter_map(|(i, point)| {
            let (mut nearest, mut second) = (f64::INFINITY, f64::INFINITY);
            for (_, other) in points.iter().enumerate().filter(|(j, _)| *j != i) {
                let distance = squared_distance(point, other, second);
                if distance < nearest {
                    (nearest, second) = (distance, nearest);
                } else if distance < second {
                    second = distance;
                }
            }
            let log = 0.5 * (second / nearest).ln();
            (log > 0.0 && log.is_finite()).then_some(log)
        })
        .collect();
    let sum: f64 = logs.iter().sum();
    (logs.len().saturating_sub(1) as f64 / sum, if sum > 0.0 { logs.len() } else { 0 })
}

/// The squared distance, or something above the bound if it exceeds that.
fn squared_distance(x: &[f64], y: &[f64], bound: f64) -> f64 {
    const PIECE: usize = 32;
    let mut sum = 0.0;
    for (x, y) in x.chunks(PIECE).zip(y.chunks(PIECE)) {
        sum += x.iter().zip(y).map(|(x, y)| (x - y) * (x - y)).sum::<f64>();
        if sum > bound {
            break;
        }
    }
    sum
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// Points of a flat cube of some dimension, embedded with a curvature in ten more.
    fn cube(dimension: usize, count: usize) -> Vec<f64> {
        let mut resampler = Random::new(0, 0);
        let point = |_| {
            let inside: Vec<f64> = (0..dimension).map(|_| resampler.uniform()).collect();
            let curved = (0..10).map(|i| (inside[i % dimension] * 0.3).sin());
            inside.iter().copied().chain(curved).collect::<Vec<f64>>()
        };
        (0..count).flat_map(point).collect()
    }

    #[test]
    fn dimensions_of_cubes() {
        for dimension in [1, 2, 3, 5] {
            let found = intrinsic_dimension(&cube(dimension, 2000), dimension + 10, None).unwrap();
            // a point near the surface has its neighbours on one side: some per cent in five dimensions
            let allowed = 4.0 * found.error + 0.03 * (dimension * dimension) as f64 / 5.0;
            assert!((found.dimension - dimension as f64).abs() < allowed, "{dimension} {found:?}");
            assert_eq!((found.points, found.duplicates, found.decimated.len()), (2000, 0, 3));
            assert!((found.exponents()[2] * found.dimension - 4.0).abs() < 1e-12);
        }
    }

    #[test]
    fn duplicates_are_counted_once() {
        let once = cube(2, 500);
        let twice = [&once[..], &once[..1200]].concat();
        let (x, y) = (intrinsic_dimension(&once, 12, None).unwrap(), intrinsic_dimension(&twice, 12, None).unwrap());
        assert_eq!((y.duplicates, y.points), (100, 500));
        assert!((x.dimension - y.dimension).abs() < 1e-12);
    }

    #[test]
    fn what_is_no_set_of_points_is_refused() {
        assert!(intrinsic_dimension(&[], 3, None).is_err());
        assert!(intrinsic_dimension(&[1.0; 30], 0, None).is_err());
        assert!(intrinsic_dimension(&[1.0; 31], 3, None).is_err());
        assert!(intrinsic_dimension(&[1.0; 300], 3, None).is_err());
        assert!(intrinsic_dimension(&[1.0, f64::NAN, 2.0], 1, None).is_err());
        // a lattice has no second neighbour that is farther than the first
        let lattice: Vec<f64> = (0..100).map(f64::from).collect();
        assert!(intrinsic_dimension(&lattice, 1, None).is_err());
    }
}
