//! Spectra from files: csv, npz and npy.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use super::Spectrum;
use crate::error::{Error, Result};
use crate::npy::{Npy, Npz, Order, Problem};

/// Modes as a file has them, before they are compiled to a [`Spectrum`].
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Modes {
    /// Eigenvalues `lambda_k`, in the order of the file.
    pub eigenvalues: Vec<f64>,
    /// Target power `lambda_k w*_k^2` of each.
    pub target_power: Vec<f64>,
    /// How many modes each of them stands for, where that is not 1.
    pub multiplicity: Option<Vec<f64>>,
    /// Target power outside the span of all modes.
    pub floor: f64,
}

impl Modes {
    /// Reads modes from a file, whose ending says how.
    ///
    /// - `.csv`: the columns `eigenvalue` and `target_power`, and optionally `multiplicity`, in any order; other columns
    ///   are ignored.
    /// - `.npz`: one-dimensional arrays of these names, and optionally the scalar `floor`.
    /// - `.npy`: an array of shape (modes, 2) or (modes, 3), with these columns in this order.
    ///
    /// Arrays hold integers or floating-point numbers of at most 8 bytes. Multiplicities and the floor mean what they do
    /// in [`Spectrum::from_modes_with_multiplicity`] and [`Spectrum::with_floor`].
    ///
    /// # Errors
    ///
    /// [`Error::File`] names the file, what is wrong with it (with line and column of a csv file) and the remedy.
    ///
    /// # Examples
    ///
    /// ```
    /// let modes = spectralaw::Modes::read("tests/data/digits_relu.npz")?;
    /// let fit = spectralaw::eigenvalue_exponent(&modes.eigenvalues[..180])?;
    /// println!("b = {} +- {}", fit.best.exponent, fit.best.error);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let refused = |problem: Problem| Error::File { path: path.display().to_string(), problem };
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
        let read = match ending.as_deref() {
            Some("csv") => from_csv,
            Some("npz") => from_npz,
            Some("npy") => from_npy,
            _ => return Err(refused("the ending says how to read a spectrum: use .csv, .npz or .npy".into())),
        };
        let file = File::open(path).map_err(|error| refused(format!("cannot be opened ({error}): check the path")))?;
        read(file).map_err(refused)
    }

    /// The spectrum to be learned.
    ///
    /// # Errors
    ///
    /// As for [`Spectrum::from_modes_with_multiplicity`] and [`Spectrum::with_floor`].
    pub fn spectrum(&self) -> Result<Spectrum> {
        let (eigenvalues, power) = (&self.eigenvalues, &self.target_power);
        let spectrum = match &self.multiplicity {
            Some(multiplicity) => Spectrum::from_modes_with_multiplicity(eigenvalues, power, multiplicity),
            None => Spectrum::from_modes(eigenvalues, power),
        };
        spectrum?.with_floor(self.floor)
    }
}

impl Spectrum {
    /// Reads a measured spectrum from a file: its [`Modes`].
    ///
    /// # Errors
    ///
    /// [`Error::File`], as for [`Modes::read`], also where its numbers are no spectrum.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use spectralaw::Spectrum;
    ///
    /// let spectrum = Spectrum::read("digits.npz")?;
    /// println!("{} modes", spectrum.modes());
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let refused = |error: Error| Error::File { path: path.display().to_string(), problem: error.to_string() };
        Modes::read(path)?.spectrum().map_err(refused)
    }
}

fn from_csv(file: File) -> std::result::Result<Modes, Problem> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(&file);
    let refused = |error| csv_problem(error, &file);
    let header = reader.headers().map_err(refused)?.clone();
    if header.is_empty() {
        return Err("is empty: give the columns eigenvalue,target_power and a line for each mode".into());
    }
    let position = |name: &str| header.iter().position(|column| column == name);
    let required = |name: &str| {
        let found = header.iter().collect::<Vec<_>>().join(",");
        position(name).ok_or(format!("has no column {name} (its first line is `{found}`): name it in the first line"))
    };
    let (eigenvalue, target_power) = (required("eigenvalue")?, required("target_power")?);
    let multiplicity = position("multiplicity");
    let mut modes = Modes { multiplicity: multiplicity.map(|_| Vec::new()), ..Modes::default() };
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(refused)? {
        let number = |column: usize| {
            let text = record.get(column).unwrap_or_default();
            text.parse().ok().filter(|x: &f64| *x >= 0.0 && x.is_finite()).ok_or_else(|| {
                let (line, name) = (line_of(&file, record.position()), &header[column]);
                format!("line {line}, column {name}: `{text}` must be a finite number that is at least 0")
            })
        };
        modes.eigenvalues.push(number(eigenvalue)?);
        modes.target_power.push(number(target_power)?);
        if let (Some(values), Some(column)) = (&mut modes.multiplicity, multiplicity) {
            values.push(number(column)?);
        }
    }
    if modes.eigenvalues.is_empty() {
        return Err("has no modes: give a line for each mode below the names of the columns".into());
    }
    Ok(modes)
}

fn csv_problem(error: csv::Error, file: &File) -> Problem {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = line_of(file, pos.as_ref());
            format!("line {line} has {len} fields but the first line has {expected_len}: give one for each column")
        }
        csv::ErrorKind::Utf8 { pos, .. } => {
            format!("line {} is not text: save the file as comma-separated text", line_of(file, pos.as_ref()))
        }
        _ => format!("cannot be read ({error}): save it as comma-separated text"),
    }
}

/// The line of a record, as editors count: the parser's own count misses blank lines right before the record.
fn line_of(mut file: &File, record: Option<&csv::Position>) -> u64 {
    let before = record.map_or(0, csv::Position::byte);
    let mut line = 1;
    if file.seek(SeekFrom::Start(0)).is_ok() {
        let bytes = BufReader::new(file).bytes().map_while(io::Result::ok);
        let up_to_record = bytes.zip(0_u64..).take_while(|(byte, at)| *at < before || byte.is_ascii_whitespace());
        line += up_to_record.filter(|(byte, _)| *byte == b'\n').count() as u64;
    }
    line
}

fn from_npz(file: File) -> std::result::Result<Modes, Problem> {
    let mut archive = Npz::open(file)?;
    let missing = |name: &str| format!("has no array {name}: write numpy.savez(file, eigenvalue=.., target_power=..)");
    let mut list = |name: &str| match archive.member(name)? {
        Some(array) if array.shape.len() == 1 => Ok(Some(array.values)),
        Some(array) => Err(format!("array {name} has shape {}, but must be a list: ravel it", array.shape_in_words())),
        None => Ok(None),
    };
    let eigenvalues = list("eigenvalue")?.ok_or_else(|| missing("eigenvalue"))?;
    let target_power = list("target_power")?.ok_or_else(|| missing("target_power"))?;
    let multiplicity = list("multiplicity")?;
    let floor = match archive.member("floor")? {
        Some(array) => match array.values[..] {
            [floor] => floor,
            _ => {
                let shape = array.shape_in_words();
                return Err(format!("array floor has shape {shape}, but must be a single number: sum it"));
            }
        },
        None => 0.0,
    };
    Ok(Modes { eigenvalues, target_power, multiplicity, floor })
}

fn from_npy(file: File) -> std::result::Result<Modes, Problem> {
    let array = Npy::open(file)?;
    let [modes, width @ 2..=3] = array.shape[..] else {
        return Err(format!(
            "has shape {}, but must have shape (modes, 2) or (modes, 3): columns eigenvalue, target_power[, multiplicity]",
            array.shape_in_words()
        ));
    };
    // both fit: their product is the number of values
    let (modes, width) = (modes as usize, width as usize);
    let column = |j: usize| match array.order {
        Order::C => array.values.iter().skip(j).step_by(width).copied().collect::<Vec<f64>>(),
        Order::Fortran => array.values[j * modes..][..modes].to_vec(),
    };
    let multiplicity = (width == 3).then(|| column(2));
    Ok(Modes { eigenvalues: column(0), target_power: column(1), multiplicity, floor: 0.0 })
}
