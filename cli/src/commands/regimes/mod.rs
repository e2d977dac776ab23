//! `spectralaw regimes`: which resource limits the loss, point by point.

mod crossovers;

use clap::Args;
use spectralaw::table::{Coordinate, Grid, Table, quantities};
use spectralaw::{Model, Spectrum};

use crate::args::model::ModelArguments;
use crate::args::optimizer::Method;
use crate::args::spectrum::SpectrumArguments;
use crate::args::training::TrainingArguments;
use crate::args::values;
use crate::commands::caution;
use crate::commands::task::{self, Plan, Swept, Task};
use crate::failure::Failure;
use crate::output::delivery::DeliveryArguments;
use crate::output::report::{self, Precision, Report, Shown, Thinning};
use crate::plot::chart::Chart;
use crate::plot::map::{Category, Key, Layout, Map, ONE_MAP};
use crate::plot::picture::Picture;
use crate::progress::Progress;

/// What limits the loss: time, width, samples or label noise, with the evidence.
///
/// For every width with every number of samples with every time (or step): the share of the loss that more of each
/// resource would remove, whether the loss is resolution-limited or variance-limited in width and samples, and local
/// exponents. Values are lists, as in 1,10,100, or ranges FIRST:LAST:COUNT of log-spaced values, as in 1:1e6:25; two
/// ranges make a map.
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

    #[command(flatten)]
    training: TrainingArguments,
}

const EXAMPLES: &str = "\
Examples:
  what limits the loss in the course of training
    spectralaw regimes --a 1.5 --b 1.25 --width 1000 --samples 300 --noise 0.1 --time 1:1e9:10
  a map in time and width, as a figure for a paper
    spectralaw regimes --a 1.5 --b 1.25 --samples 1e4 --width 1:1e8:60 --time 1:1e10:80 --output map.svg
  whether a model of measured data needs more features or more samples at the end of training, as data
    spectralaw regimes --spectrum digits.npz --width 10:1000:20 --samples 10:1000:20 --time inf --format csv

A resource limits the loss if more of it would remove at least half of what can be removed, and twice as much as any \
other would; label noise does if half of that is noise that was fitted. Anything else is a crossover.";

/// What maps show.
const LIMITED_BY: Key = Key {
    column: "limited_by",
    title: "limited by",
    categories: &[
        Category { name: "time", letter: 'T' },
        Category { name: "width", letter: 'W' },
        Category { name: "samples", letter: 'S' },
        Category { name: "label noise", letter: 'N' },
        Category { name: "crossover", letter: 'x' },
    ],
};

impl Arguments {
    /// Checks everything that can be wrong, computes, prints.
    pub fn run(self) -> Result<(), Failure> {
        task::run(&self.options, &self.delivery)
    }
}

impl Task for Options {
    fn plan(&self) -> Result<Plan, Failure> {
        let (grid, _) = self.grid()?;
        Ok(Plan {
            columns: grid.columns(quantities::regime()),
            rows: grid.points(),
            axes: grid.names().into(),
            coordinates: grid.names().into(),
            no_figure: Layout::new(&grid).err(),
            is_map: true,
        })
    }

    fn table(&self, progress: &mut Progress) -> Result<Table, Failure> {
        let (grid, Method { optimizer, .. }) = self.grid()?;
        let model = Model::new(&self.spectrum.spectrum()?).with_noise_variance(self.model.noise)?;
        let regimes = |model: &Model, at: &[f64]| {
            let crossovers = model.crossovers(&optimizer);
            Ok(model.regimes(&optimizer, at)?.into_iter().map(|regime| (regime, crossovers)).collect())
        };
        Ok(grid.table(&model, quantities::regime(), regimes, progress.counting())?)
    }

    fn picture(&self, table: &Table) -> Result<Picture, Failure> {
        let (grid, method) = self.grid()?;
        let layout = match Layout::new(&grid) {
            Ok(layout) => layout,
            Err(why) => return Ok(Picture::None(why)),
        };
        let mut map = Map::new(&grid, &layout, table, &LIMITED_BY);
        if let Some(plane) = layout.plane() {
            let spectrum = self.spectrum.spectrum()?;
            map.overlays.extend(crossovers::overlays(&map, plane, &grid, &spectrum, &method.optimizer));
        }
        Ok(Picture::Map(map))
    }

    fn report<'a>(&self, table: &'a Table) -> Result<Report<'a>, Failure> {
        let (grid, method) = self.grid()?;
        let spectrum = self.spectrum.spectrum()?;
        let reach = grid.reach(&spectrum, |at| method.optimizer.flow_time(at));
        Ok(Report {
            header: self.header(&spectrum, &grid, &method),
            columns: report::coordinates(&grid).chain(shown(&grid)).collect(),
            curve: grid.curve(),
            thinning: Thinning::Even,
            table,
            remarks: caution::remarks(&self.spectrum, &spectrum, &reach),
        })
    }
}

impl Swept for Options {
    fn coordinates(&self) -> Result<Table, Failure> {
        Ok(self.grid()?.0.coordinates())
    }

    fn curves(&self, _: &Table) -> Result<Chart, Failure> {
        Err(Failure::refused(ONE_MAP))
    }
}

impl Options {
    /// The points, and how models are trained.
    fn grid(&self) -> Result<(Grid, Method), Failure> {
        let Some((method, along, values)) = self.training.chosen(&self.model.samples)? else {
            return Err(Failure::refused("where on the curve? give --time or --steps, as in --time 1:1e6:25"));
        };
        Ok((Grid::new(self.model.width.all(), self.model.samples.all(), along, values.all())?, method))
    }

    /// The request, in words.
    fn header(&self, spectrum: &Spectrum, grid: &Grid, method: &Method) -> Vec<(&'static str, String)> {
        let axis = grid.axis(Coordinate::Along);
        let training = format!("{}, {} {}", method.words, axis.name(), values::words(axis.values()));
        vec![("spectrum", self.spectrum.words(spectrum)), ("model", self.model.words()), ("training", training)]
    }
}

/// Of shares and exponents for people.
const DECIMALS: Precision = Precision::Decimals(3);

/// Columns of the table for people, without those of sizes that are infinite.
fn shown(grid: &Grid) -> Vec<Shown> {
    let limited = Shown { heading: "limited by", ..Shown::plain("limited_by") };
    let grouped = |group, columns: &[(&'static str, &'static str)]| -> Vec<Shown> {
        columns.iter().map(|&(column, heading)| Shown { column, group, heading, precision: DECIMALS }).collect()
    };
    let all = [
        vec![Shown::plain("test_loss"), limited],
        grouped("regime", &[("width_regime", "width"), ("samples_regime", "samples")]),
        grouped(
            "share",
            &[("time_share", "time"), ("width_share", "width"), ("samples_share", "samples"), ("noise_share", "noise")],
        ),
        grouped("exponent", &[("time_exponent", "time"), ("width_exponent", "width"), ("samples_exponent", "samples")]),
    ];
    let is_infinite = |axis: &Coordinate| grid.axis(*axis).values().iter().all(|value| value.is_infinite());
    let sizes = [Coordinate::Width, Coordinate::Samples].into_iter().filter(is_infinite);
    let absent: Vec<&str> = sizes.map(|axis| grid.axis(axis).name()).collect();
    all.concat().into_iter().filter(|shown| !absent.contains(&shown.heading)).collect()
}
