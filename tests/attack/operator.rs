//! The renormalised ridge `kappa(z)` of equation (R), its edges, and the two-point function of equation (C): plain sums
//! over all modes at every argument.

use crate::double_double::{Complex, Double, ONE, UNIT, ZERO, complex, real};

/// Levels of equal modes, and sizes.
#[derive(Debug, Clone)]
pub struct Operator {
    /// Eigenvalue, multiplicity, target power of all modes of the level.
    pub levels: Vec<(Double, Double, Double)>,
    pub width: f64,
    pub samples: f64,
}

/// `kappa(z)` and its responses.
#[derive(Debug, Clone, Copy)]
pub struct State {
    pub z: Complex,
    pub kappa: Complex,
    /// `1 - D/P` and `1 - D/N`.
    pub r1: Complex,
    pub r3: Complex,
    pub d: Complex,
}

/// Integrals over residuals of one model, in the order of [`Operator::pair`].
pub const SIGNAL: usize = 0;
pub const NOISE: usize = 1;
pub const BIAS: usize = 2;
pub const SAME_DATA: usize = 3;
pub const SAME_FEATURES: usize = 4;
pub const PAIRS: usize = 5;

impl Operator {
    fn inverse_width(&self) -> Double {
        ONE / real(self.width)
    }

    fn inverse_samples(&self) -> Double {
        ONE / real(self.samples)
    }

    pub fn modes(&self) -> Double {
        self.levels.iter().map(|level| level.1).sum()
    }

    pub fn trace(&self) -> Double {
        self.levels.iter().map(|level| level.0 * level.1).sum()
    }

    pub fn power(&self) -> Double {
        self.levels.iter().map(|level| level.2).sum()
    }

    pub fn smallest_size(&self) -> f64 {
        self.width.min(self.samples)
    }

    /// All modes can be learned.
    pub fn is_full(&self) -> bool {
        (real(self.smallest_size()) - self.modes()).is_positive()
    }

    fn top(&self) -> Double {
        self.levels.iter().map(|level| level.0).fold(ZERO, |x, y| if y > x { y } else { x })
    }

    fn bottom(&self) -> Double {
        self.levels
            .iter()
            .filter(|level| level.1.is_positive())
            .map(|l| l.0)
            .fold(self.top(), |x, y| if y < x { y } else { x })
    }

    /// `D` and `-kappa dD/dkappa = sum lambda kappa/(lambda + kappa)^2`.
    fn counts(&self, kappa: Double) -> (Double, Double) {
        let (mut d, mut slope) = (ZERO, ZERO);
        for &(lambda, multiplicity, _) in &self.levels {
            let inverse = ONE / (lambda + kappa);
            let term = multiplicity * lambda * inverse;
            d += term;
            slope += term * kappa * inverse;
        }
        (d, slope)
    }

    /// `kappa R1 R3` at a real argument, where both responses are positive, and `kappa` is above it.
    fn ridge_of(&self, kappa: Double) -> Option<Double> {
        let (d, _) = self.counts(kappa);
        let (r1, r3) = (ONE - d * self.inverse_samples(), ONE - d * self.inverse_width());
        (r1.is_positive() && r3.is_positive()).then(|| kappa * r1 * r3)
    }

    /// Equation (R.real), by bisection; `z = 0` is the limit from above.
    pub fn real_kappa(&self, z: Double) -> Double {
        let mut low = z;
        let mut high = z + self.trace() * (self.inverse_samples() + self.inverse_width());
        let too_small = |kappa: Double| self.ridge_of(kappa).is_none_or(|ridge| ridge < z);
        if !z.is_positive() {
            if real(self.smallest_size()) >= self.modes() {
                return ZERO;
            }
            low = real(1e-280);
        }
        for _ in 0..60 {
            if high.value() < 2.0 * low.value() {
                break;
            }
            let middle = low.sqrt() * high.sqrt();
            if too_small(middle) { low = middle } else { high = middle }
        }
        for _ in 0..108 {
            let middle = (low + high) * real(0.5);
            if too_small(middle) { low = middle } else { high = middle }
        }
        high
    }

    fn state(&self, z: Complex, kappa: Complex) -> State {
        let d: Complex = self
            .levels
            .iter()
            .map(|&(lambda, multiplicity, _)| (Complex::from(lambda) + kappa).inverse().times(lambda * multiplicity))
            .sum();
        let one_less = |inverse: Double| UNIT - d.times(inverse);
        let (mut r1, mut r3) = (one_less(self.inverse_samples()), one_less(self.inverse_width()));
        // the smaller response from the equation itself, which does not subtract
        if self.samples < self.width {
            r1 = z / (kappa * r3);
        } else if self.width < self.samples {
            r3 = z / (kappa * r1);
        }
        State { z, kappa, r1, r3, d }
    }

    pub fn real_state(&self, z: Double) -> State {
        let kappa = self.real_kappa(z);
        let mut state = self.state(z.into(), kappa.into());
        if !z.is_positive() && !kappa.is_positive() {
            let modes = self.modes();
            state.r1 = (ONE - modes * self.inverse_samples()).into();
            state.r3 = (ONE - modes * self.inverse_width()).into();
        }
        state
    }

    /// `kappa R1 R3 / z - 1` and `d ln(kappa R1 R3) / d ln kappa`.
    fn misfit(&self, z: Complex, kappa: Complex) -> (Complex, Complex) {
        let (mut d, mut slope) = (complex(ZERO, ZERO), complex(ZERO, ZERO));
        for &(lambda, multiplicity, _) in &self.levels {
            let inverse = (Complex::from(lambda) + kappa).inverse();
            let term = inverse.times(lambda * multiplicity);
            d += term;
            slope += term * inverse;
        }
        let slope = slope * kappa;
        let (p, n) = (self.inverse_samples(), self.inverse_width());
        let (r1, r3) = (UNIT - d.times(p), UNIT - d.times(n));
        let derivative = UNIT + slope.times(p) / r1 + slope.times(n) / r3;
        (kappa * r1 * r3 / z - UNIT, derivative)
    }

    /// Newton's iteration in `ln kappa`; checked by equation (R.unique).
    fn refine(&self, z: Complex, mut kappa: Complex) -> Option<Complex> {
        let mut last = f64::INFINITY;
        for iteration in 0..25 {
            let (misfit, derivative) = self.misfit(z, kappa);
            // ln(1 + misfit), to the precision of doubles unless small
            let size = misfit.norm();
            let logarithm = if size < 1e-7 {
                misfit - (misfit * misfit).times(real(0.5))
            } else {
                let grown = num_complex::Complex64::new(1.0 + misfit.re.value(), misfit.im.value()).ln();
                complex(real(grown.re), real(grown.im))
            };
            let step = -(logarithm / derivative);
            let length = step.norm();
            if !length.is_finite() || length > 2.0 || (iteration > 3 && length > 0.5) {
                return None;
            }
            kappa = kappa + kappa * if length < 1e-12 { step } else { step.exp_m1() };
            let converged = length < 1e-28 || (length < 1e-24 && length >= 0.1 * last);
            last = length;
            if converged {
                let allowed = kappa.arg() <= z.arg() + 1e-9 && (kappa.im.is_positive() || z.arg() <= 0.0);
                return allowed.then_some(kappa);
            }
        }
        None
    }

    /// States at arguments in the upper half plane: from the real axis along an arc to the first, and from each to
    /// the next. `None` where the iteration does not get through.
    pub fn along(&self, arguments: &[Complex]) -> Option<Vec<State>> {
        let first = arguments.first()?;
        let start = real(first.norm());
        let mut at: (Complex, Complex) = (start.into(), self.real_kappa(start).into());
        let mut out = Vec::with_capacity(arguments.len());
        for &z in arguments {
            let kappa = self.follow(at, z)?;
            at = (z, kappa);
            out.push(self.state(z, kappa));
        }
        Some(out)
    }

    fn follow(&self, from: (Complex, Complex), to: Complex) -> Option<Complex> {
        let (mut z, mut kappa) = from;
        // in ln z, the upper half plane is a strip
        let log = |z: Complex| num_complex::Complex64::new(z.norm().ln(), z.arg());
        let (begin, end) = (log(z), log(to));
        let (mut done, mut stride) = (0.0, 1.0);
        for _ in 0..4000 {
            let next: f64 = f64::min(1.0, done + stride);
            let target = if next >= 1.0 {
                to
            } else {
                let point = (begin + (end - begin) * next).exp();
                complex(real(point.re), real(point.im))
            };
            // along the tangent
            let (_, derivative) = self.misfit(z, kappa);
            let (a, b) = (log(z), log(target));
            let turn = complex(real(b.re - a.re), real(b.im - a.im)) / derivative;
            let moved = if turn.norm() < 1.0 { Some(kappa * turn.exp()) } else { None };
            match moved.and_then(|guess| Some((guess, self.refine(target, guess)?))) {
                Some((guess, found)) if (found / guess - UNIT).norm() < 0.3 => {
                    (z, kappa, done) = (target, found, next);
                    if done >= 1.0 {
                        return Some(kappa);
                    }
                    stride *= 2.0;
                }
                _ => {
                    stride *= 0.5;
                    if stride < 1e-7 {
                        return None;
                    }
                }
            }
        }
        None
    }

    /// Equation (R.edge): the slow edge, negative if all modes can be learned, or 0.
    pub fn slow_edge(&self) -> Double {
        if !self.is_full() {
            return ZERO;
        }
        let bottom = self.bottom();
        if self.smallest_size().is_infinite() {
            return -bottom;
        }
        // -kappa R1 R3 has one maximum between 0 and the point where D = m
        let value = |kappa: Double| -> Option<Double> { self.ridge_of(kappa) };
        let slope_is_positive = |kappa: Double| -> bool {
            // d z / d kappa < 0 to the left of the minimum of z
            let (d, counted) = self.counts(kappa);
            let (r1, r3) = (ONE - d * self.inverse_samples(), ONE - d * self.inverse_width());
            (r1 * r3 + counted * (r1 * self.inverse_width() + r3 * self.inverse_samples())).is_positive()
        };
        let (mut low, mut high) = (-bottom, ZERO);
        for _ in 0..108 {
            let middle = (low + high) * real(0.5);
            if value(middle).is_some() && slope_is_positive(middle) { high = middle } else { low = middle }
        }
        value(high).unwrap_or(ZERO)
    }

    /// Equation (R.top): the fast edge, negative.
    pub fn fast_edge(&self) -> Double {
        let top = self.top();
        if self.smallest_size().is_infinite() {
            return -top;
        }
        let ridge = |kappa: Double| {
            let (d, _) = self.counts(kappa);
            kappa * (ONE - d * self.inverse_samples()) * (ONE - d * self.inverse_width())
        };
        let beyond = |kappa: Double| {
            let (d, counted) = self.counts(kappa);
            let (r1, r3) = (ONE - d * self.inverse_samples(), ONE - d * self.inverse_width());
            (r1 * r3 + counted * (r1 * self.inverse_width() + r3 * self.inverse_samples())).is_positive()
        };
        let (mut near, mut far) = (-top, -(top * real(4.0) + self.trace() * real(16.0)));
        for _ in 0..108 {
            let middle = (near + far) * real(0.5);
            if beyond(middle) { far = middle } else { near = middle }
        }
        ridge(far)
    }

    /// `1/(lambda + kappa)` at every level.
    pub fn inverses(&self, kappa: Complex) -> Vec<Complex> {
        self.levels.iter().map(|level| (Complex::from(level.0) + kappa).inverse()).collect()
    }

    /// Equations (C), (V.bias), (V.same-data) and (V.same-features), each times `kappa kappa'`: per unit of target
    /// power and of label noise.
    pub fn pair(&self, x: &State, y: &State, x_inverses: &[Complex], y_inverses: &[Complex]) -> [Complex; PAIRS] {
        let nothing = complex(ZERO, ZERO);
        let (mut s1, mut t1, mut t2) = (nothing, nothing, nothing);
        for ((&(lambda, multiplicity, power), a), b) in self.levels.iter().zip(x_inverses).zip(y_inverses) {
            let product = *a * *b;
            s1 += product.times(lambda * multiplicity);
            if power.is_positive() {
                let weighted = product.times(power);
                t1 += weighted;
                t2 += weighted.times(lambda);
            }
        }
        let both = x.kappa * y.kappa;
        let (by_width, by_samples) = (self.inverse_width(), self.inverse_samples());
        // equation (C.den), and the forms of n and p above it
        let denominator = x.r1 * y.r3 + s1 * ((x.r1 * x.kappa).times(by_width) + (y.r3 * y.kappa).times(by_samples));
        let n = x.r3 + (y.kappa * s1).times(by_width);
        let p = x.r1 + (y.kappa * s1).times(by_samples);
        let features = (s1 * t2).times(by_width);
        [
            both * (n * t1 + features) / denominator,
            n / denominator,
            both * t1,
            both * t1 / p,
            both * (t1 + features / n),
        ]
    }
}
