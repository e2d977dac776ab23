//! Predictions of other spectra, such as those of halves of the data.

use std::path::PathBuf;

use clap::Args;
use spectralaw::Spectrum;
use spectralaw::table::{Column, Table};

use crate::args::spectrum::SpectrumArguments;
use crate::failure::Failure;
use crate::number::rounded;
use crate::output::report::Shown;

/// Spectra to compare with.
#[derive(Args, Debug)]
pub struct CheckArguments {
    /// Spectra of other points, as `spectrum --halves` writes them, with commas between them: what they would have
    /// predicted is told as well.
    #[arg(long, value_name = "FILES", value_delimiter = ',', help_heading = "Output")]
    check: Vec<PathBuf>,
}

/// Columns of the losses that they predict, and of the answers to questions.
const LOSSES: [&str; 4] = ["check_1", "check_2", "check_3", "check_4"];
const ANSWERS: [&str; 4] = ["check_1_at", "check_2_at", "check_3_at", "check_4_at"];

impl CheckArguments {
    /// Refuses what cannot be compared.
    pub fn check(&self, spectrum: &SpectrumArguments) -> Result<(), Failure> {
        if !self.check.is_empty() && !spectrum.is_file() {
            return Err(Failure::refused("--check compares measured spectra: give --spectrum FILE, or omit it"));
        }
        if self.check.len() > LOSSES.len() {
            return Err(Failure::refused(format!(
                "--check has {} files: give at most {}",
                self.check.len(),
                LOSSES.len()
            )));
        }
        Ok(())
    }

    /// Whether there is anything to compare with.
    pub fn is_given(&self) -> bool {
        !self.check.is_empty()
    }

    /// Names of the columns of losses.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        LOSSES.into_iter().take(self.check.len())
    }

    /// Names of the columns of losses, each after that of the answer.
    pub fn names_with_answers(&self) -> impl Iterator<Item = &'static str> {
        ANSWERS.into_iter().zip(self.names()).flat_map(|(answer, loss)| [answer, loss])
    }

    /// Columns of losses without values.
    pub fn empty(&self) -> impl Iterator<Item = Column> {
        self.names().map(|name| Column::numbers(name, Vec::new()))
    }

    /// Columns of losses at rows of which they are not known.
    pub fn empty_rows(&self, rows: usize) -> impl Iterator<Item = Column> {
        self.names().map(move |name| Column::numbers(name, vec![f64::NAN; rows]))
    }

    /// Columns of answers and losses without values.
    pub fn empty_with_answers(&self) -> impl Iterator<Item = Column> {
        self.names_with_answers().map(|name| Column::numbers(name, Vec::new()))
    }

    /// Columns as they are shown.
    pub fn shown(&self) -> impl Iterator<Item = Shown> {
        self.names().map(Shown::plain)
    }

    /// The columns of losses, given what computes them from a spectrum.
    pub fn columns(
        &self,
        spectrum: &SpectrumArguments,
        losses: impl Fn(&Spectrum) -> Result<Vec<f64>, Failure>,
    ) -> Result<Vec<Column>, Failure> {
        Ok(self.answers(spectrum, |other| Ok([losses(other)?]))?.into_iter().zip(self.names()).map(column).collect())
    }

    /// The columns of answers and losses, given what computes both.
    pub fn columns_with_answers(
        &self,
        spectrum: &SpectrumArguments,
        answers: impl Fn(&Spectrum) -> Result<[Vec<f64>; 2], Failure>,
    ) -> Result<Vec<Column>, Failure> {
        Ok(self.answers(spectrum, answers)?.into_iter().zip(self.names_with_answers()).map(column).collect())
    }

    fn answers<const COUNT: usize>(
        &self,
        spectrum: &SpectrumArguments,
        answers: impl Fn(&Spectrum) -> Result<[Vec<f64>; COUNT], Failure>,
    ) -> Result<Vec<Vec<f64>>, Failure> {
        let mut all = Vec::new();
        for path in &self.check {
            let other = spectrum.other(path)?;
            all.extend(answers(&other).map_err(|failure| failure.within(&format!("--check {}", path.display())))?);
        }
        Ok(all)
    }

    /// By how much they differ from what was predicted.
    pub fn remarks(&self, table: &Table) -> Vec<String> {
        let own = table.numbers("test_loss");
        let remark = |(path, name): (&PathBuf, &'static str)| {
            let differences = own.iter().zip(table.numbers(name)).map(|(own, other)| other / own - 1.0);
            let largest = differences.filter(|x| x.is_finite()).max_by(|x, y| x.abs().total_cmp(&y.abs()))?;
            let (by, more) = (rounded(100.0 * largest.abs(), 2), if largest < 0.0 { "lower" } else { "higher" });
            Some(format!("{name}: test_loss predicted by {} is {more} by up to {by} per cent", path.display()))
        };
        self.check.iter().zip(self.names()).filter_map(remark).collect()
    }
}

fn column((values, name): (Vec<f64>, &'static str)) -> Column {
    Column::numbers(name, values)
}
