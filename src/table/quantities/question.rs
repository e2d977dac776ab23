//! The columns of answers to questions of one model.

use super::super::{
    Along, Answer,
    Of::{Number, Word},
    Quantity, Question,
};

/// Columns of an [`Answer`]: sizes, what is best or enough and what it is compared with, accuracy and bounds.
///
/// `training` says what training is counted in, time or steps.
pub fn question(question: Question, training: Along) -> Vec<Quantity<Answer>> {
    let compared: &str = match question {
        Question::Time => "end_loss",
        Question::Ridge => "ridgeless_loss",
        Question::Width => "unlimited_loss",
        Question::Reuse => "fresh_loss",
    };
    let last: Quantity<Answer> = match question {
        Question::Reuse => ("epochs", Number(|a| a.epochs)),
        Question::Time | Question::Ridge | Question::Width => ("residual", Number(|a| a.residual)),
    };
    vec![
        ("width", Number(|a| a.width)),
        ("samples", Number(|a| a.samples)),
        (question.along(training).name(), Number(|a| a.at)),
        ("test_loss", Number(|a| a.test_loss)),
        (compared, Number(|a| a.compared)),
        ("error", Number(|a| a.error)),
        last,
        ("bounds", Word(|a| a.bounds().into())),
    ]
}
