//! Double sums over the nodes of a contour: every term of the loss that does not factorise over modes.

use num_complex::Complex64;

use crate::correlation::{Argument, Covariance, Sizes, covariance};
use crate::precision::CONTOUR_ROUNDING;

/// Number of separate terms: features, data, both, noise, noise and features.
const TERMS: usize = 5;

/// Lanes of the long sums, a multiple of every common vector width.
const LANES: usize = 4;

/// A function of two arguments at all pairs of nodes, in four columns: real and imaginary parts at `(z_j, z_k)` and at
/// `(z_j, conj z_k)` for `j <= k`.
///
/// Only this half is needed: the functions are symmetric, and take conjugate values at conjugate arguments.
struct Table {
    columns: [Vec<f64>; 4],
}

impl Table {
    fn with_capacity(count: usize) -> Self {
        Self { columns: std::array::from_fn(|_| Vec::with_capacity(count)) }
    }

    fn push(&mut self, same: Complex64, opposite: Complex64) {
        for (column, value) in self.columns.iter_mut().zip([same.re, same.im, opposite.re, opposite.im]) {
            column.push(value);
        }
    }

    /// The double sum with products of node weights in the same layout.
    fn sum(&self, products: &Table) -> f64 {
        let [a, b, c, d] = &self.columns;
        let [p, q, r, s] = &products.columns;
        let mut lanes = [0.0; LANES];
        let len = a.len();
        let whole = len - len % LANES;
        for start in (0..whole).step_by(LANES) {
            let at = start..start + LANES;
            let (a, b, c, d) = (&a[at.clone()], &b[at.clone()], &c[at.clone()], &d[at.clone()]);
            let (p, q, r, s) = (&p[at.clone()], &q[at.clone()], &r[at.clone()], &s[at]);
            for lane in 0..LANES {
                lanes[lane] += a[lane] * p[lane] - b[lane] * q[lane] + c[lane] * r[lane] - d[lane] * s[lane];
            }
        }
        for i in whole..len {
            lanes[0] += a[i] * p[i] - b[i] * q[i] + c[i] * r[i] - d[i] * s[i];
        }
        2.0 * lanes.iter().sum::<f64>()
    }
}

pub(super) struct Pairs {
    terms: [Table; TERMS],
    signal: Table,
    noise: Table,
    /// Bounds on the absolute errors of the signal and noise tables, both of their columns together.
    signal_bound: Vec<f64>,
    noise_bound: Vec<f64>,
}

/// The sums of all tables with the weights of one time.
pub(super) struct PairLosses {
    pub terms: [f64; TERMS],
    /// Signal and noise of the train residual, or of the gap.
    pub second_signal: f64,
    pub second_noise: f64,
    pub signal_error: f64,
    pub noise_error: f64,
}

impl Pairs {
    pub fn new(sizes: Sizes, arguments: &[Argument]) -> Self {
        let count = arguments.len() * (arguments.len() + 1) / 2;
        let mut pairs = Self {
            terms: std::array::from_fn(|_| Table::with_capacity(count)),
            signal: Table::with_capacity(count),
            noise: Table::with_capacity(count),
            signal_bound: Vec::with_capacity(count),
            noise_bound: Vec::with_capacity(count),
        };
        let conjugates: Vec<Argument> = arguments.iter().map(Argument::conjugate).collect();
        for (j, x) in arguments.iter().enumerate() {
            for (y, z) in arguments[j..].iter().zip(&conjugates[j..]) {
                pairs.push(&covariance(sizes, x, y), &covariance(sizes, x, z));
            }
        }
        pairs
    }

    fn push(&mut self, same: &Covariance, opposite: &Covariance) {
        let split = |c: &Covariance| [c.features, c.data, c.data_features, c.noise_data, c.noise_data_features];
        let (same_terms, opposite_terms) = (split(same), split(opposite));
        for (table, (s, o)) in self.terms.iter_mut().zip(same_terms.iter().zip(&opposite_terms)) {
            table.push(*s, *o);
        }
        let signal = |terms: &[Complex64; TERMS]| terms[0] + terms[1] + terms[2];
        let noise = |terms: &[Complex64; TERMS]| terms[3] + terms[4];
        self.signal.push(signal(&same_terms), signal(&opposite_terms));
        self.noise.push(noise(&same_terms), noise(&opposite_terms));
        let bound = |part: &dyn Fn(&[Complex64; TERMS]) -> Complex64| {
            (CONTOUR_ROUNDING + same.rounding) * modulus(part(&same_terms))
                + (CONTOUR_ROUNDING + opposite.rounding) * modulus(part(&opposite_terms))
        };
        self.signal_bound.push(bound(&signal));
        self.noise_bound.push(bound(&noise));
    }

    /// Sums for the weights of the test residual, and of the train residual or (with `gap`) of the difference of both.
    pub fn at(&self, test: &[Complex64], second: &[Complex64], gap: bool) -> PairLosses {
        let by_test = products(test, test);
        let by_second = if gap {
            // test x test - train x train, symmetrised, in a form that does not cancel
            let both: Vec<Complex64> = test.iter().zip(second).map(|(w, l)| 2.0 * w - l).collect();
            products(second, &both)
        } else {
            products(second, second)
        };
        let sizes: Vec<f64> = test.iter().map(|w| w.norm()).collect();
        let (mut signal_error, mut noise_error, mut index) = (0.0, 0.0, 0);
        for (j, x) in sizes.iter().enumerate() {
            let row = index..index + sizes.len() - j;
            let weighted = |bound: &[f64]| bound.iter().zip(&sizes[j..]).map(|(b, y)| b * y).sum::<f64>();
            // pairs off the diagonal count twice, and every pair has its conjugate
            signal_error += 4.0 * x * weighted(&self.signal_bound[row.clone()]);
            noise_error += 4.0 * x * weighted(&self.noise_bound[row.clone()]);
            index = row.end;
        }
        PairLosses {
            terms: std::array::from_fn(|i| self.terms[i].sum(&by_test)),
            second_signal: self.signal.sum(&by_second),
            second_noise: self.noise.sum(&by_second),
            signal_error,
            noise_error,
        }
    }
}

/// Symmetrised products of node weights in the layout of a [`Table`], off-diagonal ones counted twice.
fn products(x: &[Complex64], y: &[Complex64]) -> Table {
    let mut table = Table::with_capacity(x.len() * (x.len() + 1) / 2);
    let [same_re, same_im, opposite_re, opposite_im] = &mut table.columns;
    for j in 0..x.len() {
        let (a, b) = (x[j], y[j]);
        let row = || x[j..].iter().zip(&y[j..]);
        let start = same_re.len();
        same_re.extend(row().map(|(c, d)| a.re * d.re - a.im * d.im + b.re * c.re - b.im * c.im));
        same_im.extend(row().map(|(c, d)| a.re * d.im + a.im * d.re + b.re * c.im + b.im * c.re));
        opposite_re.extend(row().map(|(c, d)| a.re * d.re + a.im * d.im + b.re * c.re + b.im * c.im));
        opposite_im.extend(row().map(|(c, d)| a.im * d.re - a.re * d.im + b.im * c.re - b.re * c.im));
        for column in [&mut *same_re, same_im, opposite_re, opposite_im] {
            column[start] *= 0.5;
        }
    }
    table
}

fn modulus(z: Complex64) -> f64 {
    z.norm_sqr().sqrt()
}
