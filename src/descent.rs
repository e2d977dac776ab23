//! Gradient descent: losses after steps of a constant learning rate.

use crate::error::{Error, Result};
use crate::evolution::{self, Dynamics};
use crate::loss::LossCurve;
use crate::model::Model;
use crate::precision::LATEST_STEP;
use crate::resolvent::Solver;

impl Model {
    /// Losses of full-batch gradient descent from zero weights after the given numbers of steps, each `w <- w -
    /// learning_rate * gradient` with the gradient of half the mean squared residual (equation (Descent)).
    ///
    /// Steps are integers from 0 to 1e12, or infinite; the cost does not depend on them. For small learning rates this
    /// is gradient flow at time `learning_rate * steps`.
    ///
    /// # Errors
    ///
    /// [`Error::Unstable`] for learning rates that are not positive or above
    /// [`max_stable_learning_rate`](Self::max_stable_learning_rate); [`Error::Empty`] or [`Error::BadEntry`] for bad
    /// steps; [`Error::Unresolved`] where the spectrum does not reach.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::{Model, Spectrum};
    ///
    /// let model = Model::new(&Spectrum::power_law(1.5, 1.3)?).with_width(1200.0)?.with_samples(800.0)?;
    /// let curve = model.gradient_descent(0.1, &[100.0, 1e5, 1e9])?;
    /// assert!(curve.points()[1].test_loss < curve.points()[0].test_loss);
    /// assert!(model.gradient_descent(3.0, &[1.0]).is_err());
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn gradient_descent(&self, learning_rate: f64, steps: &[f64]) -> Result<LossCurve> {
        let stable = self.max_stable_learning_rate();
        // the edge itself is known to rounding only
        if !(learning_rate > 0.0 && learning_rate <= stable * (1.0 + 1e-12)) {
            return Err(Error::Unstable { learning_rate, stable });
        }
        if steps.is_empty() {
            return Err(Error::Empty { name: "steps" });
        }
        let countable = |t: f64| (0.0..=LATEST_STEP).contains(&t) && t.fract() <= 0.0;
        if let Some(index) = steps.iter().position(|&t| !countable(t) && t != f64::INFINITY) {
            let allowed = "an integer from 0 to 1e12, or infinite";
            return Err(Error::BadEntry { name: "steps", index, value: steps[index], allowed });
        }
        evolution::curve(self, Dynamics::Descent { learning_rate }, steps)
    }

    /// The edges of the spectrum of the operator that training iterates, `A^T A Psi^T Psi / (N P)` in the limit of
    /// large sizes: its smallest non-zero and its largest eigenvalue (equations (R.edge) and (R.top)).
    ///
    /// The lower edge is reported as 0 unless there are fewer modes than features and samples. A single largest
    /// eigenvalue counts with the spread that the theory gives it, a few per cent more than it has in one draw.
    pub fn operator_edges(&self) -> (f64, f64) {
        let solver = Solver::new(self);
        (-solver.slow_edge(), -solver.fast_edge())
    }

    /// The learning rate above which gradient descent diverges: 2 over the upper edge of
    /// [`operator_edges`](Self::operator_edges).
    pub fn max_stable_learning_rate(&self) -> f64 {
        2.0 / self.operator_edges().1
    }
}
