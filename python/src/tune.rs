//! What is best, or enough, for given models.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use rayon::prelude::*;
use spectralaw::frontier::Stop;
use spectralaw::table::{Along, Answer, Question, SettingPair, Table, quantities};
use spectralaw::{Error, Model, Result};

use crate::kernel::Networks;
use crate::spectrum::Spectrum;
use crate::table::{Doubles, columns, list};
use crate::training::Optimizer;
use crate::work::{refused, run};

/// When training ends, if that is given.
fn stop(at: Option<f64>) -> Stop {
    at.map_or(Stop::Best, Stop::At)
}

/// A question by its name; training ends at some time, if it is given, for that of a width.
fn question_of(name: &str, at: Option<f64>) -> Result<Question> {
    match name {
        "time" => Ok(Question::Time),
        "ridge" => Ok(Question::Ridge),
        "width" => Ok(Question::Width(stop(at))),
        "reuse" => Ok(Question::Reuse),
        _ => Err(Error::Unsuited { problem: format!("`{name}` is no question: give time, ridge, width or reuse") }),
    }
}

/// The answers to a question for every width with every number of samples.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "the Python layer has names for them")]
pub fn tune<'py>(
    py: Python<'py>,
    question: &str,
    spectrum: &Spectrum,
    noise: f64,
    width: Doubles<'_>,
    samples: Doubles<'_>,
    optimizer: &Optimizer,
    at: Option<f64>,
    tolerance: f64,
    progress: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let question = question_of(question, at).map_err(|error| refused(&error))?;
    let optimizer = optimizer.0.clone();
    let along = Along::training(&optimizer);
    let sizes = sizes_of(&width, &samples);
    let answers =
        at_sizes(py, spectrum, noise, sizes, progress, move |model| question.answer(model, &optimizer, tolerance))?;
    columns(py, Table::of(&quantities::question(question, along), &answers))
}

/// The width of networks that is enough for each number of samples.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "the Python layer has names for them")]
pub fn sufficient_networks<'py>(
    py: Python<'py>,
    networks: &Networks,
    noise: f64,
    samples: Doubles<'_>,
    optimizer: &Optimizer,
    at: Option<f64>,
    tolerance: f64,
    progress: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let (networks, samples, optimizer, stop) = (networks.0.clone(), list(&samples), optimizer.0.clone(), stop(at));
    let along = Along::training(&optimizer);
    let answers = run(py, progress.as_ref(), move |watch| {
        let mut progress = watch.counting(samples.len());
        let answer = |&samples: &f64| Answer::of_networks(&networks, samples, noise, &optimizer, stop, tolerance);
        let mut answers = Vec::with_capacity(samples.len());
        for batch in samples.chunks(rayon::current_num_threads().max(1)) {
            answers.extend(batch.par_iter().map(answer).collect::<Result<Vec<_>>>()?);
            if progress(batch.len()).is_break() {
                return Err(Error::Interrupted);
            }
        }
        Ok(answers)
    })?;
    columns(py, Table::of(&quantities::question(Question::Width(stop), along), &answers))
}

/// How many runs tell two settings apart, for every width with every number of samples: two ridges, or two times or
/// numbers of steps of a method.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "the Python layer has names for them")]
pub fn seeds<'py>(
    py: Python<'py>,
    spectrum: &Spectrum,
    noise: f64,
    width: Doubles<'_>,
    samples: Doubles<'_>,
    optimizer: Option<&Optimizer>,
    at: (f64, f64),
    confidence: f64,
    progress: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let along = optimizer.map_or(Along::Ridge, |optimizer| Along::training(&optimizer.0));
    let pair = SettingPair::new(along, [at.0, at.1], confidence).map_err(|error| refused(&error))?;
    let optimizer = optimizer.map_or(spectralaw::Optimizer::GradientFlow, |optimizer| optimizer.0.clone());
    let sizes = sizes_of(&width, &samples);
    let compare = move |model: &Model| pair.compare(model, &optimizer);
    let comparisons = at_sizes(py, spectrum, noise, sizes.clone(), progress, compare)?;
    columns(py, pair.table(&sizes, &comparisons).map_err(|error| refused(&error))?)
}

/// Every width with every number of samples.
fn sizes_of(width: &Doubles<'_>, samples: &Doubles<'_>) -> Vec<(f64, f64)> {
    let (widths, samples) = (list(width), list(samples));
    widths.iter().flat_map(|&width| samples.iter().map(move |&samples| (width, samples))).collect()
}

/// The answers of models of all sizes, several at once.
fn at_sizes<T: Send + 'static>(
    py: Python<'_>,
    spectrum: &Spectrum,
    noise: f64,
    sizes: Vec<(f64, f64)>,
    progress: Option<Bound<'_, PyAny>>,
    answer: impl Fn(&Model) -> Result<T> + Send + Sync + 'static,
) -> PyResult<Vec<T>> {
    let spectrum = spectrum.0.clone();
    run(py, progress.as_ref(), move |watch| {
        let model = Model::new(&spectrum).with_noise_variance(noise)?;
        let mut progress = watch.counting(sizes.len());
        let mut answers = Vec::with_capacity(sizes.len());
        for batch in sizes.chunks(rayon::current_num_threads().max(1)) {
            let answer =
                |&(width, samples): &(f64, f64)| answer(&model.clone().with_width(width)?.with_samples(samples)?);
            answers.extend(batch.par_iter().map(answer).collect::<Result<Vec<_>>>()?);
            if progress(batch.len()).is_break() {
                return Err(Error::Interrupted);
            }
        }
        Ok(answers)
    })
}
