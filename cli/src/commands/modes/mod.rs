//! `spectralaw modes`: which modes are learned when, and on which timescales.

use clap::Args;
use rayon::prelude::*;
use spectralaw::{Model, Optimizer, Spectrum};

use crate::args::model::ModelArguments;
use crate::args::spectrum::SpectrumArguments;
use crate::args::values::{self, Values};
use crate::commands::over_grid;
use crate::commands::task::{Plan, Task};
use crate::failure::Failure;
use crate::output::beyond::Reached;
use crate::output::delivery::DeliveryArguments;
use crate::output::report::{Report, Shown, Thinning};
use crate::output::table::{Cells, Column, Of, Quantity, Table};
use crate::plot::chart::{Chart, Curve, Role, axis_name, is_drawable, left_out};
use crate::plot::grid::{ALONG, Axis, Grid, SAMPLES, WIDTH};
use crate::plot::picture::Picture;
use crate::progress::Progress;

/// Which modes are learned when: what is left of them in time, or the rates at which they decay.
///
/// With --time the mean residual H_k(t) of modes under gradient flow: 1 before training, 0 once a mode is learned. With
/// --rate the density rho_k(u) of the rates u of which it is made: H_k(t) is the integral of rho_k(u) exp(-u t), plus
/// what is never learned. With --ridge the learnability of modes in ridge regression: 0 for what is not learned, 1 for
/// what is.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    options: Options,

    #[command(flatten)]
    delivery: DeliveryArguments,
}

/// All options but those of delivery.
#[derive(Args, Debug)]
pub struct Options {
    #[command(flatten)]
    spectrum: SpectrumArguments,

    #[command(flatten)]
    model: ModelArguments,

    /// Numbers k = 1, 2, ... of modes, the largest eigenvalue being that of the first.
    #[arg(long, value_name = "VALUES", value_parser = values::ranks, allow_hyphen_values = true)]
    #[arg(help_heading = HEADING)]
    mode: Option<Values>,

    /// Eigenvalues of modes, whether the spectrum has them or not.
    #[arg(long, value_name = "VALUES", value_parser = values::eigenvalues, allow_hyphen_values = true)]
    #[arg(help_heading = HEADING)]
    eigenvalue: Option<Values>,

    /// Times of gradient flow from zero weights; inf is the end of training.
    #[arg(long, value_name = "VALUES", value_parser = values::times, allow_hyphen_values = true)]
    #[arg(help_heading = HEADING)]
    time: Option<Values>,

    /// Ridges of ridge regression, at each of which modes are learned to a share lambda/(lambda + kappa), their
    /// learnability; all modes of a file if none is named.
    #[arg(long, value_name = "VALUES", value_parser = values::ridges, allow_hyphen_values = true)]
    #[arg(help_heading = HEADING)]
    ridge: Option<Values>,

    /// Rates of decay, in units of the eigenvalue.
    #[arg(long, value_name = "VALUES", value_parser = values::rates, allow_hyphen_values = true)]
    #[arg(help_heading = HEADING)]
    rate: Option<Values>,
}

/// Heading of the help.
const HEADING: &str = "Modes: --mode or --eigenvalue, at --time, --rate or --ridge";

const EXAMPLES: &str = "\
Examples:
  what is left of the first and the tenth mode on few and on many samples
    spectralaw modes --a 1.5 --b 1.25 --width 128 --samples 128,2048,inf --mode 1,10 --time 0.1:1e4:40
  the rates of the first three modes, as a figure
    spectralaw modes --a 1.5 --b 1.2 --width 50 --samples 100 --mode 1,2,3 --rate 1e-3:10:200 --output rates.svg
  how much of each mode of a measured spectrum is learned from 100 samples
    spectralaw modes --spectrum digits.npz --samples 100 --ridge 1e-3 --format csv

What is left of a mode does not depend on the target, nor on label noise.";

/// The quantities of a mode.
const RESIDUAL: &[Quantity<f64>] = &[("residual", Of::Number(|residual| *residual))];
const LEARNABILITY: &[Quantity<f64>] = &[("learnability", Of::Number(|share| *share))];
const DENSITY: &[Quantity<f64>] = &[("density", Of::Number(|density| *density))];

/// Points between two looks at the clock.
const BATCH: usize = 256;

/// A mode: its number, if it has one, and its eigenvalue.
struct Mode {
    number: Option<f64>,
    eigenvalue: f64,
}

impl Arguments {
    /// Checks everything that can be wrong, computes, prints.
    pub fn run(self) -> Result<(), Failure> {
        let Self { options, delivery } = self;
        let plan = options.plan()?;
        let files = delivery.files(plan.no_figure.as_deref())?;
        let spectrum = options.spectrum.spectrum()?;
        let grid = options.grid()?;
        let progress = &mut Progress::new(plan.rows, "points");
        let table = delivery.compute(|| options.values(&spectrum, &grid, progress))?;
        let which: &[&'static str] = if options.is_numbered() { &["mode", "eigenvalue"] } else { &["eigenvalue"] };
        let report = Report {
            header: options.header(&spectrum, &grid),
            columns: which
                .iter()
                .map(|name| Shown::plain(name))
                .chain(grid.shown())
                .chain([Shown::plain(options.quantity()[0].0)])
                .collect(),
            curve: grid.axes[ALONG].len(),
            thinning: Thinning::Even,
            table: &table,
            remarks: options.spectrum.remarks(&spectrum, &options.reached(&spectrum, &grid)),
        };
        delivery.deliver(&files, &report, &|| Picture::Curves(options.chart(&grid, &table)))
    }
}

impl Task for Options {
    fn plan(&self) -> Result<Plan, Failure> {
        let (grid, modes) = (self.grid()?, self.modes()?);
        let of_grid = over_grid::columns(&grid, self.quantity());
        let axes = std::iter::once(if self.is_numbered() { "mode" } else { "eigenvalue" }).chain(grid.names());
        let is_drawn = grid.axes[ALONG].values.all().iter().any(|x| is_drawable(*x));
        let problem = "nothing to draw on logarithmic axes: give a positive finite time";
        Ok(Plan {
            columns: Table { columns: columns_of(None, &modes, 0).into_iter().chain(of_grid.columns).collect() },
            rows: modes.len() * grid.len(),
            axes: axes.clone().collect(),
            coordinates: axes.collect(),
            no_figure: (!is_drawn).then(|| problem.to_owned()),
            is_map: false,
        })
    }

    fn coordinates(&self) -> Result<Table, Failure> {
        let (grid, modes) = (self.grid()?, self.modes()?);
        let mut whole = Table { columns: coordinates_of(None, &modes, &grid) };
        modes.iter().for_each(|mode| whole.append(&Table { columns: coordinates_of(Some(mode), &modes, &grid) }));
        Ok(whole)
    }

    fn table(&self, progress: &mut Progress) -> Result<Table, Failure> {
        self.values(&self.spectrum.spectrum()?, &self.grid()?, progress)
    }

    fn picture(&self, table: &Table) -> Result<Picture, Failure> {
        Ok(Picture::Curves(self.curves(table)?))
    }

    fn curves(&self, table: &Table) -> Result<Chart, Failure> {
        Ok(self.chart(&self.grid()?, table))
    }
}

/// The columns that identify the mode of a row, if there are modes.
fn columns_of(mode: Option<&Mode>, modes: &[Mode], rows: usize) -> Vec<Column> {
    let numbers = |of: fn(&Mode) -> f64| mode.map_or_else(Vec::new, |mode| vec![of(mode); rows]);
    let eigenvalue = Column { name: "eigenvalue".into(), cells: Cells::Numbers(numbers(|mode| mode.eigenvalue)) };
    let are_numbered = modes.iter().all(|mode| mode.number.is_some());
    let number = Column { name: "mode".into(), cells: Cells::Sizes(numbers(|mode| mode.number.unwrap_or(f64::NAN))) };
    are_numbered.then_some(number).into_iter().chain([eigenvalue]).collect()
}

/// The columns that say which mode, at which sizes and times: all rows of one mode, or none of any.
fn coordinates_of(mode: Option<&Mode>, modes: &[Mode], grid: &Grid) -> Vec<Column> {
    let rows = if mode.is_some() { grid.len() } else { 0 };
    columns_of(mode, modes, rows).into_iter().chain(over_grid::coordinates(grid, rows)).collect()
}

impl Options {
    fn quantity(&self) -> &'static [Quantity<f64>] {
        match (&self.rate, &self.ridge) {
            (Some(_), _) => DENSITY,
            (None, Some(_)) => LEARNABILITY,
            (None, None) => RESIDUAL,
        }
    }

    /// The sizes, and the times or rates.
    fn grid(&self) -> Result<Grid, Failure> {
        let given = [("time", &self.time), ("rate", &self.rate), ("ridge", &self.ridge)];
        let given: Vec<(&'static str, &Values)> =
            given.into_iter().filter_map(|(name, values)| Some((name, values.as_ref()?))).collect();
        let along = match given[..] {
            [(name, values)] => Axis { name, values: values.clone() },
            [] => {
                return Err(Failure::refused(
                    "when? give --time, as in --time 1:1e6:25, --rate for the density of rates, or --ridge for learnability",
                ));
            }
            [(first, _), (second, _), ..] => {
                return Err(Failure::refused(format!("--{first} and --{second} exclude each other: give one of them")));
            }
        };
        if self.model.noise > 0.0 {
            let noise = self.model.noise;
            return Err(Failure::refused(format!(
                "--noise {noise}: what is left of a mode does not depend on it, omit it"
            )));
        }
        Grid::new(self.model.width.clone(), self.model.samples.clone(), along)
    }

    /// Whether modes have numbers.
    fn is_numbered(&self) -> bool {
        self.mode.is_some() || self.is_of_all()
    }

    /// Whether all modes of a file are asked for.
    fn is_of_all(&self) -> bool {
        self.mode.is_none() && self.eigenvalue.is_none() && self.ridge.is_some() && self.spectrum.is_file()
    }

    /// The modes.
    fn modes(&self) -> Result<Vec<Mode>, Failure> {
        match (&self.mode, &self.eigenvalue) {
            (Some(numbers), None) => {
                let eigenvalues = self.spectrum.eigenvalues_at(numbers.all())?;
                let modes = numbers.all().iter().zip(eigenvalues);
                Ok(modes.map(|(&k, eigenvalue)| Mode { number: Some(k), eigenvalue }).collect())
            }
            (None, Some(eigenvalues)) => {
                Ok(eigenvalues.all().iter().map(|&eigenvalue| Mode { number: None, eigenvalue }).collect())
            }
            (None, None) if self.is_of_all() => {
                let eigenvalues = self.spectrum.eigenvalues()?;
                let modes = eigenvalues.iter().zip(1_u32..);
                Ok(modes.map(|(&eigenvalue, k)| Mode { number: Some(f64::from(k)), eigenvalue }).collect())
            }
            (None, None) => Err(Failure::refused("which modes? give --mode, as in --mode 1,10, or --eigenvalue")),
            (Some(_), Some(_)) => Err(Failure::refused("--mode and --eigenvalue exclude each other: give one of them")),
        }
    }

    /// All modes at all sizes and times, modes varying slowest.
    fn values(&self, spectrum: &Spectrum, grid: &Grid, progress: &mut Progress) -> Result<Table, Failure> {
        let modes = self.modes()?;
        let eigenvalues: Vec<f64> = modes.iter().map(|mode| mode.eigenvalue).collect();
        let all: Vec<usize> = (0..grid.len()).collect();
        let mut of_modes: Vec<Vec<f64>> = vec![Vec::with_capacity(grid.len()); modes.len()];
        for batch in all.chunks(BATCH) {
            let points: Vec<Vec<f64>> = batch
                .par_iter()
                .map(|&point| self.at_point(spectrum, grid, point, &eigenvalues))
                .collect::<spectralaw::Result<_>>()?;
            for point in &points {
                of_modes.iter_mut().zip(point).for_each(|(values, value)| values.push(*value));
            }
            progress.advance(points.len() * modes.len());
        }
        let mut whole = self.plan()?.columns;
        for (mode, values) in modes.iter().zip(of_modes) {
            let mut own = Column::empty(&self.quantity()[0]);
            own.extend(&self.quantity()[0], &values);
            let coordinates = coordinates_of(Some(mode), &modes, grid);
            whole.append(&Table { columns: coordinates.into_iter().chain([own]).collect() });
        }
        Ok(whole)
    }

    /// The quantities of all modes at a point of the grid.
    fn at_point(
        &self,
        spectrum: &Spectrum,
        grid: &Grid,
        point: usize,
        eigenvalues: &[f64],
    ) -> spectralaw::Result<Vec<f64>> {
        let model = Model::new(spectrum)
            .with_width(grid.coordinate(WIDTH, point))?
            .with_samples(grid.coordinate(SAMPLES, point))?;
        let at = [grid.coordinate(ALONG, point)];
        if self.ridge.is_some() {
            return model.learnability(eigenvalues, at[0]);
        }
        if self.rate.is_some() {
            return Ok(model.timescale_densities(eigenvalues, &at)?.concat());
        }
        let residuals = eigenvalues.iter().map(|&eigenvalue| model.transfer_in_time(eigenvalue, &at));
        Ok(residuals.collect::<spectralaw::Result<Vec<_>>>()?.concat())
    }

    /// How far sizes, and times or ridges, go.
    fn reached(&self, spectrum: &Spectrum, grid: &Grid) -> Reached {
        match (&self.time, &self.ridge) {
            (Some(_), _) => Reached::trained_on(grid, spectrum, &Optimizer::GradientFlow),
            (None, Some(_)) => Reached::ridges_on(grid, spectrum),
            // rates are of all times
            (None, None) => Reached::sizes_of(grid),
        }
    }

    /// One curve for each mode and pair of sizes.
    fn chart(&self, grid: &Grid, table: &Table) -> Chart {
        let quantity = self.quantity()[0].0;
        let mut chart = Chart::empty(axis_name(grid.axes[ALONG].name), quantity);
        let length = grid.axes[ALONG].len();
        let (x, y) = (table.numbers(grid.axes[ALONG].name), table.numbers(quantity));
        let which = if self.is_numbered() { "mode" } else { "eigenvalue" };
        let varies = |name: &str| table.numbers(name).windows(2).any(|pair| pair[0].to_bits() != pair[1].to_bits());
        let told: Vec<&'static str> = [which, "width", "samples"].into_iter().filter(|name| varies(name)).collect();
        for start in (0..table.rows()).step_by(length.max(1)) {
            let points = (start..start + length).map(|row| (x[row], y[row])).collect();
            let curve = Curve::new(Role::Line, "", points);
            chart.curves.push(told.iter().fold(curve, |curve, name| curve.at(name, table.numbers(name)[start])));
        }
        let drawn: usize = chart.curves.iter().map(|curve| curve.points.len()).sum();
        chart.curves.retain(|curve| !curve.points.is_empty());
        if drawn < table.rows() {
            chart.notes.push(left_out(table.rows() - drawn, "at zero or infinity"));
        }
        chart
    }

    /// The request, in words.
    fn header(&self, spectrum: &Spectrum, grid: &Grid) -> Vec<(&'static str, String)> {
        let axis = &grid.axes[ALONG];
        let which = match (&self.mode, &self.eigenvalue) {
            (None, None) => "all".to_owned(),
            (Some(numbers), _) => format!("number {}", numbers.words()),
            (None, eigenvalues) => {
                format!("of eigenvalue {}", eigenvalues.as_ref().map_or_else(String::new, Values::words))
            }
        };
        let training = if self.ridge.is_some() { "ridge regression" } else { "gradient flow from zero weights" };
        vec![
            ("spectrum", self.spectrum.words(spectrum)),
            ("model", self.model.words()),
            ("modes", format!("{which}; {training}, {} {}", axis.name, axis.values.words())),
        ]
    }
}
