//! The noise of modes, from neighbours: a law that bends hardly adds to it (equation (Fit.scatter)).

use std::ops::Range;

/// Fewest positions of blocks in a pool, for blocks of several modes.
const FEWEST_POSITIONS: usize = 6;

/// Lengths of a block that a pool has at the least: of a short one, of a long one, in which a law could bend.
const FEWEST_LENGTHS: (usize, usize) = (5, 12);

/// The longest of the short blocks.
const SHORT: usize = 4;

/// Differences of logarithms of neighbouring blocks are cut off here.
const FURTHEST: f64 = 10.0;

/// The variance of values, for each pool (a range of positions), as it counts in sums over many modes: the largest over
/// lengths of blocks, as neighbours that fluctuate together do so in blocks only. `is_relative`: over the square of the
/// mean value, of the pool or of the neighbours, whichever gives less: where values grow or fall by themselves,
/// neighbours are better.
pub(super) fn scatter(x: &[f64], values: &[f64], pools: &[Range<usize>], is_relative: bool) -> Vec<f64> {
    let (x_sums, sums) = (running_sums(x), running_sums(values));
    let mut largest = vec![0.0; pools.len()];
    let mut length = 1;
    while 3 * length <= x.len() {
        let stride = (length / 2).max(1);
        let lengths = if length <= SHORT { FEWEST_LENGTHS.0 } else { FEWEST_LENGTHS.1 };
        let starts = || (0..=x.len() - 3 * length).step_by(stride);
        let means = |of: &[f64], start: usize| {
            [0, 1, 2].map(|i| {
                let block = start + i * length;
                (of[block + length] - of[block]) / length as f64
            })
        };
        let departure = |start: usize, [y_0, y_1, y_2]: [f64; 3]| {
            let [x_0, x_1, x_2] = means(&x_sums, start);
            let t = (x_1 - x_0) / (x_2 - x_0);
            let departure = y_1 - (1.0 - t) * y_0 - t * y_2;
            length as f64 * departure * departure / (1.0 + (1.0 - t).powi(2) + t * t)
        };
        let plain: Vec<f64> = starts().map(|start| departure(start, means(&sums, start))).collect();
        let of_logarithm = |start: usize| departure(start, clamped(means(&sums, start)));
        let logarithmic: Vec<f64> = if is_relative { starts().map(of_logarithm).collect() } else { Vec::new() };
        let (plain, logarithmic) = (running_sums(&plain), running_sums(&logarithmic));
        for (largest, pool) in largest.iter_mut().zip(pools) {
            let count = (pool.len() + 1).saturating_sub(3 * length);
            let is_small = count < FEWEST_POSITIONS || pool.len() < lengths * length;
            if count == 0 || (length > 1 && is_small) {
                continue;
            }
            let (first, last) = (pool.start.div_ceil(stride), (pool.start + count - 1) / stride);
            let variance = |sums: &[f64]| (sums[last + 1] - sums[first]) / (last + 1 - first) as f64;
            let mean = (sums[pool.end] - sums[pool.start]) / pool.len() as f64;
            let variance = match is_relative {
                true => (variance(&plain) / (mean * mean)).min(variance(&logarithmic)),
                false => variance(&plain),
            };
            *largest = f64::max(*largest, variance);
        }
        length = if length < 4 { length + 1 } else { length * 3 / 2 };
    }
    largest
}

/// Logarithms, none of them too far below the largest.
fn clamped(values: [f64; 3]) -> [f64; 3] {
    let largest = values.iter().copied().fold(f64::MIN_POSITIVE, f64::max).ln();
    values.map(|value| value.max(f64::MIN_POSITIVE).ln().max(largest - FURTHEST))
}

fn running_sums(values: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    let sums = values.iter().map(|value| {
        sum += value;
        sum
    });
    [0.0].into_iter().chain(sums).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// Uniform noise of variance 1/12, its running means of eight, whose sums vary as if they were independent, and
    /// bends.
    #[test]
    fn noise_is_told_from_bends() {
        let mut resampler = Random::new(0, 0);
        let x: Vec<f64> = (1..=4000).map(|k| f64::from(k).ln()).collect();
        let noise: Vec<f64> = (0..4008).map(|_| resampler.uniform() - 0.5).collect();
        let smooth: Vec<f64> = noise.windows(8).map(|w| w.iter().sum::<f64>() / 8.0).collect();
        let pools = [0..20, 100..400, 1000..4000];
        for values in [&noise, &smooth] {
            for bend in [0.0, 2.0] {
                let bent: Vec<f64> = x.iter().zip(values).map(|(x, y)| y + bend * (x - 5.0).max(0.0)).collect();
                let found = scatter(&x, &bent, &pools, false);
                let [_, middle, last] = found[..] else { unreachable!() };
                // the largest of several estimates, of a few dozen blocks each
                assert!((0.6..2.5).contains(&(12.0 * middle)), "{found:?}");
                assert!((0.6..2.5).contains(&(12.0 * last)), "{found:?}");
            }
        }
    }
}
