//! Test losses on grids of width, samples and time: all of a landscape at once, in parallel.

use std::ops::ControlFlow;

use rayon::prelude::*;

use crate::error::{Error, Result, go_on};
use crate::model::Model;
use crate::training::evolution::TestLosses;
use crate::training::method::{self, Method};
use crate::training::{Optimizer, check, in_any_order};
use crate::unlimited_data;

/// Test losses of every width with every number of samples at every time.
#[derive(Debug, Clone, PartialEq)]
pub struct LossSurface {
    widths: Vec<f64>,
    samples: Vec<f64>,
    at: Vec<f64>,
    test_loss: Vec<f64>,
    error: Vec<f64>,
}

impl LossSurface {
    /// The widths.
    pub fn widths(&self) -> &[f64] {
        &self.widths
    }

    /// The numbers of samples.
    pub fn samples(&self) -> &[f64] {
        &self.samples
    }

    /// The times, or numbers of steps.
    pub fn at(&self) -> &[f64] {
        &self.at
    }

    /// The test losses: times vary fastest, then samples, then widths.
    pub fn test_loss(&self) -> &[f64] {
        &self.test_loss
    }

    /// Their estimated relative errors, in the same order.
    pub fn error(&self) -> &[f64] {
        &self.error
    }

    /// The test loss at positions in [`widths`](Self::widths), [`samples`](Self::samples) and [`at`](Self::at); `None`
    /// beyond their ends.
    pub fn get(&self, width: usize, samples: usize, at: usize) -> Option<f64> {
        let is_inside = width < self.widths.len() && samples < self.samples.len() && at < self.at.len();
        let position = (width * self.samples.len() + samples) * self.at.len() + at;
        if is_inside { self.test_loss.get(position).copied() } else { None }
    }
}

/// Most points of a surface: two doubles each, 1.6 GB.
const MOST_POINTS: usize = 100_000_000;

impl Model {
    /// The test losses of [`train`](Self::train) on a grid, with the widths and numbers of samples in place of those of
    /// this model; `progress` is called, from any thread, with the number of further points that are done, and
    /// may end the work.
    ///
    /// Curves share their work along the times, so that a point of a dense grid costs a tenth of what it costs alone;
    /// on unlimited data, a hundredth. Results do not depend on the number of threads.
    ///
    /// # Errors
    ///
    /// As for [`train`](Self::train); [`Error::Empty`] for an empty list, [`Error::OutOfRange`] for more than 1e8
    /// points; [`Error::Interrupted`] if `progress` ends the work.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::ops::ControlFlow;
    ///
    /// use spectralaw::{Model, Optimizer, Spectrum};
    ///
    /// let model = Model::new(&Spectrum::power_law(1.5, 1.25)?).with_noise_variance(0.1)?;
    /// let times: Vec<f64> = (0..50).map(|i| 10_f64.powf(f64::from(i) / 10.0)).collect();
    /// let all = |_| ControlFlow::Continue(());
    /// let surface = model.loss_surface(&Optimizer::GradientFlow, &[10.0, 100.0, 1e3], &[1e3, 1e4], &times, &all)?;
    /// assert_eq!(surface.test_loss().len(), 300);
    /// let one = model.with_width(100.0)?.with_samples(1e4)?.gradient_flow(&times[7..8])?.test_loss()[0];
    /// assert!((surface.get(1, 1, 7).unwrap() / one - 1.0).abs() < 1e-11);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn loss_surface(
        &self,
        optimizer: &Optimizer,
        widths: &[f64],
        samples: &[f64],
        at: &[f64],
        progress: &(dyn Fn(usize) -> ControlFlow<()> + Sync),
    ) -> Result<LossSurface> {
        check(optimizer, at)?;
        for (name, list) in [("widths", widths), ("samples", samples)] {
            if list.is_empty() {
                return Err(Error::Empty { name });
            }
        }
        let count = widths.len().checked_mul(samples.len()).and_then(|count| count.checked_mul(at.len()));
        let Some(count) = count.filter(|count| *count <= MOST_POINTS) else {
            let value = widths.len() as f64 * samples.len() as f64 * at.len() as f64;
            let allowed = "at most 1e8: ask for parts of the surface one after the other";
            return Err(Error::OutOfRange { name: "the number of points", value, allowed });
        };
        let pairs: Vec<(f64, f64)> = widths.iter().flat_map(|&n| samples.iter().map(move |&p| (n, p))).collect();
        let method = &*method::of(optimizer);
        let mut ascending = at.to_vec();
        ascending.sort_by(f64::total_cmp);
        let shared = TestLosses::new(method, &ascending);
        let curve = |&(width, samples): &(f64, f64)| {
            let model = self.clone().with_width(width)?.with_samples(samples)?;
            let curve = model.test_losses(optimizer, method, at, &shared)?;
            go_on(progress(curve.len()))?;
            Ok::<_, Error>(curve)
        };
        let curves = pairs.par_iter().map(curve).collect::<Result<Vec<_>>>()?;
        let (mut test_loss, mut error) = (Vec::with_capacity(count), Vec::with_capacity(count));
        for (loss, relative) in curves.into_iter().flatten() {
            test_loss.push(loss);
            error.push(relative);
        }
        Ok(LossSurface { widths: widths.to_vec(), samples: samples.to_vec(), at: at.to_vec(), test_loss, error })
    }

    /// Test losses with their errors, at valid times, of a method that is stable.
    fn test_losses(
        &self,
        optimizer: &Optimizer,
        method: &dyn Method,
        at: &[f64],
        shared: &TestLosses<'_>,
    ) -> Result<Vec<(f64, f64)>> {
        self.check_stability(optimizer, 0.0, at)?;
        if optimizer.batch().is_some() {
            let curve = self.train(optimizer, at)?;
            return Ok(curve.points().iter().map(|point| (point.test_loss, point.error)).collect());
        }
        in_any_order(at, |ascending| unlimited_data::test_losses(self, method, ascending, shared))
    }
}
