//! All windows of modes, each with its exponent and the departures of exponents inside it.

use std::ops::Range;

use super::estimator::{Estimator, mean};
use super::scatter::scatter;
use super::window::WindowFit;

/// Ends of windows for each factor of two.
const ENDS: f64 = 2.0;

/// The relative departure from its exponent that is always allowed inside a straight window, whatever the errors.
pub(super) const BEND: f64 = 0.05;

/// Smaller exponents are rounding.
const SMALL: f64 = 1e-6;

/// Standard errors by which exponents inside a straight window may depart.
const SIGMAS: f64 = 3.0;

/// The shortest window that is compared with one around it: the ratio of its last mode to the first, and its modes.
const COMPARED: (f64, usize) = (2.0, 5);

/// Triples of neighbours from which a variance is estimated, at the least.
const POOL: usize = 12;

/// Degrees of freedom for each triple of neighbours (equation (Fit.straight)).
const FREEDOM: f64 = 18.0 / 35.0;

/// The part of a window, in the logarithm of the mode number, beyond which exponents inside it enter its error.
const HALF: f64 = 0.5;

/// A window between two ends.
struct Window {
    exponent: f64,
    /// Sums of squares of what a mode contributes to the exponent per unit of its value, between all ends of the
    /// window.
    contributions: Vec<f64>,
    /// Variances of values there, from neighbours inside the window.
    variances: Vec<f64>,
}

/// All windows in which an exponent is defined.
pub(super) struct Windows {
    /// Modes at which windows begin and end.
    ends: Vec<usize>,
    /// Windows by the positions of both ends.
    windows: Vec<Vec<Option<Window>>>,
}

impl Windows {
    pub fn new<E: Estimator>(estimator: &E) -> Self {
        let ends = ends(estimator.logarithms().len());
        let from = |i: usize| (0..ends.len()).map(|j| (j > i).then(|| Window::new(&ends[i..=j], estimator))?).collect();
        Self { windows: (0..ends.len()).map(from).collect(), ends }
    }

    /// Number of places where windows begin and end.
    pub fn count(&self) -> usize {
        self.ends.len()
    }

    /// The mode at an end.
    pub fn mode(&self, end: usize) -> usize {
        self.ends[end]
    }

    /// The exponent between two ends.
    pub fn exponent(&self, i: usize, j: usize) -> Option<f64> {
        self.windows[i][j].as_ref().map(|window| window.exponent)
    }

    /// Whether a window is long enough to be compared with one around it.
    pub fn is_comparable(&self, i: usize, j: usize) -> bool {
        let (begin, end) = (self.ends[i], self.ends[j]);
        end as f64 >= COMPARED.0 * begin as f64 && end - begin + 1 >= COMPARED.1
    }

    /// All windows, compared with those inside.
    pub fn judged(&self) -> impl Iterator<Item = WindowFit> + '_ {
        let pairs = (0..self.count()).flat_map(|i| (i + 1..self.count()).map(move |j| (i, j)));
        pairs.filter_map(|(i, j)| self.judge(i, j, BEND))
    }

    /// A window compared with all windows inside it, by equation (Fit.straight), with the given relative departure
    /// allowed.
    pub fn judge(&self, i: usize, j: usize, bend_allowed: f64) -> Option<WindowFit> {
        let window = self.windows[i][j].as_ref()?;
        let (first, last) = (self.ends[i], self.ends[j]);
        let length = |i: usize, j: usize| (self.ends[j] as f64 / self.ends[i] as f64).ln();
        let noise = |inner: &Window, begin: usize| {
            let variances = &window.variances[begin - i..];
            inner.contributions.iter().zip(variances).map(|(c, v)| c * v).sum::<f64>().sqrt()
        };
        let slight = bend_allowed * window.exponent.abs().max(SMALL);
        let (mut bend, mut tolerance, mut drift) = (0.0_f64, slight, 0.0_f64);
        for (k, l) in (i..j).flat_map(|k| (k + 1..=j).map(move |l| (k, l))) {
            let Some(inner) = self.windows[k][l].as_ref() else { continue };
            if !self.is_comparable(k, l) {
                continue;
            }
            let (begin, end) = (self.ends[k], self.ends[l]);
            let (departure, noise) = (inner.exponent - window.exponent, noise(inner, k));
            let pool = (2 * end).min(last) - (begin / 2).max(first);
            let pool = pool.saturating_sub(1).max(POOL.min(last - first)) as f64;
            let allowed = slight.max(likely(FREEDOM * pool) * noise);
            if departure.abs() * tolerance > bend.abs() * allowed {
                (bend, tolerance) = (departure, allowed);
            }
            if length(k, l) >= HALF * length(i, j) {
                drift = drift.max(departure.abs() - 0.5 * noise);
            }
        }
        let error = noise(window, i).hypot(drift);
        let fit = WindowFit { first, last, exponent: window.exponent, error, bend, tolerance };
        [error, bend, tolerance].iter().all(|x| x.is_finite()).then_some(fit)
    }
}

impl Window {
    /// The window between the first and the last of these modes.
    fn new<E: Estimator>(ends: &[usize], estimator: &E) -> Option<Self> {
        let (first, last) = (ends[0], ends[ends.len() - 1]);
        let window = first - 1..last;
        let exponent = estimator.exponent(&window)?;
        let (x, weights) = (&estimator.logarithms()[window.clone()], estimator.weights(&window, exponent));
        let x_mean = mean(&weights, x);
        let variance: f64 = weights.iter().zip(x).map(|(w, x)| w * (x - x_mean).powi(2)).sum();
        let contribution: Vec<f64> =
            weights.iter().zip(x).map(|(w, x)| (w * (x - x_mean) / variance).powi(2)).collect();
        // a mode at which two parts meet belongs to the first of them
        let part =
            |i: usize| if i == 0 { 0..ends[1] + 1 - first } else { ends[i] + 1 - first..ends[i + 1] + 1 - first };
        let parts = || (0..ends.len() - 1).map(part);
        let contributions = parts().map(|part| contribution[part].iter().sum()).collect();
        let pools: Vec<Range<usize>> = (0..ends.len() - 1).map(|i| pool(ends[i], ends[i + 1], first, last)).collect();
        let variances = scatter(x, &estimator.values(&window, exponent), &pools, E::IS_RELATIVE);
        Some(Self { exponent, contributions, variances })
    }
}

/// Positions in a window of the modes from which the variance between two modes is estimated: up to a factor of two
/// beyond them, and as many as make a pool.
fn pool(begin: usize, end: usize, first: usize, last: usize) -> Range<usize> {
    let (mut low, mut high) = ((begin / 2).max(first), (2 * end).min(last));
    while high - low < POOL + 1 && (low > first || high < last) {
        (low, high) = ((low - 1).max(first), (high + 1).min(last));
    }
    low - first..high + 1 - first
}

/// The number of standard errors within which a variable of Student's distribution lies as often as a normal one lies
/// within [`SIGMAS`] (equation (Fit.straight)).
fn likely(freedom: f64) -> f64 {
    let (z, n) = (SIGMAS, freedom.max(1.0));
    z * (1.0 + (z.powi(2) + 1.0) / (4.0 * n) + (5.0 * z.powi(4) + 16.0 * z.powi(2) + 3.0) / (96.0 * n * n))
}

/// Mode numbers at which windows begin and end.
fn ends(count: usize) -> Vec<usize> {
    let mut ends: Vec<usize> = (0..)
        .map(|i| 2_f64.powf(f64::from(i) / ENDS).round() as usize)
        .take_while(|end| *end < count)
        .chain([count])
        .collect();
    ends.dedup();
    ends
}
