//! Covariances and tangent kernels of infinitely wide networks, as functions of a complex angle between inputs.

use std::f64::consts::{FRAC_1_PI, FRAC_2_PI, FRAC_PI_2, PI};

use num_complex::Complex64;

use crate::numerics::csqrt;

/// The nonlinearity of a network's hidden units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Activation {
    /// `max(x, 0)`.
    Relu,
    /// The error function, a sigmoid from -1 to 1.
    Erf,
}

/// Which of a network's two kernels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// Covariance of the outputs at random weights.
    Covariance,
    /// Kernel of gradient descent on all weights and biases.
    Tangent,
}

/// A fully connected network of infinite width: equations (K.network) and (K.tangent).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Network {
    pub activation: Activation,
    pub which: Which,
    pub depth: u32,
    pub weight: f64,
    pub bias: f64,
}

/// The other end of a layer's map, where the correlation is -1.
const OPPOSITE: f64 = PI;

impl Network {
    /// True if the covariance of opposite inputs is the opposite one.
    pub fn is_odd(&self) -> bool {
        self.activation == Activation::Erf && self.bias <= 0.0
    }

    /// True if odd degrees from 3 on vanish.
    pub fn lacks_odd(&self) -> bool {
        self.activation == Activation::Relu && self.bias <= 0.0 && self.depth == 1
    }

    /// Variances of the preactivations of every layer, the last one included.
    pub fn diagonals(&self) -> Vec<f64> {
        let mut all = vec![self.weight + self.bias];
        for _ in 0..self.depth {
            let q = all[all.len() - 1];
            let transmitted = match self.activation {
                Activation::Relu => q,
                Activation::Erf => FRAC_2_PI * (2.0 * q / (1.0 + 2.0 * q)).asin(),
            };
            all.push(self.weight * transmitted + self.bias);
        }
        all
    }

    /// The largest growth of small differences between inputs from layer to layer.
    pub fn growth(&self) -> f64 {
        let slope = |q: &f64| self.weight * self.slope(*q);
        self.diagonals().iter().take(self.depth as usize).map(|q| slope(q).max(1.0)).product()
    }

    /// The slope of the covariance that a layer transmits, without its weights, for equal inputs.
    fn slope(&self, q: f64) -> f64 {
        match self.activation {
            Activation::Relu => 1.0,
            Activation::Erf => 2.0 * FRAC_2_PI / (1.0 + 4.0 * q).sqrt(),
        }
    }

    /// The kernel of an input with itself.
    pub fn trace(&self) -> f64 {
        let diagonals = self.diagonals();
        let covariance = diagonals[self.depth as usize];
        if self.which == Which::Covariance {
            return covariance;
        }
        diagonals.windows(2).fold(diagonals[0], |tangent, q| q[1] + self.weight * self.slope(q[0]) * tangent)
    }

    /// How much the kernel of a network of rectifiers at an angle `theta` falls short of that at angle 0, with
    /// `Im theta <= 0` and `0 <= Re theta <= pi`, above the cuts of `cos theta`: real and imaginary parts each to full
    /// relative accuracy on the cuts and next to them (see "Rectifiers" in the theory).
    pub fn relu_gap(&self, theta: Complex64) -> Complex64 {
        let mut q = self.weight + self.bias;
        let share = self.weight / q;
        // sin^2 and cos^2 of half the angle
        let opposite = theta.re >= OPPOSITE;
        let half = 0.5 * theta;
        let (sin, cos) = (
            Complex64::new(half.re.sin() * half.im.cosh(), if opposite { 0.0 } else { half.re.cos() * half.im.sinh() }),
            if opposite { Complex64::new(0.0, -half.im.sinh()) } else { half.cos() },
        );
        let mut y = share * sin * sin;
        if opposite {
            // above the left cut
            y.im = -0.0;
        }
        let mut complement = self.bias / q + share * cos * cos;
        complement.im = -y.im;
        let mut angle = if self.bias > 0.0 { angle(y, complement) } else { theta };
        let (mut diagonal, mut tangent) = (q, 2.0 * q * y);
        for _ in 0..self.depth {
            let next = self.weight * q + self.bias;
            let share = self.weight * q / next;
            y = share * half_gap(angle);
            // 1 - slope is angle/pi
            tangent = 2.0 * next * y + self.weight * (diagonal * angle + tangent * (PI - angle)) * FRAC_1_PI;
            diagonal = next + self.weight * diagonal;
            q = next;
            angle = self::angle(y, 1.0 - y);
        }
        match self.which {
            Which::Covariance => 2.0 * q * y,
            Which::Tangent => tangent,
        }
    }
}

/// `(1 - kappa(cos theta))/2` of the arc-cosine kernel of degree 1.
fn half_gap(theta: Complex64) -> Complex64 {
    if theta.re > FRAC_PI_2 {
        return 0.5 - 0.5 * FRAC_1_PI * sine_gap(Complex64::new(PI - theta.re, -theta.im));
    }
    let (re, im) = ((0.5 * theta.re).sin() * (0.5 * theta.im).cosh(), (0.5 * theta.re).cos() * (0.5 * theta.im).sinh());
    let half = Complex64::new(re, im);
    half * half - 0.5 * FRAC_1_PI * sine_gap(theta)
}

/// `sin z - z cos z`, real and imaginary part each accurate however small.
fn sine_gap(z: Complex64) -> Complex64 {
    let (x, y) = (z.re, z.im);
    let (sin, cos) = x.sin_cos();
    let (sinh, cosh) = (y.sinh(), y.cosh());
    Complex64::new(
        cosh * gap_series(x, -1.0, || sin - x * cos) - y * sinh * sin,
        -cos * gap_series(y, 1.0, || y * cosh - sinh) + x * sin * sinh,
    )
}

/// `sum_m sign^(m+1) 2m x^(2m+1) / (2m+1)!` for small `x`: `x cosh x - sinh x` or `sin x - x cos x`.
fn gap_series(x: f64, sign: f64, closed: impl Fn() -> f64) -> f64 {
    if x.abs() > 1.0 {
        return closed();
    }
    let square = sign * x * x;
    let mut term = x * x * x / 6.0;
    let mut sum = 0.0;
    for m in 1..12 {
        let two_m = 2.0 * f64::from(m);
        sum += two_m * term;
        term *= square / ((two_m + 2.0) * (two_m + 3.0));
    }
    sum
}

/// The angle with `sin^2(angle/2) = y` and `cos^2(angle/2) = complement`, real part from 0 to pi.
fn angle(y: Complex64, complement: Complex64) -> Complex64 {
    let sin = csqrt(y);
    2.0 * arcsine(sin, complement / (1.0 + sin))
}

/// The inverse sine of `x`, given `1 - x` as well, by Kahan's formula, whose two parts are accurate one by one.
pub(super) fn arcsine(x: Complex64, one_minus: Complex64) -> Complex64 {
    let (minus, plus) = (csqrt(one_minus), csqrt(1.0 + x));
    Complex64::new(x.re.atan2((minus * plus).re), (minus.conj() * plus).im.asinh())
}
