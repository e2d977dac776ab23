//! Targets as they are typed: `single-index:relu`, `harmonics:2.5`, `white:3`, `teacher`, `teacher:laplace:0.5`.

use clap::Args;
use spectralaw::spectrum::kernel::{Activation, Kernel, Link, Target};

use crate::failure::Failure;
use crate::number::shortest;

/// What is learned with an exact kernel, and how much of the kernel is kept.
#[derive(Args, Debug)]
#[command(next_help_heading = "Target of an exact spectrum")]
pub struct TargetArguments {
    /// The function that is learned.
    ///
    /// single-index:relu, single-index:sign or single-index:hermite:DEGREE are functions of one direction, on spheres;
    /// harmonics:EXPONENT has power k^-EXPONENT on all harmonics of degree k = 1, 2, ... together, white:LEVELS the
    /// same on each eigenfunction of the first levels; teacher is drawn from a Gaussian process whose covariance is the
    /// kernel, teacher:ntk:DEPTH, teacher:nngp:DEPTH, teacher:laplace:SCALE, teacher:gaussian:SCALE,
    /// teacher:torus-gaussian:SCALE or teacher:torus-matern:SMOOTHNESS:SCALE with the covariance of another one.
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

    /// The first of the options that is given.
    pub fn given(&self) -> Option<&'static str> {
        let options = [("--target", self.target.is_some()), ("--levels", self.levels.is_some())];
        options.into_iter().find_map(|(option, given)| given.then_some(option))
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
    /// Equal power on each eigenfunction of the first levels.
    White(usize),
    /// A function drawn from a Gaussian process with such a covariance.
    Teacher(Covariance),
    /// The rectifier of one direction.
    Relu,
    /// The sign of one direction.
    Sign,
    /// A Hermite polynomial of one direction.
    Hermite(u32),
}

/// The covariance of a Gaussian process.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Covariance {
    /// That of the kernel that learns.
    Same,
    /// The tangent kernel of a network of rectifiers with so many hidden layers.
    Ntk(u32),
    /// Its covariance.
    Nngp(u32),
    /// `exp(-|x - y|/scale)` on the sphere.
    Laplace(f64),
    /// `exp(-|x - y|^2/(2 scale^2))` on the sphere.
    Gaussian(f64),
    /// A Gaussian kernel on the torus, of this scale.
    TorusGaussian(f64),
    /// A Matern kernel on the torus, of this smoothness and scale.
    TorusMatern(f64, f64),
}

const FORMS: &str = "give single-index:relu, single-index:sign, single-index:hermite:DEGREE, harmonics:EXPONENT, \
                     white:LEVELS, teacher or teacher:KERNEL:NUMBERS, as in teacher:laplace:0.5";

/// Reads a target.
pub fn parse(text: &str) -> Result<Choice, String> {
    let unknown = || format!("`{text}` is no target, {FORMS}");
    match text.trim().split(':').collect::<Vec<_>>()[..] {
        ["teacher", ref kernel @ ..] => covariance(kernel).map(Choice::Teacher).ok_or_else(unknown),
        ["single-index", "relu"] => Ok(Choice::Relu),
        ["single-index", "sign"] => Ok(Choice::Sign),
        ["single-index", "hermite", degree] => degree.parse().map(Choice::Hermite).map_err(|_| unknown()),
        ["harmonics", exponent] => exponent.parse().map(Choice::Harmonics).map_err(|_| unknown()),
        ["white", levels] => levels.parse().map(Choice::White).map_err(|_| unknown()),
        _ => Err(unknown()),
    }
}

/// A kernel with its numbers; none at all is that of the student.
fn covariance(words: &[&str]) -> Option<Covariance> {
    match *words {
        [] => Some(Covariance::Same),
        ["ntk", depth] => depth.parse().ok().map(Covariance::Ntk),
        ["nngp", depth] => depth.parse().ok().map(Covariance::Nngp),
        ["laplace", scale] => scale.parse().ok().map(Covariance::Laplace),
        ["gaussian", scale] => scale.parse().ok().map(Covariance::Gaussian),
        ["torus-gaussian", scale] => scale.parse().ok().map(Covariance::TorusGaussian),
        ["torus-matern", smoothness, scale] => {
            Some(Covariance::TorusMatern(smoothness.parse().ok()?, scale.parse().ok()?))
        }
        _ => None,
    }
}

impl Covariance {
    /// The kernel on the inputs of another one.
    fn kernel(self, student: &Kernel) -> spectralaw::Result<Kernel> {
        let d = student.dimension();
        match self {
            Self::Same => Ok(student.clone()),
            Self::Ntk(depth) => Kernel::ntk(Activation::Relu, depth, d),
            Self::Nngp(depth) => Kernel::nngp(Activation::Relu, depth, d),
            Self::Laplace(scale) => Kernel::laplace(scale, d),
            Self::Gaussian(scale) => Kernel::gaussian(scale, d),
            Self::TorusGaussian(scale) => Kernel::torus_gaussian(scale, d),
            Self::TorusMatern(smoothness, scale) => Kernel::torus_matern(smoothness, scale, d),
        }
    }

    fn words(self) -> String {
        match self {
            Self::Same => "the kernel".to_owned(),
            Self::Ntk(depth) => format!("the tangent kernel of a ReLU network of depth {depth}"),
            Self::Nngp(depth) => format!("that of a ReLU network of depth {depth}"),
            Self::Laplace(scale) => format!("exp(-|x - y|/{})", shortest(scale)),
            Self::Gaussian(scale) => format!("exp(-|x - y|^2/(2*{}^2))", shortest(scale)),
            Self::TorusGaussian(scale) => format!("exp(-r^2/(2*{}^2))", shortest(scale)),
            Self::TorusMatern(smoothness, scale) => {
                format!("a Matern kernel of smoothness {}, scale {}", shortest(smoothness), shortest(scale))
            }
        }
    }
}

impl Choice {
    /// The target of a kernel.
    pub fn target(self, kernel: &Kernel) -> spectralaw::Result<Target> {
        Ok(match self {
            Self::Harmonics(exponent) => Target::harmonics(exponent),
            Self::White(levels) => Target::white(levels),
            Self::Teacher(covariance) => Target::teacher(&covariance.kernel(kernel)?),
            Self::Relu => Target::single_index(Link::Relu),
            Self::Sign => Target::single_index(Link::Sign),
            Self::Hermite(degree) => Target::single_index(Link::Hermite(degree)),
        })
    }

    /// In a report.
    pub fn words(self) -> String {
        match self {
            Self::Harmonics(exponent) => format!("power k^-{} on degree k = 1, 2, ...", shortest(exponent)),
            Self::White(levels) => format!("equal power on each eigenfunction of the first {levels} levels"),
            Self::Teacher(covariance) => format!("Gaussian process whose covariance is {}", covariance.words()),
            Self::Relu => "max(w.x, 0) of one direction w".to_owned(),
            Self::Sign => "sign of w.x, of one direction w".to_owned(),
            Self::Hermite(degree) => format!("normalised Hermite polynomial of degree {degree} of sqrt(d) w.x"),
        }
    }
}
