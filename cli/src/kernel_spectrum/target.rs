//! Targets as they are typed: `single-index:relu`, `harmonics:2.5`, `white:3`, `teacher`.

use spectralaw::{Kernel, Link, Target};

use crate::number::shortest;

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
