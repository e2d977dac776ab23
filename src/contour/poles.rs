//! Rational functions that are exponentials: poles on a bent hyperbola, with residues that depend on the time (equation
//! (Contour.fitted)). `tests/data/generate_poles.py` makes the tables.

use std::sync::LazyLock;

use num_complex::Complex64;

use crate::lanes::{ComplexLanes, LANES, Stage, vectorised};
use crate::number::Number;

/// Poles for the time 1.
pub(super) static ONE_TIME: LazyLock<Poles> =
    LazyLock::new(|| Poles::parse(include_str!("poles/one_time.txt"), 1.0, 8e-15));

/// The residues of the slope by the logarithm of the time, on the poles for the time 1.
pub(super) static SLOPE: LazyLock<Vec<Complex64>> =
    LazyLock::new(|| include_str!("poles/slope.txt").lines().flat_map(numbers).collect());

/// The largest error of the slope of an exponential, as the generator measures it.
pub(super) const SLOPE_ERROR: f64 = 1.8e-13;

/// Poles for times from 1 to 10.
pub(super) static DECADE: LazyLock<Poles> =
    LazyLock::new(|| Poles::parse(include_str!("poles/decade.txt"), 10.0, 3.4e-14));

/// The poles in the upper half plane with residues for times `1..=ratio`.
#[derive(Debug)]
pub(super) struct Poles {
    nodes: Vec<Complex64>,
    ratio: f64,
    /// The largest error of an exponential, as the generator measures it.
    error: f64,
    /// The coefficients of Chebyshev polynomials of `ln t` in the residues of several poles at once, degree by degree.
    residues: Vec<Vec<ComplexLanes>>,
}

impl Poles {
    /// From lines of a pole each, and as many lines with its coefficients.
    fn parse(table: &str, ratio: f64, error: f64) -> Self {
        let mut rows: Vec<Vec<Complex64>> = table.lines().map(numbers).collect();
        let coefficients = rows.split_off(rows.len() / 2);
        let group = |poles: &[Vec<Complex64>]| {
            let lanes = |degree: usize| {
                ComplexLanes::from_fn(|i| poles.get(i).and_then(|row| row.get(degree)).copied().unwrap_or_default())
            };
            (0..poles[0].len()).map(lanes).collect()
        };
        Self { nodes: rows.concat(), ratio, error, residues: coefficients.chunks(LANES).map(group).collect() }
    }

    pub fn nodes(&self) -> &[Complex64] {
        &self.nodes
    }

    /// Whether they are for one time alone.
    pub fn is_of_one_time(&self) -> bool {
        self.ratio <= 1.0
    }

    /// The largest error of an exponential.
    pub fn error(&self) -> f64 {
        self.error
    }

    /// The residues at a time, several at once.
    pub fn residues(&self, t: f64) -> Vec<ComplexLanes> {
        let x = if self.ratio > 1.0 { 2.0 * t.ln() / self.ratio.ln() - 1.0 } else { 0.0 };
        self.residues.iter().map(|coefficients| vectorised(ChebyshevSum { coefficients, x })).collect()
    }
}

/// The complex numbers of a line.
fn numbers(line: &str) -> Vec<Complex64> {
    let parts: Vec<f64> = line.split_whitespace().filter_map(|part| part.parse().ok()).collect();
    parts.chunks_exact(2).map(|pair| Complex64::new(pair[0], pair[1])).collect()
}

/// By Clenshaw's recurrence.
struct ChebyshevSum<'a> {
    coefficients: &'a [ComplexLanes],
    x: f64,
}

impl Stage for ChebyshevSum<'_> {
    type Output = ComplexLanes;

    #[inline(always)]
    fn run(self) -> ComplexLanes {
        let Self { coefficients, x } = self;
        let zero = ComplexLanes::constant(0.0);
        let (mut next, mut after) = (zero, zero);
        for coefficient in coefficients[1..].iter().rev() {
            (next, after) = (*coefficient + next * (2.0 * x) - after, next);
        }
        coefficients[0] + next * x - after
    }
}
