//! Frontiers and profiles with losses that were measured.

use spectralaw::Resource;
use spectralaw::table::quantities::FrontierRow;
use spectralaw::table::{Along, Table};

use super::problem::Problem;
use super::{Options, Plot};
use crate::commands::points::Measured;
use crate::commands::task::{Plan, Task};
use crate::failure::Failure;
use crate::output::report::{Report, Shown, Thinning};
use crate::plot::chart::{Curve, Role};
use crate::plot::picture::Picture;
use crate::progress::Progress;

/// Budgets, and losses that were measured with some: rows of the answer, then one for each measurement.
pub struct Compared<'a> {
    options: &'a Options,
    measured: Measured,
    /// The cost of each measurement, the amount of what profiles vary (NaN without profiles), and the loss; from small
    /// to large.
    places: Vec<[f64; 3]>,
}

impl<'a> Compared<'a> {
    /// Measurements with the costs that a file has, or that follow from its columns.
    pub fn new(options: &'a Options, measured: Measured) -> Result<Self, Failure> {
        options.plan()?;
        if options.pictured() == Plot::Choices {
            return Err(Failure::refused("--points are losses, which --plot choices does not show: omit one of them"));
        }
        let costs = costs(options, &measured)?;
        let amounts = match options.profiled() {
            Some(resource) => measured.coordinate(column(resource, options.problem.along()), &[])?,
            None => vec![f64::NAN; measured.len()],
        };
        let mut places: Vec<[f64; 3]> =
            (0..measured.len()).map(|i| [costs[i], amounts[i], measured.losses[i]]).collect();
        places.sort_by(|x, y| x[0].total_cmp(&y[0]).then(x[1].total_cmp(&y[1])).then(x[2].total_cmp(&y[2])));
        Ok(Self { options, measured, places })
    }

    /// The best choices for the cost of each measurement, and for its amount of what profiles vary.
    fn theory(&self, problem: &Problem) -> Result<Table, Failure> {
        let Problem { frontier, .. } = problem;
        let rows = match self.options.profiled() {
            Some(resource) => {
                let places: Vec<(f64, f64)> = self.places.iter().map(|[cost, amount, _]| (*cost, *amount)).collect();
                FrontierRow::of_profiles(frontier, frontier.profile_points(resource, &places)?)
            }
            None => {
                let costs: Vec<f64> = self.places.iter().map(|[cost, ..]| *cost).collect();
                FrontierRow::of_points(frontier, frontier.predicted().ok().as_ref(), frontier.points(&costs)?)
            }
        };
        let table = Table::of(&self.options.quantities(), &rows);
        let table = self.options.with_targets(table, &vec![f64::NAN; rows.len()])?;
        let checked = self.options.check.empty_rows(rows.len());
        Ok(table.with_columns(checked)?)
    }
}

/// The column of a resource.
fn column(resource: Resource, along: Along) -> &'static str {
    spectralaw::table::quantities::resource(resource, along)
}

/// What measurements cost: their column `compute`, or all that the cost contains.
fn costs(options: &Options, measured: &Measured) -> Result<Vec<f64>, Failure> {
    let costs = if measured.has("compute") {
        measured.coordinate("compute", &[])?
    } else {
        let cost = options.problem.cost()?;
        let paid: Vec<Resource> = Resource::LISTED.into_iter().filter(|resource| cost.contains(*resource)).collect();
        let names = paid.iter().map(|resource| column(*resource, options.problem.along())).collect::<Vec<_>>();
        if let Some(missing) = names.iter().find(|name| !measured.has(name)) {
            return Err(measured.refused(&format!(
                "what did runs cost? there is neither a column compute nor {missing}, which {cost} needs: add one"
            )));
        }
        let amounts = names.iter().map(|name| measured.coordinate(name, &[])).collect::<Result<Vec<_>, _>>()?;
        let of = |row: usize, resource: Resource| {
            paid.iter().position(|own| *own == resource).map_or(1.0, |position| amounts[position][row])
        };
        (0..measured.len()).map(|row| cost.of(|resource| of(row, resource))).collect()
    };
    match costs.iter().position(|cost| !(*cost > 0.0 && cost.is_finite())) {
        Some(row) => {
            let (cost, row) = (costs[row], row + 1);
            Err(measured.refused(&format!("the cost {cost} of row {row} is not positive and finite: remove the row")))
        }
        None => Ok(costs),
    }
}

impl Task for Compared<'_> {
    fn plan(&self) -> Result<Plan, Failure> {
        let plan = self.options.plan()?;
        Ok(Plan {
            columns: plan.columns.with_columns(Measured::empty())?,
            rows: plan.rows + self.measured.len(),
            ..plan
        })
    }

    fn progress(&self, plan: &Plan) -> Progress {
        self.options.progress(plan)
    }

    fn table(&self, progress: &mut Progress) -> Result<Table, Failure> {
        let mut table = self.options.table(progress)?;
        let answers = table.rows();
        let theory = self.theory(&self.options.problem(&self.options.spectrum.spectrum()?)?)?;
        let losses: Vec<f64> = self.places.iter().map(|[.., loss]| *loss).collect();
        let columns = self.measured.columns(answers, theory.numbers("test_loss"), &losses);
        table.append(&theory)?;
        Ok(table.with_columns(columns)?)
    }

    fn picture(&self, table: &Table) -> Result<Picture, Failure> {
        let Picture::Curves(mut chart) = self.options.picture(&table.first(table.rows() - self.measured.len()))? else {
            return Ok(Picture::unasked());
        };
        let of = usize::from(self.options.profiled().is_some());
        let points = self.places.iter().map(|place| (place[of], place[2])).collect();
        chart.curves.push(Curve::new(Role::Measured(None), "measured", points));
        Ok(Picture::Curves(chart))
    }

    /// The table of measurements; the frontier is in the picture.
    fn report<'b>(&self, table: &'b Table) -> Result<Report<'b>, Failure> {
        let answers = table.first(table.rows() - self.measured.len());
        let Report { header, curve, remarks, .. } = self.options.report(&answers)?;
        let amount =
            self.options.profiled().map(|resource| Shown::plain(column(resource, self.options.problem.along())));
        let measured = format!("{} losses of {}", self.measured.len(), self.measured.file);
        Ok(Report {
            header: header.into_iter().chain([("measured", measured)]).collect(),
            columns: [Shown::plain("compute")].into_iter().chain(amount).chain(Measured::shown()).collect(),
            thinning: Thinning::Last(self.measured.len()),
            remarks: [self.measured.remark(table)].into_iter().chain(remarks).collect(),
            curve,
            table,
        })
    }
}
