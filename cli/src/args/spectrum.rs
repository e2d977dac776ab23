//! Options that say which spectrum to learn.

use std::path::{Path, PathBuf};

use clap::Args;
use spectralaw::Spectrum;
use spectralaw::spectrum::PowerLaw;

use crate::args::values;
use crate::failure::Failure;
use crate::inputs;
use crate::number::{rounded, shortest};

/// A power law or a file.
#[derive(Args, Debug)]
#[command(next_help_heading = "Spectrum: a power law (--a, --b) or a file (--spectrum)")]
pub struct SpectrumArguments {
    /// Exponent of the target's power: mode k carries lambda_k w_k^2 = k^-A.
    #[arg(long, value_name = "A", value_parser = values::exponent, allow_hyphen_values = true)]
    a: Option<f64>,

    /// Exponent of the eigenvalues: lambda_k = k^-B.
    #[arg(long, value_name = "B", value_parser = values::exponent, allow_hyphen_values = true)]
    b: Option<f64>,

    /// Number of modes of the power law (default: inf, which needs A > 1 and B > 1).
    #[arg(long, value_name = "M", value_parser = values::modes, allow_hyphen_values = true)]
    modes: Option<f64>,

    /// File of measured modes: csv, npz or npy; - is standard input.
    ///
    /// A csv file has the columns `eigenvalue` and `target_power` (lambda_k and lambda_k w_k^2), and optionally
    /// `multiplicity`; an npz file has arrays of these names, and optionally the number `floor`; an npy file, or
    /// FILE.npz:NAME, has one row for each mode.
    #[arg(long, value_name = "FILE")]
    spectrum: Option<PathBuf>,

    /// Target power outside the span of all modes, which cannot be learned; added to that of the file.
    #[arg(long, value_name = "POWER", value_parser = values::non_negative, allow_hyphen_values = true)]
    floor: Option<f64>,
}

/// Modes of a file that are reported one by one.
const MOST_NUMBERED: f64 = 1e7;

impl SpectrumArguments {
    /// Reads or compiles the spectrum.
    pub fn spectrum(&self) -> Result<Spectrum, Failure> {
        let spectrum = match (&self.spectrum, self.a, self.b) {
            (Some(_), None, None) if self.modes.is_some() => {
                return Err(Failure::refused("--modes belongs to a power law: omit it with --spectrum"));
            }
            (Some(path), None, None) => inputs::modes(path)?.spectrum.clone(),
            (None, Some(a), Some(b)) => {
                PowerLaw::new(a, b).with_modes(self.modes.unwrap_or(f64::INFINITY)).spectrum()?
            }
            (Some(_), ..) => {
                return Err(Failure::refused(
                    "--spectrum and --a, --b exclude each other: give a file or a power law, not both",
                ));
            }
            (None, Some(_), None) => return Err(Failure::refused("--a is given without --b: a power law needs both")),
            (None, None, Some(_)) => return Err(Failure::refused("--b is given without --a: a power law needs both")),
            (None, None, None) => {
                return Err(Failure::refused("no spectrum: give --a A --b B for a power law, or --spectrum FILE"));
            }
        };
        Ok(spectrum.with_floor(self.floor.unwrap_or(0.0))?)
    }

    /// Eigenvalues of modes by their numbers, the largest one being that of the first.
    pub fn eigenvalues_at(&self, modes: &[f64]) -> Result<Vec<f64>, Failure> {
        let (b, all) = match (self.b, self.is_file()) {
            (_, true) => (None, self.eigenvalues()?),
            (Some(b), false) => (Some(b), Vec::new()),
            (None, false) => return Err(self.spectrum().err().unwrap_or_else(|| Failure::refused("--b is missing"))),
        };
        let count = if self.is_file() { Some(all.len() as f64) } else { self.modes };
        let eigenvalue = |&mode: &f64| match (b, count) {
            (_, Some(count)) if mode > count => Err(Failure::refused(format!(
                "--mode {}: there are {} modes: give a smaller one",
                shortest(mode),
                shortest(count)
            ))),
            (Some(b), _) => Ok(mode.powf(-b)),
            (None, _) => Ok(all[mode as usize - 1]),
        };
        modes.iter().map(eigenvalue).collect()
    }

    /// All eigenvalues of a file, descending, each as often as its multiplicity says.
    pub fn eigenvalues(&self) -> Result<Vec<f64>, Failure> {
        let Some(path) = &self.spectrum else {
            return Err(Failure::refused("modes of a power law have no end: give --mode, as in --mode 1,10"));
        };
        let read = inputs::modes(path)?;
        let modes = &read.modes;
        let level = read.spectrum.noise().map_or(0.0, |noise| -2.0 * noise.lowest);
        let multiplicity = |k: usize| modes.multiplicity.as_ref().map_or(1.0, |all| all[k]);
        let count: f64 = (0..modes.eigenvalues.len()).map(multiplicity).sum();
        if count > MOST_NUMBERED || (0..modes.eigenvalues.len()).any(|k| multiplicity(k).fract() > 0.0) {
            let problem = format!("{} modes, or parts of them, have no numbers: give --eigenvalue", rounded(count, 6));
            return Err(Failure::refused(format!("--spectrum {}: {problem}", path.display())));
        }
        let copies = |k: usize| std::iter::repeat_n(modes.eigenvalues[k], multiplicity(k) as usize);
        let mut all: Vec<f64> = (0..modes.eigenvalues.len()).flat_map(copies).filter(|x| *x > level).collect();
        all.sort_by(|x, y| y.total_cmp(x));
        Ok(all)
    }

    /// Another spectrum, with the same floor added.
    pub fn other(&self, path: &Path) -> Result<Spectrum, Failure> {
        Ok(inputs::modes(path)?.spectrum.clone().with_floor(self.floor.unwrap_or(0.0))?)
    }

    /// The name of the file, if it is one.
    pub fn file(&self) -> Option<String> {
        Some(self.spectrum.as_ref()?.display().to_string())
    }

    /// Whether there is any.
    pub fn is_given(&self) -> bool {
        let Self { a, b, modes, spectrum, floor } = self;
        a.is_some() || b.is_some() || modes.is_some() || spectrum.is_some() || floor.is_some()
    }

    /// Whether the spectrum is a file's.
    pub fn is_file(&self) -> bool {
        self.spectrum.is_some()
    }

    /// The request, in words.
    pub fn words(&self, spectrum: &Spectrum) -> String {
        let source = match (&self.spectrum, self.a, self.b) {
            (Some(path), ..) => {
                let remarks = inputs::modes(path).map(|read| read.modes.remarks.join("; ")).unwrap_or_default();
                let remarks = if remarks.is_empty() { remarks } else { format!(" ({remarks})") };
                format!("{}, {} modes{remarks}", path.display(), rounded(spectrum.modes(), 10))
            }
            (None, Some(a), Some(b)) => {
                let modes = match spectrum.modes() {
                    modes if modes.is_finite() => format!("{} modes", shortest(modes)),
                    _ => "infinitely many modes".to_owned(),
                };
                format!("lambda_k = k^-{}, lambda_k w_k^2 = k^-{}, {modes}", shortest(b), shortest(a))
            }
            _ => String::new(),
        };
        let floor = if spectrum.floor() > 0.0 {
            format!(", {} of it in no mode", rounded(spectrum.floor(), 6))
        } else {
            String::new()
        };
        format!("{source}; total power {}{floor}", rounded(spectrum.total_power(), 6))
    }
}
