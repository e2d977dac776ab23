//! Spectra from files: csv, npz and npy.

use std::path::Path;

use super::Spectrum;
use crate::error::{Error, Result};
use crate::files::{Form, Source};
use crate::npy::{Npy, Order, Problem, brief};
use crate::precision::NEGATIVE_SHARE;
use crate::text::{ReadOptions, Text};

/// Files with more modes are refused.
const LARGEST_COUNT: usize = 10_000_000;

/// Powers that are negative by less than this share of the largest, for each mode and at most in all, are zeros that
/// were rounded, possibly in numbers of 4 bytes, whose unit of rounding is the first of the two.
const ROUNDING: (f64, f64) = (1.0 / 16_777_216.0, 1e-5);

/// Modes as a file has them, before they are compiled to a [`Spectrum`].
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Modes {
    /// Eigenvalues `lambda_k`, in the order of the file.
    pub eigenvalues: Vec<f64>,
    /// Target power `lambda_k w*_k^2` of each; empty if the file has eigenvalues alone.
    pub target_power: Vec<f64>,
    /// How many modes each of them stands for, where that is not 1.
    pub multiplicity: Option<Vec<f64>>,
    /// Target power outside the span of all modes.
    pub floor: f64,
    /// What was recognised in the file, besides its numbers.
    pub remarks: Vec<String>,
    /// A fingerprint of the bytes that were read (FNV-1a, 64 bits). It tells apart files that differ by accident, not
    /// by malice.
    pub fingerprint: u64,
}

impl Modes {
    /// Reads modes from a file, in the format that its ending names.
    ///
    /// - `.csv`, `.tsv`, `.txt`, `.dat`: the columns `eigenvalue` and `target_power`, and optionally `multiplicity`, in
    ///   any order, with commas, semicolons, tabs or blanks between them; other columns are ignored. What was
    ///   recognised is in `remarks`.
    /// - `.npz`: one-dimensional arrays of these names, and optionally the scalar `floor`.
    /// - `.npy`, or an array in an archive that is named after a colon, as in `data.npz:modes`: an array of shape
    ///   (modes, 2) or (modes, 3), with these columns in this order.
    ///
    /// The path `-` is standard input. Arrays hold integers or floating-point numbers of at most 8 bytes.
    /// Multiplicities and the floor mean what they do in [`Spectrum::from_modes_with_multiplicity`] and
    /// [`Spectrum::with_floor`]. Numbers that are negative at the level of rounding are taken for zero; there are at
    /// most 1e7 modes.
    ///
    /// # Errors
    ///
    /// [`Error::File`] names the file, what is wrong with it (with line and column of a csv file) and the remedy.
    ///
    /// # Examples
    ///
    /// ```
    /// let modes = spectralaw::spectrum::Modes::read("tests/data/digits_relu.npz")?;
    /// let fit = spectralaw::data::eigenvalue_exponent(&modes.eigenvalues[..180])?;
    /// println!("b = {} +- {}", fit.best.exponent, fit.best.error);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let (modes, missing) = Self::open(path)?;
        match missing {
            Some(problem) => Err(Error::File { path: path.display().to_string(), problem }),
            None => Ok(modes),
        }
    }

    /// Reads modes as [`read`](Self::read) does, from a file that may have eigenvalues alone: `target_power` is empty
    /// then.
    ///
    /// # Errors
    ///
    /// As for [`read`](Self::read), except that `target_power` may be missing.
    pub fn read_eigenvalues(path: impl AsRef<Path>) -> Result<Self> {
        Ok(Self::open(path.as_ref())?.0)
    }

    /// The modes, and the remark to make if they have no target power.
    fn open(path: &Path) -> Result<(Self, Option<Problem>)> {
        let refused = |problem: Problem| Error::File { path: path.display().to_string(), problem };
        Source::open(path).and_then(Self::of).map_err(refused)
    }

    fn of(source: Source) -> std::result::Result<(Self, Option<Problem>), Problem> {
        let (source, fingerprint) = source.in_memory()?;
        let (mut modes, missing) = match (source.form, &source.member) {
            (Form::Text, _) => from_text(&source.text()?),
            (Form::Npz, None) => from_npz(source),
            _ => from_npy(source.array(3 * LARGEST_COUNT)?),
        }?;
        modes.remove_rounding();
        modes.fingerprint = fingerprint;
        Ok((modes, missing))
    }

    /// Powers that are negative at the level of rounding become zero, with a remark; negative eigenvalues are reported
    /// by the spectrum's [`noise`](Spectrum::noise).
    fn remove_rounding(&mut self) {
        let values = &mut self.target_power;
        let largest = values.iter().fold(0.0_f64, |largest, x| largest.max(*x));
        let level = largest * (ROUNDING.0 * values.len() as f64).min(ROUNDING.1);
        let is_rounding = |x: &&mut f64| **x < 0.0 && **x >= -level;
        let (mut count, mut lowest) = (0, 0.0_f64);
        for x in values.iter_mut().filter(is_rounding) {
            (count, lowest) = (count + 1, lowest.min(*x));
            *x = 0.0;
        }
        if count > 0 {
            self.remarks
                .push(format!("{count} powers, negative at the level of rounding (down to {lowest:.1e}), are 0"));
        }
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
    /// [`Error::File`], as for [`Modes::read`], and also for numbers that are no spectrum.
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

/// Names may differ in capitals, blanks and dashes.
fn plain(name: &str) -> String {
    name.to_lowercase().replace([' ', '-'], "_")
}

fn from_text(bytes: &[u8]) -> std::result::Result<(Modes, Option<Problem>), Problem> {
    let text = Text::new(bytes, &ReadOptions::default(), "write all numbers with a decimal point")?;
    let (_, first) =
        text.line(0).ok_or("is empty: give the columns eigenvalue,target_power and a line for each mode")?;
    let position = |names: &[&str], name: &str| names.iter().position(|column| plain(column) == name);
    // numpy writes names as a remark
    let remark = text
        .remark()
        .filter(|names| position(&first, "eigenvalue").is_none() && position(names, "eigenvalue").is_some());
    let (names, begin) = remark.map_or((first, 1), |names| (names, 0));
    let required = |name: &str| {
        let found = brief(&names.join(","));
        position(&names, name)
            .ok_or(format!("has no column {name} (its first line is `{found}`): name it in the first line"))
    };
    let eigenvalue = required("eigenvalue")?;
    let (target_power, missing) = match required("target_power") {
        Ok(column) => (Some(column), None),
        Err(problem) => (None, Some(problem)),
    };
    let multiplicity = position(&names, "multiplicity");
    for column in [eigenvalue].into_iter().chain(target_power).chain(multiplicity) {
        if let Some(again) = names[column + 1..].iter().find(|name| plain(name) == plain(names[column])) {
            return Err(format!("has two columns {} (`{}` and `{again}`): remove one", plain(again), names[column]));
        }
    }
    if text.len() - begin > LARGEST_COUNT {
        return Err(format!("has more than {LARGEST_COUNT} modes: give fewer"));
    }
    let mut modes = Modes { multiplicity: multiplicity.map(|_| Vec::new()), ..Modes::default() };
    let mut negative = Vec::new();
    for at in begin..text.len() {
        let Some((line, fields)) = text.line(at) else { break };
        if fields.len() != names.len() {
            let (count, expected) = (fields.len(), names.len());
            return Err(format!(
                "line {line} has {count} fields but the first line has {expected}: give one for each column"
            ));
        }
        let told = |column: usize, problem: Problem| format!("line {line}, column {}: {problem}", brief(names[column]));
        let range = |column: usize| {
            told(column, format!("`{}` must be a finite number that is at least 0", brief(fields[column])))
        };
        let number = |column: usize, lowest: f64| match text.number(fields[column]) {
            Ok(written) if written.value.is_finite() && written.value >= lowest => Ok(written.value),
            Ok(_) => Err(range(column)),
            Err(problem) => Err(told(column, problem)),
        };
        let value = number(eigenvalue, f64::MIN)?;
        let power = target_power.map(|column| Ok::<_, Problem>((column, number(column, f64::MIN)?))).transpose()?;
        if let Some((column, _)) = [(eigenvalue, value)].into_iter().chain(power).find(|(_, x)| *x < 0.0) {
            negative.push((modes.eigenvalues.len(), range(column)));
        }
        modes.eigenvalues.push(value);
        modes.target_power.extend(power.map(|(_, power)| power));
        if let (Some(values), Some(column)) = (&mut modes.multiplicity, multiplicity) {
            values.push(number(column, 0.0)?);
        }
    }
    modes.remove_rounding();
    let largest = modes.eigenvalues.iter().fold(0.0_f64, |largest, x| largest.max(*x));
    let is_negative = |row: usize| modes.eigenvalues[row] < -NEGATIVE_SHARE * largest;
    let remains = |row: usize| is_negative(row) || modes.target_power.get(row).is_some_and(|power| *power < 0.0);
    if let Some((_, problem)) = negative.into_iter().find(|(row, _)| remains(*row)) {
        return Err(problem);
    }
    if modes.eigenvalues.is_empty() {
        return Err("has no modes: give a line for each mode below the names of the columns".into());
    }
    if names.iter().any(|name| plain(name) != **name) {
        let read: Vec<String> =
            [eigenvalue].into_iter().chain(target_power).chain(multiplicity).map(|i| names[i].to_owned()).collect();
        modes.remarks.push(format!("the columns {} are read without regard to capitals", read.join(", ")));
    }
    modes.remarks.splice(0..0, text.remarks);
    Ok((modes, missing))
}

fn from_npz(source: Source) -> std::result::Result<(Modes, Option<Problem>), Problem> {
    let mut archive = source.archive()?;
    let missing = |name: &str| format!("has no array {name}: write numpy.savez(file, eigenvalue=.., target_power=..)");
    let mut list = |name: &str| match archive.member(name, LARGEST_COUNT)? {
        Some(array) if array.shape.len() == 1 => Ok(Some(array.values)),
        Some(array) => Err(format!("array {name} has shape {}, but must be a list: ravel it", array.shape_in_words())),
        None => Ok(None),
    };
    let eigenvalues = list("eigenvalue")?.ok_or_else(|| missing("eigenvalue"))?;
    let target_power = list("target_power")?;
    let missing = target_power.is_none().then(|| missing("target_power"));
    let target_power = target_power.unwrap_or_default();
    let multiplicity = list("multiplicity")?;
    let floor = match archive.member("floor", 1)? {
        Some(array) => match array.values[..] {
            [floor] => floor,
            _ => {
                let shape = array.shape_in_words();
                return Err(format!("array floor has shape {shape}, but must be a single number: sum it"));
            }
        },
        None => 0.0,
    };
    Ok((Modes { eigenvalues, target_power, multiplicity, floor, ..Modes::default() }, missing))
}

fn from_npy(array: Npy) -> std::result::Result<(Modes, Option<Problem>), Problem> {
    let problem = || {
        let shape = array.shape_in_words();
        format!(
            "has shape {shape}, but must have shape (modes, 2) or (modes, 3): columns eigenvalue, target_power[, multiplicity]"
        )
    };
    let (modes, width) = match array.shape[..] {
        [modes, width @ 2..=3] => (modes, width),
        // a list of eigenvalues
        [_] | [_, 1] => {
            let missing = Some(problem());
            return Ok((Modes { eigenvalues: array.values, ..Modes::default() }, missing));
        }
        _ => return Err(problem()),
    };
    let column = |j: usize| match array.order {
        Order::C => array.values.iter().skip(j).step_by(width).copied().collect::<Vec<f64>>(),
        Order::Fortran => array.values[j * modes..][..modes].to_vec(),
    };
    let multiplicity = (width == 3).then(|| column(2));
    Ok((Modes { eigenvalues: column(0), target_power: column(1), multiplicity, ..Modes::default() }, None))
}
