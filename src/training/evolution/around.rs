//! A contour for a method, with the model whose sums are accurate on it.

use super::resolution::{Unresolved, unresolved};
use crate::contour::{Contour, Support};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::precision::HUGGING;
use crate::spectrum::{Focus, Spectrum};
use crate::training::contours;
use crate::training::method::Method;

/// The shape of a closed contour, or why there is none.
pub(super) fn closed_shape(method: &dyn Method, first: f64, last: f64, support: Support) -> Result<f64> {
    let name = if method.is_in_steps() { "number of steps" } else { "time" };
    contours::closed_shape(method, first, last, support).ok_or_else(|| too_many_nodes(name, last))
}

/// Why there is no closed contour.
pub(crate) fn too_many_nodes(name: &'static str, last: f64) -> Error {
    let allowed = "smaller: what oscillates is still felt, and following its phases would take too long; or so large that \
                   it has decayed, or momentum must be less";
    Error::OutOfRange { name, value: last, allowed }
}

/// The spectrum with sums that are accurate on a closed contour.
pub(super) fn hugged(spectrum: &Spectrum, log_rho: f64, fast: f64, last: f64) -> Result<Spectrum> {
    spectrum.hugged(Focus::Ellipse { log_rho, top: -fast }).ok_or_else(|| {
        let allowed = "on at most 100,000 measured modes, all of which would be needed one by one here";
        Error::OutOfRange { name: "number of steps", value: last, allowed }
    })
}

/// A contour around part of the axis, with the model whose sums are accurate on it.
pub(crate) struct Around {
    pub contour: Contour,
    /// Compiled anew where the contour hugs the axis.
    hugged: Option<Model>,
}

impl Around {
    pub fn new(model: &Model, method: &dyn Method, first: f64, last: f64, support: Support) -> Result<Self> {
        if method.is_late(first) {
            return Ok(Self::late(method, first, last, support, 1));
        }
        Self::closed(model, method, first, last, support)
    }

    /// For late times, and residuals to some power.
    pub fn late(method: &dyn Method, first: f64, last: f64, support: Support, power: i32) -> Self {
        Self { contour: method.late_contour(first, last, support, power), hugged: None }
    }

    /// The whole axis, by fitted poles.
    pub fn fitted(first: f64, last: f64) -> Self {
        Self { contour: Contour::fitted(first, last), hugged: None }
    }

    /// An ellipse, for times up to `last`.
    pub fn closed(model: &Model, method: &dyn Method, first: f64, last: f64, support: Support) -> Result<Self> {
        let support = method.felt(support, first);
        let mut around = Self::ellipse(model, closed_shape(method, first, last, support)?, last, support)?;
        if !method.is_power() {
            around.contour = around.contour.with_rounded_phases();
        }
        Ok(around)
    }

    /// An ellipse of a given shape, for times up to `last`.
    pub fn ellipse(model: &Model, log_rho: f64, last: f64, support: Support) -> Result<Self> {
        let contour = Contour::closed(log_rho, support);
        let hugged = if log_rho > HUGGING {
            None
        } else {
            Some(model.clone().with_spectrum(hugged(model.spectrum(), log_rho, support.fast, last)?))
        };
        Ok(Self { contour, hugged })
    }

    /// What is to be done about modes that Gauss rules stand for.
    pub(super) fn unresolved(
        &self,
        model: &Model,
        method: &dyn Method,
        times: &[f64],
        signal: impl Fn(usize) -> f64,
    ) -> Unresolved {
        if self.hugged.is_some() {
            return Unresolved::Nothing;
        }
        unresolved(model.spectrum(), method, times, signal)
    }

    /// The model whose sums are accurate on the contour.
    pub fn model<'a>(&'a self, model: &'a Model) -> &'a Model {
        self.hugged.as_ref().unwrap_or(model)
    }
}
