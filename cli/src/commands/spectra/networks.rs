//! Spectra of networks of finite width.

use std::borrow::Cow;

use spectralaw::data::{cost_of_network_spectra, network_spectra};
use spectralaw::networks::NetworkSpectrum;
use spectralaw::table::{Of, Quantity, Table};

use super::data::{Data, DataArguments};
use super::kernel::KernelArguments;
use super::measured::{tell_cost, without_near_copies};
use super::target::TargetArguments;
use crate::args::values::Values;
use crate::failure::Failure;
use crate::number::{rounded, shortest};
use crate::output::delivery::DeliveryArguments;
use crate::output::file::Output;
use crate::output::report::{Report, Shown, Thinning};
use crate::plot::chart::{Chart, Curve, Role};
use crate::plot::picture::Picture;
use crate::progress::Progress;

/// A row of the answer.
struct Row {
    width: f64,
    part: &'static str,
    multiplicity: f64,
    eigenvalue: f64,
    target_power: f64,
}

/// The names that `--spectrum` reads are among them.
const QUANTITIES: &[Quantity<Row>] = &[
    ("width", Of::Number(|row| row.width)),
    ("part", Of::Word(|row| Cow::Borrowed(row.part))),
    ("multiplicity", Of::Number(|row| row.multiplicity)),
    ("eigenvalue", Of::Number(|row| row.eigenvalue)),
    ("target_power", Of::Number(|row| row.target_power)),
    ("level_power", Of::Number(|row| row.multiplicity * row.target_power)),
];

/// Files of each width, and of all of them together.
struct Files {
    /// Data of several widths, a list for each of them.
    of_widths: Vec<Vec<Output>>,
    /// Figures, and data of a single width.
    of_all: Vec<Output>,
}

impl Files {
    /// One width is in the file itself, of several each is beside it: `s.width16.npz` beside `s.npz`.
    fn new(files: Vec<Output>, widths: &[f64]) -> Result<Self, Failure> {
        if widths.len() == 1 {
            return Ok(Self { of_widths: Vec::new(), of_all: files });
        }
        let (of_all, data): (Vec<Output>, Vec<Output>) = files.into_iter().partition(Output::is_figure);
        let beside = |width: &f64| {
            let word = format!("width{}", shortest(*width));
            data.iter().map(|file| file.beside(&word)).collect::<Result<Vec<Output>, Failure>>()
        };
        Ok(Self { of_widths: widths.iter().map(beside).collect::<Result<_, _>>()?, of_all })
    }

    /// The files that were written, if their names are not those that were given.
    fn remark(&self) -> Option<String> {
        let names: Vec<String> = self.of_widths.iter().flatten().map(Output::name).collect();
        (!names.is_empty()).then(|| format!("a file for each width: {}", names.join(", ")))
    }
}

/// Exact spectra of networks on the sphere: checks everything that can be wrong, computes, prints.
pub fn run(
    asked: &KernelArguments,
    learned: &TargetArguments,
    widths: &Values,
    delivery: &DeliveryArguments,
) -> Result<(), Failure> {
    let kernel = asked.kernel()?;
    let choice = learned.choice()?;
    let target = choice.target(&kernel)?;
    let widths = distinct(widths)?;
    let files = Files::new(delivery.files(None)?, widths)?;
    let spectra = delivery.compute(|| {
        let spectra = widths.iter().map(|width| kernel.at_width(&target, learned.levels(), *width));
        Ok(spectra.collect::<spectralaw::Result<Vec<NetworkSpectrum>>>()?)
    })?;
    let header = vec![
        ("kernel", format!("{}; trace {}", asked.words(&kernel), rounded(kernel.trace(), 6))),
        ("target", choice.words()),
    ];
    deliver(&spectra, header, None, &files, delivery)
}

/// Spectra of networks on points: checks everything that can be wrong, computes, prints.
pub fn run_on_points(
    asked: &KernelArguments,
    options: &DataArguments,
    data: &Data,
    widths: &Values,
    delivery: &DeliveryArguments,
) -> Result<(), Failure> {
    options.refuse_with_width()?;
    let widths = distinct(widths)?;
    let files = Files::new(delivery.files(None)?, widths)?;
    let (mut array, _) = data.read()?;
    let missing = "what do networks of a finite width learn? give --targets FILE beside --width";
    let targets = data.read_targets(array.rows, 1)?.ok_or_else(|| Failure::refused(missing))?;
    let kernel = asked.kernel_on_points(array.columns)?;
    let neurons = options.neurons();
    let (seconds, bytes) = cost_of_network_spectra(array.rows, array.columns, widths.len(), neurons);
    tell_cost(array.rows, seconds, bytes)?;
    let copies = without_near_copies(&mut array).map_err(|error| data.refuse(error))?;
    let mut progress = Progress::of_shares();
    let spectra = delivery.compute(|| {
        let spectra = progress.over(1.0, |told| {
            network_spectra(&kernel, &array.values, &targets.values, options.centring(), widths, neurons, told)
        });
        spectra.map_err(|error| data.refuse(error))
    })?;
    drop(progress);
    let inputs = format!("{} points in {} dimensions divided by their norms", array.rows, array.columns);
    let header = vec![
        ("kernel", format!("{}, on {inputs}, {}", asked.function(), data.name())),
        ("target", data.targets_name()),
        ("neurons", format!("{} from seed {}", neurons.count, neurons.seed)),
    ];
    deliver(&spectra, header, copies, &files, delivery)
}

/// Writes a file for each width, and prints all of them.
fn deliver(
    spectra: &[NetworkSpectrum],
    mut header: Vec<(&'static str, String)>,
    remark: Option<String>,
    files: &Files,
    delivery: &DeliveryArguments,
) -> Result<(), Failure> {
    // what is written must be readable
    spectra.iter().try_for_each(|spectrum| spectrum.spectrum().map(drop))?;
    for (spectrum, files) in spectra.iter().zip(&files.of_widths) {
        let table = Table::of(QUANTITIES, &rows(spectrum).collect::<Vec<_>>());
        files
            .iter()
            .try_for_each(|file| file.write(&table, &|| Picture::None("files of widths are data".to_owned())))?;
    }
    header.extend(spectra.iter().map(|spectrum| ("width", in_words(spectrum))));
    let all: Vec<Row> = spectra.iter().flat_map(rows).collect();
    let table = Table::of(QUANTITIES, &all);
    let report = Report {
        header,
        columns: QUANTITIES.iter().map(|(name, _)| Shown::plain(name)).collect(),
        curve: table.rows(),
        thinning: Thinning::Even,
        table: &table,
        remarks: remark.into_iter().chain(files.remark()).chain([accuracy(spectra)]).collect(),
    };
    delivery.deliver(&files.of_all, &report, &|| Picture::Curves(chart(spectra)))
}

/// Each width once.
fn distinct(widths: &Values) -> Result<&[f64], Failure> {
    let widths = widths.all();
    match widths.iter().enumerate().find(|(i, width)| widths[..*i].contains(width)) {
        Some((_, width)) => {
            Err(Failure::refused(format!("--width has {} twice: give different widths", shortest(*width))))
        }
        None => Ok(widths),
    }
}

fn rows(spectrum: &NetworkSpectrum) -> impl Iterator<Item = Row> {
    let width = spectrum.width;
    let floor = Row { width, part: "floor", multiplicity: 1.0, eigenvalue: 0.0, target_power: spectrum.floor };
    let modes = spectrum.eigenvalues.iter().zip(&spectrum.multiplicity).zip(&spectrum.target_power);
    let mode = move |((eigenvalue, multiplicity), power): ((&f64, &f64), &f64)| Row {
        width,
        part: "mode",
        multiplicity: *multiplicity,
        eigenvalue: *eigenvalue,
        target_power: *power,
    };
    modes.map(mode).chain([floor])
}

/// A width and what it has, in words.
fn in_words(spectrum: &NetworkSpectrum) -> String {
    let modes: f64 = spectrum.multiplicity.iter().sum();
    let [width, modes, floor] = [spectrum.width, modes, spectrum.floor].map(|number| rounded(number, 4));
    format!("{width} hidden units: {modes} modes, power {floor} in none of them")
}

/// How accurate the answer is, in words.
fn accuracy(spectra: &[NetworkSpectrum]) -> String {
    let error = spectra.iter().map(|spectrum| spectrum.error).fold(0.0, f64::max);
    let smallest = spectra.iter().map(|spectrum| spectrum.smallest_argument).fold(0.0, f64::max);
    let sampling = spectra.iter().map(|spectrum| spectrum.sampling_error).fold(0.0, f64::max);
    let [error, smallest, sampled] = [error, smallest, sampling].map(|number| rounded(number, 2));
    let neurons = if sampling > 0.0 { format!(", {sampled} from the sample of neurons") } else { String::new() };
    format!(
        "largest relative error of one-point functions: {error}{neurons}; at ridges and inverse times from {smallest} on"
    )
}

/// Eigenvalues over the number of modes down to them.
fn chart(spectra: &[NetworkSpectrum]) -> Chart {
    let curve = |spectrum: &NetworkSpectrum| {
        let mut modes = 0.0;
        let modes = spectrum.eigenvalues.iter().zip(&spectrum.multiplicity).map(|(eigenvalue, multiplicity)| {
            modes += multiplicity;
            (modes, *eigenvalue)
        });
        // (of modes that hardly count there is nothing to see)
        let points: Vec<(f64, f64)> = modes.filter(|(modes, _)| *modes > 1e-3).collect();
        Curve::new(Role::Line, format!("width {}", shortest(spectrum.width)), points)
    };
    Chart { curves: spectra.iter().map(curve).collect(), ..Chart::empty("mode k", "eigenvalue") }
}
