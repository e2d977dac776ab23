//! What gradient noise adds where losses fall exponentially: where a gap separates the spectrum from 0, contours that
//! are moved along keep the relative accuracy of what is small (equation (Sgd.decay)).

use super::transform::{Problem, REST_OF_CONTOUR};
use super::{Batches, Excess};
use crate::contour::Contour;
use crate::error::Result;
use crate::loss::Parts;
use crate::model::Model;
use crate::numerics::{Sample, root_between};
use crate::precision::{CONTOUR_ROUNDING, SHARED_TIMES_RATIO};
use crate::training::evolution::is_train_loss_small;

/// What decays by less than this exponent is not small.
const LEAST_DECAY: f64 = 6.0;

/// Where one step leaves nothing of any mode, what decays even faster than this is 0 to double precision.
const FASTEST: f64 = -700.0;

/// The reproduction of noise, less 1, that counts as none: contours are as far from where it vanishes as time makes them.
const NOTHING: f64 = 1e-10;

/// How close to the cut it is looked for, as a share of the distance to 0.
const NEXT_TO_CUT: f64 = 1e-6;

/// Replaces what is added to small losses, at ascending steps, if it is better known than it was.
pub(super) fn refine(
    model: &Model,
    learning_rate: f64,
    batches: Batches,
    steps: &[f64],
    full_batch: &[Parts],
    excess: &mut [Excess],
) -> Result<()> {
    let end = steps.partition_point(|t| t.is_finite());
    let is_small = |i: &usize| is_train_loss_small(model, &excess[*i].added_to(full_batch[*i]));
    let Some(start) = (0..end).find(is_small) else { return Ok(()) };
    // (Gauss rules do not tell modes from each other)
    let exact = if model.spectrum().bins().is_empty() {
        Some(model.clone())
    } else {
        model.spectrum().uncompressed().map(|spectrum| model.clone().with_spectrum(spectrum))
    };
    let Some(model) = exact else { return Ok(()) };
    let problem = Problem::new(&model, learning_rate, batches);
    let interpolation = problem.solver.interpolation_edge();
    let slow = interpolation.unwrap_or_else(|| problem.solver.slow_edge());
    let Some(decay) = Decay::new(&problem, slow, problem.drift)? else { return Ok(()) };
    let plain = if problem.drift > 1.0 { Decay::of_full_batches(&problem, slow, 1.0) } else { None };
    let mut rest = start + steps[start..end].partition_point(|t| -decay.origin * t < LEAST_DECAY);
    while rest < end {
        let count = steps[rest..end].partition_point(|&t| t <= SHARED_TIMES_RATIO * steps[rest]);
        let own = &steps[rest..rest + count];
        let losses = decay.losses(&problem, own)?;
        let plain = plain.as_ref().map(|plain| plain.losses(&problem, own)).transpose()?;
        for (i, (losses, excess)) in losses.iter().zip(&mut excess[rest..]).enumerate() {
            let plain = plain.as_ref().map(|plain| plain[i].full_batch);
            losses.replace(excess, plain, interpolation.is_some());
        }
        rest += count;
    }
    Ok(())
}

/// A number with a bound on its absolute error.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    value: f64,
    error: f64,
}

impl Known {
    fn plus(self, other: Self) -> Self {
        Self { value: self.value + other.value, error: self.error + other.error }
    }
}

/// What is left at one step of the train loss of full batches, and what has been stirred up of the train and of the test
/// loss: by the signal, and by label noise.
#[derive(Debug, Clone, Copy, Default)]
struct Decayed {
    full_batch: [Known; 2],
    train: [Known; 2],
    test: [Known; 2],
}

impl Decayed {
    /// Replaces what is known less well; that of label noise only where samples are interpolated. With the losses of full
    /// batches without drift where features are Gaussian.
    fn replace(&self, excess: &mut Excess, plain: Option<[Known; 2]>, interpolates: bool) {
        // the drift changes the losses of full batches by themselves
        let drifted = |i: usize| {
            plain.map_or_else(Known::default, |plain| {
                let without = Known { value: -plain[i].value, ..plain[i] };
                self.full_batch[i].plus(without)
            })
        };
        let better = |known: Known, before: f64| (known.error <= before).then_some(known);
        let (before, interpolating) = (*excess, if interpolates { f64::INFINITY } else { f64::NEG_INFINITY });
        if let Some(Known { value, error }) = better(self.test[0].plus(drifted(0)), before.signal_error) {
            (excess.signal, excess.signal_error) = (value, error);
        }
        if let Some(Known { value, error }) = better(self.train[0].plus(drifted(0)), before.signal_error) {
            (excess.train_signal, excess.train_signal_error) = (value, Some(error));
        }
        if let Some(Known { value, error }) = better(self.test[1], before.noise_error.min(interpolating)) {
            (excess.noise, excess.noise_error) = (value, error);
        }
        if let Some(Known { value, error }) = better(self.train[1], before.noise_error.min(interpolating)) {
            (excess.train_noise, excess.train_noise_error) = (value, Some(error));
        }
    }
}

/// Losses that decay as `e^{origin t}`: the origin is the rightmost of the singularities of their transforms.
struct Decay {
    origin: f64,
    drift: f64,
}

impl Decay {
    /// Of all losses, given the slow end of the spectrum, as far as it is felt; `None` if nothing decays.
    fn new(problem: &Problem, slow: f64, drift: f64) -> Result<Option<Self>> {
        let Some(Self { origin: cut, .. }) = Self::of_full_batches(problem, slow, drift) else { return Ok(None) };
        // of the noise that one unit of noise makes, which rises to the left
        let reproduced = |s: f64| Ok::<f64, crate::Error>(problem.transforms(&problem.reference(s, drift)?).train.re);
        let at = |s: f64| -> Result<Sample<()>> { Ok(Sample { x: s, value: reproduced(s)? - 1.0, found: () }) };
        let (mut right, mut left) = (at(0.0)?, at((0.5 * cut).max(-0.5))?);
        if right.value >= 0.0 {
            return Ok(None);
        }
        // to the left, and then towards the cut, where it is largest
        while left.value < 0.0 && left.x > 0.5 * cut {
            (right, left) = (left, at((2.0 * left.x).max(0.5 * cut))?);
        }
        let mut distance = 0.5 * cut;
        while left.value < 0.0 && distance < NEXT_TO_CUT * cut {
            distance *= 0.5;
            (right, left) = (left, at(cut - distance)?);
        }
        let origin = if left.value < 0.0 {
            cut
        } else if left.value.is_nan() {
            // (on a mode, to rounding: what is to the right of the singularities is as good, but for digits)
            right.x
        } else {
            let root = root_between(right, left, NOTHING, |s| reproduced(s).map(|c| (c - 1.0, ())))?;
            root.0.x
        };
        Ok((origin < 0.0).then_some(Self { origin, drift }))
    }

    /// Of full batches, whose squared residuals are powers.
    fn of_full_batches(problem: &Problem, slow: f64, drift: f64) -> Option<Self> {
        let log_factor = |z: f64| {
            let x = problem.eta * z;
            if x > -0.5 {
                return (2.0 * x + drift * x * x).ln_1p();
            }
            ((1.0 + x) * (1.0 + x) + problem.excess_drift(drift) * x * x).ln()
        };
        let origin = log_factor(slow).max(log_factor(problem.solver.fast_edge())).max(FASTEST);
        (slow < 0.0 && origin < 0.0).then_some(Self { origin, drift })
    }

    /// What is left at steps that share a contour.
    fn losses(&self, problem: &Problem, steps: &[f64]) -> Result<Vec<Decayed>> {
        if self.origin <= FASTEST {
            return Ok(vec![Decayed::default(); steps.len()]);
        }
        let (first, last) = (steps[0], steps[steps.len() - 1]);
        let contour = Contour::hyperbola(first, last, self.origin);
        let nodes = problem.nodes(&contour.nodes, self.drift)?;
        let mut out = vec![Decayed::default(); steps.len()];
        for (j, (node, (s, weight))) in nodes.iter().zip(contour.nodes.iter().zip(&contour.weights)).enumerate() {
            let here = problem.transforms(node);
            let conditioning = here.conditioning();
            let by_all = [here.signal, here.noise].map(|loss| [loss, loss * here.train, loss * here.test]);
            let is_last = j + 1 == nodes.len();
            for (&t, out) in steps.iter().zip(&mut out) {
                // (an exponent is rounded in proportion to its size)
                let rounding = CONTOUR_ROUNDING * (1.0 - self.origin * t / 20.0);
                let left = |t: f64| 2.0 * weight * ((s - self.origin) * t).exp() * (self.origin * t).exp();
                for (source, [full_batch, train, test]) in by_all.iter().enumerate() {
                    let stable = 1.0 - here.train;
                    let terms = [
                        (*full_batch, 1.0, &mut out.full_batch[source]),
                        (train / stable, conditioning, &mut out.train[source]),
                        (test / stable, conditioning, &mut out.test[source]),
                    ];
                    for (term, conditioning, sum) in terms {
                        let value = left(t) * term;
                        sum.value += value.re;
                        sum.error += rounding * conditioning * value.norm();
                        if is_last {
                            // what the contour leaves out is at the first time as large as its last term
                            let shrunk = (self.origin * (t - first)).exp();
                            sum.error += REST_OF_CONTOUR * shrunk * (left(first) * term).norm();
                        }
                    }
                }
            }
        }
        Ok(out)
    }
}
