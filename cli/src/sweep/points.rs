//! Measured or simulated points, from a table of text: columns named as those of the results, and `standard_error` if
//! there are errors.

use std::path::{Path, PathBuf};

use spectralaw::data::{DataArray, ReadOptions};

use crate::failure::Failure;
use crate::inputs;

/// The column of standard errors.
pub const STANDARD_ERROR: &str = "standard_error";

/// More points than this are refused.
const MOST: usize = 100_000;

/// The numbers of a file.
#[derive(Debug)]
pub struct Points {
    path: PathBuf,
    /// What the points are called.
    pub label: String,
    names: Vec<String>,
    rows: Vec<Vec<f64>>,
}

impl Points {
    /// Reads a file: the first line that is no remark has the names of the columns.
    pub fn read(path: &Path, label: String) -> Result<Self, Failure> {
        let refuse = |problem: String| Failure::refused(format!("{}: {problem}", path.display()));
        inputs::reads(path)?;
        let options = ReadOptions { header: Some(true), index: Some(false), ..ReadOptions::default() };
        let array =
            DataArray::read_with(path, &options).map_err(|error| Failure::from(error).within("figure.points"))?;
        if array.names.is_empty() {
            return Err(refuse("has no line with names of columns: write a table of text with one".to_owned()));
        }
        let plain = |name: &String| name.to_lowercase().replace([' ', '-'], "_");
        let names: Vec<String> = array.names.iter().map(plain).collect();
        if let Some(i) = (1..names.len()).find(|&i| names[..i].contains(&names[i])) {
            return Err(refuse(format!("has two columns {}: remove one", names[i])));
        }
        if array.rows > MOST {
            return Err(refuse(format!("has {} points, more than {MOST}: give fewer", array.rows)));
        }
        let rows = array.values.chunks_exact(array.columns).map(<[f64]>::to_vec).collect();
        let points = Self { path: path.to_owned(), label, names, rows };
        match points.rows.iter().find(|row| points.get(row, STANDARD_ERROR).is_some_and(|error| error < 0.0)) {
            Some(row) => Err(points.refuse(&format!("a standard error in {row:?} is negative: mend it"))),
            None => Ok(points),
        }
    }

    /// A refusal that names the file.
    pub fn refuse(&self, problem: &str) -> Failure {
        Failure::refused(format!("{}: {problem}", self.path.display()))
    }

    /// The name of the file.
    pub fn file(&self) -> std::borrow::Cow<'_, str> {
        self.path.file_name().unwrap_or_default().to_string_lossy()
    }

    /// Whether there is a column.
    pub fn has(&self, name: &str) -> bool {
        self.names.iter().any(|own| own == name)
    }

    /// All rows.
    pub fn rows(&self) -> &[Vec<f64>] {
        &self.rows
    }

    /// The number of a row in a column.
    pub fn get(&self, row: &[f64], name: &str) -> Option<f64> {
        let position = self.names.iter().position(|own| own == name)?;
        row.get(position).copied()
    }
}
