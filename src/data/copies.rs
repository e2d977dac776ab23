//! Points that are copies of one another, to the rounding of the form in which they were stored, and halves of points
//! that have no copies in common.

use crate::error::{Error, Result};
use crate::stored::Stored;

/// Rounding errors by which coordinates of copies may differ: two for either point.
pub(super) const ROUNDINGS: f64 = 4.0;

/// For each point, the position of the first point of which it is a copy, or its own position. Points are given one
/// after the other, each with `coordinates` numbers.
///
/// A point is a copy if no coordinate differs by more than four rounding errors of the form in which it was stored, of
/// a number of its own size or of the root mean square of that coordinate, whichever is larger: what was centred has
/// the rounding errors of what it was before. How numbers were stored is concluded from the numbers if it is not given,
/// as in [`Preparation`](crate::data::Preparation).
///
/// # Errors
///
/// [`Error::Empty`], [`Error::BadEntry`] for coordinates that are not finite; [`Error::OutOfRange`] for a number of
/// values that is no multiple of the coordinates.
///
/// # Examples
///
/// ```
/// use spectralaw::data::{Stored, copies_of_points};
///
/// let points = [0.3_f32, 1.7, 0.3 + 3e-8, 1.7, 0.4, 1.7].map(f64::from);
/// assert_eq!(copies_of_points(&points, 2, None)?, [0, 0, 2]);
/// // numbers of 8 bytes that differ in their eighth digit are others
/// assert_eq!(copies_of_points(&[0.3, 0.3 + 3e-8, 0.1], 1, Some(Stored::Float64))?, [0, 1, 2]);
/// # Ok::<(), spectralaw::Error>(())
/// ```
pub fn copies_of_points(points: &[f64], coordinates: usize, stored: Option<Stored>) -> Result<Vec<usize>> {
    check(points, coordinates)?;
    let stored = stored.unwrap_or(Stored::Float64).of_values(points);
    let count = points.len() / coordinates;
    let typical: Vec<f64> = (0..coordinates)
        .map(|j| {
            let column = || points.iter().skip(j).step_by(coordinates);
            let largest = column().fold(0.0_f64, |largest, x| largest.max(x.abs()));
            let squares: f64 = if largest > 0.0 { column().map(|x| (x / largest).powi(2)).sum() } else { 0.0 };
            largest * (squares / count as f64).sqrt()
        })
        .collect();
    let point = |i: usize| &points[i * coordinates..(i + 1) * coordinates];
    let allowed = |x: f64, j: usize| ROUNDINGS * stored.rounding(x.abs().max(typical[j]));
    let is_copy = |first: usize, other: usize| {
        point(first).iter().zip(point(other)).enumerate().all(|(j, (x, y))| (x - y).abs() <= allowed(*x, j))
    };
    // copies are neighbours in the order of any weighted sum of coordinates; with irregular weights hardly any other
    // points are
    let weight = |j: usize| if typical[j] > 0.0 { (1.0 + (GOLDEN * j as f64).fract()) / typical[j] } else { 0.0 };
    let weights: Vec<f64> = (0..coordinates).map(weight).collect();
    let sum = |i: usize| point(i).iter().zip(&weights).map(|(x, w)| w * x).sum::<f64>();
    let sums: Vec<f64> = (0..count).map(sum).collect();
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|i, j| sums[*i].total_cmp(&sums[*j]).then(i.cmp(j)));
    let place = {
        let mut place = vec![0; count];
        order.iter().enumerate().for_each(|(at, i)| place[*i] = at);
        place
    };
    let mut copies: Vec<usize> = (0..count).collect();
    for first in 0..count {
        if copies[first] != first {
            continue;
        }
        let reach: f64 = point(first).iter().enumerate().map(|(j, x)| weights[j] * allowed(*x, j)).sum();
        // the sums themselves are rounded
        let reach = reach
            + coordinates as f64
                * f64::EPSILON
                * point(first).iter().zip(&weights).map(|(x, w)| (w * x).abs()).sum::<f64>();
        let after = order[place[first] + 1..].iter().take_while(|other| sums[**other] - sums[first] <= reach);
        let before = order[..place[first]].iter().rev().take_while(|other| sums[first] - sums[**other] <= reach);
        for &other in after.chain(before) {
            if other > first && copies[other] == other && is_copy(first, other) {
                copies[other] = first;
            }
        }
    }
    Ok(copies)
}

/// A number whose multiples have evenly spread fractional parts.
const GOLDEN: f64 = 0.618_033_988_749_894_8;

/// Points with coordinates, finite ones.
pub(super) fn check(points: &[f64], coordinates: usize) -> Result<()> {
    if points.is_empty() || coordinates == 0 {
        return Err(Error::Empty { name: "points" });
    }
    if let Some(index) = points.iter().position(|x| !x.is_finite()) {
        return Err(Error::BadEntry { name: "points", index, value: points[index], allowed: "finite" });
    }
    if !points.len().is_multiple_of(coordinates) {
        let allowed = "a multiple of the number of coordinates";
        return Err(Error::OutOfRange { name: "the number of values", value: points.len() as f64, allowed });
    }
    Ok(())
}

/// Every second point, and the others, in ascending order, given the first point of which each is a copy: copies of a
/// point are in the same half.
///
/// # Examples
///
/// ```
/// assert_eq!(spectralaw::data::halves(&[0, 0, 2, 3, 2]), [vec![0, 1, 3], vec![2, 4]]);
/// ```
pub fn halves(copies: &[usize]) -> [Vec<usize>; 2] {
    let (mut different, mut in_first) = (0, Vec::with_capacity(copies.len()));
    for &first in copies {
        let half = match in_first.get(first) {
            Some(half) => *half,
            None => {
                different += 1;
                different % 2 == 1
            }
        };
        in_first.push(half);
    }
    let (own, other) = (0..copies.len()).partition(|i| in_first[*i]);
    [own, other]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn copies_are_in_the_same_half() {
        // four points, each of them twice, in two orders
        assert_eq!(halves(&[0, 0, 2, 2, 4, 4, 6, 6]), [vec![0, 1, 4, 5], vec![2, 3, 6, 7]]);
        assert_eq!(halves(&[0, 1, 2, 3, 3, 2, 1, 0]), [vec![0, 2, 5, 7], vec![1, 3, 4, 6]]);
        assert_eq!(halves(&[]), [Vec::<usize>::new(), Vec::new()]);
    }

    /// All pairs compared, as the definition has it.
    fn by_pairs(points: &[f64], coordinates: usize, stored: Stored) -> Vec<usize> {
        let row = |i: usize| &points[i * coordinates..(i + 1) * coordinates];
        let count = points.len() / coordinates;
        let typical = |j: usize| ((0..count).map(|i| row(i)[j] * row(i)[j]).sum::<f64>() / count as f64).sqrt();
        let is_copy = |i: usize, k: usize| {
            (0..coordinates)
                .all(|j| (row(i)[j] - row(k)[j]).abs() <= 4.0 * stored.rounding(row(i)[j].abs().max(typical(j))))
        };
        let mut copies: Vec<usize> = Vec::new();
        for k in 0..count {
            copies.push((0..k).find(|&i| copies[i] == i && is_copy(i, k)).unwrap_or(k));
        }
        copies
    }

    #[test]
    fn copies_are_those_of_all_pairs() -> Result<()> {
        let mut resampler = Random::new(0, 0);
        for trial in 0..200 {
            let coordinates = 1 + trial % 7;
            let scale = 10_f64.powi(trial as i32 % 9 - 4);
            let mut points: Vec<f64> = Vec::new();
            for i in 0..60 {
                // another point, or one that was there with other last digits, or one that is farther away by some of
                // these
                let step = [0.0, 1e-7, 3e-7, 1e-6][i % 4];
                let old = (resampler.uniform() * i as f64) as usize;
                let is_new = i % 3 == 0;
                for j in 0..coordinates {
                    let x = if is_new { scale * (resampler.uniform() - 0.3) } else { points[old * coordinates + j] };
                    let factor = if is_new { 1.0 } else { 1.0 + step * (resampler.uniform() - 0.5) };
                    points.push(f64::from((factor * x) as f32));
                }
            }
            let stored = [Stored::Float32, Stored::Float16][trial % 2];
            let found = copies_of_points(&points, coordinates, Some(stored))?;
            assert_eq!(found, by_pairs(&points, coordinates, stored), "{trial}");
        }
        Ok(())
    }

    #[test]
    fn what_is_no_set_of_points_is_refused() {
        assert!(copies_of_points(&[], 1, None).is_err() && copies_of_points(&[1.0, 2.0, 3.0], 2, None).is_err());
        assert!(copies_of_points(&[f64::NAN], 1, None).is_err());
        // sizes that doubles hardly hold
        assert_eq!(copies_of_points(&[1e308, -1e308, 1e308], 1, None).ok(), Some(vec![0, 1, 0]));
        assert_eq!(copies_of_points(&[5e-324, 0.0, 1.0], 1, Some(Stored::Float64)).ok(), Some(vec![0, 0, 2]));
    }
}
