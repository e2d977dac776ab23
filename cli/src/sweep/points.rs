//! Measured or simulated points, from a csv file: columns named as those of the results, and `standard_error`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// The column of standard errors.
pub const STANDARD_ERROR: &str = "standard_error";

/// More points than this are refused.
const MOST: usize = 100_000;

/// The numbers of a file.
#[derive(Debug)]
pub struct Points {
    path: PathBuf,
    names: Vec<String>,
    rows: Vec<Vec<f64>>,
}

impl Points {
    /// Reads a file: lines that begin with `#` are remarks, the first other one has the names of the columns.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let refuse = |problem: String| Failure::refused(format!("{}: {problem}", path.display()));
        let text = fs::read_to_string(path)
            .map_err(|error| refuse(format!("cannot be read ({error}): check figure.points")))?;
        let mut lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#') && !line.trim().is_empty());
        let Some((_, header)) = lines.next() else {
            return Err(refuse("has no line with names of columns".to_owned()));
        };
        let names: Vec<String> = header.split(',').map(|name| name.trim().to_owned()).collect();
        if let Some(i) = (1..names.len()).find(|&i| names[..i].contains(&names[i])) {
            return Err(refuse(format!("has two columns {}: remove one", names[i])));
        }
        if !names.iter().any(|name| name == STANDARD_ERROR) {
            return Err(refuse(format!("has no column {STANDARD_ERROR}: add it, 0 where there is none")));
        }
        let mut rows = Vec::new();
        for (i, line) in lines {
            let row: Vec<f64> = line.split(',').map(|field| field.trim().parse().unwrap_or(f64::NAN)).collect();
            if row.len() != names.len() || row.iter().any(|number| number.is_nan()) || rows.len() == MOST {
                let problem = format!("is no row of {} numbers, or more than {MOST}: mend it", names.len());
                return Err(refuse(format!("line {} {problem}", i + 1)));
            }
            rows.push(row);
        }
        let points = Self { path: path.to_owned(), names, rows };
        match points
            .rows
            .iter()
            .find(|row| points.get(row, STANDARD_ERROR).is_none_or(|error| !(0.0..f64::INFINITY).contains(&error)))
        {
            Some(row) => Err(points.refuse(&format!("a standard error in {row:?} is negative or infinite: mend it"))),
            None => Ok(points),
        }
    }

    /// A refusal that names the file.
    pub fn refuse(&self, problem: &str) -> Failure {
        Failure::refused(format!("{}: {problem}", self.path.display()))
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
