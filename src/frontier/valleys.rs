//! The least value of a function of one logarithm between two ends, over all of its valleys; knows no theory.

use crate::error::{Error, Result};
use crate::numerics::{Sample, log_grid, root_between};
use crate::precision::SLOPE_TOLERANCE;

/// A non-negative function at one logarithm.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    pub log: f64,
    pub value: f64,
    /// Estimated relative error of the value.
    pub error: f64,
    /// `d ln value / d log`, NaN where the value is 0 or infinite.
    pub slope: f64,
    /// Estimated absolute error of the slope.
    pub slope_error: f64,
}

impl Point {
    /// Whether the function surely rises (1) or surely falls (-1) here; 0 if neither is sure.
    fn direction(&self) -> i8 {
        match self.slope {
            slope if slope > self.slope_error => 1,
            slope if slope < -self.slope_error => -1,
            _ => 0,
        }
    }

    /// Whether the value is smaller by more than the errors of both.
    fn is_below(&self, other: &Self) -> bool {
        if other.value.is_infinite() {
            return self.value.is_finite();
        }
        other.value - self.value > self.error * self.value + other.error * other.value + ROUNDED * other.value
    }

    /// Whether beyond this point, in the direction of an end, something is left that the grid must show.
    fn is_open(&self, outward: f64, end: Option<&Self>) -> bool {
        match self.direction() {
            // (infinite on the way to an infinite end, or 0)
            _ if self.slope.is_nan() => false,
            0 => end.is_some_and(|end| self.is_below(end) || end.is_below(self)),
            _ => self.slope * outward < 0.0 || self.slope.abs() > GENTLE,
        }
    }
}

/// Where the grid begins and ends, how far it may grow, and what there is at the limits beyond.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach {
    /// Logarithms between which the grid begins.
    pub inner: (f64, f64),
    /// Logarithms that the grid never exceeds.
    pub widest: (f64, f64),
    /// The function at minus and plus infinity, if that can be chosen.
    pub ends: (Option<Point>, Option<Point>),
}

/// Values that are tried for each factor of ten. Losses are sums of exponentials of times, and rational functions of
/// ridges: nothing in them is narrower than a factor of two.
const DENSITY: f64 = 8.0;

/// How far a grid grows at once: two factors of ten.
const STRETCH: f64 = 2.0 * std::f64::consts::LN_10;

/// A function that rises towards an end, less steeply than this, does so all the way: it is next to its limit, from
/// which it differs by its slope.
const GENTLE: f64 = 1e-4;

/// What rounding may change in values beyond their estimated errors.
const ROUNDED: f64 = 4.0 * f64::EPSILON;

/// Halvings, or golden sections, of an interval of logarithms.
const SECTIONS: usize = 60;

/// The place of the least value, an end if it is least there, from samples at ascending logarithms.
///
/// The grid grows until slopes at its borders point inwards, or nothing changes any more. Every change of slope from
/// falling to rising is a valley, and so is every point below its neighbours; each is followed to its bottom. An end
/// from which the function falls cannot be the least, whatever rounding says.
pub(super) fn least(sample: impl Fn(&[f64]) -> Result<Vec<Point>>, reach: &Reach) -> Result<Option<Point>> {
    let grid = grid(&sample, reach)?;
    let mut bottoms = Vec::new();
    let sure: Vec<&Point> = grid.iter().filter(|point| point.direction() != 0).collect();
    for pair in sure.windows(2) {
        if pair[0].direction() < 0 && pair[1].direction() > 0 {
            bottoms.push(bottom(&sample, pair[0], pair[1])?);
        }
    }
    for three in grid.windows(3) {
        let is_found = |bottom: &Point| (three[0].log..=three[2].log).contains(&bottom.log);
        if three[1].is_below(&three[0]) && three[1].is_below(&three[2]) && !bottoms.iter().any(is_found) {
            bottoms.push(narrowed(&sample, three)?);
        }
    }
    // of equal values the first one stays: bottoms, where the function surely turns, before ends, these before the grid
    let (low, high) = reach.ends;
    let rises = sure.first().is_none_or(|first| first.direction() > 0);
    let falls = sure.last().is_none_or(|last| last.direction() < 0);
    let mut best: Option<Point> = None;
    let mut offer = |point: Point, is_valley: bool| {
        let is_better =
            best.is_none_or(|best| if is_valley { point.value < best.value } else { point.is_below(&best) });
        if is_better && !point.value.is_nan() {
            best = Some(point);
        }
    };
    bottoms.into_iter().for_each(|bottom| offer(bottom, true));
    low.into_iter().for_each(|low| offer(low, rises));
    high.into_iter().for_each(|high| offer(high, falls));
    grid.into_iter().for_each(|point| offer(point, false));
    Ok(best)
}

/// Samples from border to border.
fn grid(sample: impl Fn(&[f64]) -> Result<Vec<Point>>, reach: &Reach) -> Result<Vec<Point>> {
    let (least, most) = reach.widest;
    let (low, high) = reach.ends;
    let (first, last) = (reach.inner.0.clamp(least, most), reach.inner.1.clamp(least, most));
    let mut grid = sample(&log_grid(first, last, DENSITY))?;
    while let Some(border) = grid.first().filter(|border| border.log > least && border.is_open(-1.0, low.as_ref())) {
        let mut logs = log_grid((border.log - STRETCH).max(least), border.log, DENSITY);
        logs.pop();
        let more = sample(&logs)?;
        grid.splice(0..0, more);
    }
    while let Some(border) = grid.last().filter(|border| border.log < most && border.is_open(1.0, high.as_ref())) {
        let logs = log_grid(border.log, (border.log + STRETCH).min(most), DENSITY);
        grid.extend(sample(&logs[1..])?);
    }
    Ok(grid)
}

fn one(sample: impl Fn(&[f64]) -> Result<Vec<Point>>, log: f64) -> Result<Point> {
    let nothing = Point { log, value: f64::NAN, error: 0.0, slope: f64::NAN, slope_error: 0.0 };
    Ok(sample(&[log])?.first().copied().unwrap_or(nothing))
}

/// The bottom between a point from which the function falls and one to which it rises: the root of the slope.
fn bottom(sample: impl Fn(&[f64]) -> Result<Vec<Point>>, before: &Point, after: &Point) -> Result<Point> {
    let at = |point: &Point| Sample { x: point.log, value: point.slope, found: *point };
    // the slopes of shallow valleys are small everywhere
    let tolerance = SLOPE_TOLERANCE * before.slope.abs().max(after.slope.abs()).min(1.0);
    let (root, _) = root_between(at(before), at(after), tolerance, |log| {
        let point = one(&sample, log)?;
        Ok::<_, Error>((if point.slope.is_nan() { 0.0 } else { point.slope }, point))
    })?;
    Ok(root.found)
}

/// The bottom between the outer two of three points, of which the middle one is lower: golden sections, for slopes that
/// do not tell.
fn narrowed(sample: impl Fn(&[f64]) -> Result<Vec<Point>>, three: &[Point]) -> Result<Point> {
    let share = 0.5 * (3.0 - 5.0_f64.sqrt());
    let (mut low, mut middle, mut high) = (three[0].log, three[1], three[2].log);
    for _ in 0..SECTIONS {
        let upwards = high - middle.log > middle.log - low;
        let log = middle.log + share * if upwards { high - middle.log } else { low - middle.log };
        let point = one(&sample, log)?;
        let is_lower = point.value < middle.value;
        match (upwards, is_lower) {
            (true, true) => low = middle.log,
            (true, false) => high = log,
            (false, true) => high = middle.log,
            (false, false) => low = log,
        }
        if is_lower {
            middle = point;
        }
        if high - low < f64::EPSILON.sqrt() {
            break;
        }
    }
    Ok(middle)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a function of a logarithm with its slope, both as good as rounding.
    fn sampled(f: impl Fn(f64) -> (f64, f64)) -> impl Fn(&[f64]) -> Result<Vec<Point>> {
        move |logs| {
            let at = |&log: &f64| {
                let (value, slope) = f(log);
                Point { log, value, error: 1e-15, slope: slope / value, slope_error: 1e-15 }
            };
            Ok(logs.iter().map(at).collect())
        }
    }

    fn end(log: f64, value: f64) -> Option<Point> {
        Some(Point { log, value, error: 1e-15, slope: 0.0, slope_error: 0.0 })
    }

    const NOWHERE: f64 = f64::INFINITY;

    #[test]
    fn bottoms_are_found_inside_beyond_the_grid_and_at_ends() -> Result<()> {
        let widest = (-200.0, 200.0);
        // 1 - x + x^2/c in x = e^log: the bottom at c/2 is 1 - c/4
        for scale in [1e-12_f64, 1e-5, 1.0] {
            let f = |log: f64| {
                let x = log.exp();
                (1.0 - x + x * x / scale, -x + 2.0 * x * x / scale)
            };
            let reach = Reach { inner: (-7.0, 3.0), widest, ends: (end(-NOWHERE, 1.0), None) };
            let bottom = least(sampled(f), &reach)?.map_or(f64::NAN, |point| point.log);
            assert!((bottom - (0.5 * scale).ln()).abs() < 1e-4, "{bottom} {scale}");
        }
        // falling and rising for ever
        let falling = |log: f64| (1.0 + (-log).exp(), -(-log).exp());
        let rising = |log: f64| (2.0 - 1.0 / (1.0 + log.exp()), log.exp() / (1.0 + log.exp()).powi(2));
        let reach = Reach { inner: (0.0, 3.0), widest, ends: (end(-NOWHERE, 1e9), end(NOWHERE, 1.0)) };
        assert_eq!(least(sampled(falling), &reach)?.map(|point| point.log), Some(NOWHERE));
        let reach = Reach { inner: (0.0, 3.0), widest, ends: (end(-NOWHERE, 1.0), end(NOWHERE, 2.0)) };
        assert_eq!(least(sampled(rising), &reach)?.map(|point| point.log), Some(-NOWHERE));
        // nothing but a border to stay at
        let reach = Reach { inner: (0.0, 3.0), widest: (0.0, 5.0), ends: (None, end(NOWHERE, 9.0)) };
        assert_eq!(least(sampled(falling), &reach)?.map(|point| point.log), Some(5.0));
        Ok(())
    }

    #[test]
    fn of_several_valleys_the_deepest_is_found() -> Result<()> {
        // two dips, of which one is so narrow that slopes at the points of the grid do not show it
        let dip = |x: f64, at: f64, width: f64| (-((x - at) / width).powi(2)).exp();
        let f = |x: f64| {
            let narrow = 0.3 * dip(x, 2.05, 0.09);
            let wide = 0.2 * dip(x, 8.0, 1.0);
            (1.0 - narrow - wide, 2.0 * (x - 2.05) / 0.09_f64.powi(2) * narrow + 2.0 * (x - 8.0) * wide)
        };
        let reach = Reach { inner: (0.0, 12.0), widest: (0.0, 12.0), ends: (end(-NOWHERE, 1.0), end(NOWHERE, 1.0)) };
        let found = least(sampled(f), &reach)?.map_or(f64::NAN, |point| point.log);
        assert!((found - 2.05).abs() < 1e-7, "{found}");
        // with slopes that do not tell
        let blind = |logs: &[f64]| {
            let points = sampled(f)(logs)?;
            Ok(points.into_iter().map(|point| Point { slope_error: NOWHERE, ..point }).collect())
        };
        let found = least(blind, &reach)?.map_or(f64::NAN, |point| point.log);
        // a place to the root of the rounding
        assert!((found - 2.05).abs() < 1e-6, "{found}");
        Ok(())
    }
}
