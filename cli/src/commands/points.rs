//! Measured losses to be compared with those of the theory.

use std::path::PathBuf;

use clap::Args;
use spectralaw::fit::Sheet;
use spectralaw::table::{Column, Table};

use crate::args::recognised::{LOSSES, recognised};
use crate::failure::Failure;
use crate::inputs;
use crate::number::rounded;
use crate::output::report::Shown;

/// The option that takes measured losses.
#[derive(Args, Debug)]
pub struct PointArguments {
    /// Measured losses, a table with columns named as those of the answer and a column test_loss or loss: they are
    /// drawn over the curves, and rows with the columns measured and ratio have what the theory says of each.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    points: Option<PathBuf>,
}

/// Measured losses.
pub struct Measured {
    sheet: Sheet,
    /// The name of the file.
    pub file: String,
    /// One for each row.
    pub losses: Vec<f64>,
}

/// Columns of measured losses: the loss, and that of the theory in units of it.
pub const MEASURED: &str = "measured";
const RATIO: &str = "ratio";

impl PointArguments {
    /// Reads the file, if there is one.
    pub fn read(&self) -> Result<Option<Measured>, Failure> {
        let Some(path) = &self.points else { return Ok(None) };
        inputs::reads(path)?;
        let (sheet, file) = (Sheet::read(path)?, path.display().to_string());
        let Some(column) = recognised(&sheet, &[&["testloss", MEASURED], LOSSES].concat()) else {
            return Err(Failure::refused(format!(
                "--points {file}: no column is a loss: call one test_loss or loss; there are {}",
                sheet.names().join(", ")
            )));
        };
        let losses = sheet.numbers(&column)?;
        if let Some(at) = losses.iter().position(|loss| !(*loss > 0.0 && loss.is_finite())) {
            let loss = losses[at];
            return Err(Failure::refused(format!(
                "--points {file}: the loss {loss} of row {} is not positive and finite: remove the row",
                at + 1
            )));
        }
        Ok(Some(Measured { sheet, file, losses }))
    }
}

impl Measured {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.losses.len()
    }

    /// Whether the file has a column.
    pub fn has(&self, name: &str) -> bool {
        self.sheet.names().iter().any(|own| own == name)
    }

    /// A coordinate of each: its column, or the one value of all curves.
    pub fn coordinate(&self, name: &str, values: &[f64]) -> Result<Vec<f64>, Failure> {
        match values {
            _ if self.has(name) => Ok(self.sheet.numbers(name)?),
            [value] => Ok(vec![*value; self.len()]),
            _ => {
                Err(self.refused(&format!("there is no column {name}, and curves have several values of it: add one")))
            }
        }
    }

    /// A refusal that names the file.
    pub fn refused(&self, problem: &str) -> Failure {
        Failure::refused(format!("--points {}: {problem}", self.file))
    }

    /// The columns of measurements below the rows of an answer that has none.
    pub fn columns(&self, answers: usize, theory: &[f64], losses: &[f64]) -> [Column; 2] {
        let below = |values: Vec<f64>| std::iter::repeat_n(f64::NAN, answers).chain(values).collect();
        let ratios = losses.iter().zip(theory).map(|(loss, theory)| loss / theory).collect();
        [Column::numbers(MEASURED, below(losses.to_vec())), Column::numbers(RATIO, below(ratios))]
    }

    /// The columns of measurements, without values.
    pub fn empty() -> [Column; 2] {
        [MEASURED, RATIO].map(|name| Column::numbers(name, Vec::new()))
    }

    /// The columns as people see them, around that of the theory.
    pub fn shown() -> [Shown; 3] {
        let theory = Shown { heading: "theory", ..Shown::plain("test_loss") };
        [Shown::plain(MEASURED), theory, Shown { heading: "measured/theory", ..Shown::plain(RATIO) }]
    }

    /// How well the theory agrees, in words.
    pub fn remark(&self, table: &Table) -> String {
        let logs = || table.numbers(RATIO).iter().map(|ratio| ratio.ln()).filter(|log| log.is_finite());
        let count = logs().count() as f64;
        let square = (logs().map(|log| log * log).sum::<f64>() / count).sqrt();
        let (mean, largest) = (logs().sum::<f64>() / count, logs().fold(0.0, |most: f64, log| most.max(log.abs())));
        format!(
            "ln(measured/theory) of {} points: mean {}, root mean square {}, largest {}",
            self.len(),
            rounded(mean, 3),
            rounded(square, 3),
            rounded(largest, 3)
        )
    }
}
