//! The columns of answers to questions of one model.

use super::super::{
    Along, Answer,
    Of::{Number, Word},
    Quantity, Question,
};
use crate::frontier::Stop;

/// Columns of an [`Answer`]: sizes, what is best or enough and what it is compared with, accuracy and bounds.
///
/// `training` says what training is counted in, time or steps.
pub fn question(question: Question, training: Along) -> Vec<Quantity<Answer>> {
    let compared: &str = match question {
        Question::Time => "end_loss",
        Question::Ridge => "ridgeless_loss",
        Question::Width(_) => "unlimited_loss",
        Question::Reuse => "fresh_loss",
    };
    let last: Option<Quantity<Answer>> = match question {
        Question::Reuse => Some(("epochs", Number(|a| a.epochs))),
        // (at a given time nothing is optimal)
        Question::Width(Stop::At(_)) => None,
        Question::Time | Question::Ridge | Question::Width(Stop::Best) => Some(("residual", Number(|a| a.residual))),
    };
    let mut all: Vec<Quantity<Answer>> = vec![
        ("width", Number(|a| a.width)),
        ("samples", Number(|a| a.samples)),
        (question.along(training).name(), Number(|a| a.at)),
        ("test_loss", Number(|a| a.test_loss)),
        (compared, Number(|a| a.compared)),
        ("error", Number(|a| a.error)),
    ];
    all.extend(last);
    all.push(("bounds", Word(|a| a.bounds().into())));
    all
}
