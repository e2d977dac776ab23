//! `spectralaw regimes`: which resource limits the loss, point by point.

mod crossovers;
mod quantities;

use clap::Args;
use spectralaw::{Optimizer, Spectrum};

use crate::args::model::ModelArguments;
use crate::args::optimizer::Method;
use crate::args::spectrum::SpectrumArguments;
use crate::args::training::TrainingArguments;
use crate::commands::over_grid::{self, OverGrid};
use crate::commands::task::{Plan, Task};
use crate::failure::Failure;
use crate::output::beyond::Reached;
use crate::output::delivery::DeliveryArguments;
use crate::output::report::{Report, Thinning};
use crate::output::table::Table;
use crate::plot::chart::Chart;
use crate::plot::grid::{ALONG, Grid};
use crate::plot::map::{Layout, Map, ONE_MAP};
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

impl Arguments {
    /// Checks everything that can be wrong, computes, prints.
    pub fn run(self) -> Result<(), Failure> {
        let Self { options, delivery } = self;
        let (grid, method) = options.grid()?;
        let layout = Layout::new(&grid);
        let files = delivery.files(layout.as_ref().err().map(String::as_str))?;
        let spectrum = options.spectrum.spectrum()?;
        let progress = &mut Progress::new(grid.len(), "points");
        let table = delivery.compute(|| options.regimes(&spectrum, &grid, &method, progress))?;
        let report = Report {
            header: options.header(&spectrum, &grid, &method),
            columns: grid.shown().chain(quantities::shown(&grid)).collect(),
            curve: grid.axes[ALONG].len(),
            thinning: Thinning::Even,
            table: &table,
            remarks: options.spectrum.remarks(&spectrum, &Reached::trained_on(&grid, &spectrum, &method.optimizer)),
        };
        delivery.deliver(&files, &report, &|| picture(&grid, &layout, &table, &spectrum, &method.optimizer))
    }
}

impl Task for Options {
    fn plan(&self) -> Result<Plan, Failure> {
        let (grid, _) = self.grid()?;
        Ok(Plan {
            columns: over_grid::columns(&grid, quantities::QUANTITIES),
            rows: grid.len(),
            axes: grid.names(),
            coordinates: grid.names(),
            no_figure: Layout::new(&grid).err(),
            is_map: true,
        })
    }

    fn coordinates(&self) -> Result<Table, Failure> {
        let (grid, _) = self.grid()?;
        Ok(Table { columns: over_grid::coordinates(&grid, grid.len()).into() })
    }

    fn table(&self, progress: &mut Progress) -> Result<Table, Failure> {
        let (grid, method) = self.grid()?;
        self.regimes(&self.spectrum.spectrum()?, &grid, &method, progress)
    }

    fn picture(&self, table: &Table) -> Result<Picture, Failure> {
        let (grid, method) = self.grid()?;
        Ok(picture(&grid, &Layout::new(&grid), table, &self.spectrum.spectrum()?, &method.optimizer))
    }

    fn curves(&self, _: &Table) -> Result<Chart, Failure> {
        Err(Failure::refused(ONE_MAP))
    }
}

fn picture(
    grid: &Grid,
    layout: &Result<Layout, String>,
    table: &Table,
    spectrum: &Spectrum,
    optimizer: &Optimizer,
) -> Picture {
    match layout {
        Ok(layout) => {
            let mut map = Map::new(grid, layout, table, &quantities::LIMITED_BY);
            if let Some(plane) = layout.plane() {
                map.overlays.extend(crossovers::overlays(&map, plane, grid, spectrum, optimizer));
            }
            Picture::Map(map)
        }
        Err(why) => Picture::None(why.clone()),
    }
}

impl Options {
    /// The points, and how models are trained.
    fn grid(&self) -> Result<(Grid, Method), Failure> {
        let Some((method, axis)) = self.training.chosen(&self.model.samples)? else {
            return Err(Failure::refused("where on the curve? give --time or --steps, as in --time 1:1e6:25"));
        };
        Ok((Grid::new(self.model.width.clone(), self.model.samples.clone(), axis)?, method))
    }

    fn regimes(
        &self,
        spectrum: &Spectrum,
        grid: &Grid,
        method: &Method,
        progress: &mut Progress,
    ) -> Result<Table, Failure> {
        let models = OverGrid { grid, spectrum, noise_variance: self.model.noise };
        models.run(quantities::QUANTITIES, progress, |model, at| crossovers::points(model, &method.optimizer, at))
    }

    /// The request, in words.
    fn header(&self, spectrum: &Spectrum, grid: &Grid, method: &Method) -> Vec<(&'static str, String)> {
        let axis = &grid.axes[ALONG];
        let training = format!("{}, {} {}", method.words, axis.name, axis.values.words());
        vec![("spectrum", self.spectrum.words(spectrum)), ("model", self.model.words()), ("training", training)]
    }
}
