//! Pair sums of modes at complex arguments, term by term: nothing is subtracted, and arguments may coincide.

use num_complex::Complex64;

use crate::precision::MOMENTS;
use crate::spectrum::{Measure, Moments, Spectrum};

/// `S1, S2, T1, T2` at two arguments.
#[derive(Debug, Clone, Copy)]
pub(super) struct PairSums {
    pub s1: Complex64,
    pub s2: Complex64,
    pub t1: Complex64,
    pub t2: Complex64,
}

/// Nodes of one measure around the arguments, with the moments of what lies farther away.
#[derive(Debug)]
struct Around<'a> {
    above: &'a Moments,
    nodes: &'a [f64],
    weights: &'a [f64],
    below: &'a Moments,
}

impl<'a> Around<'a> {
    fn new(measure: &'a Measure, low: f64, high: f64) -> Self {
        let (above, nodes, weights, below) = measure.split(low, high);
        Self { above, nodes, weights, below }
    }

    fn inverses(&self, kappa: Complex64) -> Vec<Complex64> {
        self.nodes.iter().map(|lambda| (lambda + kappa).inv()).collect()
    }

    /// `sum q / ((lambda + kappa)(lambda + kappa'))`, and with an additional `lambda`.
    fn sums(&self, [x, y]: [&[Complex64]; 2], kappas: [Complex64; 2]) -> [Complex64; 2] {
        let (mut first, mut second) = (Complex64::ZERO, Complex64::ZERO);
        for ((x, y), (lambda, weight)) in x.iter().zip(y).zip(self.nodes.iter().zip(self.weights)) {
            let term = x * y * *weight;
            first += term;
            second += term * *lambda;
        }
        if self.above.of(0) > 0.0 {
            // 1 / ((lambda + kappa)(lambda + kappa')) in powers of 1/lambda (equation (Head))
            let scale = self.above.scale;
            let series = homogeneous(kappas.map(|kappa| -kappa / scale));
            for (n, coefficient) in series.iter().enumerate() {
                second += coefficient * self.above.of(n);
                if n + 1 < MOMENTS {
                    first += coefficient * (self.above.of(n + 1) / scale);
                }
            }
        }
        if self.below.of(0) > 0.0 {
            // and in powers of lambda (equation (Tail))
            let scale = self.below.scale;
            let inverse = kappas.map(|kappa| kappa.inv());
            let factor = inverse[0] * inverse[1];
            let series = homogeneous(inverse.map(|inverse| -inverse * scale));
            for (n, coefficient) in series.iter().enumerate() {
                first += factor * coefficient * self.below.of(n);
                if n + 1 < MOMENTS {
                    second += factor * coefficient * (self.below.of(n + 1) * scale);
                }
            }
        }
        [first, second]
    }
}

/// The coefficients of `1 / ((1 - x y)(1 - x' y))` in powers of `y`.
fn homogeneous([x, y]: [Complex64; 2]) -> [Complex64; MOMENTS] {
    let mut out = [Complex64::ONE; MOMENTS];
    let mut power = Complex64::ONE;
    for n in 1..MOMENTS {
        power *= y;
        out[n] = out[n - 1] * x + power;
    }
    out
}

/// One argument, with what every pair needs of it.
#[derive(Debug)]
pub(super) struct Seen {
    pub kappa: Complex64,
    eigenvalues: Vec<Complex64>,
    power: Vec<Complex64>,
}

impl Seen {
    /// The conjugate argument.
    pub fn conj(&self) -> Self {
        let conj = |values: &[Complex64]| values.iter().map(Complex64::conj).collect();
        Self { kappa: self.kappa.conj(), eigenvalues: conj(&self.eigenvalues), power: conj(&self.power) }
    }
}

/// A spectrum as seen from arguments within a range of moduli.
#[derive(Debug)]
pub(super) struct View<'a> {
    eigenvalues: Around<'a>,
    power: Around<'a>,
}

impl<'a> View<'a> {
    /// From arguments with moduli between `low` and `high`.
    pub fn new(spectrum: &'a Spectrum, low: f64, high: f64) -> Self {
        let around = |measure| Around::new(measure, low, high);
        Self { eigenvalues: around(spectrum.eigenvalues()), power: around(spectrum.power()) }
    }

    /// An argument in that range.
    pub fn seen(&self, kappa: Complex64) -> Seen {
        Seen { kappa, eigenvalues: self.eigenvalues.inverses(kappa), power: self.power.inverses(kappa) }
    }

    /// The sums of a pair of arguments.
    pub fn pair(&self, x: &Seen, y: &Seen) -> PairSums {
        let kappas = [x.kappa, y.kappa];
        let [s1, s2] = self.eigenvalues.sums([&x.eigenvalues, &y.eigenvalues], kappas);
        let [t1, t2] = self.power.sums([&x.power, &y.power], kappas);
        PairSums { s1, s2, t1, t2 }
    }
}
