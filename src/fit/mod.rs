//! Laws of measured losses: fitted to runs, with intervals, predictions, plans, and a verdict on whether to trust them.
//!
//! A table of [`Runs`] and a [`Law`] give a [`Fit`]; a [`Verdict`] tries it on runs that are held out. The same laws
//! fitted to exact losses show what scaling studies would conclude.
//!
//! The numbers of a law are in the units of the runs, and each has an interval: refits to resampled runs
//! (equation (Bootstrap)), profiles of the objective (equation (Profile)) and standard errors (equation (Sandwich)).

mod backtest;
mod comparison;
mod costly;
mod estimate;
mod fitted;
mod floors;
mod form;
mod isoflop;
mod law;
mod linear;
mod parabola;
mod parametric;
mod patterns;
mod plan;
mod power_law;
mod price;
mod profile;
mod quantile;
mod resample;
mod robust;
mod run;
mod sandwich;
#[cfg(feature = "files")]
mod sheet;
mod verdict;

pub use self::backtest::{HeldOut, HoldOut};
pub use self::comparison::Comparison;
pub use self::estimate::{Estimate, FitOptions};
pub use self::fitted::{Fit, Prediction};
pub use self::floors::FloorProfile;
pub use self::law::Law;
pub use self::parabola::Parabola;
pub use self::parametric::{ParametricFit, ParametricLaw, ParametricOptimum};
pub use self::plan::{Bound, Limits, Optimum, Reached};
pub use self::power_law::PowerLawFit;
pub use self::price::Price;
pub use self::run::{Run, Runs, Setting};
#[cfg(feature = "files")]
pub use self::sheet::Sheet;
pub use self::verdict::{Change, Question, Verdict};
use crate::error::{Error, Result};

/// Logarithms of a list of positive numbers that goes with one of a given length.
fn logarithms(name: &'static str, values: &[f64]) -> Result<Vec<f64>> {
    let is_good = |x: &f64| *x > 0.0 && x.is_finite();
    if let Some(index) = values.iter().position(|x| !is_good(x)) {
        return Err(Error::BadEntry { name, index, value: values[index], allowed: "positive and finite" });
    }
    Ok(values.iter().map(|x| x.ln()).collect())
}

fn same_length(names: (&'static str, &'static str), lengths: (usize, usize)) -> Result<()> {
    if lengths.0 == lengths.1 {
        return Ok(());
    }
    let ((one, other), (count, counts)) = (names, lengths);
    Err(bad_fit(format!("{count} {one} and {counts} {other}: give one of each per measurement")))
}

/// `problem` names what cannot be fitted, and what to do.
fn bad_fit(problem: String) -> Error {
    Error::BadFit { problem }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn root_mean_square(values: impl Iterator<Item = f64>, count: usize) -> f64 {
    (values.map(|x| x * x).sum::<f64>() / count as f64).sqrt()
}
