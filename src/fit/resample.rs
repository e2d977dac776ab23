//! Tables drawn from a table of runs, as if it had been measured again (equation (Bootstrap)).

use special::Error as _;

use super::form::Point;
use super::run::Runs;
use crate::random::Random;

/// Width of the kernel that smooths a sample of a normal law best, in standard deviations over the fifth root of the
/// size of the sample: `(4/3)^(1/5)` (equation (Smoothing)).
const SMOOTHING: f64 = 1.06;

/// The median modulus of a normal law in standard deviations.
const MEDIAN_MODULUS: f64 = 0.6745;

/// Runs and their deviations from a law, to be drawn in groups, with noise on each copy (equation (Smoothing)).
pub(super) struct Resampling<'a> {
    runs: &'a Runs,
    points: &'a [Point],
    seed: u64,
    /// The mean deviation of each group: that of a run where these do not depend on each other.
    means: Vec<f64>,
    /// Deviation of the noise that is added to a mean.
    noise: f64,
    /// What a mean with noise is multiplied by, so that the median modulus stays what it was.
    shrinkage: f64,
}

impl<'a> Resampling<'a> {
    /// Points with their residuals, in the order of the runs.
    pub fn new(runs: &'a Runs, points: &'a [Point], residuals: &[f64], seed: u64) -> Self {
        let count = runs.groups();
        let (mut sums, mut sizes) = (vec![0.0; count], vec![0.0; count]);
        for (run, residual) in runs.all().iter().zip(residuals) {
            sums[run.group] += residual;
            sizes[run.group] += 1.0;
        }
        let means: Vec<f64> = sums.iter().zip(&sizes).map(|(sum, size)| sum / size).collect();
        let mut moduli: Vec<f64> = means.iter().map(|mean| mean.abs()).collect();
        moduli.sort_by(f64::total_cmp);
        let median = moduli.get(count / 2).copied().unwrap_or(0.0);
        let noise = SMOOTHING * (count as f64).powf(-0.2) * median / MEDIAN_MODULUS;
        let shrinkage = if noise > 0.0 { median / median_modulus(&means, noise) } else { 1.0 };
        Self { runs, points, seed, means, noise, shrinkage }
    }

    /// As many groups as there are, each as often as it is drawn, in the order of the runs; every copy with a noise of
    /// its own that its runs share.
    pub fn draw(&self, stream: u64) -> Vec<Point> {
        let mut random = Random::new(self.seed, stream);
        let counts = counts(self.means.len(), &mut random);
        let mut shift = |mean: f64| self.shrinkage * (mean + self.noise * random.normal()) - mean;
        let shifts: Vec<Vec<f64>> = self
            .means
            .iter()
            .zip(counts)
            .map(|(mean, count)| (0..count as usize).map(|_| shift(*mean)).collect())
            .collect();
        let copies = |(point, run): (&Point, &super::run::Run)| {
            let point = *point;
            shifts[run.group].iter().map(move |shift| Point { loss: point.loss - shift, ..point })
        };
        self.points.iter().zip(self.runs.all()).flat_map(copies).collect()
    }
}

/// The median modulus of values, drawn with equal shares, with normal noise of some deviation.
fn median_modulus(values: &[f64], noise: f64) -> f64 {
    let below = |x: f64| 0.5 * (x / (noise * std::f64::consts::SQRT_2)).error();
    let within = |modulus: f64| values.iter().map(|value| below(modulus - value) + below(modulus + value)).sum::<f64>();
    let half = 0.5 * values.len() as f64;
    let (mut low, mut high) = (0.0, values.iter().fold(noise, |most: f64, value| most.max(value.abs() + noise)));
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if within(middle) < half { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// Halvings of an interval until nothing is left of it but rounding.
const HALVINGS: usize = 60;

/// How often each of so many groups is drawn.
pub(super) fn counts(groups: usize, random: &mut Random) -> Vec<f64> {
    let mut counts = vec![0.0; groups];
    for _ in 0..groups {
        counts[random.index(groups)] += 1.0;
    }
    counts
}

/// Refits moved so that their medians are the parameters of the fit, none beyond its bounds.
///
/// Refits to tables with several copies of some runs are closer to each other than fits to independent tables would be
/// to the truth: their middle is a mean over tables, and better than the fit. An interval around it as wide as that of
/// the fit holds the truth too often.
pub(super) fn centred<const K: usize>(
    mut refits: Vec<[f64; K]>,
    parameters: &[f64; K],
    bounds: [[f64; 2]; K],
) -> Vec<[f64; K]> {
    for i in 0..K {
        let mut values: Vec<f64> = refits.iter().map(|refit| refit[i]).collect();
        values.sort_by(f64::total_cmp);
        let Some(last) = values.len().checked_sub(1) else { break };
        let shift = parameters[i] - 0.5 * (values[last / 2] + values[last.div_ceil(2)]);
        for refit in &mut refits {
            refit[i] = (refit[i] + shift).clamp(bounds[i][0], bounds[i][1]);
        }
    }
    refits
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A normal law with normal noise is a wider one.
    #[test]
    fn the_median_modulus_of_a_sum() {
        let quantile = |i: i32| std::f64::consts::SQRT_2 * (f64::from(2 * i + 1) / 2000.0 - 1.0).inv_error();
        let values: Vec<f64> = (0..2000).map(quantile).collect();
        for noise in [0.1, 0.5, 2.0] {
            let expected = MEDIAN_MODULUS * (1.0_f64 + noise * noise).sqrt();
            // 2,000 quantiles instead of all
            assert!((median_modulus(&values, noise) / expected - 1.0).abs() < 1e-3);
        }
    }

    #[test]
    fn medians_become_the_parameters() {
        let refits = (0..5).map(|i| [f64::from(i), 0.1 * f64::from(i * i)]).collect();
        let moved = centred(refits, &[1.0, 3.0], [[0.0, f64::INFINITY], [f64::NEG_INFINITY, f64::INFINITY]]);
        let column = |of: usize| moved.iter().map(|refit| refit[of]).collect::<Vec<f64>>();
        assert_eq!(column(0), [0.0, 0.0, 1.0, 2.0, 3.0]);
        assert!(column(1).iter().zip([2.6, 2.7, 3.0, 3.5, 4.2]).all(|(x, y)| (x - y).abs() < 1e-12));
        assert!(centred(Vec::new(), &[1.0], [[0.0, 1.0]]).is_empty());
    }
}
