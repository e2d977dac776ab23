//! Test losses alone, with contours and residuals that all models share.

use std::ops::Range;

use super::{FITTED, Plan, at_ascending, at_times, groups};
use crate::contour::Contour;
use crate::error::Result;
use crate::inversion::invert_test_loss;
use crate::lanes::ComplexLanes;
use crate::loss::Parts;
use crate::model::Model;
use crate::resolvent::Solver;
use crate::training::method::Method;

/// What the test losses of any model at some times have in common.
pub(crate) struct TestLosses<'a> {
    method: &'a dyn Method,
    times: &'a [f64],
    /// Runs of times that share a contour; empty for methods without fitted poles.
    groups: Vec<Group>,
}

struct Group {
    times: Range<usize>,
    contour: Contour,
    /// Residuals at the nodes for each time.
    residuals: Vec<Vec<ComplexLanes>>,
}

impl<'a> TestLosses<'a> {
    /// For valid ascending times.
    pub fn new(method: &'a dyn Method, times: &'a [f64]) -> Self {
        let group = |range: Range<usize>| {
            let own = &times[range.clone()];
            let contour = Contour::fitted(own[0], own[own.len() - 1]);
            Group { times: range, residuals: contour.fitted_residuals(own).unwrap_or_default(), contour }
        };
        let groups = if method.has_fitted_poles() { groups(method, times, &FITTED) } else { Vec::new() };
        Self { method, times, groups: groups.into_iter().map(group).collect() }
    }

    /// The test losses of a model with their estimated relative errors.
    pub fn of(&self, model: &Model) -> Result<Vec<(f64, f64)>> {
        let point = |(parts, &at): (Parts, &f64)| {
            let point = parts.point(at, model);
            (point.test_loss, point.error)
        };
        Ok(self.parts(model)?.into_iter().zip(self.times).map(point).collect())
    }

    /// Signal and response to label noise of the test losses of a model; how they are divided into terms does not
    /// matter.
    pub fn parts(&self, model: &Model) -> Result<Vec<Parts>> {
        let mut all = Vec::with_capacity(self.times.len());
        if self.groups.is_empty() {
            all = at_ascending(model, self.method, self.times)?;
        }
        for group in &self.groups {
            all.extend(self.of_group(model, group)?);
        }
        all.into_iter().map(Parts::checked).collect()
    }

    fn of_group(&self, model: &Model, group: &Group) -> Result<Vec<Parts>> {
        let times = &self.times[group.times.clone()];
        let is_plain = model.spectrum().bins().is_empty()
            && matches!(Plan::new(model, self.method, times, true)?, Plan::Contours(_, None));
        if is_plain && let Some(parts) = invert_test_loss(model, &Solver::new(model), &group.contour, &group.residuals)?
        {
            return Ok(parts);
        }
        at_times(model, self.method, times)
    }
}
