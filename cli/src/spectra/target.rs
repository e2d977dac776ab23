//! Targets as they are typed: `single-index:relu`, `harmonics:2.5`, `white:3`, `teacher`.

use clap::Args;
use spectralaw::{Kernel, Link, Target};

use crate::failure::Failure;
use crate::number::shortest;

/// What is learned with an exact kernel, and how much of the kernel is kept.
#[derive(Args, Debug)]
#[command(next_help_heading = "Target of an exact spectrum")]
pub struct TargetArguments {
    /// The function that is learned.
    ///
    /// single-index:relu, single-index:sign or single-index:hermite:DEGREE are functions of one direction, on spheres;
    /// harmonics:EXPONENT has power k^-EXPONENT on all harmonics of degree k = 1, 2, ... together, white:LEVELS the same on
    /// each eigenfunction of the first levels; teacher is drawn from a Gaussian process whose covariance is the kernel.
    #[arg(long, value_name = "TARGET", value_parser = parse)]
    target: Option<Choice>,

    /// Number of levels that are kept one by one [default: 60].
    #[arg(long, value_name = "COUNT", allow_hyphen_values = true)]
    levels: Option<usize>,
}

const LEVELS: usize = 60;

impl TargetArguments {
    /// The function that is learned.
    pub fn choice(&self) -> Result<Choice, Failure> {
        let missing = || format!("what is learned? {FORMS}, as in --target teacher; or data by --points and --targets");
        self.target.ok_or_else(|| Failure::refused(missing()))
    }

    /// Number of levels that are kept.
    pub fn levels(&self) -> usize {
        self.levels.unwrap_or(LEVELS)
    }

    /// Data have targets and modes of their own.
    pub fn refuse_with_data(&self) -> Result<(), Failure> {
        if self.target.is_some() {
            return Err(Failure::refused("--target is of exact spectra: omit it, data have --targets FILE"));
        }
        if self.levels.is_some() {
            return Err(Failure::refused("--levels is of exact spectra: omit it, all modes of data are kept"));
        }
        Ok(())
    }
}

/// Which function is learned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Choice {
    /// Power on harmonics of degree k that falls as `k^-exponent`.
    Harmonics(f64),
    /// The same power on each eigenfunction of the first levels.
    White(usize),
    /// A function drawn from a Gaussian process whose covariance is the kernel itself.
    Teacher,
    /// The rectifier of one direction.
    Relu,
    /// The sign of one direction.
    Sign,
    /// A Hermite polynomial of one direction.
    Hermite(u32),
}

const FORMS: &str = "give single-index:relu, single-index:sign, single-index:hermite:DEGREE, harmonics:EXPONENT, \
                     white:LEVELS or teacher";

/// Reads a target.
pub fn parse(text: &str) -> Result<Choice, String> {
    let unknown = || format!("`{text}` is no target, {FORMS}");
    match text.trim().split(':').collect::<Vec<_>>()[..] {
        ["teacher"] => Ok(Choice::Teacher),
        ["single-index", "relu"] => Ok(Choice::Relu),
        ["single-index", "sign"] => Ok(Choice::Sign),
        ["single-index", "hermite", degree] => degree.parse().map(Choice::Hermite).map_err(|_| unknown()),
        ["harmonics", exponent] => exponent.parse().map(Choice::Harmonics).map_err(|_| unknown()),
        ["white", levels] => levels.parse().map(Choice::White).map_err(|_| unknown()),
        _ => Err(unknown()),
    }
}

impl Choice {
    /// The target of a kernel.
    pub fn target(self, kernel: &Kernel) -> Target {
        match self {
            Self::Harmonics(exponent) => Target::harmonics(exponent),
            Self::White(levels) => Target::white(levels),
            Self::Teacher => Target::teacher(kernel),
            Self::Relu => Target::single_index(Link::Relu),
            Self::Sign => Target::single_index(Link::Sign),
            Self::Hermite(degree) => Target::single_index(Link::Hermite(degree)),
        }
    }

    /// In a report.
    pub fn words(self) -> String {
        match self {
            Self::Harmonics(exponent) => format!("power k^-{} on degree k = 1, 2, ...", shortest(exponent)),
            Self::White(levels) => format!("equal power on each eigenfunction of the first {levels} levels"),
            Self::Teacher => "Gaussian process whose covariance is the kernel".to_owned(),
            Self::Relu => "max(w.x, 0) of one direction w".to_owned(),
            Self::Sign => "sign of w.x, of one direction w".to_owned(),
            Self::Hermite(degree) => format!("normalised Hermite polynomial of degree {degree} of sqrt(d) w.x"),
        }
    }
}
