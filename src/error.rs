//! The one error type: every variant carries the offending value, every message names the remedy.

use std::fmt;
use std::ops::ControlFlow;

/// Why a spectrum, a model or a request was refused.
///
/// The message names the value that was refused and what to do instead; it is one line, fit to be shown to a person.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// A number lies outside its range (or is NaN).
    OutOfRange {
        /// The number's name in the documentation (`time`, `width`, ...).
        name: &'static str,
        /// The value that was given.
        value: f64,
        /// The range that is allowed, and the remedy.
        allowed: &'static str,
    },
    /// One entry of a list lies outside its range (or is NaN).
    BadEntry {
        /// Which list.
        name: &'static str,
        /// Position of the first bad entry, counted from zero.
        index: usize,
        /// Its value.
        value: f64,
        /// The range that is allowed, and the remedy.
        allowed: &'static str,
    },
    /// Two lists that belong together have different lengths.
    LengthMismatch {
        /// Names of the two lists.
        names: (&'static str, &'static str),
        /// Their lengths.
        lengths: (usize, usize),
    },
    /// A list that must not be empty is empty.
    Empty {
        /// Which list.
        name: &'static str,
    },
    /// The sum over an infinite number of modes diverges.
    Divergent {
        /// Which exponent makes it diverge.
        name: &'static str,
        /// Its value.
        value: f64,
    },
    /// The answer needs eigenvalues below the smallest that the compiled spectrum resolves.
    Unresolved {
        /// The smallest renormalised ridge `kappa` that is resolved.
        smallest: f64,
        /// The request that needs a smaller one.
        request: String,
    },
    /// A learning rate at which training diverges (or that is not positive).
    Unstable {
        /// The learning rate.
        learning_rate: f64,
        /// The largest stable one for this model.
        stable: f64,
    },
    /// An iteration did not converge: a limit of the library at extreme parameters, and worth a report.
    NoConvergence {
        /// What was being solved, at which argument.
        what: String,
    },
    /// A formula (an exponent, a cost) that cannot be read.
    BadFormula {
        /// What was given.
        formula: String,
        /// Which part of it is wrong, and what to do.
        problem: String,
    },
    /// Terms of a loss, or a cost, for which there is no best split of the cost.
    BadProgram {
        /// What is wrong, where, and what to do.
        problem: String,
    },
    /// A kernel, a target or an option that cannot be combined.
    Unsuited {
        /// Which parts do not fit together, and what to do.
        problem: String,
    },
    /// Measured values follow no single power law.
    NoPowerLaw {
        /// Which values.
        what: &'static str,
        /// How many there are.
        modes: usize,
        /// Where their exponent changes, from the first mode to the last; none where there are too few modes to tell.
        bends: Vec<Bend>,
    },
    /// Measured values that do not determine a law, or an optimum.
    BadFit {
        /// What could not be fitted, and what to do.
        problem: String,
    },
    /// The work was ended by whoever was told of its progress.
    Interrupted,
    /// A file could not be read, or its contents are not as required.
    File {
        /// The file's path.
        path: String,
        /// What is wrong and what to do.
        problem: String,
    },
}

/// A place where the exponent of a measured spectrum changes.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Bend {
    /// The mode, counted from 1: one of those at which windows begin and end, powers of the square root of 2.
    pub mode: usize,
    /// The exponent of the modes from the bend before, or from the first mode, up to this one.
    pub before: f64,
    /// The exponent of the modes from this one to the next bend, or to the last mode.
    pub after: f64,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRange { name, value, allowed } => write!(f, "{name} is {}, but must be {allowed}", Told(*value)),
            Self::BadEntry { name, index, value, allowed } => {
                write!(f, "{name}[{index}] is {}, but every entry must be {allowed}", Told(*value))
            }
            Self::LengthMismatch { names, lengths } => write!(
                f,
                "{} has {} entries but {} has {}: give one of each per mode",
                names.0, lengths.0, names.1, lengths.1
            ),
            Self::Empty { name } => write!(f, "{name} is empty: give at least one entry"),
            Self::Divergent { name, value } => write!(
                f,
                "{name} = {} with infinitely many modes: the sum over modes diverges; choose {name} > 1 or a finite \
                 number of modes",
                Told(*value)
            ),
            Self::Unresolved { smallest, request } => write!(
                f,
                "{request} leads to a kappa below {}, the smallest this spectrum resolves: choose a smaller time or \
                 size, or a larger ridge",
                Told(*smallest)
            ),
            Self::Unstable { learning_rate, stable } => write!(
                f,
                "learning rate is {}, but must be positive and at most {}, above which training of this model by this \
                 method diverges",
                Told(*learning_rate),
                Told(rounded_down(*stable))
            ),
            Self::NoConvergence { what } => {
                write!(f, "no convergence of {what}: please report the parameters, and try less extreme ones")
            }
            Self::BadFormula { formula, problem } => write!(f, "`{formula}`: {problem}"),
            Self::BadProgram { problem } | Self::Unsuited { problem } => write!(f, "{problem}"),
            Self::NoPowerLaw { what, modes, bends } => match bends.last() {
                None => write!(
                    f,
                    "no power law fits {what} of {modes} modes: more that are not 0 are needed, over a factor of ten in their number"
                ),
                Some(last) => {
                    write!(f, "no single power law fits {what}: the exponent is")?;
                    bends.iter().try_for_each(|bend| write!(f, " {:.2} up to mode {},", bend.before, bend.mode))?;
                    write!(f, " {:.2} beyond; use the spectrum itself", last.after)
                }
            },
            Self::BadFit { problem } => write!(f, "no fit of {problem}"),
            Self::Interrupted => write!(f, "interrupted before the end: run it again for all of the answer"),
            Self::File { path, problem } => write!(f, "{path}: {problem}"),
        }
    }
}

impl std::error::Error for Error {}

/// A number in a message: at most ten significant digits, and short however large or small it is.
pub(crate) struct Told(pub f64);

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: i32 = 10;
        let Self(value) = *self;
        let scientific = format!("{value:.*e}", DIGITS as usize - 1);
        let Some((mantissa, exponent)) = scientific.split_once('e') else { return write!(f, "{value}") };
        let trimmed = |text: &str| text.trim_end_matches('0').trim_end_matches('.').to_owned();
        match exponent.parse::<i32>() {
            Ok(exponent @ -4..DIGITS) => {
                let decimals = (DIGITS - 1 - exponent) as usize;
                let plain = format!("{value:.decimals$}");
                f.write_str(&if decimals > 0 { trimmed(&plain) } else { plain })
            }
            _ => write!(f, "{}e{exponent}", trimmed(mantissa)),
        }
    }
}

/// The largest number of six significant digits that is not above a positive one.
fn rounded_down(value: f64) -> f64 {
    let scientific = format!("{value:.5e}");
    let parts = scientific.split_once('e').and_then(|(mantissa, exponent)| {
        let digits = mantissa.chars().filter(|c| *c != '.').collect::<String>().parse::<i64>().ok()?;
        Some((digits, exponent.parse::<i32>().ok()? - 5))
    });
    let Some((digits, exponent)) = parts else { return value };
    // rounded to the nearest, it is at most one too large, of which a power of ten has ten
    let below = if digits == 100_000 { (10 * digits - 1, exponent - 1) } else { (digits - 1, exponent) };
    let parse = |(digits, exponent)| format!("{digits}e{exponent}").parse().ok();
    [(digits, exponent), below].into_iter().filter_map(parse).find(|rounded| *rounded <= value).unwrap_or(value)
}

/// Result of every fallible function of this library.
pub type Result<T> = std::result::Result<T, Error>;

/// Ends the work if whoever was told of its progress says so.
pub(crate) fn go_on(answer: ControlFlow<()>) -> Result<()> {
    match answer {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::Interrupted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_messages_are_short() {
        let cases = [
            (0.0, "0"),
            (-0.5, "-0.5"),
            (1e-18, "1e-18"),
            (1e30, "1e30"),
            (1e9, "1000000000"),
            (1e10, "1e10"),
            (0.1 + 0.2, "0.3"),
            (1.234_567_890_123, "1.23456789"),
            (1.0e-4, "0.0001"),
            (1.0e-5, "1e-5"),
            (-1.5e300, "-1.5e300"),
            (f64::INFINITY, "inf"),
            (f64::NAN, "NaN"),
        ];
        for (value, text) in cases {
            assert_eq!(Told(value).to_string(), text);
        }
    }

    #[test]
    fn rounding_down_never_exceeds() {
        let mut value = 1.7e-70;
        while value < 1e70 {
            let rounded: f64 = Told(rounded_down(value)).to_string().parse().unwrap_or(f64::NAN);
            assert!(rounded <= value && rounded > value * (1.0 - 1.1e-5), "{value:e} {rounded:e}");
            value *= 1.234_567_891;
        }
        assert!((rounded_down(2.0) - 2.0).abs() <= 0.0 && (rounded_down(0.999_999_7) - 0.999_999).abs() <= 0.0);
    }
}
