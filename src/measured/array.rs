//! Data from files: one row for each point.

use std::fs::File;
use std::path::Path;

use crate::error::{Error, Result};
use crate::npy::{Npy, Npz, Order, Problem};

/// Numbers of a file, row after row: a Gram matrix, features, inputs or targets of points.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct DataArray {
    /// Number of rows: the length of the first axis.
    pub rows: usize,
    /// Numbers in a row: the product of the lengths of all other axes, 1 for a list.
    pub columns: usize,
    /// All numbers, row after row.
    pub values: Vec<f64>,
}

impl DataArray {
    /// Reads an array from a file, whose ending says how.
    ///
    /// - `.npy`: integers or floating-point numbers of at most 8 bytes, in the order of C or Fortran, at most 5e8 of them.
    /// - `.npz`: the only array in it; of several, the one that is named after a colon, as in `data.npz:pixels`.
    /// - `.csv`: numbers with commas between them, in lines of equal length, without names.
    ///
    /// # Errors
    ///
    /// [`Error::File`] names the file, what is wrong with it and the remedy.
    ///
    /// # Examples
    ///
    /// ```
    /// let pixels = spectralaw::DataArray::read("tests/data/digits_inputs.npz:pixels")?;
    /// assert_eq!((pixels.rows, pixels.columns), (1797, 64));
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let refused = |problem: Problem| Error::File { path: path.display().to_string(), problem };
        let (file, name) = parts(path);
        let ending = Path::new(&file).extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
        let open = || File::open(&file).map_err(|error| format!("cannot be opened ({error}): check the path"));
        let array = match ending.as_deref() {
            Some("npy") => open().and_then(Npy::open).and_then(Self::of_npy),
            Some("npz") => open().and_then(|file| of_npz(file, name.as_deref())).and_then(Self::of_npy),
            Some("csv") => open().and_then(Self::of_csv),
            _ => Err("the ending says how to read an array: use .npy, .npz or .csv".into()),
        };
        let array = array.map_err(refused)?;
        match array.values.iter().position(|x| !x.is_finite()) {
            Some(at) => {
                let (row, column, value) = (at / array.columns, at % array.columns, array.values[at]);
                Err(refused(format!("entry [{row}][{column}] is {value}: remove or replace what is not finite")))
            }
            None => Ok(array),
        }
    }

    fn of_npy(npy: Npy) -> std::result::Result<Self, Problem> {
        let [first, others @ ..] = &npy.shape[..] else {
            return Err("is a single number: give a row for each point".into());
        };
        // the product of all is the number of values in memory
        let lengths: Vec<usize> = others.iter().map(|length| *length as usize).collect();
        let (rows, columns) = (*first as usize, lengths.iter().product::<usize>());
        if rows == 0 || columns == 0 {
            return Err(format!("has shape {}, and so no numbers: give a row for each point", npy.shape_in_words()));
        }
        let values = match npy.order {
            Order::C => npy.values,
            Order::Fortran => row_by_row(&npy.values, rows, &lengths),
        };
        Ok(Self { rows, columns, values })
    }

    fn of_csv(file: File) -> std::result::Result<Self, Problem> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).trim(csv::Trim::All).from_reader(file);
        let mut array = Self { rows: 0, columns: 0, values: Vec::new() };
        for record in reader.records() {
            let record = record.map_err(|error| format!("cannot be read ({error}): write it with numpy.savetxt"))?;
            array.rows += 1;
            if array.values.len() > LARGEST_TEXT {
                return Err(format!("has more than {LARGEST_TEXT} numbers: write it with numpy.save"));
            }
            array.columns = record.len();
            for (column, text) in record.iter().enumerate() {
                let number = text.parse().map_err(|_| {
                    let row = array.rows;
                    format!(
                        "row {row} of numbers, column {}: `{text}` is none; give numbers alone, without names",
                        column + 1
                    )
                });
                array.values.push(number?);
            }
        }
        if array.rows == 0 { Err("is empty: give a row for each point".into()) } else { Ok(array) }
    }
}

/// More numbers are not read from text.
const LARGEST_TEXT: usize = 1 << 27;

/// The path of the file, and the name of an array in it.
fn parts(path: &Path) -> (String, Option<String>) {
    let text = path.to_string_lossy();
    match text.rsplit_once(':') {
        Some((file, name)) if file.to_ascii_lowercase().ends_with(".npz") => (file.to_owned(), Some(name.to_owned())),
        _ => (text.into_owned(), None),
    }
}

fn of_npz(file: File, name: Option<&str>) -> std::result::Result<Npy, Problem> {
    let mut archive = Npz::open(file)?;
    let names = archive.names();
    let name = match (name, &names[..]) {
        (Some(name), _) => name,
        (None, [only]) => only,
        (None, all) => return Err(format!("has {} arrays ({}): name one after a colon", all.len(), all.join(", "))),
    };
    let missing = || format!("has no array {name}, but {}: name one of them after the colon", names.join(", "));
    archive.member(name)?.ok_or_else(missing)
}

/// Numbers whose first axis varies fastest, in the order in which the last one does.
fn row_by_row(values: &[f64], rows: usize, lengths: &[usize]) -> Vec<f64> {
    let columns: usize = lengths.iter().product();
    // where the column is that stands at a place of the row
    let stored = |column: usize| {
        let (mut rest, mut at, mut stride) = (column, 0, 1);
        let mut place = columns;
        for length in lengths {
            place /= length;
            at += rest / place * stride;
            rest %= place;
            stride *= length;
        }
        at
    };
    let order: Vec<usize> = (0..columns).map(stored).collect();
    (0..rows).flat_map(|row| order.iter().map(move |column| values[column * rows + row])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fortran_order_of_many_axes_is_undone() {
        // a[i][j][k] = 100 i + 10 j + k of shape (2, 3, 4)
        let (rows, lengths) = (2, [3, 4]);
        let mut stored = Vec::new();
        for k in 0..4 {
            for j in 0..3 {
                for i in 0..2 {
                    stored.push(f64::from(100 * i + 10 * j + k));
                }
            }
        }
        let mut expected = Vec::new();
        for i in 0..2 {
            for j in 0..3 {
                for k in 0..4 {
                    expected.push(f64::from(100 * i + 10 * j + k));
                }
            }
        }
        assert_eq!(row_by_row(&stored, rows, &lengths), expected);
    }
}
