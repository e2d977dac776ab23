//! Measured spectra: modes of data with the power of their targets, and exponents.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;

use spectralaw::data::{
    Centring, DataArray, HeldOutPower, MeasuredEigenvalues, MeasuredSpectrum, Stored, copies_in_gram, copies_of_points,
    feature_eigenvalues, feature_held_out_power, feature_spectrum, gram_eigenvalues, gram_spectrum, held_out_power,
    memory_of_spectrum,
};
use spectralaw::spectrum::Modes;
use spectralaw::spectrum::kernel::Kernel;

use super::answer::{Answer, shown, stored_in_words};
use super::data::{Data, DataArguments, Form, Source};
use super::exponents::Fits;
use super::kernel::KernelArguments;
use super::{dimensions, halves, windows};
use crate::commands::caution::noise;
use crate::failure::Failure;
use crate::inputs;
use crate::number::rounded;
use crate::output::delivery::DeliveryArguments;
use crate::output::file::Output;
use crate::output::report::{Report, Thinning};
use crate::plot::picture::Picture;

/// Modes that exponents are fitted to at the least.
const FEWEST_FITTED: usize = 20;

/// Work that takes longer than these seconds, or more than these bytes, is announced.
const PATIENCE: (f64, f64) = (5.0, 1e9);

/// Processor seconds for an eigenproblem with one point, to be multiplied by the cube of their number (measured at
/// 4,000).
const SECONDS: f64 = 2.5e-10;

/// Checks everything that can be wrong, computes, prints.
pub fn run(
    kernel: &KernelArguments,
    options: &DataArguments,
    source: &Source,
    delivery: &DeliveryArguments,
) -> Result<(), Failure> {
    let ridges = options.ridges()?;
    let files = delivery.files(None)?;
    let halves = if options.writes_halves() { halves::Files::new(&files)? } else { halves::Files::default() };
    let (mut answer, of_halves) = delivery.compute(|| match source {
        Source::Points(data) => {
            let points = Points::read(kernel, options, data)?;
            let of_halves = if halves.is_empty() { Vec::new() } else { points.halves()? };
            Ok((points.answer(None)?, of_halves))
        }
        Source::Modes(path) => Ok((of_file(path, options)?, Vec::new())),
    })?;
    answer.remarks.extend(halves.remark(&of_halves));
    let fits = Fits::new(&answer);
    let (table, columns, thinning, chart) = if let Some(ridges) = ridges {
        let dimensions = dimensions::dimensions(&answer.eigenvalues, ridges)?;
        (dimensions::table(&dimensions), dimensions::shown(), Thinning::Even, dimensions::chart(&dimensions))
    } else if options.shows_windows() {
        let columns = windows::names().map(shown).collect();
        (windows::table(&fits), columns, Thinning::Even, windows::chart(&fits))
    } else {
        (answer.table(), answer.shown(), Thinning::Logarithmic, answer.chart(&fits))
    };
    if chart.curves.is_empty() && files.iter().any(Output::is_figure) {
        let why = "neither eigenvalues nor target power follow a power law: there are no windows to draw, omit --windows or the figure";
        return Err(Failure::refused(why));
    }
    let header = answer.header(&fits)?;
    halves.write(&of_halves)?;
    let report =
        Report { header, columns, curve: table.rows().max(1), thinning, table: &table, remarks: answer.remarks };
    delivery.deliver(&files, &report, &|| Picture::Curves(chart.clone()))
}

/// Data as they were read, and what is done to them.
struct Points<'a> {
    options: &'a DataArguments,
    data: &'a Data<'a>,
    /// The Gram matrix, the features, or the inputs of the kernel.
    array: DataArray,
    kernel: Option<Kernel>,
    targets: Option<DataArray>,
    /// Outputs of a kernel whose rows are pairs of point and output.
    outputs: usize,
    header: Vec<(&'static str, String)>,
    /// What was recognised.
    remarks: Vec<String>,
}

impl<'a> Points<'a> {
    fn read(kernel: &KernelArguments, options: &'a DataArguments, data: &'a Data) -> Result<Self, Failure> {
        let (mut array, outputs) = data.read()?;
        let (points, columns) = (array.rows, array.columns);
        let targets = data.read_targets(points, outputs)?;
        let of_targets = targets.as_ref().and_then(|targets| recognised(&data.targets_name(), &targets.remarks));
        let found = recognised(&data.name().to_string(), &array.remarks);
        let mut remarks: Vec<String> = found.into_iter().chain(of_targets).collect();
        let function = (data.form == Form::Inputs).then(|| kernel.kernel_on_points(columns)).transpose()?;
        let is_square = data.form != Form::Features || options.is_held_out();
        announce(points, if is_square { points } else { columns }, options.is_held_out())?;
        let mut header = vec![("kernel", in_words(kernel, data, points, columns, outputs))];
        header.extend(targets.as_ref().map(|targets| {
            let outputs =
                if targets.columns == 1 { "1 output".to_owned() } else { format!("{} outputs", targets.columns) };
            ("target", format!("{}, {outputs}", data.targets_name()))
        }));
        if data.form == Form::Inputs {
            remarks.extend(without_near_copies(&mut array).map_err(|error| data.refuse(error))?);
        }
        Ok(Self { options, data, array, kernel: function, targets, outputs, header, remarks })
    }

    /// The spectrum on all points, or on some of them.
    fn answer(&self, some: Option<&[usize]>) -> Result<Answer, Failure> {
        let answer = self.measured(some).map_err(|error| self.data.refuse(error))?;
        let remarks = self.remarks.iter().cloned().chain(answer.remarks).collect();
        Ok(Answer { header: self.header.clone(), remarks, ..answer })
    }

    fn measured(&self, some: Option<&[usize]>) -> spectralaw::Result<Answer> {
        let is_gram = self.data.form == Form::Gram;
        let array = some.map_or_else(
            || Cow::Borrowed(&self.array.values),
            |own| Cow::Owned(rows(&self.array, own, if is_gram { Some(own) } else { None })),
        );
        let points = some.map_or(self.array.rows, <[usize]>::len);
        let (matrix, stored) = match &self.kernel {
            // on inputs as they are the kernel is computed in doubles
            Some(kernel) => (Cow::Owned(kernel.gram(&array)?), Stored::Float64),
            None => (array, self.array.stored),
        };
        let (is_features, prepared) = (self.data.form == Form::Features, self.options.centring().of(stored));
        let Some(targets) = &self.targets else {
            let measure = if is_features { feature_eigenvalues } else { gram_eigenvalues };
            return Ok(of_eigenvalues(measure(&matrix, points, prepared)?, self.options));
        };
        let targets = some.map_or_else(|| Cow::Borrowed(&targets.values), |own| Cow::Owned(rows(targets, own, None)));
        if self.options.is_held_out() {
            let estimate = if is_features { feature_held_out_power } else { held_out_power };
            return of_held_out(estimate(&matrix, points, &targets, prepared)?, points, self.options);
        }
        let measure = if is_features { feature_spectrum } else { gram_spectrum };
        of_measured(measure(&matrix, points, &targets, prepared)?, self.options)
    }

    /// The spectra of both halves of the points.
    fn halves(&self) -> Result<Vec<Answer>, Failure> {
        let DataArray { rows, columns, values, stored, .. } = &self.array;
        let copies = match self.data.form {
            Form::Gram => copies_in_gram(values, *rows, Centring::None.of(*stored)),
            Form::Features | Form::Inputs => copies_of_points(values, *columns, Some(*stored)),
        };
        let mut copies = copies.map_err(|error| self.data.refuse(error))?;
        if self.outputs > 1 {
            // all outputs of a point are in the same half
            copies = (0..*rows).map(|pair| pair / self.outputs * self.outputs).collect();
        }
        let halves = spectralaw::data::halves(&copies);
        if halves.iter().any(Vec::is_empty) {
            return Err(Failure::refused("--halves: the points are copies of one another, give different ones"));
        }
        halves.iter().map(|half| self.answer(Some(half))).collect()
    }
}

/// Some of the rows, and of the columns.
fn rows(array: &DataArray, own: &[usize], columns: Option<&[usize]>) -> Vec<f64> {
    let row = |i: &usize| &array.values[i * array.columns..(i + 1) * array.columns];
    match columns {
        Some(columns) => own.iter().flat_map(|i| columns.iter().map(move |j| row(i)[*j])).collect(),
        None => own.iter().flat_map(row).copied().collect(),
    }
}

/// Inputs that differ from others by rounding become these.
pub fn without_near_copies(array: &mut DataArray) -> spectralaw::Result<Option<String>> {
    let copies = copies_of_points(&array.values, array.columns, Some(array.stored))?;
    let mut count = 0;
    for (i, &first) in copies.iter().enumerate().filter(|(i, first)| i != *first) {
        let (before, after) = array.values.split_at_mut(i * array.columns);
        let (first, own) = (&before[first * array.columns..][..array.columns], &mut after[..array.columns]);
        count += usize::from(first != own);
        own.copy_from_slice(first);
    }
    let points = if count == 1 { "1 point differs".to_owned() } else { format!("{count} points differ") };
    Ok((count > 0).then(|| {
        format!("{points} from others by rounding of {} alone: taken for copies of them", stored_in_words(array.stored))
    }))
}

/// What was recognised in a file besides its numbers.
fn recognised(name: &str, remarks: &[String]) -> Option<String> {
    (!remarks.is_empty()).then(|| format!("{name}: {}", remarks.join("; ")))
}

fn of_eigenvalues(measured: MeasuredEigenvalues, options: &DataArguments) -> Answer {
    let MeasuredEigenvalues { eigenvalues, points, removed, noise, .. } = measured;
    let power = vec![0.0; eigenvalues.len()];
    let fitted = options.fitted(tenth(points));
    let answer = Answer { eigenvalues, power, fitted, ..Answer::default() };
    answer.with_noise(removed, None, &noise).with_remarks(points)
}

fn of_measured(measured: MeasuredSpectrum, options: &DataArguments) -> spectralaw::Result<Answer> {
    // what is written must be readable
    measured.spectrum()?;
    let MeasuredSpectrum { eigenvalues, target_power: power, floor, points, removed, removed_power, noise, .. } =
        measured;
    let fitted = options.fitted(tenth(points));
    let answer = Answer { eigenvalues, power, floor, fitted, has_target: true, ..Answer::default() };
    Ok(answer.with_noise(removed, Some(removed_power), &noise).with_remarks(points))
}

fn of_held_out(power: HeldOutPower, points: usize, options: &DataArguments) -> spectralaw::Result<Answer> {
    power.spectrum()?;
    let half = points.div_ceil(2);
    let confirmed = format!(
        "{} modes have power that other points confirm; what lies beyond is less than its standard error, and in the floor",
        power.confirmed
    );
    let answer = Answer {
        power: power.pooled(),
        floor: power.floor(),
        eigenvalues: power.eigenvalues,
        held_out: Some((power.target_power, power.errors)),
        fitted: options.fitted(tenth(half)),
        has_target: true,
        header: Vec::new(),
        remarks: vec![confirmed],
    };
    Ok(answer.with_noise(power.removed, None, &power.noise).with_remarks(half))
}

/// How many modes are those of the kernel more than of the sample; a few at the least, to say something.
fn tenth(points: usize) -> usize {
    (points / 10).max(FEWEST_FITTED)
}

/// The kernel and its points, in words.
fn in_words(kernel: &KernelArguments, data: &Data, points: usize, columns: usize, outputs: usize) -> String {
    let name = data.name();
    match data.form {
        Form::Features => format!("product of {columns} features of {points} points, {name}"),
        Form::Inputs => {
            let norms = if kernel.is_on_sphere() { " divided by their norms" } else { "" };
            format!("{}, on {points} points in {columns} dimensions{norms}, {name}", kernel.function())
        }
        Form::Gram if outputs > 1 => {
            format!("Gram matrix of {points} pairs of {} points and {outputs} outputs, {name}", points / outputs)
        }
        Form::Gram => format!("Gram matrix of {points} points, {name}"),
    }
}

fn of_file(path: &Path, options: &DataArguments) -> Result<Answer, Failure> {
    let name = &path.display().to_string();
    inputs::reads(path)?;
    let mut modes = Modes::read_eigenvalues(path)?;
    let has_target = !modes.target_power.is_empty();
    if !has_target {
        modes.target_power = vec![0.0; modes.eigenvalues.len()];
    }
    let spectrum = modes.spectrum().map_err(|error| Failure::from(error).within(name))?;
    let multiplicity = |i: usize| modes.multiplicity.as_ref().map_or(1.0, |all| all[i]);
    let mut order: Vec<usize> = (0..modes.eigenvalues.len()).collect();
    order.sort_by(|&i, &j| modes.eigenvalues[j].total_cmp(&modes.eigenvalues[i]));
    let level = spectrum.noise().map_or(0.0, |noise| -2.0 * noise.lowest);
    order.retain(|&i| modes.eigenvalues[i] > level);
    if order.iter().any(|&i| (multiplicity(i) - 1.0).abs() > 0.0) {
        let problem = "has modes of higher multiplicity: exponents are fitted to files with one row for each mode";
        return Err(Failure::refused(format!("--spectrum {name} {problem}")));
    }
    let list = |values: &[f64]| order.iter().map(|&i| values[i]).collect::<Vec<f64>>();
    Ok(Answer {
        eigenvalues: list(&modes.eigenvalues),
        power: list(&modes.target_power),
        held_out: None,
        floor: spectrum.floor(),
        fitted: options.fitted(order.len()),
        has_target,
        header: vec![("modes", format!("{name}, {}", order.len()))],
        remarks: recognised(name, &modes.remarks).into_iter().chain(noise(&spectrum, name)).collect(),
    })
}

/// Says on standard error what long work takes, before it begins.
fn announce(points: usize, columns: usize, is_held_out: bool) -> Result<(), Failure> {
    let side = points.min(columns) as f64;
    let halved = if is_held_out { 0.125 } else { 1.0 };
    let (seconds, bytes) =
        (SECONDS * halved * side * side * points.max(columns) as f64, memory_of_spectrum(points, columns));
    tell_cost(points, seconds, bytes)
}

/// Says on standard error what work takes, if it is long.
pub fn tell_cost(points: usize, seconds: f64, bytes: f64) -> Result<(), Failure> {
    if seconds > PATIENCE.0 || bytes > PATIENCE.1 {
        let duration = if seconds < 100.0 { format!("{seconds:.0} s") } else { format!("{:.0} min", seconds / 60.0) };
        let memory = rounded(bytes / 1e9, 2);
        writeln!(io::stderr(), "{points} points: about {duration} of processor time, {memory} GB of memory")?;
    }
    Ok(())
}
