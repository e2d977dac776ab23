//! Measured spectra: modes of data with the power of their targets, and exponents.

use std::io::{self, Write};

use spectralaw::{
    HeldOutPower, MeasuredSpectrum, Modes, feature_held_out_power, feature_spectrum, gram_spectrum, held_out_power,
    memory_of_spectrum,
};

use super::answer::{Answer, shown};
use super::data::{Data, DataArguments, Form, Source};
use super::exponents::Fits;
use super::kernel::KernelArguments;
use super::windows;
use crate::delivery::DeliveryArguments;
use crate::failure::Failure;
use crate::inputs;
use crate::number::rounded;
use crate::output::Output;
use crate::picture::Picture;
use crate::report::{Report, Thinning};

/// Modes that exponents are fitted to at the least.
const FEWEST_FITTED: usize = 20;

/// Work that takes longer than these seconds, or more than these bytes, is announced.
const PATIENCE: (f64, f64) = (5.0, 1e9);

/// Processor seconds for an eigenproblem with one point, to be multiplied by the cube of their number (measured at 4,000).
const SECONDS: f64 = 2.5e-10;

/// Checks everything that can be wrong, computes, prints.
pub fn run(
    kernel: &KernelArguments,
    options: &DataArguments,
    source: &Source,
    delivery: &DeliveryArguments,
) -> Result<(), Failure> {
    let files = delivery.files(None)?;
    let answer = delivery.compute(|| match source {
        Source::Points(data) => of_points(kernel, options, data),
        Source::Modes(path) => of_file(&inputs::modes(path)?.modes, &path.display().to_string(), options),
    })?;
    let fits = Fits::new(&answer);
    let (table, columns, thinning, chart) = if options.shows_windows() {
        let columns = windows::names().map(shown).collect();
        (windows::table(&fits), columns, Thinning::Even, windows::chart(&fits))
    } else {
        (answer.table(), answer.shown(), Thinning::Logarithmic, answer.chart(&fits))
    };
    if chart.curves.is_empty() && files.iter().any(Output::is_figure) {
        let why = "neither eigenvalues nor target power follow a power law: there are no windows to draw, omit --windows or the figure";
        return Err(Failure::refused(why));
    }
    let header = answer.header(&fits);
    let report =
        Report { header, columns, curve: table.rows().max(1), thinning, table: &table, remarks: answer.remarks };
    delivery.deliver(&files, &report, &|| Picture::Curves(chart.clone()))
}

fn of_points(kernel: &KernelArguments, options: &DataArguments, data: &Data) -> Result<Answer, Failure> {
    let (array, outputs_of_kernel) = data.read()?;
    let (points, columns) = (array.rows, array.columns);
    let targets = data.read_targets(points, outputs_of_kernel)?;
    let files = [(data.name().to_string(), &array.remarks), (data.targets_name().to_string(), &targets.remarks)];
    let found: Vec<String> = files.iter().filter_map(|(name, remarks)| recognised(name, remarks)).collect();
    let inputs_of = (data.form == Form::Inputs).then(|| kernel.kernel_on_points(columns)).transpose()?;
    let is_features = data.form == Form::Features;
    let is_square = !is_features || options.is_held_out();
    announce(points, if is_square { points } else { columns }, options.is_held_out())?;
    let outputs = if targets.columns == 1 { "1 output".to_owned() } else { format!("{} outputs", targets.columns) };
    let target = format!("{}, {outputs}", data.targets_name());
    let header = vec![("kernel", in_words(kernel, data, points, columns, outputs_of_kernel)), ("target", target)];
    let matrix = match inputs_of {
        Some(kernel) => kernel.gram(&array.values).map_err(|error| data.refuse(error))?,
        None => array.values,
    };
    let (targets, centring) = (&targets.values, options.centring());
    let answer = if options.is_held_out() {
        let estimate = if is_features { feature_held_out_power } else { held_out_power };
        estimate(&matrix, points, targets, centring).and_then(|power| of_held_out(power, points, options))
    } else {
        let measure = if is_features { feature_spectrum } else { gram_spectrum };
        measure(&matrix, points, targets, centring).and_then(|measured| of_measured(measured, options))
    };
    let answer = answer.map_err(|error| data.refuse(error))?;
    let remarks = found.into_iter().chain(answer.remarks).collect();
    Ok(Answer { header, remarks, ..answer })
}

/// What was recognised in a file besides its numbers.
fn recognised(name: &str, remarks: &[String]) -> Option<String> {
    (!remarks.is_empty()).then(|| format!("{name}: {}", remarks.join("; ")))
}

fn of_measured(measured: MeasuredSpectrum, options: &DataArguments) -> spectralaw::Result<Answer> {
    // what is written must be readable
    measured.spectrum()?;
    let MeasuredSpectrum { eigenvalues, target_power: power, floor, points, removed, .. } = measured;
    let fitted = options.fitted(tenth(points));
    let answer = Answer { eigenvalues, power, held_out: None, floor, fitted, header: Vec::new(), remarks: Vec::new() };
    Ok(answer.with_remarks(points, removed))
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
        header: Vec::new(),
        remarks: vec![confirmed],
    };
    Ok(answer.with_remarks(half, power.removed))
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

fn of_file(modes: &Modes, name: &str, options: &DataArguments) -> Result<Answer, Failure> {
    let multiplicity = |i: usize| modes.multiplicity.as_ref().map_or(1.0, |all| all[i]);
    let mut order: Vec<usize> = (0..modes.eigenvalues.len()).collect();
    order.sort_by(|&i, &j| modes.eigenvalues[j].total_cmp(&modes.eigenvalues[i]));
    let is_floor = |i: &usize| modes.eigenvalues[*i] <= 0.0;
    let floor: f64 = order.iter().filter(|i| is_floor(i)).map(|&i| multiplicity(i) * modes.target_power[i]).sum();
    order.retain(|i| !is_floor(i));
    if order.iter().any(|&i| (multiplicity(i) - 1.0).abs() > 0.0) {
        let problem = "has modes of higher multiplicity: exponents are fitted to files with one row for each mode";
        return Err(Failure::refused(format!("--spectrum {name} {problem}")));
    }
    let list = |values: &[f64]| order.iter().map(|&i| values[i]).collect::<Vec<f64>>();
    Ok(Answer {
        eigenvalues: list(&modes.eigenvalues),
        power: list(&modes.target_power),
        held_out: None,
        floor: floor + modes.floor,
        fitted: options.fitted(order.len()),
        header: vec![("modes", format!("{name}, {}", order.len()))],
        remarks: recognised(name, &modes.remarks).into_iter().collect(),
    })
}

/// Says on standard error what long work takes, before it begins.
fn announce(points: usize, columns: usize, is_held_out: bool) -> Result<(), Failure> {
    let side = points.min(columns) as f64;
    let halved = if is_held_out { 0.125 } else { 1.0 };
    let (seconds, bytes) =
        (SECONDS * halved * side * side * points.max(columns) as f64, memory_of_spectrum(points, columns));
    if seconds > PATIENCE.0 || bytes > PATIENCE.1 {
        let duration = if seconds < 100.0 { format!("{seconds:.0} s") } else { format!("{:.0} min", seconds / 60.0) };
        let memory = rounded(bytes / 1e9, 2);
        writeln!(io::stderr(), "{points} points: about {duration} of processor time, {memory} GB of memory")?;
    }
    Ok(())
}
