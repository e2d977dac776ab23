//! Options that say how tables of text are read, where that cannot be recognised.

use clap::{Args, ValueEnum};
use spectralaw::data::ReadOptions;

/// What a table of text has besides its numbers.
#[derive(Args, Debug)]
pub struct ReadingArguments {
    /// Whether the first line of a table of text has names of columns [default: recognised].
    #[arg(long, value_enum, value_name = "ANSWER")]
    header: Option<Answer>,

    /// Whether the first column of a table of text numbers the rows [default: recognised].
    #[arg(long, value_enum, value_name = "ANSWER")]
    index: Option<Answer>,

    /// What decimals follow in a table of text [default: recognised].
    #[arg(long, value_enum, value_name = "SIGN")]
    decimal: Option<Decimal>,
}

#[derive(ValueEnum, Debug, Clone, Copy, PartialEq)]
enum Answer {
    /// It does.
    Yes,
    /// It does not.
    No,
}

#[derive(ValueEnum, Debug, Clone, Copy, PartialEq)]
enum Decimal {
    /// As in 0.5.
    Point,
    /// As in 0,5, with columns separated by semicolons, tabs or blanks.
    Comma,
}

impl ReadingArguments {
    /// What is known of a table.
    pub fn options(&self) -> ReadOptions {
        ReadOptions {
            header: self.header.map(|answer| answer == Answer::Yes),
            index: self.index.map(|answer| answer == Answer::Yes),
            decimal_comma: self.decimal.map(|decimal| decimal == Decimal::Comma),
            ..ReadOptions::default()
        }
    }

    /// The first of the options that is given.
    pub fn given(&self) -> Option<&'static str> {
        let all = [
            ("--header", self.header.is_some()),
            ("--index", self.index.is_some()),
            ("--decimal", self.decimal.is_some()),
        ];
        all.into_iter().find(|(_, is_given)| *is_given).map(|(option, _)| option)
    }
}
