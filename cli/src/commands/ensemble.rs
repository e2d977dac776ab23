//! `spectralaw ensemble`: what the mean of several networks on the same samples loses.

use clap::Args;
use spectralaw::table::{Of, Quantity, Table};

use crate::args::values::{self, Values};
use crate::commands::widths::NetworkArguments;
use crate::failure::Failure;
use crate::number::{rounded, shortest};
use crate::output::delivery::DeliveryArguments;
use crate::output::report::{Report, Shown, Thinning};
use crate::plot::chart::{Chart, Curve, Role};
use crate::plot::picture::Picture;

/// What the mean of several networks of a finite width loses: networks with independent weights on the same samples,
/// in the lazy regime, with inputs on a sphere.
///
/// For every width with every number of samples, every time and every number of networks. Values are lists, as in
/// 1,10,100, or ranges FIRST:LAST:COUNT.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    networks: NetworkArguments,

    /// Numbers of hidden units, from 1 to 1e9.
    #[arg(long, value_name = "VALUES", value_parser = values::sizes, allow_hyphen_values = true, help_heading = "Model")]
    width: Values,

    /// Numbers of training samples; inf is training on the population.
    #[arg(long, value_name = "VALUES", default_value = "inf", value_parser = values::sizes)]
    #[arg(allow_hyphen_values = true, help_heading = "Model")]
    samples: Values,

    /// Variance sigma^2 of the label noise, in training and test.
    #[arg(long, value_name = "VARIANCE", default_value = "0", value_parser = values::non_negative)]
    #[arg(allow_hyphen_values = true, help_heading = "Model")]
    noise: f64,

    /// Times of gradient flow.
    #[arg(long, value_name = "VALUES", value_parser = values::times, allow_hyphen_values = true)]
    #[arg(help_heading = "Training")]
    time: Values,

    /// Numbers of networks whose outputs are averaged; inf is all there are [default: 1,4,inf].
    #[arg(long, value_name = "VALUES", default_value = "1,4,inf", value_parser = values::sizes)]
    #[arg(allow_hyphen_values = true, help_heading = "Ensemble", hide_default_value = true)]
    ensemble: Values,

    #[command(flatten)]
    delivery: DeliveryArguments,
}

const EXAMPLES: &str = "\
Example:
  what averaging gains for networks of 8 and of 32 hidden units
    spectralaw ensemble --kernel ntk --dimension 20 --target white:3 --width 8,32 --samples 400 --time 3:300:20

Columns: ensemble networks of width hidden units, whose outputs are averaged, lose test_loss.";

/// A mean of networks.
struct Row {
    width: f64,
    samples: f64,
    time: f64,
    ensemble: f64,
    test_loss: f64,
}

const QUANTITIES: &[Quantity<Row>] = &[
    ("width", Of::Number(|row| row.width)),
    ("samples", Of::Number(|row| row.samples)),
    ("time", Of::Number(|row| row.time)),
    ("ensemble", Of::Number(|row| row.ensemble)),
    ("test_loss", Of::Number(|row| row.test_loss)),
];

impl Arguments {
    /// Checks everything that can be wrong, computes, prints.
    pub fn run(self) -> Result<(), Failure> {
        if !self.networks.are_given()? {
            return Err(Failure::refused("an ensemble of what? give --kernel ntk, with --dimension and --target"));
        }
        self.networks.refuse_data()?;
        self.networks.check()?;
        let files = self.delivery.files(None)?;
        let rows = self.delivery.compute(|| self.rows())?;
        let table = Table::of(QUANTITIES, &rows);
        let noise = if self.noise > 0.0 {
            format!(", label noise of variance {}", rounded(self.noise, 6))
        } else {
            String::new()
        };
        let model = format!("{} hidden units, samples {}{noise}", self.width.words(), self.samples.words());
        let report = Report {
            header: self
                .networks
                .words()?
                .into_iter()
                .chain([("model", model), ("training", format!("gradient flow, time {}", self.time.words()))])
                .collect(),
            columns: QUANTITIES.iter().map(|(name, _)| Shown::plain(name)).collect(),
            curve: table.rows(),
            thinning: Thinning::Even,
            table: &table,
            remarks: vec!["losses are good to some 1e-4 of them".to_owned()],
        };
        self.delivery.deliver(&files, &report, &|| Picture::Curves(self.chart(&rows)))
    }

    fn rows(&self) -> Result<Vec<Row>, Failure> {
        let networks = self.networks.networks()?;
        let mut rows = Vec::new();
        for &width in self.width.all() {
            for &samples in self.samples.all() {
                for loss in networks.ensemble(width, samples, self.noise, self.time.all())? {
                    rows.extend(self.ensemble.all().iter().map(|&ensemble| {
                        let (time, test_loss) = (loss.time, loss.of(ensemble));
                        Row { width, samples, time, ensemble, test_loss }
                    }));
                }
            }
        }
        Ok(rows)
    }

    /// A curve over the time for every width, number of samples and number of networks.
    fn chart(&self, rows: &[Row]) -> Chart {
        let mut curves = Vec::new();
        for &width in self.width.all() {
            for &samples in self.samples.all() {
                for &ensemble in self.ensemble.all() {
                    let is_own = |row: &&Row| {
                        let own = [(row.width, width), (row.samples, samples), (row.ensemble, ensemble)];
                        own.iter().all(|(x, y)| x.to_bits() == y.to_bits())
                    };
                    let points = rows.iter().filter(is_own).map(|row| (row.time, row.test_loss)).collect();
                    let name = format!(
                        "width {}, samples {}, {} networks",
                        shortest(width),
                        shortest(samples),
                        shortest(ensemble)
                    );
                    curves.push(Curve::new(Role::Line, name, points));
                }
            }
        }
        Chart { curves, ..Chart::empty("time t", "test loss") }
    }
}
