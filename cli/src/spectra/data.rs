//! Options that say which data, and what is done to them.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use spectralaw::{Centring, DataArray};

use super::kernel::KernelArguments;
use crate::failure::Failure;

/// Data whose spectrum is measured.
#[derive(Args, Debug)]
#[command(next_help_heading = "Data: a measured spectrum (--gram, --features, --kernel with --points, or --spectrum)")]
pub struct DataArguments {
    /// File of the Gram matrix k(x_i, x_j) of points.
    ///
    /// Files of arrays are npy, npz (the one array in it, or FILE.npz:NAME) or csv without names, of integers or floats; all axes
    /// but the first are joined.
    #[arg(long, value_name = "FILE")]
    gram: Option<PathBuf>,

    /// File of features, a row for each point: the kernel is the product of two rows.
    #[arg(long, value_name = "FILE")]
    features: Option<PathBuf>,

    /// File of inputs, a row for each point, on which --kernel is evaluated; for kernels on spheres rows are divided by their norms.
    #[arg(long, value_name = "FILE")]
    points: Option<PathBuf>,

    /// File of modes, as other commands read it: to look at it and to fit its exponents.
    #[arg(long, value_name = "FILE")]
    spectrum: Option<PathBuf>,

    /// File of targets: a number, or a row of several outputs, for each point.
    #[arg(long, value_name = "FILE")]
    targets: Option<PathBuf>,

    /// What is centred: the targets, or the features (or the kernel) too [default: none].
    #[arg(long, value_enum, value_name = "WHAT")]
    centre: Option<Centre>,

    /// Eigenfunctions of every second point, target power from the others: no noise on targets is taken for power.
    #[arg(long)]
    held_out: bool,

    /// Exponents are fitted to this many modes, the largest eigenvalues [default: a tenth of the points; all modes of a file].
    #[arg(long, value_name = "MODES", value_parser = clap::value_parser!(u32).range(1..))]
    fit: Option<u32>,

    /// Instead of modes, the exponents of all windows of modes.
    #[arg(long)]
    windows: bool,
}

/// What is centred.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq)]
enum Centre {
    /// Nothing.
    None,
    /// The mean of each target is subtracted.
    Targets,
    /// So is the mean of all features: no function is constant any more.
    All,
}

/// Where modes come from.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// A Gram matrix.
    Gram(&'a Path),
    /// Features.
    Features(&'a Path),
    /// A kernel on points.
    Points(&'a Path),
    /// Modes that were measured before.
    Modes(&'a Path),
}

impl Source<'_> {
    /// The option that says so.
    pub fn option(&self) -> &'static str {
        match self {
            Self::Gram(_) => "--gram",
            Self::Features(_) => "--features",
            Self::Points(_) => "--points",
            Self::Modes(_) => "--spectrum",
        }
    }

    /// Its file.
    pub fn path(&self) -> &Path {
        match self {
            Self::Gram(path) | Self::Features(path) | Self::Points(path) | Self::Modes(path) => path,
        }
    }
}

impl DataArguments {
    /// The data, if any are given, and nothing beside them that they exclude.
    pub fn source(&self, kernel: &KernelArguments) -> Result<Option<Source<'_>>, Failure> {
        let sources = [
            self.gram.as_deref().map(Source::Gram),
            self.features.as_deref().map(Source::Features),
            self.points.as_deref().map(Source::Points),
            self.spectrum.as_deref().map(Source::Modes),
        ];
        let given: Vec<Source> = sources.into_iter().flatten().collect();
        let &[source] = &given[..] else {
            let [first, second, ..] = &given[..] else { return Ok(None) };
            let (first, second) = (first.option(), second.option());
            return Err(Failure::refused(format!("{first} and {second} exclude each other: give one of them")));
        };
        match source {
            Source::Points(_) if !kernel.is_given() => {
                let missing =
                    "--points are inputs of which kernel? give --kernel, or --features for the product of two rows";
                return Err(Failure::refused(missing));
            }
            Source::Points(_) => {}
            _ => kernel.refuse_all(source.option())?,
        }
        if let Source::Modes(_) = source {
            let targets = [("--targets", self.targets.is_some()), ("--centre", self.centre.is_some())];
            refuse(&targets, "modes have their target power: omit it with --spectrum")?;
            refuse(&[("--held-out", self.held_out)], "is for points: omit it with --spectrum")?;
        } else if self.targets.is_none() {
            return Err(Failure::refused(format!("what is learned? give --targets FILE beside {}", source.option())));
        }
        Ok(Some(source))
    }

    /// Exact spectra need none of these options.
    pub fn refuse_without_data(&self) -> Result<(), Failure> {
        let options = [
            ("--targets", self.targets.is_some()),
            ("--centre", self.centre.is_some()),
            ("--held-out", self.held_out),
            ("--fit", self.fit.is_some()),
            ("--windows", self.windows),
        ];
        refuse(&options, "is for data: give --gram, --features, --points or --spectrum, or omit it")
    }

    /// The targets, one row for each of so many points.
    pub fn targets(&self, points: usize, source: &Source) -> Result<DataArray, Failure> {
        let path = self.targets.as_deref().unwrap_or(Path::new(""));
        let targets = DataArray::read(path)?;
        if targets.rows == points {
            return Ok(targets);
        }
        let (targets, given) = (targets.rows, source.path().display());
        Err(Failure::refused(format!(
            "--targets {} has {targets} rows, but {} {given} has {points} points: give a row for each point",
            path.display(),
            source.option()
        )))
    }

    /// The name of the targets' file.
    pub fn targets_name(&self) -> String {
        self.targets.as_deref().map(|path| path.display().to_string()).unwrap_or_default()
    }

    /// What is centred.
    pub fn centring(&self) -> Centring {
        match self.centre {
            None | Some(Centre::None) => Centring::None,
            Some(Centre::Targets) => Centring::Targets,
            Some(Centre::All) => Centring::All,
        }
    }

    /// Whether target power is that of points without part in the eigenfunctions.
    pub fn is_held_out(&self) -> bool {
        self.held_out
    }

    /// The number of modes that exponents are fitted to.
    pub fn fitted(&self, unless_given: usize) -> usize {
        self.fit.map_or(unless_given, |modes| modes as usize)
    }

    /// Whether windows are asked for instead of modes.
    pub fn shows_windows(&self) -> bool {
        self.windows
    }
}

/// Refuses the first option that is given, with a reason.
fn refuse(options: &[(&str, bool)], reason: &str) -> Result<(), Failure> {
    match options.iter().find(|(_, given)| *given) {
        Some((option, _)) => Err(Failure::refused(format!("{option}: {reason}"))),
        None => Ok(()),
    }
}
