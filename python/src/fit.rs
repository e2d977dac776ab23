//! Laws of measured runs, and laws as scaling studies fit them.

use std::borrow::Cow;

use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray2};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use spectralaw::fit::{
    Comparison, Estimate, FitOptions, HeldOut, HoldOut, Law, Limits, Optimum, Parabola, PowerLawFit, Prediction, Price,
    Question, Reached, Run, Runs, Setting, Verdict,
};
use spectralaw::table::{Of, Quantity, Table};
use spectralaw::{Error, Result};

use crate::table::{Doubles, columns, list};
use crate::work::{refused, run};

/// Amplitude, exponent, its standard error and the residual of `y = amplitude x^exponent`.
#[pyfunction]
pub fn power_law(x: Doubles<'_>, y: Doubles<'_>) -> PyResult<(f64, f64, f64, f64)> {
    let fit = PowerLawFit::new(&list(&x), &list(&y)).map_err(|error| refused(&error))?;
    Ok((fit.amplitude, fit.exponent, fit.exponent_error, fit.residual))
}

/// Place, value, curvature, residual and number of points of a parabola, and whether its minimum lies beyond them.
#[pyfunction]
pub fn parabola(sizes: Doubles<'_>, values: Doubles<'_>, window: f64) -> PyResult<(f64, f64, f64, f64, usize, bool)> {
    let fit = Parabola::new(&list(&sizes), &list(&values), window).map_err(|error| refused(&error))?;
    Ok((fit.at, fit.value, fit.curvature, fit.residual, fit.points, fit.is_extrapolated))
}

/// Sizes, data, unique data and compute of runs; none is what is not known of any.
type Amounts<'py> = [Option<Doubles<'py>>; 4];

/// Runs by their amounts, which have one length or are not known.
fn settings_of(amounts: &Amounts<'_>) -> Result<Vec<Setting>> {
    let lists = amounts.each_ref().map(|amount| amount.as_ref().map(list));
    let length = lists.iter().flatten().map(Vec::len).max().unwrap_or(0);
    if let Some(other) = lists.iter().flatten().map(Vec::len).find(|other| *other != length) {
        let problem = format!("{other} values for {length} runs: give one for each, or a single number for all");
        return Err(Error::Unsuited { problem });
    }
    let at = |row: usize| lists.each_ref().map(|amount| amount.as_ref().map_or(f64::NAN, |values| values[row]));
    Ok((0..length).map(|row| of_amounts(at(row))).collect())
}

fn of_amounts([size, data, unique, compute]: [f64; 4]) -> Setting {
    Setting { size, data, unique, compute }
}

/// Runs with what their price tells of them.
fn priced(settings: Vec<Setting>, price: &str) -> Result<Vec<Setting>> {
    let price = Price::parse(price)?;
    Ok(settings.into_iter().map(|setting| price.complete(setting)).collect())
}

/// Threshold, floor, level, refits and seed.
type Options = (f64, Option<f64>, f64, Option<usize>, u64);

fn options_of((delta, floor, level, resamples, seed): Options) -> FitOptions {
    FitOptions { delta, floor, level, resamples, seed }
}

/// The smallest and the largest size of a plan, the most data, and whether size and data are whole numbers.
type Bounds = (Option<f64>, Option<f64>, Option<f64>, bool);

fn limits_of((least_size, most_size, most_data, in_integers): Bounds) -> Limits {
    let usual = Limits::default();
    Limits {
        least_size: least_size.unwrap_or(usual.least_size),
        size: most_size.unwrap_or(usual.size),
        data: most_data.unwrap_or(usual.data),
        in_integers,
    }
}

/// The columns of laws on runs that were held out.
const HELD_OUT: &[Quantity<HeldOut>] = &[
    ("law", Of::Word(|found| Cow::Borrowed(found.law.name()))),
    ("up_to", Of::Number(|found| found.up_to)),
    ("fitted", Of::Number(|found| found.fitted as f64)),
    ("held_out", Of::Number(|found| found.held_out as f64)),
    ("error", Of::Number(|found| found.error)),
    ("bias", Of::Number(|found| found.bias)),
    ("coverage", Of::Number(|found| found.coverage)),
    ("widening", Of::Number(|found| found.widening)),
];

const RUNS: &[Quantity<(Run, Prediction)>] = &[
    ("size", Of::Number(|(run, _)| run.setting.size)),
    ("data", Of::Number(|(run, _)| run.setting.data)),
    ("unique", Of::Number(|(run, _)| run.setting.unique)),
    ("compute", Of::Number(|(run, _)| run.setting.compute)),
    ("loss", Of::Number(|(run, _)| run.loss)),
    ("group", Of::Number(|(run, _)| run.group as f64)),
    ("fitted", Of::Number(|(_, found)| found.loss)),
    ("low", Of::Number(|(_, found)| found.interval[0])),
    ("high", Of::Number(|(_, found)| found.interval[1])),
];

const PREDICTIONS: &[Quantity<Prediction>] = &[
    ("size", Of::Number(|found| found.setting.size)),
    ("data", Of::Number(|found| found.setting.data)),
    ("compute", Of::Number(|found| found.setting.compute)),
    ("loss", Of::Number(|found| found.loss)),
    ("low", Of::Number(|found| found.interval[0])),
    ("high", Of::Number(|found| found.interval[1])),
];

const OPTIMA: &[Quantity<Optimum>] = &[
    ("budget", Of::Number(|best| best.budget)),
    ("size", Of::Number(|best| best.size)),
    ("size_low", Of::Number(|best| best.size_interval[0])),
    ("size_high", Of::Number(|best| best.size_interval[1])),
    ("data", Of::Number(|best| best.data)),
    ("data_low", Of::Number(|best| best.data_interval[0])),
    ("data_high", Of::Number(|best| best.data_interval[1])),
    ("loss", Of::Number(|best| best.loss)),
    ("loss_low", Of::Number(|best| best.loss_interval[0])),
    ("loss_high", Of::Number(|best| best.loss_interval[1])),
    ("loss_at_half_size", Of::Number(|best| best.half)),
    ("loss_at_double_size", Of::Number(|best| best.double)),
    ("loss_with_unlimited_data", Of::Number(|best| best.unlimited)),
    ("bound", Of::Word(|best| Cow::Borrowed(best.bound.map_or("", spectralaw::fit::Bound::name)))),
];

const REACHED: &[Quantity<Reached>] = &[
    ("loss", Of::Number(|found| found.target)),
    ("budget", Of::Number(|found| found.budget)),
    ("budget_low", Of::Number(|found| found.interval[0])),
    ("budget_high", Of::Number(|found| found.interval[1])),
    ("size", Of::Number(|found| found.size)),
    ("data", Of::Number(|found| found.data)),
    ("bound", Of::Word(|found| Cow::Borrowed(found.bound.map_or("", spectralaw::fit::Bound::name)))),
];

/// A law fitted to runs.
#[pyclass(frozen, module = "spectralaw._spectralaw")]
pub struct Fit(spectralaw::fit::Fit);

/// Laws on runs that were held out, and those that runs do not allow.
type Compared<'py> = (Bound<'py, PyDict>, Vec<(&'static str, String)>);

/// Fits a law to runs, the usual one if none is named, or the one that predicts best of all; then also how the laws
/// compare.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "the Python layer has names for them")]
pub fn fit<'py>(
    py: Python<'py>,
    amounts: Amounts<'py>,
    losses: Doubles<'py>,
    groups: Option<Vec<usize>>,
    in_steps: bool,
    price: &str,
    law: Option<&str>,
    hold_out: Option<&str>,
    options: Options,
    progress: Option<Bound<'py, PyAny>>,
) -> PyResult<(Fit, Option<Compared<'py>>)> {
    let checked = || {
        let settings = settings_of(&amounts)?;
        let settings = if in_steps { settings } else { priced(settings, price)? };
        let runs = match groups {
            Some(groups) => Runs::grouped(&settings, &list(&losses), &groups),
            None => Runs::new(&settings, &list(&losses)),
        }?;
        let compares = law == Some("all");
        let law = law.filter(|_| !compares).map(Law::named).transpose()?;
        Ok((runs, law, compares, hold_out.map(HoldOut::parse).transpose()?))
    };
    let (runs, law, compares, hold_out) = checked().map_err(|error| refused(&error))?;
    let options = options_of(options);
    let (fit, comparison) = run(py, progress.as_ref(), move |watch| {
        let comparison = if compares { Some(Comparison::new(&runs, in_steps, hold_out, &options)?) } else { None };
        let best = comparison.as_ref().map(Comparison::best).transpose()?;
        let law = best.or(law).unwrap_or_else(|| Law::usual(&runs, in_steps));
        let fit = spectralaw::fit::Fit::with_progress(&runs, law, &options, &|share| watch.grow(share))?;
        Ok((fit, comparison))
    })?;
    let compared = comparison.map(|Comparison { held_out, impossible, .. }| {
        let impossible = impossible.into_iter().map(|(law, why)| (law.name(), why)).collect();
        Ok::<_, PyErr>((columns(py, Table::of(HELD_OUT, &held_out))?, impossible))
    });
    Ok((Fit(fit), compared.transpose()?))
}

/// Constants, standard errors, profile intervals, objective, residuals, influences, refits, failed refits and widening.
type Found<'py> = (Vec<f64>, Vec<f64>, Vec<[f64; 2]>, f64, Vec<f64>, Vec<f64>, Bound<'py, PyArray2<f64>>, usize, f64);

/// What [`Found`] is made from.
type Stored<'py> = (Vec<f64>, Vec<f64>, Vec<[f64; 2]>, f64, Vec<f64>, Vec<f64>, PyReadonlyArray2<'py, f64>, usize, f64);

/// Constants or answers that are not identified, with reasons and warnings; laws on runs that were held out; floors and
/// changes, each with the constants then; and the extrapolation.
type Judged<'py> =
    (bool, [Vec<String>; 3], Bound<'py, PyDict>, Vec<(f64, f64, f64, Vec<f64>)>, Vec<(String, f64, Vec<f64>)>, f64);

#[pymethods]
impl Fit {
    /// A fit from what was stored of it.
    #[staticmethod]
    fn stored(
        law: &str,
        amounts: Amounts<'_>,
        losses: Doubles<'_>,
        groups: Option<Vec<usize>>,
        options: Options,
        found: Stored<'_>,
        reasons: Vec<String>,
    ) -> PyResult<Self> {
        let (constants, errors, profiles, objective, residuals, influences, replicates, failures, widening) = found;
        let replicates = replicates.as_array().rows().into_iter().map(|row| row.to_vec()).collect();
        let estimate =
            Estimate { constants, errors, profiles, objective, residuals, influences, replicates, failures, widening };
        let made = || {
            let settings = settings_of(&amounts)?;
            let runs = match groups {
                Some(groups) => Runs::grouped(&settings, &list(&losses), &groups),
                None => Runs::new(&settings, &list(&losses)),
            }?;
            spectralaw::fit::Fit::of_estimate(&runs, Law::named(law)?, &options_of(options), estimate, &reasons)
        };
        made().map(Self).map_err(|error| refused(&error))
    }

    /// What [`stored`](Self::stored) takes for it.
    fn found<'py>(&self, py: Python<'py>) -> PyResult<Found<'py>> {
        let Estimate { constants, errors, profiles, objective, residuals, influences, replicates, failures, widening } =
            self.0.estimate().clone();
        let shape = [replicates.len(), constants.len()];
        let flat: Vec<f64> = replicates.into_iter().flatten().collect();
        let replicates = PyArray1::from_vec(py, flat).reshape(shape)?;
        Ok((constants, errors, profiles, objective, residuals, influences, replicates, failures, widening))
    }

    #[getter]
    fn law(&self) -> &'static str {
        self.0.law().name()
    }

    #[getter]
    fn formula(&self) -> &'static str {
        self.0.law().formula()
    }

    #[getter]
    fn has_optimum(&self) -> bool {
        self.0.law().has_optimum()
    }

    #[getter]
    fn is_grouped(&self) -> bool {
        self.0.runs().is_grouped()
    }

    #[getter]
    fn names(&self) -> Vec<&'static str> {
        self.0.names().to_vec()
    }

    #[getter]
    fn reasons(&self) -> Vec<String> {
        self.0.reasons().to_vec()
    }

    #[getter]
    fn intervals(&self) -> Vec<[f64; 2]> {
        self.0.intervals()
    }

    /// The runs, with what the law says of each.
    fn runs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let fit = self.0.clone();
        let table = run(py, None, move |_| {
            let all = fit.runs().all();
            let found = fit.predict_all(&all.iter().map(|run| run.setting).collect::<Vec<_>>());
            let rows: Vec<_> = all.iter().copied().zip(found).collect();
            Ok(Table::of(RUNS, &rows))
        })?;
        columns(py, table)
    }

    /// Losses of runs, with intervals of single ones.
    fn predict<'py>(
        &self,
        py: Python<'py>,
        amounts: Amounts<'py>,
        price: &str,
        progress: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let settings = settings_of(&amounts).and_then(|settings| priced(settings, price));
        let (settings, fit) = (settings.map_err(|error| refused(&error))?, self.0.clone());
        let table = run(py, progress.as_ref(), move |watch| {
            let mut told = watch.counting(settings.len());
            let each = settings.iter().map(|setting| {
                let found = fit.predict(setting);
                if told(1).is_break() { Err(Error::Interrupted) } else { Ok(found) }
            });
            Ok(Table::of(PREDICTIONS, &each.collect::<Result<Vec<_>>>()?))
        })?;
        columns(py, table)
    }

    /// The best size and data for each budget.
    fn optimum<'py>(
        &self,
        py: Python<'py>,
        budgets: Doubles<'py>,
        price: String,
        bounds: Bounds,
        progress: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let (fit, budgets) = (self.0.clone(), list(&budgets));
        let table = run(py, progress.as_ref(), move |watch| {
            let (price, limits) = (Price::parse(&price)?, limits_of(bounds));
            let mut told = watch.counting(budgets.len());
            let each = budgets.iter().map(|budget| {
                let best = fit.optimum(*budget, &price, &limits)?;
                if told(1).is_break() { Err(Error::Interrupted) } else { Ok(best) }
            });
            Ok(Table::of(OPTIMA, &each.collect::<Result<Vec<_>>>()?))
        })?;
        columns(py, table)
    }

    /// The least budget that reaches each loss.
    fn budget_for<'py>(
        &self,
        py: Python<'py>,
        targets: Doubles<'py>,
        price: String,
        bounds: Bounds,
        progress: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let (fit, targets) = (self.0.clone(), list(&targets));
        let table = run(py, progress.as_ref(), move |watch| {
            let (price, limits) = (Price::parse(&price)?, limits_of(bounds));
            let mut told = watch.counting(targets.len());
            let each = targets.iter().map(|target| {
                let found = fit.budget_for(*target, &price, &limits)?;
                if told(1).is_break() { Err(Error::Interrupted) } else { Ok(found) }
            });
            Ok(Table::of(REACHED, &each.collect::<Result<Vec<_>>>()?))
        })?;
        columns(py, table)
    }

    /// The same law on cheap runs, compared with expensive ones.
    fn held_out<'py>(&self, py: Python<'py>, which: &str) -> PyResult<Bound<'py, PyDict>> {
        let (fit, which) = (self.0.clone(), HoldOut::parse(which).map_err(|error| refused(&error))?);
        let found = run(py, None, move |_| HeldOut::new(fit.runs(), fit.law(), which, fit.options()))?;
        columns(py, Table::of(HELD_OUT, &[found]))
    }

    /// Whether the fit is to be trusted with what is asked of it.
    fn verdict<'py>(
        &self,
        py: Python<'py>,
        amounts: Amounts<'py>,
        budget: Option<f64>,
        price: &str,
        bounds: Bounds,
    ) -> PyResult<Judged<'py>> {
        let question = || {
            let settings = priced(settings_of(&amounts)?, price)?;
            let price = Price::parse(price)?;
            let budget = budget.map(|budget| (budget, price));
            Ok(Question { settings, budget, limits: limits_of(bounds) })
        };
        let (fit, question) = (self.0.clone(), question().map_err(|error| refused(&error))?);
        let found = run(py, None, move |_| Verdict::new(&fit, &question))?;
        let words = [found.unidentified, found.reasons, found.warnings];
        let floors = found.floors.into_iter().map(|at| (at.floor, at.excess, at.loss, at.constants)).collect();
        let changes = found.changes.into_iter().map(|change| (change.what, change.loss, change.constants)).collect();
        let held_out = columns(py, Table::of(HELD_OUT, &found.held_out))?;
        Ok((found.identified, words, held_out, floors, changes, found.extrapolation))
    }
}
