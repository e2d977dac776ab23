//! Measured spectra: modes of data with the power of their targets, and exponents.

use std::borrow::Cow;
use std::io::{self, Write};

use spectralaw::{
    DataArray, MeasuredSpectrum, Modes, feature_held_out_power, feature_spectrum, gram_spectrum, held_out_power,
    memory_of_spectrum,
};

use super::data::{DataArguments, Source};
use super::exponents::Fits;
use super::kernel::KernelArguments;
use super::windows;
use crate::chart::{Chart, Curve, Role, evenly_in_logarithm};
use crate::delivery::DeliveryArguments;
use crate::failure::Failure;
use crate::number::rounded;
use crate::output::Output;
use crate::picture::Picture;
use crate::report::{Precision, Report, Shown, Thinning};
use crate::table::{Of, Quantity, Table};

/// Modes in descending order, and what is said of them.
pub struct Answer {
    /// Eigenvalues.
    pub eigenvalues: Vec<f64>,
    /// Target power, none of it negative.
    pub power: Vec<f64>,
    /// Estimates of the power on other points, and their standard errors.
    held_out: Option<(Vec<f64>, Vec<f64>)>,
    /// Target power in no mode.
    floor: f64,
    /// Number of modes that exponents are fitted to.
    pub fitted: usize,
    /// What was asked, in words.
    header: Vec<(&'static str, String)>,
    /// What one should know.
    remarks: Vec<String>,
}

/// A row of the answer.
struct Row {
    part: &'static str,
    mode: f64,
    eigenvalue: f64,
    target_power: f64,
    tail: f64,
    held_out: [f64; 2],
}

/// The names that `--spectrum` reads are among them.
const QUANTITIES: &[Quantity<Row>] = &[
    ("part", Of::Word(|row| Cow::Borrowed(row.part))),
    ("mode", Of::Number(|row| row.mode)),
    ("eigenvalue", Of::Number(|row| row.eigenvalue)),
    ("target_power", Of::Number(|row| row.target_power)),
    ("tail", Of::Number(|row| row.tail)),
];

/// More of them where power is estimated.
const HELD_OUT: &[Quantity<Row>] =
    &[("held_out_power", Of::Number(|row| row.held_out[0])), ("held_out_error", Of::Number(|row| row.held_out[1]))];

/// Points of a curve that are drawn.
const DRAWN: usize = 400;

/// Modes that exponents are fitted to at the least.
const FEWEST_FITTED: usize = 20;

/// A share of the power beyond the modes of the kernel that is worth a word.
const LARGE_TAIL: f64 = 0.2;

/// Work that takes longer than these seconds, or more than these bytes, is announced.
const PATIENCE: (f64, f64) = (5.0, 1e9);

/// Processor seconds for an eigenproblem with one point, to be multiplied by the cube of their number (measured at 4,000).
const SECONDS: f64 = 2.5e-10;

/// Checks everything that can be wrong, computes, prints.
pub fn run(
    kernel: &KernelArguments,
    data: &DataArguments,
    source: &Source,
    delivery: &DeliveryArguments,
) -> Result<(), Failure> {
    let files = delivery.files(None)?;
    let answer = delivery.compute(|| match source {
        Source::Modes(path) => of_file(&Modes::read(path)?, &path.display().to_string(), data),
        _ => of_data(kernel, data, source),
    })?;
    let fits = Fits::new(&answer);
    if data.shows_windows() && fits.is_none() && files.iter().any(Output::is_figure) {
        let why = "neither eigenvalues nor target power follow a power law: there are no windows to draw, omit --windows or the figure";
        return Err(Failure::refused(why));
    }
    let (table, chart): (Table, &dyn Fn() -> Chart) = if data.shows_windows() {
        (windows::table(&fits), &|| windows::chart(&fits))
    } else {
        (answer.table(), &|| answer.chart(&fits))
    };
    let columns = if data.shows_windows() { windows::names().map(shown).collect() } else { answer.shown() };
    let thinning = if data.shows_windows() { Thinning::Even } else { Thinning::Logarithmic };
    let report = Report {
        header: answer.header(&fits),
        columns,
        curve: table.rows().max(1),
        thinning,
        table: &table,
        remarks: answer.remarks.clone(),
    };
    delivery.deliver(&files, &report, &|| Picture::Curves(chart()))
}

fn of_data(kernel: &KernelArguments, data: &DataArguments, source: &Source) -> Result<Answer, Failure> {
    let array = DataArray::read(source.path())?;
    let points = array.rows;
    let targets = data.targets(points, source)?;
    let analytic = matches!(source, Source::Points(_)).then(|| kernel.kernel_on_points(array.columns)).transpose()?;
    let columns = if analytic.is_some() { points } else { array.columns };
    announce(points, if data.is_held_out() { points } else { columns }, data.is_held_out())?;
    let outputs = if targets.columns == 1 { "1 output".to_owned() } else { format!("{} outputs", targets.columns) };
    let header =
        vec![("kernel", in_words(kernel, source, &array)), ("target", format!("{}, {outputs}", data.targets_name()))];
    let is_features = matches!(source, Source::Features(_));
    let matrix = match analytic {
        Some(kernel) => kernel
            .gram(&array.values)
            .map_err(|error| Failure::from(error).within(&format!("--points {}", source.path().display())))?,
        None => array.values,
    };
    let (targets, centring) = (&targets.values, data.centring());
    let told = |error: spectralaw::Error| {
        Failure::from(error).within(&format!("{} {}", source.option(), source.path().display()))
    };
    if data.is_held_out() {
        let estimate = if is_features { feature_held_out_power } else { held_out_power };
        let power = estimate(&matrix, points, targets, centring).map_err(told)?;
        power.spectrum().map_err(told)?;
        let half = points.div_ceil(2);
        let answer = Answer {
            power: power.pooled(),
            floor: power.floor(),
            eigenvalues: power.eigenvalues,
            held_out: Some((power.target_power, power.errors)),
            fitted: data.fitted(tenth(half)),
            header,
            remarks: Vec::new(),
        };
        let confirmed = format!(
            "{} modes have power that other points confirm; what lies beyond is less than its standard error, and in the floor",
            power.confirmed
        );
        let mut answer = answer.with_remarks(half, power.removed);
        answer.remarks.insert(0, confirmed);
        return Ok(answer);
    }
    let measure = if is_features { feature_spectrum } else { gram_spectrum };
    let measured = measure(&matrix, points, targets, centring).map_err(told)?;
    measured.spectrum().map_err(told)?;
    let MeasuredSpectrum { eigenvalues, target_power, floor, removed, .. } = measured;
    let fitted = data.fitted(tenth(points));
    let answer =
        Answer { eigenvalues, power: target_power, held_out: None, floor, fitted, header, remarks: Vec::new() };
    Ok(answer.with_remarks(points, removed))
}

/// How many modes are those of the kernel more than of the sample; a few at the least, to say something.
fn tenth(points: usize) -> usize {
    (points / 10).max(FEWEST_FITTED)
}

/// The kernel and its points, in words.
fn in_words(kernel: &KernelArguments, source: &Source, array: &DataArray) -> String {
    let (name, points, columns) = (source.path().display(), array.rows, array.columns);
    match source {
        Source::Features(_) => format!("product of {columns} features of {points} points, {name}"),
        Source::Points(_) => {
            let norms = if kernel.is_on_sphere() { " divided by their norms" } else { "" };
            format!("{}, on {points} points in {columns} dimensions{norms}, {name}", kernel.function())
        }
        _ => format!("Gram matrix of {points} points, {name}"),
    }
}

fn of_file(modes: &Modes, name: &str, data: &DataArguments) -> Result<Answer, Failure> {
    // what cannot be learned is no file of modes
    modes.spectrum().map_err(|error| Failure::from(error).within(&format!("--spectrum {name}")))?;
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
        fitted: data.fitted(order.len()),
        header: vec![("modes", format!("{name}, {}", order.len()))],
        remarks: Vec::new(),
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

fn shown(name: &'static str) -> Shown {
    let plain = Shown::plain(name);
    match name {
        "tail" | "exponent" | "bend" | "held_out_power" => Shown { precision: Precision::Digits(4), ..plain },
        "error" | "held_out_error" => Shown { precision: Precision::Digits(2), ..plain },
        _ => plain,
    }
}

impl Answer {
    /// With what one should know of modes from a finite number of points.
    fn with_remarks(mut self, points: usize, removed: usize) -> Self {
        if removed > 0 {
            let modes = if removed == 1 { "1 mode".to_owned() } else { format!("{removed} modes") };
            self.remarks
                .push(format!("{modes} with eigenvalues at rounding level: left out, their power is in the floor"));
        }
        let fitted = self.fitted.min(self.eigenvalues.len());
        let beyond = fitted.checked_sub(1).map_or(1.0, |last| self.tails()[last]);
        if self.held_out.is_none() && beyond > LARGE_TAIL {
            let beyond = rounded(beyond, 2);
            self.remarks.push(format!(
                "{beyond} of the power is beyond mode {fitted}: noise on the targets would be there, too (--held-out)"
            ));
        }
        self.remarks.push(format!(
            "exponents are those of the first {fitted} modes (--fit MODES): far beyond a tenth of the {points} points, \
             eigenvalues are those of the sample more than of the kernel"
        ));
        self
    }

    /// What was asked, and what the target's power and the exponents are.
    fn header(&self, fits: &Fits) -> Vec<(&'static str, String)> {
        let total = self.power.iter().sum::<f64>() + self.floor;
        let [total, floor] = [total, self.floor].map(|x| rounded(x, 6));
        let noise = if self.held_out.is_some() { " or noise" } else { "" };
        let power = ("power", format!("total {total}, {floor} of it in no mode{noise}"));
        self.header.iter().cloned().chain([power]).chain(fits.words()).collect()
    }

    /// Shares of the power beyond each mode, the floor included.
    fn tails(&self) -> Vec<f64> {
        let (mut beyond, mut tails) = (self.floor, Vec::with_capacity(self.power.len()));
        for power in self.power.iter().rev() {
            tails.push(beyond);
            beyond += power;
        }
        let total = beyond.max(f64::MIN_POSITIVE);
        tails.iter().rev().map(|tail| tail / total).collect()
    }

    fn rows(&self) -> Vec<Row> {
        let none = f64::NAN;
        let tails = self.tails();
        let held_out = |i: usize| self.held_out.as_ref().map_or([none; 2], |(power, errors)| [power[i], errors[i]]);
        let mode = |i: usize| Row {
            part: "mode",
            mode: i as f64 + 1.0,
            eigenvalue: self.eigenvalues[i],
            target_power: self.power[i],
            tail: tails[i],
            held_out: held_out(i),
        };
        let floor = Row {
            part: "floor",
            mode: none,
            eigenvalue: 0.0,
            target_power: self.floor,
            tail: 0.0,
            held_out: [none; 2],
        };
        (0..self.eigenvalues.len()).map(mode).chain([floor]).collect()
    }

    fn table(&self) -> Table {
        let rows = self.rows();
        let mut table = Table::of(QUANTITIES, &rows);
        if self.held_out.is_some() {
            table.columns.extend(Table::of(HELD_OUT, &rows).columns);
        }
        table
    }

    fn shown(&self) -> Vec<Shown> {
        let more = if self.held_out.is_some() { HELD_OUT } else { &[] };
        QUANTITIES.iter().chain(more).map(|(name, _)| shown(name)).collect()
    }

    /// Eigenvalues, shares beyond, and the laws fitted to both.
    fn chart(&self, fits: &Fits) -> Chart {
        let tails = self.tails();
        let curve = |name: &str, values: &[f64]| {
            let chosen = evenly_in_logarithm(values.len(), DRAWN);
            Curve::new(Role::Line, name, chosen.into_iter().map(|i| (i as f64 + 1.0, values[i])).collect())
        };
        let lines = [curve("eigenvalue", &self.eigenvalues), curve("power beyond, 1 - C(k)", &tails)];
        let curves = lines.into_iter().chain(fits.curves(self, &tails)).collect();
        Chart { curves, ..Chart::empty("mode k", "eigenvalue, share of power") }
    }
}
