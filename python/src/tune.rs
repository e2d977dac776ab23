//! What is best, or enough, for given models.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use rayon::prelude::*;
use spectralaw::table::{Along, Question, Table, quantities};
use spectralaw::{Error, Model, Result};

use crate::spectrum::Spectrum;
use crate::table::{Doubles, columns, list};
use crate::training::Optimizer;
use crate::work::{refused, run};

/// A question by its name.
fn question_of(name: &str) -> Result<Question> {
    match name {
        "time" => Ok(Question::Time),
        "ridge" => Ok(Question::Ridge),
        "width" => Ok(Question::Width),
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
    tolerance: f64,
    progress: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let question = question_of(question).map_err(|error| refused(&error))?;
    let (widths, samples) = (list(&width), list(&samples));
    let (spectrum, optimizer) = (spectrum.0.clone(), optimizer.0.clone());
    let along = Along::training(&optimizer);
    let answers = run(py, progress.as_ref(), move |watch| {
        let model = Model::new(&spectrum).with_noise_variance(noise)?;
        let pairs = widths.iter().flat_map(|&width| samples.iter().map(move |&samples| (width, samples)));
        let sizes: Vec<(f64, f64)> = pairs.collect();
        let mut progress = watch.counting(sizes.len());
        let mut answers = Vec::with_capacity(sizes.len());
        for batch in sizes.chunks(rayon::current_num_threads().max(1)) {
            let answer = |&(width, samples): &(f64, f64)| {
                let model = model.clone().with_width(width)?.with_samples(samples)?;
                question.answer(&model, &optimizer, tolerance)
            };
            answers.extend(batch.par_iter().map(answer).collect::<Result<Vec<_>>>()?);
            if progress(batch.len()).is_break() {
                return Err(Error::Interrupted);
            }
        }
        Ok(answers)
    })?;
    columns(py, Table::of(&quantities::question(question, along), &answers))
}
