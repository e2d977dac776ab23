//! Laws as functions of a few parameters, each in a file: what a minimisation needs to know of them.
//!
//! Parameters are those in which losses are well conditioned: the floor in units of the least loss, the other terms by
//! their logarithms in the middle of the runs. The constants of a law, at size 1 and data 1, follow from them.

pub(super) mod expansion;
mod powers;
pub(super) mod repeated;
mod shifted;
mod single;
pub(super) mod theory;
mod tied;

pub(super) use self::powers::Powers;
pub(super) use self::repeated::Repeated;
pub(super) use self::shifted::Shifted;
pub(super) use self::single::Single;
pub(super) use self::theory::Theory;
pub(super) use self::tied::Tied;
use super::linear::least_squares;
use super::robust::{Effort, Least, Residuals, Row, huber, minimise};
use crate::error::Result;

/// A run as a minimisation sees it: logarithms, less those in the middle of all runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    /// The place of the run among all of them.
    pub run: usize,
    /// Of the amounts that the law depends on.
    pub x: [f64; 3],
    /// Of the loss.
    pub loss: f64,
}

/// What points are relative to: logarithms of the amounts and of the loss.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin {
    pub x: [f64; 3],
    pub loss: f64,
}

/// Bounds of parameters.
const FREE: [f64; 2] = [f64::NEG_INFINITY, f64::INFINITY];
const POSITIVE: [f64; 2] = [0.0, f64::INFINITY];

/// How starts are tried before the best of them are followed to the end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trial {
    /// How many runs are enough for it.
    pub points: usize,
    /// How far starts are followed.
    pub effort: Effort,
    /// How many of them are followed further, by all runs.
    pub followed: usize,
}

/// Fits to runs that were drawn from those of a table.
pub(super) type Refitting<'a, const K: usize> = Box<dyn Fn(&[Point]) -> Result<Least<K>> + Sync + 'a>;

/// A law.
pub(super) trait Form<const K: usize>: Sync + Sized {
    /// Names of the constants.
    const NAMES: [&'static str; K];

    /// Between which values each parameter may be.
    const BOUNDS: [[f64; 2]; K];

    /// Which constants are parameters in the units of the loss (the floor), or without units (exponents): these have
    /// profiles.
    const PROFILED: [bool; K];

    /// How far its minimisation goes, and those of refits.
    const EXACT: Effort = Effort::EXACT;
    const OF_INTERVALS: Effort = Effort::OF_INTERVALS;

    /// How the starts are tried first, where minimisations take long.
    const TRIAL: Option<Trial> = None;

    /// Replaces rows by residuals `ln L(theta) - ln L` with their derivatives.
    fn rows(&self, parameters: &[f64; K], points: &[Point], rows: &mut Vec<Row<K>>);

    /// The residuals alone.
    fn residuals(&self, parameters: &[f64; K], points: &[Point]) -> Vec<f64> {
        let mut rows = Vec::new();
        self.rows(parameters, points, &mut rows);
        rows.into_iter().map(|row| row.residual).collect()
    }

    /// The least Huber loss downhill from a start, with some parameters held.
    fn minimise(
        &self,
        points: &[Point],
        start: [f64; K],
        held: &[bool; K],
        delta: f64,
        effort: Effort,
    ) -> Result<Least<K>> {
        minimise(&Problem { form: self, points }, start, held, delta, effort)
    }

    /// What fits the law again to runs that were drawn from points, near its minimum for these.
    fn refitting<'a>(
        &'a self,
        _points: &'a [Point],
        least: &'a Least<K>,
        held: [bool; K],
        delta: f64,
    ) -> Result<Refitting<'a, K>> {
        Ok(Box::new(move |drawn| self.minimise(drawn, least.parameters, &held, delta, Self::OF_INTERVALS)))
    }

    /// Parameters from which minimisations begin, the floor given or not.
    fn starts(&self, points: &[Point], floor: Option<f64>) -> Vec<[f64; K]>;

    /// The constants in the units of the runs.
    fn constants(&self, parameters: &[f64; K]) -> [f64; K];
}

/// A law and the runs that it is fitted to.
pub(super) struct Problem<'a, F: ?Sized> {
    pub form: &'a F,
    pub points: &'a [Point],
}

impl<const K: usize, F: Form<K>> Residuals<K> for Problem<'_, F> {
    fn at(&self, parameters: &[f64; K], rows: &mut Vec<Row<K>>) {
        self.form.rows(parameters, self.points, rows);
    }

    fn residuals(&self, parameters: &[f64; K]) -> Vec<f64> {
        self.form.residuals(parameters, self.points)
    }

    fn bounds(&self) -> [[f64; 2]; K] {
        F::BOUNDS
    }
}

/// Exponents at which fits begin.
const EXPONENTS: [f64; 7] = [0.03, 0.1, 0.25, 0.5, 0.9, 1.5, 2.5];

/// What stands for terms that would be negative.
const SMALL: f64 = 1e-3;

/// Replaces rows by those of a law that is evaluated point by point: `of` returns the loss and its derivatives by the
/// parameters.
fn rows_of<const K: usize>(points: &[Point], rows: &mut Vec<Row<K>>, of: impl Fn(&Point) -> (f64, [f64; K])) {
    rows.clear();
    rows.extend(points.iter().map(|point| {
        let (loss, slopes) = of(point);
        let residual = loss.ln() - point.loss;
        // what is impossible is far from all runs
        let residual = if residual.is_finite() { residual } else { f64::INFINITY };
        Row { residual, slopes: slopes.map(|slope| slope / loss) }
    }));
}

/// The floor and the amplitudes of terms of given shapes, by linear least squares of relative deviations; what would be
/// negative is a small part of the losses.
fn linear<const T: usize>(points: &[Point], floor: Option<f64>, terms: impl Fn(&Point) -> [f64; T]) -> (f64, [f64; T]) {
    amplitudes(points, floor, &points.iter().map(terms).collect::<Vec<_>>())
}

/// The floor and the amplitudes of terms, as by [`linear`], given the terms of each point.
fn amplitudes<const T: usize>(points: &[Point], floor: Option<f64>, terms: &[[f64; T]]) -> (f64, [f64; T]) {
    let relative = |(point, terms): (&Point, &[f64; T])| terms.map(|term| term * (-point.loss).exp());
    let rest = |floor: f64| points.iter().map(|point| 1.0 - floor * (-point.loss).exp()).collect::<Vec<f64>>();
    let rows: Vec<[f64; T]> = points.iter().zip(terms).map(relative).collect();
    let given = |floor: f64| {
        let found = least_squares(&rows, &rest(floor)).map_or([0.5; T], |(found, _)| found);
        (floor, found.map(|amplitude| amplitude.max(SMALL)))
    };
    match floor {
        Some(floor) => given(floor),
        None => [0.9, 0.6, 0.3, 0.0]
            .map(given)
            .into_iter()
            .min_by(|x, y| misfit(points, x, terms).total_cmp(&misfit(points, y, terms)))
            .unwrap_or((0.0, [0.5; T])),
    }
}

/// The sum of moduli of residuals.
fn misfit<const T: usize>(points: &[Point], (floor, amplitudes): &(f64, [f64; T]), terms: &[[f64; T]]) -> f64 {
    let loss = |terms: &[f64; T]| floor + terms.iter().zip(amplitudes).map(|(x, a)| x * a).sum::<f64>();
    points.iter().zip(terms).map(|(point, terms)| huber(loss(terms).ln() - point.loss, SMALL)).sum()
}
