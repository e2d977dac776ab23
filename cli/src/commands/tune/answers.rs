//! Answers and their quantities.

use std::borrow::Cow;

use spectralaw::frontier::{Bound, Reuse, SufficientWidth, Tuned};

use super::{Name, Question};
use crate::output::table::Of::{Number, Word};
use crate::output::table::{Quantity, Table};

/// The best, or the sufficient, value for one model.
#[derive(Debug, Clone, Copy)]
pub struct Answer {
    /// The width.
    pub width: f64,
    samples: f64,
    /// The time, the number of steps, or the ridge.
    pub at: f64,
    /// How many times every sample has been seen.
    pub epochs: f64,
    test_loss: f64,
    error: f64,
    /// The loss to compare with.
    compared: f64,
    residual: f64,
    /// The end of what can be chosen that `at` lies on, with its name.
    at_bound: Option<(&'static str, Bound)>,
    /// The end of what can be chosen that the width lies on, where it is asked for.
    width_at_bound: Option<Bound>,
}

impl Answer {
    /// Width and number of samples.
    pub fn size(&self) -> (f64, f64) {
        (self.width, self.samples)
    }

    /// What was asked for: the width, or the time, number of steps or ridge.
    pub fn found(&self, question: Question) -> f64 {
        if question == Question::Width { self.width } else { self.at }
    }

    /// The loss there.
    pub fn test_loss(&self) -> f64 {
        self.test_loss
    }

    /// A best time or ridge, as it is called.
    pub fn tuned(name: &'static str, width: f64, samples: f64, best: Tuned) -> Self {
        let Tuned { at, test_loss, error, residual, untuned, at_bound, .. } = best;
        Self {
            width,
            samples,
            at,
            epochs: f64::NAN,
            test_loss,
            error,
            compared: untuned,
            residual,
            at_bound: at_bound.map(|bound| (name, bound)),
            width_at_bound: None,
        }
    }

    /// An end of reuse, in time or steps, as they are called.
    pub fn reuse(name: &'static str, width: f64, samples: f64, end: Reuse) -> Self {
        let Reuse { at, epochs, test_loss, fresh_loss, error, at_bound, .. } = end;
        Self {
            width,
            samples,
            at,
            epochs,
            test_loss,
            error,
            compared: fresh_loss,
            residual: f64::NAN,
            at_bound: at_bound.map(|bound| (name, bound)),
            width_at_bound: None,
        }
    }

    /// A width that is enough, and the best time there, as it is called.
    pub fn width(name: &'static str, samples: f64, enough: SufficientWidth) -> Self {
        let own = Self::tuned(name, enough.width, samples, enough.best);
        Self { compared: enough.unlimited.test_loss, width_at_bound: enough.at_bound, ..own }
    }

    fn bounds(&self) -> Cow<'static, str> {
        let width = self.width_at_bound.map(|bound| ("width", bound));
        let told = |(name, bound)| format!("{name} {}", if bound == Bound::Lower { "min" } else { "max" });
        width.into_iter().chain(self.at_bound).map(told).collect::<Vec<_>>().join("; ").into()
    }
}

/// The name of time, or of steps.
pub fn time(method: Name) -> &'static str {
    if method == Name::Flow { "time" } else { "steps" }
}

/// All columns of data.
pub fn quantities(question: Question, method: Name) -> Vec<Quantity<Answer>> {
    let (at, compared): (&str, &str) = match question {
        Question::Time => (time(method), "end_loss"),
        Question::Ridge => ("ridge", "ridgeless_loss"),
        Question::Width => (time(method), "unlimited_loss"),
        Question::Reuse => (time(method), "fresh_loss"),
    };
    let sizes: [Quantity<Answer>; 2] = [("width", Number(|a| a.width)), ("samples", Number(|a| a.samples))];
    let own: [Quantity<Answer>; 2] = [(at, Number(|a| a.at)), ("test_loss", Number(|a| a.test_loss))];
    let compared: Quantity<Answer> = (compared, Number(|a| a.compared));
    let error: Quantity<Answer> = ("error", Number(|a| a.error));
    let last: Quantity<Answer> = match question {
        Question::Reuse => ("epochs", Number(|a| a.epochs)),
        _ => ("residual", Number(|a| a.residual)),
    };
    let bounds: Quantity<Answer> = ("bounds", Word(Answer::bounds));
    sizes.into_iter().chain(own).chain([compared, error, last, bounds]).collect()
}

/// Remarks on answers at the bounds of the possible choices.
pub fn at_ends(question: Question, table: &Table) -> Vec<String> {
    let bounds = table.words("bounds");
    let told = |bound: &str, words: &str| {
        let count = bounds.iter().filter(|bounds| bounds.split("; ").any(|own| own == bound)).count();
        let place = match count {
            count if count == bounds.len() => "everywhere".to_owned(),
            count => format!("at {count} of {} points", bounds.len()),
        };
        (count > 0).then(|| format!("{words} {place}"))
    };
    let ends: &[(&str, &str)] = match question {
        Question::Time | Question::Width => &[
            ("width min", "one feature is enough"),
            ("width max", "no width up to 1e15 is enough"),
            ("time min", "do not train: the least loss is that of time 0"),
            ("steps min", "do not train: the least loss is that of no step"),
            ("time max", "training on never harms"),
            ("steps max", "training on never harms"),
        ],
        Question::Ridge => &[
            ("ridge min", "no ridge is better than none"),
            ("ridge max", "learn nothing: the least loss is that of an infinite ridge"),
        ],
        Question::Reuse => &[
            ("time min", "the samples are never as good as fresh ones"),
            ("steps min", "not a single step on the samples is as good as one on fresh ones"),
            ("time max", "the tolerance is never exceeded"),
            ("steps max", "the tolerance is never exceeded"),
        ],
    };
    ends.iter().filter_map(|(bound, words)| told(bound, words)).collect()
}
