//! The parametric law of size and data, fitted and minimised at a budget.

use super::linear::least_squares;
use super::robust::{Least, Residuals, covariance, huber, minimise};
use super::{bad_fit, logarithms, mean, root_mean_square, same_length};
use crate::error::{Error, Result};

/// The law `L = E + A / N^alpha + B / D^beta` of size `N` (width, parameters) and data `D` (samples, steps or time),
/// equation (Parametric): the third approach of Hoffmann et al. (2022), "Training compute-optimal large language
/// models".
///
/// # Examples
///
/// ```
/// use spectralaw::fit::ParametricLaw;
///
/// // as published there
/// let law = ParametricLaw {
///     floor: 1.69,
///     size_amplitude: 406.4,
///     size_exponent: 0.34,
///     data_amplitude: 410.7,
///     data_exponent: 0.28,
/// };
/// let best = law.optimum(5.76e23, 6.0)?;
/// assert!((6.0 * best.size * best.data / 5.76e23 - 1.0).abs() < 1e-12);
/// assert!((best.size_exponent - 0.28 / 0.62).abs() < 1e-15);
/// # Ok::<(), spectralaw::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParametricLaw {
    /// The loss at unlimited size and data: `E`.
    pub floor: f64,
    /// The loss beyond the floor of size 1 on unlimited data: `A`.
    pub size_amplitude: f64,
    /// How fast it falls with the size: `alpha`.
    pub size_exponent: f64,
    /// The loss beyond the floor of unlimited size on data 1: `B`.
    pub data_amplitude: f64,
    /// How fast it falls with the data: `beta`.
    pub data_exponent: f64,
}

/// The best size and data for a budget.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct ParametricOptimum {
    /// The best size `N`.
    pub size: f64,
    /// The best data `D`.
    pub data: f64,
    /// The loss there, its floor included.
    pub loss: f64,
    /// `d ln N / d ln C`
    pub size_exponent: f64,
    /// `d ln D / d ln C`
    pub data_exponent: f64,
    /// `- d ln (L - E) / d ln C`, the exponent with which the loss above the floor falls.
    pub loss_exponent: f64,
}

/// A fitted law, and how well it is known.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct ParametricFit {
    /// The law.
    pub law: ParametricLaw,
    /// Standard errors of its five constants, in the order of its fields, if deviations are independent; bias is not
    /// included. NaN for a floor that ends at 0; infinite for constants that the data do not determine.
    pub standard_errors: [f64; 5],
    /// The sum of Huber losses.
    pub objective: f64,
    /// Root mean square of the deviations of `ln L`.
    pub residual: f64,
    /// The largest of them.
    pub largest_residual: f64,
}

impl ParametricLaw {
    /// The transition from squares to moduli that Hoffmann et al. (2022) use.
    pub const USUAL_DELTA: f64 = 1e-3;

    /// The loss at a size and an amount of data.
    pub fn loss(&self, size: f64, data: f64) -> f64 {
        self.floor
            + self.size_amplitude * size.powf(-self.size_exponent)
            + self.data_amplitude * data.powf(-self.data_exponent)
    }

    /// The best size and data at a cost `prefactor * N * D` of `budget` (equation (Parametric)); the prefactor is 6 for
    /// floating-point operations of transformers, 1 for width times time.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for a budget or a prefactor that is not positive and finite, and for amplitudes and
    /// exponents that are not: without both terms there is no optimum.
    pub fn optimum(&self, budget: f64, prefactor: f64) -> Result<ParametricOptimum> {
        let Self { size_amplitude: a, size_exponent: alpha, data_amplitude: b, data_exponent: beta, .. } = *self;
        for (name, value) in [
            ("budget", budget),
            ("prefactor", prefactor),
            ("size amplitude", a),
            ("size exponent", alpha),
            ("data amplitude", b),
            ("data exponent", beta),
        ] {
            if !(value > 0.0 && value.is_finite()) {
                return Err(Error::OutOfRange { name, value, allowed: "positive and finite" });
            }
        }
        let (size_exponent, data_exponent) = (beta / (alpha + beta), alpha / (alpha + beta));
        let log_g = ((alpha / beta).ln() + a.ln() - b.ln()) / (alpha + beta);
        let log_c = budget.ln() - prefactor.ln();
        let (size, data) = ((size_exponent * log_c + log_g).exp(), (data_exponent * log_c - log_g).exp());
        let loss_exponent = alpha * size_exponent;
        Ok(ParametricOptimum { size, data, loss: self.loss(size, data), size_exponent, data_exponent, loss_exponent })
    }

    /// The law whose Huber loss of logarithmic deviations is least (equation (Huber)), from several starts; `delta` is
    /// [`USUAL_DELTA`](Self::USUAL_DELTA), or infinite for least squares.
    ///
    /// # Errors
    ///
    /// [`Error::BadEntry`] for entries that are not positive and finite; [`Error::OutOfRange`] for a `delta` that is
    /// not positive; [`Error::BadFit`] for lists of different lengths, fewer than six points, and sizes or data that
    /// are all the same; [`Error::NoConvergence`] for losses that no such law describes.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::fit::ParametricLaw;
    ///
    /// let law = ParametricLaw {
    ///     floor: 1.8,
    ///     size_amplitude: 480.0,
    ///     size_exponent: 0.35,
    ///     data_amplitude: 2100.0,
    ///     data_exponent: 0.37,
    /// };
    /// let point = |i: i32| (10_f64.powi(6 + i / 6), 10_f64.powi(8 + i % 6));
    /// let points: Vec<(f64, f64)> = (0..36).map(point).collect();
    /// let (sizes, data): (Vec<f64>, Vec<f64>) = points.iter().copied().unzip();
    /// let losses: Vec<f64> = points.iter().map(|(n, d)| law.loss(*n, *d)).collect();
    /// let fit = ParametricLaw::fit(&sizes, &data, &losses, ParametricLaw::USUAL_DELTA)?;
    /// assert!((fit.law.size_exponent - 0.35).abs() < 1e-9 && fit.residual < 1e-12);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn fit(sizes: &[f64], data: &[f64], losses: &[f64], delta: f64) -> Result<ParametricFit> {
        let problem = Problem::new(sizes, data, losses)?;
        if delta <= 0.0 || delta.is_nan() {
            return Err(Error::OutOfRange { name: "delta", value: delta, allowed: "positive, infinite for squares" });
        }
        let mut best: Option<Least<5>> = None;
        for start in problem.starts(delta) {
            let least = minimise(&problem, start, delta)?;
            if best.is_none_or(|best| least.objective < best.objective) {
                best = Some(least);
            }
        }
        best.map(|best| problem.report(&best, delta)).ok_or_else(|| bad_fit("no start for these losses".to_owned()))
    }
}

/// Fewest points of a fit: one more than there are constants.
const FEWEST: usize = 6;

/// Exponents at which fits begin.
const EXPONENTS: [f64; 7] = [0.03, 0.1, 0.25, 0.5, 0.9, 1.5, 2.5];

/// Starts that are followed, the most promising ones.
const FOLLOWED: usize = 8;

/// The data of a fit. Parameters are the floor, in units of the least loss, and the logarithms of both terms at the
/// mean size and data with their exponents: those at size 1 and data 1, far from all points, would be known only
/// together with the exponents.
struct Problem {
    /// Logarithms of sizes, data and losses, less their origin.
    points: Vec<[f64; 3]>,
    origin: [f64; 3],
}

impl Problem {
    fn new(sizes: &[f64], data: &[f64], losses: &[f64]) -> Result<Self> {
        same_length(("sizes", "losses"), (sizes.len(), losses.len()))?;
        same_length(("amounts of data", "losses"), (data.len(), losses.len()))?;
        let (sizes, data) = (logarithms("sizes", sizes)?, logarithms("data", data)?);
        let losses = logarithms("losses", losses)?;
        if losses.len() < FEWEST {
            let count = losses.len();
            return Err(bad_fit(format!("{count} points for five constants: give at least {FEWEST}")));
        }
        for (name, list) in [("sizes", &sizes), ("data", &data)] {
            if list.iter().all(|x| (x - list[0]).abs() <= f64::EPSILON * x.abs()) {
                return Err(bad_fit(format!("all {name} are the same: vary them")));
            }
        }
        let origin = [mean(&sizes), mean(&data), losses.iter().copied().fold(f64::INFINITY, f64::min)];
        let points = sizes.iter().zip(&data).zip(&losses);
        let points = points.map(|((n, d), l)| [n - origin[0], d - origin[1], l - origin[2]]).collect();
        Ok(Self { points, origin })
    }

    /// For pairs of exponents the other constants by linear least squares of relative deviations; the best ones.
    fn starts(&self, delta: f64) -> Vec<[f64; 5]> {
        let pairs = EXPONENTS.into_iter().flat_map(|alpha| EXPONENTS.map(|beta| (alpha, beta)));
        let mut starts: Vec<(f64, [f64; 5])> = pairs
            .map(|(alpha, beta)| {
                let start = self.linear(alpha, beta);
                let rows = self.at(&start);
                (rows.iter().map(|(residual, _)| huber(*residual, delta)).sum(), start)
            })
            .collect();
        starts.sort_by(|x, y| x.0.total_cmp(&y.0));
        starts.into_iter().take(FOLLOWED).map(|(_, start)| start).collect()
    }

    /// Floor and amplitudes for given exponents; what would be negative is set to a small part of the losses.
    fn linear(&self, alpha: f64, beta: f64) -> [f64; 5] {
        let row = |[n, d, l]: &[f64; 3]| [(-l).exp(), (-alpha * n - l).exp(), (-beta * d - l).exp()];
        let rows: Vec<[f64; 3]> = self.points.iter().map(row).collect();
        let ones = vec![1.0; rows.len()];
        let with_floor = least_squares(&rows, &ones).map(|(found, _)| found);
        let [floor, a, b] = with_floor.filter(|[floor, ..]| *floor > 0.0).unwrap_or_else(|| {
            let rows: Vec<[f64; 2]> = rows.iter().map(|[_, n, d]| [*n, *d]).collect();
            let [a, b] = least_squares(&rows, &ones).map_or([0.5; 2], |(found, _)| found);
            [0.0, a, b]
        });
        const SMALL: f64 = 1e-3;
        [floor, a.max(SMALL).ln(), alpha, b.max(SMALL).ln(), beta]
    }

    fn report(&self, best: &Least<5>, delta: f64) -> ParametricFit {
        let [floor, log_a, alpha, log_b, beta] = best.parameters;
        let [n, d, l] = self.origin;
        let law = ParametricLaw {
            floor: floor * l.exp(),
            size_amplitude: (log_a + l + alpha * n).exp(),
            size_exponent: alpha,
            data_amplitude: (log_b + l + beta * d).exp(),
            data_exponent: beta,
        };
        let rows = self.at(&best.parameters);
        let errors = self.errors(&rows, &law, delta);
        ParametricFit {
            law,
            standard_errors: errors,
            objective: best.objective,
            residual: root_mean_square(rows.iter().map(|(residual, _)| *residual), rows.len()),
            largest_residual: rows.iter().map(|(residual, _)| residual.abs()).fold(0.0, f64::max),
        }
    }

    /// Standard errors of the constants of the law, by those of the parameters.
    fn errors(&self, rows: &[(f64, [f64; 5])], law: &ParametricLaw, delta: f64) -> [f64; 5] {
        let [n, d, l] = self.origin;
        // of an amplitude at the origin and its exponent at index `i`, to that at size or data 1
        let amplitude = |c: &dyn Fn(usize, usize) -> f64, i: usize, origin: f64, value: f64| {
            value * (c(i, i) + 2.0 * origin * c(i, i + 1) + origin * origin * c(i + 1, i + 1)).max(0.0).sqrt()
        };
        if law.floor > 0.0 {
            let full = covariance(rows, delta);
            let c = |i: usize, j: usize| full[i][j];
            let [a, b] =
                [(1, n, law.size_amplitude), (3, d, law.data_amplitude)].map(|(i, o, v)| amplitude(&c, i, o, v));
            return [l.exp() * c(0, 0).sqrt(), a, c(2, 2).sqrt(), b, c(4, 4).sqrt()];
        }
        // at its bound the floor is not a parameter
        let rows: Vec<(f64, [f64; 4])> = rows.iter().map(|(r, [_, slopes @ ..])| (*r, *slopes)).collect();
        let rest = covariance(&rows, delta);
        let c = |i: usize, j: usize| rest[i][j];
        let [a, b] = [(0, n, law.size_amplitude), (2, d, law.data_amplitude)].map(|(i, o, v)| amplitude(&c, i, o, v));
        [f64::NAN, a, c(1, 1).sqrt(), b, c(3, 3).sqrt()]
    }
}

impl Residuals<5> for Problem {
    const BOUNDED: [bool; 5] = [true, false, false, false, false];

    fn at(&self, &[floor, log_a, alpha, log_b, beta]: &[f64; 5]) -> Vec<(f64, [f64; 5])> {
        let row = |[n, d, l]: &[f64; 3]| {
            let (by_size, by_data) = ((log_a - alpha * n).exp(), (log_b - beta * d).exp());
            let loss = floor + by_size + by_data;
            let (x, y) = (by_size / loss, by_data / loss);
            (loss.ln() - l, [1.0 / loss, x, -n * x, y, -d * y])
        };
        self.points.iter().map(row).collect()
    }
}
