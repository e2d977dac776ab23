//! The times, steps and ridges between which a model's losses change.

use crate::error::{Error, Result};
use crate::model::Model;
use crate::precision::{CONTOUR_EXPONENT, FEW_STEPS, LATEST_STEP, LATEST_TIME, RESOLVENT_RANGE};
use crate::resolvent::Solver;
use crate::training::evolution::speed_bound;

/// Logarithms between which a search begins, and those that it never exceeds. All of them move with the spectrum: where
/// eigenvalues are multiplied by a factor, times are divided by it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub inner: (f64, f64),
    pub widest: (f64, f64),
}

/// Products of a time, or an inverse ridge, and the largest eigenvalue at which losses are still straight lines.
const EARLY: f64 = 1e-3;

/// Products of a time, or an inverse ridge, and the largest eigenvalue at which no digit of a loss has changed.
const NOTHING: f64 = 1e-18;

/// Products of a time, or an inverse ridge, and the eigenvalue learned last, beyond which training has ended.
const LATE: f64 = 100.0;

/// How far to look at first if that eigenvalue is not known.
const UNKNOWN: f64 = 1e3;

impl Span {
    /// Times of gradient flow.
    pub fn of_times(model: &Model) -> Result<Self> {
        let unit = speed_bound(model);
        let early = EARLY / unit;
        let late = slowest(model)?.map_or(UNKNOWN / unit, |slow| LATE / slow);
        Ok(Self::new((early, late), (NOTHING / unit, LATEST_TIME / unit)))
    }

    /// Numbers of steps, from the [first one](first_real_step) on that may be any real number.
    pub fn of_steps(model: &Model, learning_rate: f64) -> Result<Self> {
        let first = first_real_step(model, learning_rate);
        let late = slowest(model)?.map_or(UNKNOWN / speed_bound(model), |slow| LATE / slow) / learning_rate;
        Ok(Self::new((first, late), (first, LATEST_STEP)))
    }

    /// Ridges that the spectrum resolves.
    pub fn of_ridges(model: &Model) -> Result<Self> {
        let (spectrum, unit) = (model.spectrum(), speed_bound(model));
        let resolved = spectrum.eigenvalues().smallest_resolved().max(spectrum.power().smallest_resolved());
        let low = slowest(model)?.map_or(unit / UNKNOWN, |slow| slow / LATE);
        // (not the last ridge itself, which its logarithm may miss)
        let least = 2.0 * resolved.max(*RESOLVENT_RANGE.start());
        let widest = (least, (unit / NOTHING).min(0.5 * RESOLVENT_RANGE.end()));
        Ok(Self::new((low, unit / EARLY), widest))
    }

    fn new(inner: (f64, f64), widest: (f64, f64)) -> Self {
        let within = |x: f64| x.clamp(widest.0, widest.1).ln();
        Self { inner: (within(inner.0), within(inner.1)), widest: (widest.0.ln(), widest.1.ln()) }
    }
}

/// The number of steps from which on losses are a smooth function of it: 24, and where steps overshoot as many as it
/// takes for `|1 - eta lambda|^t` of the largest eigenvalue of what is trained to vanish next to 1, as it has another
/// sign after every step. At most 2,000, within 2 per cent of the edge of stability.
pub(super) fn first_real_step(model: &Model, learning_rate: f64) -> f64 {
    let overshoot = learning_rate * model.operator_edges().1 - 1.0;
    let vanished = if overshoot > 0.0 { CONTOUR_EXPONENT / -overshoot.ln() } else { 0.0 };
    // (at the edge, and where rounding has it beyond, never)
    if (0.0..MOST_WHOLE).contains(&vanished) { vanished.ceil().max(FEW_STEPS) } else { MOST_WHOLE }
}

/// Steps that are compared one by one.
const MOST_WHOLE: f64 = 2_000.0;

/// The eigenvalue that is learned last: the renormalised ridge that is left at the end, or, where all modes are
/// learned, the slow edge of the operator's spectrum (equations (R.limits) and (R.edge)); none if it is beyond what the
/// spectrum resolves.
fn slowest(model: &Model) -> Result<Option<f64>> {
    let solver = Solver::new(model);
    let kappa = match solver.real(0.0) {
        Ok(state) => state.kappa.re,
        Err(Error::Unresolved { .. }) => 0.0,
        Err(error) => return Err(error),
    };
    let slow = if kappa > 0.0 { kappa } else { -solver.slow_edge() };
    Ok((slow > 0.0).then_some(slow))
}
