//! What a fit would say if its floor were another.

use rayon::prelude::*;

use super::estimate::FitOptions;
use super::fitted::Fit;
use super::law::Law;
use super::verdict::{Question, answer};

/// A law fitted with a given floor.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FloorProfile {
    /// The floor.
    pub floor: f64,
    /// By how much the objective exceeds its minimum, as a share of it.
    pub excess: f64,
    /// The loss of the first question then.
    pub loss: f64,
    /// The constants then.
    pub constants: Vec<f64>,
}

/// Floors that are tried.
const COUNT: usize = 5;

impl FloorProfile {
    /// Floors from one end of the interval to the other; none where the floor is given, or takes too long.
    pub(super) fn of(fit: &Fit, question: &Question) -> Vec<Self> {
        let is_slow = matches!(fit.law(), Law::Theory | Law::Isoflop);
        let Some(at) = fit.names().iter().position(|name| *name == "E") else { return Vec::new() };
        let [low, high] = fit.intervals()[at];
        if is_slow || fit.options().floor.is_some() || !low.is_finite() || !high.is_finite() || high <= low {
            return Vec::new();
        }
        let floors = (0..COUNT).map(|i| low + (high - low) * i as f64 / (COUNT - 1) as f64);
        let at = |floor: f64| {
            let options = FitOptions { floor: Some(floor), resamples: Some(0), ..*fit.options() };
            let other = Fit::new(fit.runs(), fit.law(), &options).ok()?;
            Some(Self {
                floor,
                excess: other.objective() / fit.objective() - 1.0,
                loss: answer(fit, other.constants(), question),
                constants: other.constants().to_vec(),
            })
        };
        floors.collect::<Vec<_>>().into_par_iter().filter_map(at).collect()
    }
}
