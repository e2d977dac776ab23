//! Up to which learning rate training is stable.

use super::{Optimizer, method, sgd};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::resolvent::Solver;

impl Model {
    /// The edges of the spectrum of the operator that training iterates, `A^T A Psi^T Psi / (N P)` in the limit of
    /// large sizes: its smallest non-zero and its largest eigenvalue (equations (R.edge) and (R.top)).
    ///
    /// The lower edge is reported as 0 unless there are fewer modes than features and samples. A single largest
    /// eigenvalue counts with the spread that the theory gives it, a few per cent more than it has in one draw.
    pub fn operator_edges(&self) -> (f64, f64) {
        let solver = Solver::new(self);
        (-solver.slow_edge(), -solver.fast_edge())
    }

    /// The constant learning rate above which a method diverges, whatever rates it was given; infinite for flows.
    ///
    /// Gradient descent: 2 over the upper edge of [`operator_edges`](Self::operator_edges); more with the heavy ball,
    /// less with Nesterov's method (equation (Momentum.stable)). Stochastic gradient descent: where the noise that a
    /// step makes feeds on itself (equation (Sgd.stable)), which depends on the batch.
    pub fn max_stable_learning_rate(&self, optimizer: &Optimizer) -> f64 {
        match optimizer {
            Optimizer::GradientFlow | Optimizer::MomentumFlow { .. } => f64::INFINITY,
            Optimizer::Sgd { batch, noise, .. } => sgd::max_stable_learning_rate(self, batch.get(), *noise),
            Optimizer::GradientDescent { .. } | Optimizer::HeavyBall { .. } | Optimizer::Nesterov { .. } => {
                method::of(optimizer).stable_product() / -Solver::new(self).fast_edge()
            }
        }
    }

    /// Refuses what diverges, at the times that are asked for. Weight decay, 0 for none, moves the spectrum that steps
    /// see (equation (Decay.shift)).
    pub(crate) fn check_stability(&self, optimizer: &Optimizer, decay: f64, at: &[f64]) -> Result<()> {
        let Some(schedule) = optimizer.learning_rate() else { return Ok(()) };
        let moved_edge = || Solver::new(self).fast_edge() - decay;
        let stable = if decay > 0.0 {
            method::of(optimizer).stable_product() / -moved_edge()
        } else {
            self.max_stable_learning_rate(optimizer)
        };
        let largest = schedule.largest();
        // the edge itself is known to rounding only
        if largest <= stable * (1.0 + 1e-12) {
            return Ok(());
        }
        // large steps may be made good by small ones, but for the noise that they have made
        let last = at.iter().copied().fold(0.0, f64::max);
        let may_recover = schedule.as_constant().is_none() && optimizer.batch().is_none() && last.is_finite();
        if may_recover && method::of(optimizer).log_size(moved_edge(), last) <= 0.0 {
            return Ok(());
        }
        Err(Error::Unstable { learning_rate: largest, stable })
    }
}
