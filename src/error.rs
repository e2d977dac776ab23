//! The one error type: every variant carries the offending value, every message names the remedy.

use std::fmt;

/// Why a spectrum, a model or a request was refused.
///
/// The message names the value that was refused and what to do instead; it is one line, fit to be shown to a person.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// A number lies outside its range (or is NaN).
    OutOfRange {
        /// What the number is, in the words of the documentation (`time`, `width`, ...).
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
        /// What asks for less.
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
    /// A kernel, a target or an option that do not belong together.
    Unsuited {
        /// What does not fit to what, and what to do.
        problem: String,
    },
    /// Measured values follow no power law.
    NoPowerLaw {
        /// Which values.
        what: &'static str,
        /// How many there are.
        modes: usize,
        /// Of all windows that span a factor of ten the straightest: first and last mode, exponent, and the difference of the exponents of its
        /// halves.
        straightest: Option<(usize, usize, f64, f64)>,
    },
    /// Measured values from which a law, or an optimum, cannot be concluded.
    BadFit {
        /// What was to be fitted, and what to do.
        problem: String,
    },
    /// A file could not be read, or does not hold what it should.
    File {
        /// The file's path.
        path: String,
        /// What is wrong and what to do.
        problem: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRange { name, value, allowed } => write!(f, "{name} is {value}, but must be {allowed}"),
            Self::BadEntry { name, index, value, allowed } => {
                write!(f, "{name}[{index}] is {value}, but every entry must be {allowed}")
            }
            Self::LengthMismatch { names, lengths } => write!(
                f,
                "{} has {} entries but {} has {}: give one of each per mode",
                names.0, lengths.0, names.1, lengths.1
            ),
            Self::Empty { name } => write!(f, "{name} is empty: give at least one entry"),
            Self::Divergent { name, value } => write!(
                f,
                "{name} = {value} with infinitely many modes: the sum over modes diverges; choose {name} > 1 or a \
                 finite number of modes"
            ),
            Self::Unresolved { smallest, request } => write!(
                f,
                "{request} leads to a kappa below {smallest:e}, the smallest this spectrum resolves: choose a \
                 smaller time or size, or a larger ridge"
            ),
            Self::Unstable { learning_rate, stable } => write!(
                f,
                "learning rate is {learning_rate}, but must be positive and at most {stable:.6}, above which training of \
                 this model by this method diverges"
            ),
            Self::NoConvergence { what } => {
                write!(f, "no convergence of {what}: please report the parameters, and try less extreme ones")
            }
            Self::BadFormula { formula, problem } => write!(f, "`{formula}`: {problem}"),
            Self::BadProgram { problem } | Self::Unsuited { problem } => write!(f, "{problem}"),
            Self::NoPowerLaw { what, modes, straightest: None } => {
                write!(
                    f,
                    "no power law fits {what} of {modes} modes: more are needed, over a factor of ten in their number"
                )
            }
            Self::NoPowerLaw { what, straightest: Some((first, last, exponent, bend)), .. } => write!(
                f,
                "no power law fits {what}: even between modes {first} and {last} the exponent changes by {bend:.2} around {exponent:.2}; \
                 use the spectrum itself"
            ),
            Self::BadFit { problem } => write!(f, "no fit of {problem}"),
            Self::File { path, problem } => write!(f, "{path}: {problem}"),
        }
    }
}

impl std::error::Error for Error {}

/// Result of every fallible function of this library.
pub type Result<T> = std::result::Result<T, Error>;
