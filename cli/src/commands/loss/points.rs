//! Curves with losses that were measured.

use spectralaw::table::{Coordinate, Grid, Table};

use super::Options;
use crate::commands::points::Measured;
use crate::commands::task::{Plan, Swept, Task};
use crate::failure::Failure;
use crate::output::report::{Report, Shown, Thinning};
use crate::plot::chart::{Chart, Curve, Role, is_drawable, left_out, x_axis};
use crate::plot::picture::Picture;
use crate::progress::Progress;

/// Values of coordinates closer than this, relatively, are those of one curve.
const SAME: f64 = 1e-9;

/// Places and losses of points.
type Pairs = Vec<(f64, f64)>;

/// Curves, and losses that were measured on them or elsewhere: rows of the curves, then one for each measurement.
pub struct Compared<'a> {
    options: &'a Options,
    measured: Measured,
    /// Width, samples, and time, steps or ridge of each measurement, with its loss; from small to large.
    places: Vec<([f64; 3], f64)>,
}

impl<'a> Compared<'a> {
    /// Measurements at the coordinates that a file has.
    pub fn new(options: &'a Options, measured: Measured) -> Result<Self, Failure> {
        let (grid, _) = options.grid()?;
        let of = |axis: Coordinate| measured.coordinate(grid.axis(axis).name(), grid.axis(axis).values());
        let [width, samples, along] = [of(Coordinate::Width)?, of(Coordinate::Samples)?, of(Coordinate::Along)?];
        let mut places: Vec<([f64; 3], f64)> =
            (0..measured.len()).map(|i| ([width[i], samples[i], along[i]], measured.losses[i])).collect();
        places.sort_by(|(x, _), (y, _)| {
            let mut orders = x.iter().zip(y).map(|(x, y)| x.total_cmp(y));
            orders.find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
        });
        Ok(Self { options, measured, places })
    }

    /// What the theory says of each measurement.
    fn theory(&self, progress: &mut Progress) -> Result<Table, Failure> {
        let (grid, solution) = self.options.grid()?;
        let mut all: Option<Table> = None;
        let is_same = |x: &([f64; 3], f64), y: &([f64; 3], f64)| {
            x.0[0].total_cmp(&y.0[0]).is_eq() && x.0[1].total_cmp(&y.0[1]).is_eq()
        };
        for curve in self.places.chunk_by(is_same) {
            let [width, samples, _] = curve[0].0;
            let at: Vec<f64> = curve.iter().map(|([.., at], _)| *at).collect();
            let own = Grid::new(&[width], &[samples], grid.along(), &at)
                .map_err(Failure::from)
                .and_then(|own| self.options.losses(&own, &solution, progress))
                .map_err(|failure| failure.within(&format!("--points {}", self.measured.file)))?;
            match &mut all {
                Some(all) => all.append(&own)?,
                None => all = Some(own),
            }
        }
        all.ok_or_else(|| self.measured.refused("there are no rows: give one for each measurement"))
    }

    fn losses(&self) -> Vec<f64> {
        self.places.iter().map(|(_, loss)| *loss).collect()
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

    fn table(&self, progress: &mut Progress) -> Result<Table, Failure> {
        let mut table = self.options.table(progress)?;
        let curves = table.rows();
        let theory = self.theory(progress)?;
        let columns = self.measured.columns(curves, theory.numbers("test_loss"), &self.losses());
        table.append(&theory)?;
        Ok(table.with_columns(columns)?)
    }

    /// Measurements in the colours of their curves, those of no curve in black.
    fn picture(&self, table: &Table) -> Result<Picture, Failure> {
        let (grid, _) = self.options.grid()?;
        let mut chart: Chart = self.options.curves(&table.first(table.rows() - self.measured.len()))?;
        let Some(x) = x_axis(&grid) else { return Ok(Picture::Curves(chart)) };
        let axis = |of: Coordinate| Coordinate::ALL.into_iter().position(|own| own == of).unwrap_or(0);
        let owner = |place: &[f64; 3]| {
            let is_own = |curve: &Curve| {
                let is_at = |(name, value): &(String, f64)| {
                    let of = Coordinate::ALL.into_iter().find(|of| grid.axis(*of).name() == name);
                    of.is_some_and(|of| {
                        let own = place[axis(of)];
                        own.total_cmp(value).is_eq() || (own / value - 1.0).abs() < SAME
                    })
                };
                curve.role == Role::Line && curve.coordinates.iter().all(is_at)
            };
            chart.curves.iter().position(is_own)
        };
        let mut groups: Vec<(Option<usize>, Pairs)> = Vec::new();
        let mut off = 0;
        for (place, loss) in &self.places {
            let (line, at) = (owner(place), place[axis(x)]);
            off += usize::from(!is_drawable(at));
            match groups.iter_mut().find(|(own, _)| *own == line) {
                Some((_, points)) => points.push((at, *loss)),
                None => groups.push((line, vec![(at, *loss)])),
            }
        }
        let curves = groups.into_iter().map(|(line, points)| Curve::new(Role::Measured(line), "measured", points));
        chart.curves.extend(curves.filter(|curve| !curve.points.is_empty()).collect::<Vec<_>>());
        if off > 0 {
            chart.notes.push(left_out(off, &format!("at zero or infinite {}", grid.axis(x).name())));
        }
        Ok(Picture::Curves(chart))
    }

    /// The table of measurements; the curves are in the picture.
    fn report<'b>(&self, table: &'b Table) -> Result<Report<'b>, Failure> {
        let answers = table.first(table.rows() - self.measured.len());
        let Report { header, columns, curve, remarks, .. } = self.options.report(&answers)?;
        let (grid, _) = self.options.grid()?;
        let varies =
            |of: usize| self.places.iter().any(|(place, _)| place[of].total_cmp(&self.places[0].0[of]).is_ne());
        let coordinates = Coordinate::ALL.into_iter().enumerate();
        let shown = coordinates.filter(|(of, axis)| varies(*of) || *axis == Coordinate::Along);
        let error = columns.iter().filter(|shown| shown.column == "error").copied();
        let measured = format!("{} losses of {}", self.measured.len(), self.measured.file);
        Ok(Report {
            header: header.into_iter().chain([("measured", measured)]).collect(),
            columns: shown
                .map(|(_, axis)| Shown::plain(grid.axis(axis).name()))
                .chain(Measured::shown())
                .chain(error)
                .collect(),
            thinning: Thinning::Last(self.measured.len()),
            remarks: [self.measured.remark(table)].into_iter().chain(remarks).collect(),
            curve,
            table,
        })
    }
}
