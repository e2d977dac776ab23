//! Several numbers at once, for vector instructions: the compiler turns operations on all lanes into single
//! instructions, with no fused operations, so that results are the same bits on every processor.

use std::ops::{Add, Mul, Neg, Sub};

use num_complex::Complex64;
use pulp::{Arch, Simd, WithSimd};

use crate::number::{Number, Real};

/// Numbers at once: the doubles of one register with AVX2, of two without.
pub(crate) const LANES: usize = 4;

/// A stage of a computation that is compiled for several kinds of instructions. `run` has to be inlined always, and so
/// has all that it calls: what is not keeps to the instructions that every processor has.
pub(crate) trait Stage {
    /// What it computes.
    type Output;

    fn run(self) -> Self::Output;
}

struct Dispatched<S>(S);

impl<S: Stage> WithSimd for Dispatched<S> {
    type Output = S::Output;

    #[inline(always)]
    fn with_simd<T: Simd>(self, _: T) -> S::Output {
        self.0.run()
    }
}

/// Runs a stage with the best instructions that this processor has.
#[inline(always)]
pub(crate) fn vectorised<S: Stage>(stage: S) -> S::Output {
    Arch::new().dispatch(Dispatched(stage))
}

/// An array made lane by lane. (The loop is what the compiler recognises: functions that make arrays are not always
/// inlined.)
macro_rules! each_lane {
    ($i:ident => $value:expr) => {{
        let mut out = [Default::default(); LANES];
        let mut $i = 0;
        while $i < LANES {
            out[$i] = $value;
            $i += 1;
        }
        out
    }};
}
pub(crate) use each_lane;

/// Real numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Lanes(pub [f64; LANES]);

impl Lanes {
    pub const ZERO: Self = Self([0.0; LANES]);

    /// The sum of all.
    #[inline(always)]
    pub fn sum(self) -> f64 {
        (self.0[0] + self.0[2]) + (self.0[1] + self.0[3])
    }
}

impl Add for Lanes {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(each_lane!(i => self.0[i] + other.0[i]))
    }
}

impl Sub for Lanes {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(each_lane!(i => self.0[i] - other.0[i]))
    }
}

impl Mul for Lanes {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(each_lane!(i => self.0[i] * other.0[i]))
    }
}

impl Mul<f64> for Lanes {
    type Output = Self;

    #[inline(always)]
    fn mul(self, factor: f64) -> Self {
        Self(each_lane!(i => self.0[i] * factor))
    }
}

impl Neg for Lanes {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Self(each_lane!(i => -self.0[i]))
    }
}

impl Real for Lanes {
    type Mask = [bool; LANES];

    #[inline(always)]
    fn constant(x: f64) -> Self {
        Self([x; LANES])
    }

    #[inline(always)]
    fn abs(self) -> Self {
        Self(each_lane!(i => self.0[i].abs()))
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(each_lane!(i => self.0[i].sqrt()))
    }

    #[inline(always)]
    fn recip(self) -> Self {
        Self(each_lane!(i => 1.0 / self.0[i]))
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self(each_lane!(i => if other.0[i] < self.0[i] { other.0[i] } else { self.0[i] }))
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(each_lane!(i => if other.0[i] > self.0[i] { other.0[i] } else { self.0[i] }))
    }

    #[inline(always)]
    fn is_below(self, other: Self) -> [bool; LANES] {
        each_lane!(i => self.0[i] < other.0[i])
    }

    #[inline(always)]
    fn choose(mask: [bool; LANES], yes: Self, no: Self) -> Self {
        Self(each_lane!(i => if mask[i] { yes.0[i] } else { no.0[i] }))
    }

    #[inline(always)]
    fn is_finite(self) -> bool {
        self.0.into_iter().all(f64::is_finite)
    }
}

/// Complex numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ComplexLanes {
    pub re: Lanes,
    pub im: Lanes,
}

impl ComplexLanes {
    /// Lane by lane.
    #[inline(always)]
    pub fn from_fn(f: impl Fn(usize) -> Complex64) -> Self {
        let all: [Complex64; LANES] = each_lane!(i => f(i));
        Self { re: Lanes(each_lane!(i => all[i].re)), im: Lanes(each_lane!(i => all[i].im)) }
    }

    /// The numbers from an index on, the last one again where there are no more.
    #[inline(always)]
    pub fn of(numbers: &[Complex64], start: usize) -> Self {
        Self::from_fn(|i| numbers[(start + i).min(numbers.len() - 1)])
    }

    /// All numbers, in groups, filled up with zeros.
    pub fn groups(numbers: &[Complex64]) -> Vec<Self> {
        let group = |some: &[Complex64]| Self::from_fn(|i| some.get(i).copied().unwrap_or_default());
        numbers.chunks(LANES).map(group).collect()
    }

    /// The same number in all lanes.
    #[inline(always)]
    pub fn all(x: Complex64) -> Self {
        Self { re: Lanes::constant(x.re), im: Lanes::constant(x.im) }
    }

    /// One of the numbers.
    #[inline(always)]
    pub fn lane(&self, i: usize) -> Complex64 {
        Complex64::new(self.re.0[i], self.im.0[i])
    }
}

impl Add for ComplexLanes {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self { re: self.re + other.re, im: self.im + other.im }
    }
}

impl Sub for ComplexLanes {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self { re: self.re - other.re, im: self.im - other.im }
    }
}

impl Mul for ComplexLanes {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self { re: self.re * other.re - self.im * other.im, im: self.re * other.im + self.im * other.re }
    }
}

impl Mul<f64> for ComplexLanes {
    type Output = Self;

    #[inline(always)]
    fn mul(self, factor: f64) -> Self {
        Self { re: self.re * factor, im: self.im * factor }
    }
}

impl Neg for ComplexLanes {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Self { re: -self.re, im: -self.im }
    }
}

impl Number for ComplexLanes {
    type Real = Lanes;

    #[inline(always)]
    fn constant(x: f64) -> Self {
        Self { re: Lanes::constant(x), im: Lanes::ZERO }
    }

    #[inline(always)]
    fn parts(&self) -> (Lanes, Lanes) {
        (self.re, self.im)
    }

    #[inline(always)]
    fn inv(self) -> Self {
        let inverse = (self.re * self.re + self.im * self.im).recip();
        Self { re: self.re * inverse, im: -self.im * inverse }
    }

    #[inline(always)]
    fn conj(self) -> Self {
        Self { im: -self.im, ..self }
    }

    #[inline(always)]
    fn plus(self, constant: Lanes) -> Self {
        Self { re: self.re + constant, ..self }
    }

    #[inline(always)]
    fn choose(mask: [bool; LANES], yes: Self, no: Self) -> Self {
        Self { re: Lanes::choose(mask, yes.re, no.re), im: Lanes::choose(mask, yes.im, no.im) }
    }

    #[inline(always)]
    fn per_width(self, inverse_width: f64) -> Self {
        self * inverse_width
    }

    #[inline(always)]
    fn per_samples(self, inverse_samples: f64) -> Self {
        self * inverse_samples
    }
}
