//! Options that say which data, and what is done to them.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use spectralaw::data::{Centring, DataArray, Neurons, ReadOptions, Stored};

use super::kernel::KernelArguments;
use crate::args::reading::ReadingArguments;
use crate::args::values::{self, Values};
use crate::failure::Failure;
use crate::inputs;

/// Data whose spectrum is measured.
#[derive(Args, Debug)]
#[command(next_help_heading = "Data: a measured spectrum (--gram, --features, --kernel with --points, or --spectrum)")]
pub struct DataArguments {
    /// File of the Gram matrix k(x_i, x_j) of points.
    ///
    /// Files of arrays are npy, npz (the one array in it, or FILE.npz:NAME) or tables of text such as csv, of integers
    /// or floats; - is standard input. All axes but the first are joined, but those of a kernel of k outputs: shapes
    /// (n, n, k, k) and (n, k, n, k) become a matrix of pairs of point and output.
    #[arg(long, value_name = "FILE")]
    gram: Option<PathBuf>,

    /// File of features, a row for each point: the kernel is the product of two rows.
    #[arg(long, value_name = "FILE")]
    features: Option<PathBuf>,

    /// File of inputs, a row for each point, on which --kernel is evaluated; for kernels on spheres rows are divided by
    /// their norms.
    #[arg(long, value_name = "FILE")]
    points: Option<PathBuf>,

    /// File of modes, as other commands read it: to look at it and to fit its exponents.
    #[arg(long, value_name = "FILE")]
    spectrum: Option<PathBuf>,

    /// File of targets: a number, or a row of several outputs, for each point; without it there are eigenvalues alone.
    #[arg(long, value_name = "FILE")]
    targets: Option<PathBuf>,

    /// What is centred: the targets, or the features (or the kernel) too [default: none].
    #[arg(long, value_enum, value_name = "WHAT")]
    centre: Option<Centre>,

    /// Eigenfunctions of every second point, target power from the others: no noise on targets is taken for power.
    #[arg(long)]
    held_out: bool,

    /// Exponents are fitted to this many modes, the largest eigenvalues [default: a tenth of the points; all modes of a
    /// file].
    #[arg(long, value_name = "MODES", value_parser = clap::value_parser!(u32).range(1..))]
    fit: Option<u32>,

    /// Instead of modes, the exponents of all windows of modes.
    #[arg(long)]
    windows: bool,

    /// Instead of modes, the effective dimension at these ridges: sum lambda/(lambda + ridge), the number of modes
    /// above a ridge.
    #[arg(long, value_name = "VALUES", value_parser = values::ridges, allow_hyphen_values = true)]
    ridge: Option<Values>,

    /// Also write the spectra of every second point and of the others, as S.half1.npz and S.half2.npz beside S.npz: for
    /// --check of other commands.
    #[arg(long)]
    halves: bool,

    /// In which type the Gram matrix, or the features or inputs, were computed, if it was another than that in which
    /// they are stored.
    #[arg(long, value_enum, value_name = "TYPE")]
    stored: Option<StoredType>,

    /// With --width: the number of neurons that are drawn [default: 128].
    #[arg(long, value_name = "COUNT", allow_hyphen_values = true)]
    neurons: Option<usize>,

    /// With --width: the seed of the neurons that are drawn [default: 1].
    #[arg(long, value_name = "SEED")]
    seed: Option<u64>,

    #[command(flatten)]
    reading: ReadingArguments,
}

/// What is centred.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq)]
pub enum Centre {
    /// Nothing.
    None,
    /// The mean of each target is subtracted.
    Targets,
    /// So is the mean of all features: no function is constant any more.
    All,
}

impl Centre {
    /// As the library names it; nothing unless given.
    pub fn centring(given: Option<Self>) -> Centring {
        match given {
            None | Some(Self::None) => Centring::None,
            Some(Self::Targets) => Centring::Targets,
            Some(Self::All) => Centring::All,
        }
    }
}

/// Types of numbers.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq)]
enum StoredType {
    /// 2 bytes: 11 binary digits.
    Float16,
    /// 4 bytes: 24 binary digits.
    Float32,
    /// 8 bytes: 53 binary digits.
    Float64,
    /// No number was rounded.
    Exact,
}

impl StoredType {
    fn stored(self) -> Stored {
        match self {
            Self::Float16 => Stored::Float16,
            Self::Float32 => Stored::Float32,
            Self::Float64 => Stored::Float64,
            Self::Exact => Stored::Integers,
        }
    }
}

/// Where modes come from.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// Points, whose spectrum is to be measured.
    Points(Data<'a>),
    /// A file of modes that were measured before.
    Modes(&'a Path),
}

/// Points, with targets or without.
#[derive(Debug, Clone, Copy)]
pub struct Data<'a> {
    /// The contents of the file.
    pub form: Form,
    file: &'a Path,
    targets: Option<&'a Path>,
    stored: Option<StoredType>,
    reading: ReadOptions,
}

/// The contents of a file: points, features or a Gram matrix.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Form {
    /// Their Gram matrix.
    Gram,
    /// Features, whose products are the kernel.
    Features,
    /// Inputs of a kernel.
    Inputs,
}

impl Form {
    /// The option that says so.
    fn option(self) -> &'static str {
        match self {
            Self::Gram => "--gram",
            Self::Features => "--features",
            Self::Inputs => "--points",
        }
    }
}

impl<'a> Data<'a> {
    /// Inputs of a kernel, as they are.
    pub fn of_inputs(file: &'a Path, targets: Option<&'a Path>, reading: ReadOptions) -> Self {
        Self { form: Form::Inputs, file, targets, stored: None, reading }
    }
}

impl Data<'_> {
    /// What the file has, row by row, and the number of outputs of a kernel whose rows are pairs of point and output.
    pub fn read(&self) -> Result<(DataArray, usize), Failure> {
        let is_square = self.form == Form::Gram;
        inputs::reads(self.file)?;
        let mut array = DataArray::read_with(self.file, &ReadOptions { is_square, ..self.reading })?;
        array.stored = self.stored.map_or(array.stored, StoredType::stored);
        if is_square { array.into_gram().map_err(|error| self.refuse(error)) } else { Ok((array, 1)) }
    }

    /// The targets, if there are any, one row for each of so many points, or one column for each of the outputs of a
    /// kernel.
    pub fn read_targets(&self, points: usize, outputs: usize) -> Result<Option<DataArray>, Failure> {
        let Some(path) = self.targets else { return Ok(None) };
        inputs::reads(path)?;
        let rows = Some(points / outputs.max(1));
        let mut targets = DataArray::read_with(path, &ReadOptions { rows, ..self.reading })?;
        if outputs > 1 && targets.rows * outputs == points && targets.columns == outputs {
            // as the rows of the kernel: output by output of the first point, then of the next
            (targets.rows, targets.columns) = (points, 1);
        }
        if targets.rows == points {
            return Ok(Some(targets));
        }
        let (path, rows) = (path.display(), targets.rows);
        // lists as one row, and outputs before points
        let is_transposed = targets.columns == points / outputs.max(1) && (outputs == 1 || rows == outputs);
        let remedy = if is_transposed { ", as by .T in numpy" } else { "" };
        Err(Failure::refused(format!(
            "--targets {path} has {rows} rows, but {} has {points} points: give a row for each point{remedy}",
            self.words()
        )))
    }

    /// The problem with the points.
    pub fn refuse(&self, error: spectralaw::Error) -> Failure {
        Failure::from(error).within(&self.words())
    }

    /// The name of the points' file.
    pub fn name(&self) -> impl Display {
        self.file.display()
    }

    /// The name of the targets' file.
    pub fn targets_name(&self) -> String {
        self.targets.map(|path| path.display().to_string()).unwrap_or_default()
    }

    fn words(&self) -> String {
        format!("{} {}", self.form.option(), self.name())
    }
}

impl DataArguments {
    /// The data, if any are given, and nothing beside them that they exclude.
    pub fn source(&self, kernel: &KernelArguments) -> Result<Option<Source<'_>>, Failure> {
        let files = [(Form::Gram, &self.gram), (Form::Features, &self.features), (Form::Inputs, &self.points)];
        let points = files.into_iter().filter_map(|(form, file)| Some((form.option(), Some(form), file.as_deref()?)));
        let modes = self.spectrum.as_deref().map(|file| ("--spectrum", None, file));
        let given: Vec<(&str, Option<Form>, &Path)> = points.chain(modes).collect();
        let (option, form, file) = match given[..] {
            [] => return Ok(None),
            [only] => only,
            [(first, ..), (second, ..), ..] => {
                return Err(Failure::refused(format!("{first} and {second} exclude each other: give one of them")));
            }
        };
        if form != Some(Form::Inputs) {
            kernel.refuse_all(option)?;
        } else if !kernel.is_given() {
            let missing =
                "--points are inputs of which kernel? give --kernel, or --features for the product of two rows";
            return Err(Failure::refused(missing));
        }
        let Some(form) = form else {
            let targets = [("--targets", self.targets.is_some()), ("--centre", self.centre.is_some())];
            refuse(&targets, "modes have their target power: omit it with --spectrum")?;
            let of_points =
                [("--held-out", self.held_out), ("--halves", self.halves), ("--stored", self.stored.is_some())];
            refuse(&of_points, "is for points: omit it with --spectrum")?;
            let reading = self.reading.given().map(|option| (option, true));
            refuse(reading.as_slice(), "is for arrays of points: omit it with --spectrum")?;
            return Ok(Some(Source::Modes(file)));
        };
        let targets = self.targets.as_deref();
        if targets.is_none() {
            let of_targets =
                [("--held-out", self.held_out), ("--centre targets", self.centre == Some(Centre::Targets))];
            refuse(&of_targets, &format!("what is learned? give --targets FILE beside {option}, or omit it"))?;
        }
        if targets == Some(file) && file.as_os_str() == "-" {
            return Err(Failure::refused(format!(
                "{option} - and --targets -: standard input is one file, name the other"
            )));
        }
        let (stored, reading) = (self.stored, self.reading.options());
        Ok(Some(Source::Points(Data { form, file, targets, stored, reading })))
    }

    /// Exact spectra need none of these options.
    pub fn refuse_without_data(&self) -> Result<(), Failure> {
        self.refuse_without_width()?;
        let options = [
            ("--targets", self.targets.is_some()),
            ("--centre", self.centre.is_some()),
            ("--held-out", self.held_out),
            ("--fit", self.fit.is_some()),
            ("--windows", self.windows),
            ("--ridge", self.ridge.is_some()),
            ("--halves", self.halves),
            ("--stored", self.stored.is_some()),
            (self.reading.given().unwrap_or_default(), self.reading.given().is_some()),
        ];
        refuse(&options, "is for data: give --gram, --features, --points or --spectrum, or omit it")
    }

    /// Networks of finite width are told as a spectrum of all points.
    pub fn refuse_with_width(&self) -> Result<(), Failure> {
        let options = [
            ("--held-out", self.held_out),
            ("--fit", self.fit.is_some()),
            ("--windows", self.windows),
            ("--ridge", self.ridge.is_some()),
            ("--halves", self.halves),
        ];
        refuse(&options, "is for kernels of infinite width: omit it, or --width")
    }

    /// Options that sample neurons make no sense without a width.
    pub fn refuse_without_width(&self) -> Result<(), Failure> {
        let options = [("--neurons", self.neurons.is_some()), ("--seed", self.seed.is_some())];
        refuse(&options, "is for networks of finite width on points: give --points and --width, or omit it")
    }

    /// The sample of neurons.
    pub fn neurons(&self) -> Neurons {
        let usual = Neurons::default();
        Neurons { count: self.neurons.unwrap_or(usual.count), seed: self.seed.unwrap_or(usual.seed) }
    }

    /// What is centred.
    pub fn centring(&self) -> Centring {
        Centre::centring(self.centre)
    }

    /// Whether target power is that of points without part in the eigenfunctions.
    pub fn is_held_out(&self) -> bool {
        self.held_out
    }

    /// The number of modes that exponents are fitted to.
    pub fn fitted(&self, unless_given: usize) -> usize {
        self.fit.map_or(unless_given, |modes| modes as usize)
    }

    /// Ridges at which dimensions are asked for instead of modes.
    pub fn ridges(&self) -> Result<Option<&[f64]>, Failure> {
        match &self.ridge {
            Some(_) if self.windows => {
                Err(Failure::refused("--ridge and --windows exclude each other: both are told instead of modes"))
            }
            Some(_) if self.halves => {
                Err(Failure::refused("--ridge and --halves exclude each other: halves are files of modes"))
            }
            ridges => Ok(ridges.as_ref().map(Values::all)),
        }
    }

    /// Whether spectra of halves are written.
    pub fn writes_halves(&self) -> bool {
        self.halves
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
