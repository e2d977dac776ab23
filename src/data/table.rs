//! A table of text as an array: which line has names, which column numbers the rows, and which are data.

use crate::npy::{Problem, brief};
use crate::stored::Stored;
use crate::text::{ReadOptions, Text, not_a_number};

/// Larger tables of text are refused.
const LARGEST: usize = 1 << 27;

/// Wider tables are unlikely to begin with the numbers of their columns by chance.
const CHANCE: usize = 4;

/// The largest range of an index that is left after a selection of rows, over their number.
const SELECTED: f64 = 100.0;

/// Columns of these names may number the rows.
const NAMES_OF_INDICES: [&str; 6] = ["index", "idx", "id", "row", "no", "sample"];

/// Numbers of a table.
pub struct Numbers {
    pub rows: usize,
    pub columns: usize,
    pub values: Vec<f64>,
    pub stored: Stored,
    /// Names of the columns, if there are any.
    pub names: Vec<String>,
    /// What was recognised.
    pub remarks: Vec<String>,
}

/// Whether a property holds, or could be read either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    Yes,
    No,
    /// Either is possible; the likelier one, if it is known.
    Maybe(Option<bool>),
}

impl Reading {
    fn allows(self, reading: bool) -> bool {
        match self {
            Self::Yes => reading,
            Self::No => !reading,
            Self::Maybe(_) => true,
        }
    }
}

/// Statistics of some cells: how many are written as integers, how many otherwise, the most decimals and digits.
#[derive(Debug, Clone, Copy)]
struct Cells {
    integers: usize,
    others: usize,
    decimals: i32,
    digits: i32,
}

impl Cells {
    const NONE: Self = Self { integers: 0, others: 0, decimals: -400, digits: 0 };

    fn are_integers(self) -> bool {
        self.others == 0
    }

    fn with(self, other: Self) -> Self {
        Self {
            integers: self.integers + other.integers,
            others: self.others + other.others,
            decimals: self.decimals.max(other.decimals),
            digits: self.digits.max(other.digits),
        }
    }
}

/// All cells, before their roles are known.
struct Grid<'a> {
    /// The number of the first line in the file, and its fields.
    first: (usize, Vec<&'a str>),
    lines: usize,
    columns: usize,
    /// All cells, NaN where the first line or the first column have no number.
    values: Vec<f64>,
    /// Statistics of cells, by whether they are in the first line, and in the first column.
    cells: [[Cells; 2]; 2],
    /// The first entry of the first column, below the first line, that is no number.
    label: Option<Problem>,
}

impl Numbers {
    /// Reads a table.
    pub fn read(text: &Text, options: &ReadOptions) -> Result<Self, Problem> {
        let grid = Grid::new(text)?;
        let (header, index) = grid.reading(options)?;
        if let (Some(problem), false) = (&grid.label, index) {
            return Err(format!("{problem}; --index yes leaves the first column out"));
        }
        grid.numbers(header, index)
    }
}

impl<'a> Grid<'a> {
    fn new(text: &Text<'a>) -> Result<Self, Problem> {
        let mut first = text.line(0).ok_or("is empty: give a row for each point")?;
        // names of all columns but that of the names of rows, as R writes them
        let has_numbers = first.1.iter().any(|field| text.number(field).is_ok());
        if !has_numbers && text.line(1).is_some_and(|(_, fields)| fields.len() == first.1.len() + 1) {
            first.1.insert(0, "");
        }
        let columns = first.1.len();
        if text.len().checked_mul(columns).is_none_or(|count| count > LARGEST) {
            return Err(format!("has more than {LARGEST} numbers: write it with numpy.save"));
        }
        let lines = text.len();
        let mut grid = Self {
            first,
            lines,
            columns,
            values: Vec::with_capacity(lines * columns),
            cells: [[Cells::NONE; 2]; 2],
            label: None,
        };
        for at in 0..lines {
            let (line, fields) = if at == 0 { grid.first.clone() } else { text.line(at).unwrap_or_default() };
            let count = fields.len();
            if count != columns {
                return Err(format!(
                    "line {line} has {count} fields but the first line has {columns}: give one for each column"
                ));
            }
            for (column, field) in fields.iter().enumerate() {
                let cells = &mut grid.cells[usize::from(at == 0)][usize::from(column == 0)];
                match text.number(field) {
                    Ok(written) => {
                        let (integers, decimals, digits) =
                            (usize::from(written.is_integer), written.decimals, written.digits);
                        *cells = cells.with(Cells { integers, others: 1 - integers, decimals, digits });
                        grid.values.push(written.value);
                    }
                    Err(problem) => {
                        let problem = format!("line {line}, column {}: {problem}", column + 1);
                        match (at, column) {
                            (0, _) => {}
                            (_, 0) if columns > 1 => drop(grid.label.get_or_insert(problem)),
                            _ => return Err(problem),
                        }
                        grid.values.push(f64::NAN);
                    }
                }
            }
        }
        Ok(grid)
    }

    /// Statistics of the data, without the first line and column where these are not data.
    fn of(&self, header: bool, index: bool) -> Cells {
        let mut all = self.cells[0][0];
        if !header {
            all = all.with(self.cells[1][0]);
        }
        if !index {
            all = all.with(self.cells[0][1]);
        }
        if header || index { all } else { all.with(self.cells[1][1]) }
    }

    /// Whether the first line has names.
    fn header(&self) -> Result<Reading, Problem> {
        let first = &self.values[..self.columns];
        if let Some(at) = first.iter().position(|x| x.is_nan()) {
            // a damaged number among numbers is no name
            let is_number = |(x, field): (&f64, &&str)| !x.is_nan() && field.bytes().any(|byte| !byte.is_ascii_digit());
            let has_numbers = first.iter().zip(&self.first.1).any(is_number);
            let is_name = |field: &&str| field.starts_with(char::is_alphabetic) && !field.contains(['(', '[']);
            if self.lines == 1 && self.first.1.iter().all(is_name) {
                return Err("has one line, which has no numbers: give a row for each point".to_owned());
            }
            if has_numbers || self.lines == 1 {
                let problem = not_a_number(self.first.1[at]);
                return Err(format!("line {}, column {}: {problem}", self.first.0, at + 1));
            }
            return Ok(Reading::Yes);
        }
        if self.lines == 1 || !self.cells[1][0].with(self.cells[1][1]).are_integers() {
            return Ok(Reading::No);
        }
        let rest = &self.values[self.columns..];
        if !counts(0.0, first) {
            return Ok(self.numbers_as_names(first, rest));
        }
        let goes_on = self.columns > 1 && counts(self.columns as f64, &rest[..self.columns]);
        Ok(match (goes_on, self.of(true, false).are_integers()) {
            (true, _) => Reading::Maybe(Some(false)),
            // 0 among 0.5, 1.5 and so on is another kind of entry
            (false, false) if self.of(true, false).integers == 0 => Reading::Maybe(Some(true)),
            (false, _) if self.columns >= CHANCE => Reading::Maybe(Some(true)),
            (false, _) => Reading::Maybe(None),
        })
    }

    /// Whether whole numbers that do not count from 0 may be names, such as years, or 1, 2, 3 and so on.
    fn numbers_as_names(&self, first: &[f64], rest: &[f64]) -> Reading {
        let is_ascending = first.windows(2).all(|pair| pair[0] < pair[1]);
        let counts_on = counts(1.0, first) && !counts(first.len() as f64 + 1.0, &rest[..first.len()]);
        match self.of(true, false).integers == 0 {
            // one whole number among fractions may well be data, which the number of rows decides
            true if self.columns == 1 => Reading::Maybe(Some(false)),
            true if is_ascending => Reading::Maybe(None),
            false if counts_on && self.columns >= CHANCE => Reading::Maybe(None),
            _ => Reading::No,
        }
    }

    /// Whether a first column of whole numbers looks like the index of rows that were shuffled or selected: a
    /// permutation, or numbers that differ, not far apart, beside fractions.
    fn is_shuffled_index(&self, first: f64, column: &[f64]) -> bool {
        let mut sorted: Vec<f64> = column.iter().copied().chain([first]).collect();
        sorted.sort_by(f64::total_cmp);
        let (least, most) = (sorted[0], sorted[sorted.len() - 1]);
        let differ = sorted.windows(2).all(|pair| pair[0] < pair[1]);
        let is_beside_fractions = self.cells[0][0].with(self.cells[1][0]).integers == 0;
        let spread = SELECTED * sorted.len() as f64;
        sorted.len() > CHANCE
            && differ
            && ((0.0..=1.0).contains(&least) && counts(least, &sorted)
                || is_beside_fractions && least >= 0.0 && most - least < spread)
    }

    /// Whether the first column numbers, or names, the rows.
    fn index(&self, header: Reading) -> Reading {
        if self.columns == 1 {
            return Reading::No;
        }
        let column: Vec<f64> = self.values.iter().skip(self.columns).step_by(self.columns).copied().collect();
        let is_whole = self.cells[0][1].are_integers() && self.label.is_none();
        if header == Reading::Yes {
            let name = self.first.1[0].to_ascii_lowercase();
            let is_unnamed = name.is_empty() || name.starts_with("unnamed");
            return match (is_unnamed, NAMES_OF_INDICES.contains(&&*name)) {
                (true, _) => Reading::Yes,
                (false, true) if is_whole => Reading::Maybe(None),
                (false, true) if self.label.is_some() => Reading::Yes,
                _ => Reading::No,
            };
        }
        // names that count all columns leave none for an index
        let first = self.values[0];
        let is_whole = is_whole && self.cells[1][1].are_integers() && column.len() >= 2;
        if is_whole && self.is_shuffled_index(first, &column) && !counts(first + 1.0, &column) {
            return Reading::Maybe(None);
        }
        let is_count = is_whole && (0.0..=1.0).contains(&first) && counts(first + 1.0, &column);
        match (is_count, self.cells[0][0].with(self.cells[1][0]).are_integers()) {
            (false, _) => Reading::No,
            (true, false) => Reading::Maybe(Some(true)),
            (true, true) => Reading::Maybe(None),
        }
    }

    /// Whether the first line and the first column are not part of the data.
    fn reading(&self, options: &ReadOptions) -> Result<(bool, bool), Problem> {
        let chosen = |option: Option<bool>| option.map(|yes| if yes { Reading::Yes } else { Reading::No });
        let header = match chosen(options.header) {
            Some(header) => header,
            None => self.header()?,
        };
        let index = match (chosen(options.index), header) {
            (Some(index), _) => index,
            (None, header) => self.index(header),
        };
        let size =
            |(header, index): (bool, bool)| (self.lines - usize::from(header), self.columns - usize::from(index));
        let all = [(false, false), (false, true), (true, false), (true, true)];
        let allowed: Vec<(bool, bool)> = all
            .into_iter()
            .filter(|(h, i)| header.allows(*h) && index.allows(*i))
            // names that count all columns leave none for an index
            .filter(|(h, i)| !(*h && *i && matches!((header, index), (Reading::Maybe(_), Reading::Maybe(_)))))
            .collect();
        let fits = |reading: &(bool, bool)| {
            let (rows, columns) = size(*reading);
            options.rows.is_none_or(|expected| expected == rows) && (!options.is_square || rows == columns)
        };
        let fitting: Vec<(bool, bool)> = allowed.iter().copied().filter(fits).collect();
        let left = if fitting.is_empty() { allowed } else { fitting };
        let likely =
            |reading: Reading, value: bool| !matches!(reading, Reading::Maybe(Some(likely)) if likely != value);
        let likely: Vec<(bool, bool)> =
            left.iter().copied().filter(|(h, i)| likely(header, *h) && likely(index, *i)).collect();
        let left = if likely.is_empty() { left } else { likely };
        match left[..] {
            [only] => Ok(only),
            [first, .., last] => {
                let shown = self.first.1.iter().take(4).map(|field| brief(field)).collect::<Vec<_>>().join(",");
                let ([rows, columns], [fewer, less]) =
                    (<[usize; 2]>::from(size(first)), <[usize; 2]>::from(size(last)));
                Err(if first.0 == last.0 {
                    format!(
                        "has a first column of whole numbers that may number the rows: {columns} columns of data, or {less} behind an index? choose by --index no or --index yes"
                    )
                } else {
                    format!(
                        "has the first line {shown}: {rows} rows of data, or {fewer} below names of columns? choose by --header no or --header yes"
                    )
                })
            }
            [] => Ok((header == Reading::Yes, index == Reading::Yes)),
        }
    }

    /// The data, and remarks on the parts that were left out.
    fn numbers(&self, header: bool, index: bool) -> Result<Numbers, Problem> {
        let (rows, columns) = (self.lines - usize::from(header), self.columns - usize::from(index));
        if rows == 0 || columns == 0 {
            return Err("has no numbers below its names: give a row for each point".into());
        }
        let mut remarks = Vec::new();
        let fields: &[&str] = &self.first.1[usize::from(index)..];
        if header {
            let shown = fields.iter().take(3).map(|field| brief(field)).collect::<Vec<_>>().join(", ");
            let more = if fields.len() > 3 { ", ..." } else { "" };
            remarks.push(format!("the first line, {shown}{more}, is read as names of columns"));
        }
        if index {
            remarks.push("the first column, which numbers or names the rows, is left out".to_owned());
        }
        let kept = self.values.chunks_exact(self.columns).skip(usize::from(header));
        let values: Vec<f64> = kept.flat_map(|row| row[usize::from(index)..].iter().copied()).collect();
        let Cells { decimals, digits, .. } = self.of(header, index);
        let names = if header { fields.iter().map(|field| (*field).to_owned()).collect() } else { Vec::new() };
        Ok(Numbers { rows, columns, stored: Stored::of_text(decimals, digits, &values), values, names, remarks })
    }
}

/// Whether numbers count upwards in steps of one.
fn counts(from: f64, values: &[f64]) -> bool {
    values.iter().enumerate().all(|(k, x)| (x - from - k as f64).abs() <= 0.0)
}
