//! Options that say which spectrum to learn.

use std::path::PathBuf;

use clap::Args;
use spectralaw::{PowerLaw, Spectrum};

use crate::failure::Failure;
use crate::inputs;
use crate::number::{rounded, shortest};
use crate::values;

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

    /// The eigenvalue of a mode of the power law.
    pub fn eigenvalue(&self, mode: f64) -> Result<f64, Failure> {
        let shown = shortest(mode);
        match (self.b.filter(|_| self.spectrum.is_none()), self.modes) {
            (None, _) => Err(Failure::refused(format!(
                "--mode {shown}: modes of a file have no numbers: give --eigenvalue, or a power law by --a and --b"
            ))),
            (Some(_), Some(modes)) if mode > modes => Err(Failure::refused(format!(
                "--mode {shown}: there are {} modes: give a smaller one",
                shortest(modes)
            ))),
            (Some(b), _) => Ok(mode.powf(-b)),
        }
    }

    /// The exponents a and b, if the spectrum is nothing but infinitely many modes of a power law.
    pub fn pure_power_law(&self) -> Option<(f64, f64)> {
        let is_whole = self.modes.is_none_or(f64::is_infinite) && self.floor.is_none_or(|floor| floor <= 0.0);
        self.a.zip(self.b).filter(|_| is_whole)
    }

    /// Whether the spectrum is a file's.
    pub fn is_file(&self) -> bool {
        self.spectrum.is_some()
    }

    /// What was asked, in words.
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
