//! Data from files: one row for each point.

use std::path::Path;

use super::table::Numbers;
use crate::error::{Error, Result};
use crate::files::{Form, Source};
use crate::npy::{LARGEST_COUNT, Npy, Order, Problem, in_words};
use crate::stored::Stored;
use crate::text::{ReadOptions, Text};

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
    /// Lengths of all axes.
    pub shape: Vec<usize>,
    /// How exact the numbers are.
    pub stored: Stored,
    /// Names of the columns, if the file has them.
    pub names: Vec<String>,
    /// What was recognised in the file, besides its numbers.
    pub remarks: Vec<String>,
}

impl DataArray {
    /// Reads an array from a file, in the format that its ending names.
    ///
    /// - `.npy`: truth values, integers or floating-point numbers of 1 to 8 bytes, in the order of C or Fortran, at
    ///   most 5e8 of them.
    /// - `.npz`: the only array in it; of several, the one that is named after a colon, as in `data.npz:pixels`.
    /// - `.csv`, `.tsv`, `.txt`, `.dat`: a table of numbers in lines of equal length, with commas, semicolons, tabs or
    ///   blanks between them. A first line with names of columns, or with their numbers 0, 1, ..., is recognised, and
    ///   so is a first column that numbers the rows; what was recognised is in `remarks`, and what cannot be decided is
    ///   refused, with both readings.
    ///
    /// The path `-` is standard input.
    ///
    /// # Errors
    ///
    /// [`Error::File`] names the file, what is wrong with it and the remedy.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::data::{DataArray, Stored};
    ///
    /// let pixels = DataArray::read("tests/data/digits_inputs.npz:pixels")?;
    /// assert_eq!((pixels.rows, pixels.columns, pixels.stored), (1797, 64, Stored::Integers));
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        Self::read_with(path, &ReadOptions::default())
    }

    /// Reads an array from a file, with some of its properties given: [`DataArray::read`] describes the formats, and
    /// `options` replaces what would be recognised.
    ///
    /// # Errors
    ///
    /// [`Error::File`] names the file, what is wrong with it and the remedy.
    pub fn read_with(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Self> {
        let path = path.as_ref();
        let refused = |problem: Problem| Error::File { path: path.display().to_string(), problem };
        let read = |source: Source| match source.form {
            Form::Text => Self::of_text(&source.text()?, options),
            Form::Npy | Form::Npz => Self::of_npy(source.array(LARGEST_COUNT)?),
        };
        let array = Source::open(path).and_then(read).map_err(refused)?;
        match array.values.iter().position(|x| !x.is_finite()) {
            Some(at) => {
                let (row, column, value) = (at / array.columns, at % array.columns, array.values[at]);
                Err(refused(format!("entry [{row}][{column}] is {value}: remove or replace what is not finite")))
            }
            None => Ok(array),
        }
    }

    fn of_npy(npy: Npy) -> std::result::Result<Self, Problem> {
        let [rows, others @ ..] = &npy.shape[..] else {
            return Err("is a single number: give a row for each point".into());
        };
        let (rows, columns) = (*rows, others.iter().product::<usize>());
        if rows == 0 || columns == 0 {
            return Err(format!("has shape {}, and so no numbers: give a row for each point", npy.shape_in_words()));
        }
        let values = match npy.order {
            Order::C => npy.values,
            Order::Fortran => row_by_row(&npy.values, rows, others),
        };
        Ok(Self { rows, columns, values, shape: npy.shape, stored: npy.stored, names: Vec::new(), remarks: Vec::new() })
    }

    fn of_text(bytes: &[u8], options: &ReadOptions) -> std::result::Result<Self, Problem> {
        let text = Text::new(bytes, options, "choose by --decimal comma or --decimal point")?;
        let Numbers { rows, columns, values, stored, names, remarks } = Numbers::read(&text, options)?;
        let remarks = text.remarks.into_iter().chain(remarks).collect();
        Ok(Self { rows, columns, values, shape: vec![rows, columns], stored, names, remarks })
    }

    /// The Gram matrix of a kernel with k outputs, such as the tangent kernel of a network, as a matrix of pairs of
    /// point and output: an array of shape (n, n, k, k) or (n, k, n, k) becomes the n k x n k matrix whose rows and
    /// columns belong to point 1 and output 1, point 1 and output 2, and so on; it is returned with the number of
    /// outputs. Arrays with two axes are returned unchanged, with one output.
    ///
    /// # Errors
    ///
    /// [`Error::Unsuited`] for arrays of other shapes, and for (n, n, n, n) where symmetry does not tell which axes
    /// belong together.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use spectralaw::data::DataArray;
    ///
    /// // two points, three outputs: k(x_i, x_j) times the unit matrix of the outputs
    /// let mut bytes = b"\x93NUMPY\x01\x00\x46\x00".to_vec();
    /// let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2, 3, 3)}";
    /// bytes.extend(format!("{header:<70}").bytes());
    /// for k in [2.0_f64, 1.0, 1.0, 2.0] {
    ///     bytes.extend((0..9).flat_map(|at| if at % 4 == 0 { k } else { 0.0 }.to_le_bytes()));
    /// }
    /// let path = std::env::temp_dir().join("spectralaw_tangent_kernel.npy");
    /// std::fs::write(&path, bytes)?;
    /// let (gram, outputs) = DataArray::read(&path)?.into_gram()?;
    /// assert_eq!((gram.rows, gram.columns, outputs), (6, 6, 3));
    /// assert_eq!(gram.values[..6], [2.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn into_gram(mut self) -> Result<(Self, usize)> {
        let of_pairs = match self.shape[..] {
            [n, k, m, l] if n == m && k == l && n != k => false,
            [n, m, k, l] if n == m && k == l && n != k => true,
            [n, m, k, l] if n == m && k == l && n == k => match (self.is_symmetric(true), self.is_symmetric(false)) {
                (true, false) => true,
                (false, true) => false,
                _ => {
                    let problem = format!(
                        "shape {}: are the axes point, point, output, output, or point, output, point, output? give \
                         K.transpose(0, 2, 1, 3).reshape({1}, {1}) or K.reshape({1}, {1})",
                        in_words(&self.shape),
                        n * k
                    );
                    return Err(Error::Unsuited { problem });
                }
            },
            [_] | [_, _] => return Ok((self, 1)),
            [n, m, k] if n == m && n != k => {
                let problem = format!(
                    "shape {} is one Gram matrix for each of {k} outputs: give one of them, K[:, :, 0], with the target of this output",
                    in_words(&self.shape)
                );
                return Err(Error::Unsuited { problem });
            }
            _ => {
                let problem = format!(
                    "shape {} is no Gram matrix: give (n, n), or (n, n, k, k) or (n, k, n, k) for k outputs",
                    in_words(&self.shape)
                );
                return Err(Error::Unsuited { problem });
            }
        };
        let (points, outputs) = (self.shape[0], if of_pairs { self.shape[2] } else { self.shape[1] });
        let side = points * outputs;
        if of_pairs {
            let entry = |row: usize, column: usize| {
                let (i, a, j, b) = (row / outputs, row % outputs, column / outputs, column % outputs);
                self.values[((i * points + j) * outputs + a) * outputs + b]
            };
            self.values = (0..side * side).map(|at| entry(at / side, at % side)).collect();
        }
        let order = if of_pairs { "point, point, output, output" } else { "point, output, point, output" };
        self.remarks.push(format!(
            "shape {} is read as {order}: a kernel of {outputs} {}, as a matrix of {side} pairs of point and output; eigenvalues are \
             those of the matrix over {side}, and samples count pairs",
            in_words(&self.shape),
            if outputs == 1 { "output" } else { "outputs" }
        ));
        (self.rows, self.columns, self.shape) = (side, side, vec![side, side]);
        Ok((self, outputs))
    }

    /// Whether an array of shape (n, n, n, n) is symmetric if its axes are point, point, output, output, or else point,
    /// output, point, output.
    fn is_symmetric(&self, of_pairs: bool) -> bool {
        let n = self.shape[0];
        let largest = self.values.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
        let tolerance = 1e-3 * largest;
        let at = |i: usize, j: usize, k: usize, l: usize| self.values[((i * n + j) * n + k) * n + l];
        (0..self.values.len()).all(|entry| {
            let [i, j, k, l] = [entry / (n * n * n), entry / (n * n) % n, entry / n % n, entry % n];
            let transposed = if of_pairs { at(j, i, l, k) } else { at(k, l, i, j) };
            (self.values[entry] - transposed).abs() <= tolerance
        })
    }
}

/// Numbers whose first axis varies fastest, reordered so that the last one does.
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
