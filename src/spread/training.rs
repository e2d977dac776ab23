//! Runs of training: covariances of losses, and the mean to the next order, from double sums over one contour
//! (equations (Spread.flow) and (Shift.flow)).

use num_complex::Complex64;

use super::common::{Common, Observable};
use super::estimate::Estimate;
use super::pairs::{PairSums, Seen, View};
use super::staggered::Staggered;
use crate::error::Result;
use crate::model::Model;
use crate::precision::CONTOUR_ROUNDING;
use crate::resolvent::Solver;
use crate::training::evolution;
use crate::training::method::Method;

/// One model trained for one time: the nodes of its contour with everything that depends on a single argument.
#[derive(Debug)]
pub(super) struct Line {
    model: Model,
    z: Vec<Complex64>,
    /// `omega`, and its size with that of its error in units of the usual one.
    omega: Vec<Complex64>,
    omega_size: Vec<f64>,
    kappa: Vec<Complex64>,
    test: Ends,
    train: Ends,
}

/// The ends of a line (equation (Spread.ends)), with the sizes of the sums that they are.
#[derive(Debug)]
struct Ends {
    beta: Vec<Complex64>,
    size: Vec<f64>,
}

impl Line {
    /// A method at a finite positive time.
    pub fn new(model: &Model, method: &dyn Method, t: f64) -> Result<Self> {
        let fast = evolution::fast_edge(method, &Solver::new(model));
        let (contour, hugged) = Staggered::new(method, t, fast, model.spectrum())?;
        let model = match hugged {
            Some(spectrum) => model.clone().with_spectrum(spectrum),
            None => model.clone(),
        };
        let spectrum = model.spectrum();
        let resolved = spectrum.eigenvalues().smallest_resolved().max(spectrum.power().smallest_resolved());
        let above: Vec<Complex64> = contour.nodes.iter().map(|z| if z.im < 0.0 { z.conj() } else { *z }).collect();
        let states = Solver::new(&model).along(&above, resolved)?;
        let own = |value: Complex64, z: &Complex64| if z.im < 0.0 { value.conj() } else { value };
        let z = contour.nodes;
        let at = |of: fn(&crate::resolvent::State) -> Complex64| -> Vec<Complex64> {
            states.iter().zip(&z).map(|(state, z)| own(of(state), z)).collect()
        };
        let (kappa, r1) = (at(|state| state.kappa), at(|state| state.r_samples));
        let zeta = at(|state| state.kappa * state.r_width);
        let omega: Vec<Complex64> = contour.weights.iter().zip(&z).map(|(weight, z)| weight / z).collect();
        let omega_size: Vec<f64> = omega
            .iter()
            .zip(&contour.inaccuracy)
            .map(|(omega, inaccuracy)| omega.norm() * (1.0 + inaccuracy))
            .collect();
        let ends = |inner: &[Complex64], outer: &dyn Fn(usize) -> Complex64| {
            let sum = |a: usize| {
                let mut beta = Complex64::ZERO;
                let mut size = 0.0;
                for (b, z_b) in z.iter().enumerate() {
                    let kernel = (z_b.conj() - z[a]).inv();
                    beta += omega[b].conj() * inner[b].conj() * kernel;
                    size += omega_size[b] * inner[b].norm() * kernel.norm();
                }
                (omega[a] * outer(a) * beta, omega_size[a] * outer(a).norm() * size)
            };
            let (beta, size) = (0..z.len()).map(sum).unzip();
            Ends { beta, size }
        };
        let test = ends(&zeta, &|_| Complex64::ONE);
        let train = ends(&z, &|a| r1[a]);
        Ok(Self { model, z, omega, omega_size, kappa, test, train })
    }

    fn ends(&self, observable: Observable) -> &Ends {
        match observable {
            Observable::Test => &self.test,
            Observable::Train => &self.train,
        }
    }

    fn moduli(&self) -> (f64, f64) {
        let moduli = self.kappa.iter().map(|kappa| kappa.norm());
        moduli.fold((f64::INFINITY, 0.0), |(low, high), modulus| (modulus.min(low), modulus.max(high)))
    }

    fn inverse_samples(&self) -> f64 {
        self.model.samples().recip()
    }
}

/// All pair sums of two lines, of models on one spectrum.
#[derive(Debug)]
pub(super) struct Table {
    sums: Vec<PairSums>,
    columns: usize,
}

impl Table {
    /// The pairs of two lines, or of a line with itself.
    pub fn new(x: &Line, y: &Line) -> Self {
        let ((low, high), (other_low, other_high)) = (x.moduli(), y.moduli());
        let view = View::new(x.model.spectrum(), low.min(other_low), high.max(other_high));
        let seen = |line: &Line| -> Vec<Seen> { line.kappa.iter().map(|kappa| view.seen(*kappa)).collect() };
        Self::of(&view, &seen(x), &seen(y))
    }

    /// The pairs of a line with the conjugates of its nodes.
    fn with_conjugates(line: &Line) -> Self {
        let (low, high) = line.moduli();
        let view = View::new(line.model.spectrum(), low, high);
        let rows: Vec<Seen> = line.kappa.iter().map(|kappa| view.seen(*kappa)).collect();
        Self::of(&view, &rows, &rows.iter().map(Seen::conj).collect::<Vec<_>>())
    }

    fn of(view: &View<'_>, rows: &[Seen], columns: &[Seen]) -> Self {
        let pairs = rows.iter().flat_map(|row| columns.iter().map(|column| view.pair(row, column)));
        Self { sums: pairs.collect(), columns: columns.len() }
    }

    fn at(&self, a: usize, b: usize) -> &PairSums {
        &self.sums[a * self.columns + b]
    }
}

/// The correlations of a pair of arguments.
struct Correlations {
    /// `g` of equation (Spread), `c_0` and `c_3` of (Spread.source)
    g: Complex64,
    c0: Complex64,
    c3: Complex64,
    n: Complex64,
    den: Complex64,
}

/// With inverse sizes as far as they are shared, and the noise that is.
fn correlations(sums: &PairSums, kappas: Complex64, iw: f64, is: f64, noise: f64) -> Correlations {
    let PairSums { s1, s2, t1, t2 } = *sums;
    let (n, p) = (1.0 - s2 * iw, 1.0 - s2 * is);
    let crossed = kappas * s1;
    let den = n * p - crossed * s1 * (iw * is);
    let seen = kappas * t1 + noise;
    let c0 = (n * seen + crossed * t2 * iw) / den;
    let c3 = (p * t2 + s1 * seen * is) * iw / den;
    Correlations { g: kappas * t2 * c3 + seen * c0 * is, c0, c3, n, den }
}

/// The covariance of two losses (equation (Spread.flow)), the table being that of both lines.
pub(super) fn covariance(lines: [&Line; 2], table: &Table, observables: [Observable; 2], common: Common) -> Estimate {
    let [x, y] = lines;
    let iw = if common.features { x.model.width().recip() } else { 0.0 };
    let is = x.inverse_samples();
    let label_noise = if common.label_noise { x.model.noise_variance() } else { 0.0 };
    let count = (x.z.len(), y.z.len());
    let mut pairs = Vec::with_capacity(count.0 * count.1);
    for (a, kappa) in x.kappa.iter().enumerate() {
        for (b, other) in y.kappa.iter().enumerate() {
            let (sums, kappas) = (table.at(a, b), kappa * other);
            // g, c0, h: without common inputs only equation (Spread.parts) is left
            pairs.push(if common.inputs {
                let pair = correlations(sums, kappas, iw, is, label_noise + x.model.spectrum().floor());
                [pair.g, pair.c0, pair.n / pair.den]
            } else {
                let features = kappas * sums.t2 * sums.t2 * iw / (1.0 - sums.s2 * iw);
                let noise = Complex64::from(label_noise);
                [features + noise * noise * is, noise, Complex64::ONE]
            });
        }
    }
    let (mut rows, mut columns) = (vec![Complex64::ZERO; count.0], vec![Complex64::ZERO; count.1]);
    let (mut row_sizes, mut column_sizes) = (vec![0.0; count.0], vec![0.0; count.1]);
    for (a, row) in pairs.chunks(count.1).enumerate() {
        for (b, [_, c0, _]) in row.iter().enumerate() {
            rows[a] += y.omega[b] * c0;
            columns[b] += x.omega[a] * c0;
            row_sizes[a] += y.omega_size[b] * c0.norm();
            column_sizes[b] += x.omega_size[a] * c0.norm();
        }
    }
    let (own, other) = (x.ends(observables[0]), y.ends(observables[1]));
    let cut = observables.map(|observable| if observable == Observable::Test { is } else { 0.0 });
    let both = cut[0].min(cut[1]);
    let (mut sum, mut size) = (Complex64::ZERO, 0.0);
    let mut add = |term: Complex64, bound: f64| {
        sum += term;
        size += bound;
    };
    for (a, (row, bound)) in rows.iter().zip(&row_sizes).enumerate() {
        add(-4.0 * cut[1] * own.beta[a] * row * row, 4.0 * cut[1] * own.size[a] * bound * bound);
    }
    for (b, (column, bound)) in columns.iter().zip(&column_sizes).enumerate() {
        add(-4.0 * cut[0] * other.beta[b] * column * column, 4.0 * cut[0] * other.size[b] * bound * bound);
    }
    for (a, row) in pairs.chunks(count.1).enumerate() {
        for (b, [g, _, h]) in row.iter().enumerate() {
            add(8.0 * own.beta[a] * other.beta[b] * g, 8.0 * own.size[a] * other.size[b] * g.norm());
            let sizes = x.omega_size[a] * y.omega_size[b] * row_sizes[a] * column_sizes[b];
            let product = x.omega[a] * y.omega[b] * h * rows[a] * columns[b];
            add(4.0 * both * product, 4.0 * both * sizes * h.norm());
        }
    }
    let whole: Complex64 = x.omega.iter().zip(&rows).map(|(omega, row)| omega * row).sum();
    let whole_size: f64 = x.omega_size.iter().zip(&row_sizes).map(|(omega, row)| omega * row).sum();
    add(-2.0 * both * whole * whole, 2.0 * both * whole_size * whole_size);
    Estimate { value: sum.re, error: CONTOUR_ROUNDING * size + compression(x) * sum.re.abs() }
}

fn compression(line: &Line) -> f64 {
    line.model.spectrum().compression_error()
}

/// What is to be added to the means of the test and train loss (equation (Shift.flow)).
pub(super) fn shifts(line: &Line, table: &Table) -> [Estimate; 2] {
    let (iw, is) = (line.model.width().recip(), line.model.samples().recip());
    let noise = line.model.noise_variance() + line.model.spectrum().floor();
    let crossed = Table::with_conjugates(line);
    let spectrum = line.model.spectrum();
    let mut totals = [Complex64::ZERO; 2];
    let mut sizes = [0.0; 2];
    for (a, &kappa) in line.kappa.iter().enumerate() {
        let own = table.at(a, a);
        let PairSums { s1, s2, t2, .. } = *own;
        let Correlations { c0, c3, n, den, .. } = correlations(own, kappa * kappa, iw, is, noise);
        let p = 1.0 - s2 * is;
        // sum lambda / (lambda + kappa)^3 and with lambda^2; U1 and U2
        let [a3, c3_modes] = third_powers(spectrum.eigenvalues(), kappa);
        let [_, u1] = third_powers(spectrum.power(), kappa);
        let u2 = t2 - kappa * u1;
        let crossings = kappa * s1 * s1 - 2.0 * kappa * kappa * s1 * a3;
        let by_level = (2.0 * c3_modes * (n * is + p * iw) - 2.0 * iw * is * crossings) / den;
        let by_rho = -2.0 * (s2 * n * is + kappa * kappa * s1 * s1 * (iw * is)) / den;
        let kappa2 = kappa * kappa;
        let rung = (p * kappa * u2 * iw - n * kappa2 * u1 * is + 2.0 * kappa2 * kappa * s1 * u1 * (iw * is)) / den;
        let phi = rung + 0.5 * (c0 * is - kappa * c3) * kappa * by_level;
        let phi_size = rung.norm() + 0.5 * ((c0 * is).norm() + (kappa * c3).norm()) * (kappa * by_level).norm();
        for (i, ends) in [&line.test, &line.train].into_iter().enumerate() {
            totals[i] += 2.0 * ends.beta[a] * phi;
            sizes[i] += 2.0 * ends.size[a] * phi_size;
        }
        let in_responses = is * (kappa * (n - kappa * s1 * iw) / den * by_level + 0.5 * by_rho);
        for b in 0..line.z.len() {
            let other = line.kappa[b].conj();
            let sums = crossed.at(a, b);
            let pair = correlations(sums, kappa * other, iw, is, noise);
            let turned =
                0.5 * by_rho * ((kappa + other) * pair.c0 * is - 2.0 * kappa * other * pair.c3) / (kappa - other);
            let u1 = (t2 - sums.t2) / (other - kappa);
            let u2 = sums.t2 - kappa * u1;
            let loop_sum = n * kappa * other * u1 * is * (pair.n - kappa * sums.s1 * iw)
                - kappa2 * other * s1 * (iw * is) * (u1 * pair.n + u2 * sums.s1 * iw);
            let term = pair.c0 * in_responses + turned - 2.0 * loop_sum / (den * pair.den);
            totals[0] -= line.omega[a] * line.omega[b].conj() * term;
            let bound = (pair.c0 * in_responses).norm() + turned.norm() + (2.0 * loop_sum / (den * pair.den)).norm();
            sizes[0] += line.omega_size[a] * line.omega_size[b] * bound * ROUNDING_OF_TERMS;
        }
    }
    let estimate = |i: usize| Estimate {
        value: totals[i].re,
        error: CONTOUR_ROUNDING * sizes[i] + compression(line) * totals[i].re.abs(),
    };
    [estimate(0), estimate(1)]
}

/// Differences in a term of a shift are of neighbouring nodes at least, which lose a digit.
const ROUNDING_OF_TERMS: f64 = 10.0;

/// `sum q / (lambda + kappa)^3`, and with an additional `lambda`.
fn third_powers(measure: &crate::spectrum::Measure, kappa: Complex64) -> [Complex64; 2] {
    measure.sums(kappa, true).higher.map_or([Complex64::from(f64::NAN); 2], |higher| [higher.a3, higher.c3])
}
