//! Tables of runs as people keep them: columns with names, of which some are words.

use std::path::Path;

use crate::error::{Error, Result};
use crate::files::Source;
use crate::npy::{Problem, brief};
use crate::text::{ReadOptions, Text, not_a_number};

/// A table of text whose first line has names, as `pandas` writes it. Columns that are not asked for may have anything.
///
/// # Examples
///
/// ```
/// use spectralaw::fit::Sheet;
///
/// let path = std::env::temp_dir().join("spectralaw_runs.csv");
/// std::fs::write(&path, "name,params,loss\nsmall,1e6,3.2\nlarge,1e8,2.7\n").map_err(|error| {
///     spectralaw::Error::File { path: path.display().to_string(), problem: error.to_string() }
/// })?;
/// let sheet = Sheet::read(&path)?;
/// assert_eq!(sheet.numbers("params")?, [1e6, 1e8]);
/// assert!(sheet.numbers("name").is_err());
/// # Ok::<(), spectralaw::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    path: String,
    names: Vec<String>,
    /// The number of a line in the file, and its fields.
    rows: Vec<(usize, Vec<Field>)>,
}

/// A field as it is written, and its number if it is one.
#[derive(Debug, Clone, PartialEq)]
struct Field {
    text: String,
    number: Option<f64>,
}

/// What to do where a comma may be part of a number.
const REMEDY: &str = "write decimals behind a point";

impl Sheet {
    /// Reads a file, or standard input for `-`.
    ///
    /// # Errors
    ///
    /// [`Error::File`] for files that cannot be read, are no table of text, have no rows, or columns of one name.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let shown = path.display().to_string();
        let read = || {
            let bytes = Source::open(path)?.text()?;
            Self::of(&bytes)
        };
        let read: std::result::Result<_, Problem> = read();
        let (names, rows) = read.map_err(|problem| Error::File { path: shown.clone(), problem })?;
        Ok(Self { path: shown, names, rows })
    }

    #[allow(clippy::type_complexity)]
    fn of(bytes: &[u8]) -> std::result::Result<(Vec<String>, Vec<(usize, Vec<Field>)>), Problem> {
        let text = Text::new(bytes, &ReadOptions::default(), REMEDY)?;
        let Some((_, first)) = text.line(0) else {
            return Err("is empty: give a line of names, and a row for each run".to_owned());
        };
        if let Some(number) = first.iter().find(|field| text.number(field).is_ok()) {
            return Err(format!(
                "the first line has a number, `{}`: begin with a line of names, such as params,tokens,loss",
                brief(number)
            ));
        }
        // (the names of rows, as pandas writes them, have no name)
        let names: Vec<String> = first.iter().map(|name| (*name).to_owned()).collect();
        for (at, name) in names.iter().enumerate() {
            if !name.is_empty() && names[..at].contains(name) {
                return Err(format!("two columns are called `{}`: rename one", brief(name)));
            }
        }
        if text.len() < 2 {
            return Err("has names but no rows: give a row for each run".to_owned());
        }
        let mut rows = Vec::with_capacity(text.len() - 1);
        for at in 1..text.len() {
            let Some((line, fields)) = text.line(at) else { break };
            if fields.len() != names.len() {
                return Err(format!(
                    "line {line} has {} fields but the first line has {}: give one for each column",
                    fields.len(),
                    names.len()
                ));
            }
            let field = |field: &&str| Field {
                text: (*field).to_owned(),
                number: text.number(field).ok().map(|written| written.value),
            };
            rows.push((line, fields.iter().map(field).collect()));
        }
        Ok((names, rows))
    }

    /// Names of the columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether no rows are left.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The numbers of a column.
    ///
    /// # Errors
    ///
    /// [`Error::File`] for a column that is not there, or a field that is no number.
    pub fn numbers(&self, column: &str) -> Result<Vec<f64>> {
        let at = self.position(column)?;
        let number = |(line, fields): &(usize, Vec<Field>)| {
            let field = &fields[at];
            let problem = || format!("line {line}, column {column}: {}", not_a_number(&field.text));
            field.number.ok_or_else(|| self.problem(problem()))
        };
        self.rows.iter().map(number).collect()
    }

    /// The fields of a column as they are written.
    ///
    /// # Errors
    ///
    /// [`Error::File`] for a column that is not there.
    pub fn words(&self, column: &str) -> Result<Vec<&str>> {
        let at = self.position(column)?;
        Ok(self.rows.iter().map(|(_, fields)| fields[at].text.as_str()).collect())
    }

    /// The rows that have a value in a column, as it is written or as the same number.
    ///
    /// # Errors
    ///
    /// [`Error::File`] for a column that is not there, and a value that no row has.
    pub fn filtered(&self, column: &str, value: &str) -> Result<Self> {
        let at = self.position(column)?;
        let number = value.parse::<f64>().ok();
        let is_wanted = |(_, fields): &&(usize, Vec<Field>)| {
            let field = &fields[at];
            field.text == value || number.is_some_and(|number| field.number == Some(number))
        };
        let rows: Vec<_> = self.rows.iter().filter(is_wanted).cloned().collect();
        if rows.is_empty() {
            let mut has: Vec<&str> = self.words(column)?;
            has.sort_unstable();
            has.dedup();
            has.truncate(6);
            return Err(self.problem(format!("no row has {column}={value}: it has {}", has.join(", "))));
        }
        Ok(Self { rows, ..self.clone() })
    }

    fn position(&self, column: &str) -> Result<usize> {
        self.names.iter().position(|name| name == column).ok_or_else(|| {
            let names = self.names.iter().filter(|name| !name.is_empty()).map(String::as_str).collect::<Vec<_>>();
            self.problem(format!("has no column `{}`: it has {}", brief(column), names.join(", ")))
        })
    }

    fn problem(&self, problem: String) -> Error {
        Error::File { path: self.path.clone(), problem }
    }
}
