//! `spectralaw modes`: which modes are learned when, and on which timescales.

use clap::Args;
use spectralaw::table::{Along, Coordinate, Grid, Mode, ModeGrid, Table};
use spectralaw::{Model, Spectrum};

use crate::args::model::ModelArguments;
use crate::args::spectrum::SpectrumArguments;
use crate::args::values::{self, Values};
use crate::commands::caution;
use crate::commands::task::{self, Plan, Swept, Task};
use crate::failure::Failure;
use crate::output::delivery::DeliveryArguments;
use crate::output::report::{self, Report, Shown, Thinning};
use crate::plot::chart::{Chart, Curve, Role, axis_name, is_drawable, left_out};
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

impl Arguments {
    /// Checks everything that can be wrong, computes, prints.
    pub fn run(self) -> Result<(), Failure> {
        task::run(&self.options, &self.delivery)
    }
}

impl Task for Options {
    fn plan(&self) -> Result<Plan, Failure> {
        let modes = self.mode_grid()?;
        let axes: Vec<&'static str> = [modes.which()].into_iter().chain(modes.grid().names()).collect();
        let is_drawn = modes.grid().axis(Coordinate::Along).values().iter().any(|x| is_drawable(*x));
        let problem = "nothing to draw on logarithmic axes: give a positive finite time";
        Ok(Plan {
            columns: modes.columns(),
            rows: modes.rows(),
            axes: axes.clone(),
            coordinates: axes,
            no_figure: (!is_drawn).then(|| problem.to_owned()),
            is_map: false,
        })
    }

    fn table(&self, progress: &mut Progress) -> Result<Table, Failure> {
        let spectrum = self.spectrum.spectrum()?;
        Ok(self.mode_grid()?.table(&Model::new(&spectrum), progress.counting())?)
    }

    fn picture(&self, table: &Table) -> Result<Picture, Failure> {
        Ok(Picture::Curves(self.curves(table)?))
    }

    fn report<'a>(&self, table: &'a Table) -> Result<Report<'a>, Failure> {
        let spectrum = self.spectrum.spectrum()?;
        let modes = self.mode_grid()?;
        let which: &[&'static str] = if modes.which() == "mode" { &["mode", "eigenvalue"] } else { &["eigenvalue"] };
        let which = which.iter().map(|name| Shown::plain(name));
        // times are those of gradient flow
        let reach = modes.grid().reach(&spectrum, |time| time);
        Ok(Report {
            header: self.header(&spectrum, modes.grid()),
            columns: which.chain(report::coordinates(modes.grid())).chain([Shown::plain(modes.quantity())]).collect(),
            curve: modes.grid().curve(),
            thinning: Thinning::Even,
            table,
            remarks: caution::remarks(&self.spectrum, &spectrum, &reach),
        })
    }
}

impl Swept for Options {
    fn coordinates(&self) -> Result<Table, Failure> {
        Ok(self.mode_grid()?.coordinates())
    }

    /// One curve for each mode and pair of sizes.
    fn curves(&self, table: &Table) -> Result<Chart, Failure> {
        let modes = self.mode_grid()?;
        let along = modes.grid().along().name();
        let mut chart = Chart::empty(axis_name(along), modes.quantity());
        let length = modes.grid().curve();
        let (x, y) = (table.numbers(along), table.numbers(modes.quantity()));
        let varies = |name: &str| table.numbers(name).windows(2).any(|pair| pair[0].to_bits() != pair[1].to_bits());
        let told: Vec<&'static str> =
            [modes.which(), "width", "samples"].into_iter().filter(|name| varies(name)).collect();
        for start in (0..table.rows()).step_by(length) {
            let points = (start..start + length).map(|row| (x[row], y[row])).collect();
            let curve = Curve::new(Role::Line, "", points);
            chart.curves.push(told.iter().fold(curve, |curve, name| curve.at(name, table.numbers(name)[start])));
        }
        let drawn: usize = chart.curves.iter().map(|curve| curve.points.len()).sum();
        chart.curves.retain(|curve| !curve.points.is_empty());
        if drawn < table.rows() {
            chart.notes.push(left_out(table.rows() - drawn, "at zero or infinity"));
        }
        Ok(chart)
    }
}

impl Options {
    /// The modes at their points.
    fn mode_grid(&self) -> Result<ModeGrid, Failure> {
        Ok(ModeGrid::new(self.grid()?, self.modes()?)?)
    }

    /// The sizes, and the times or rates.
    fn grid(&self) -> Result<Grid, Failure> {
        let given = [(Along::Time, &self.time), (Along::Rate, &self.rate), (Along::Ridge, &self.ridge)];
        let given: Vec<(Along, &Values)> =
            given.into_iter().filter_map(|(along, values)| Some((along, values.as_ref()?))).collect();
        let (along, values) = match given[..] {
            [chosen] => chosen,
            [] => {
                return Err(Failure::refused(
                    "when? give --time, as in --time 1:1e6:25, --rate for the density of rates, or --ridge for learnability",
                ));
            }
            [(first, _), (second, _), ..] => {
                let (first, second) = (first.name(), second.name());
                return Err(Failure::refused(format!("--{first} and --{second} exclude each other: give one of them")));
            }
        };
        if self.model.noise > 0.0 {
            let noise = self.model.noise;
            return Err(Failure::refused(format!(
                "--noise {noise}: what is left of a mode does not depend on it, omit it"
            )));
        }
        Ok(Grid::new(self.model.width.all(), self.model.samples.all(), along, values.all())?)
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

    /// What was asked, in words.
    fn header(&self, spectrum: &Spectrum, grid: &Grid) -> Vec<(&'static str, String)> {
        let axis = grid.axis(Coordinate::Along);
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
            ("modes", format!("{which}; {training}, {} {}", axis.name(), values::words(axis.values()))),
        ]
    }
}
