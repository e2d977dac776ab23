//! Sums over the nodes of a measure, one by one: at one argument, several nodes at a time, or at several arguments, one
//! node at a time.

use num_complex::Complex64;

use crate::lanes::{ComplexLanes, LANES, Lanes};
use crate::number::{Number, Real};
use crate::numerics::csqrt;

/// Nodes that are summed one by one.
#[derive(Clone, Copy)]
pub(crate) struct Window<'a> {
    pub lambda: &'a [f64],
    pub weight: &'a [f64],
    /// `weight / lambda`
    pub inverse: &'a [f64],
}

/// One argument, or several at once.
///
/// Terms of a sum are functions of `lambda`, `q`, `q / lambda` and `x = 1/(lambda + kappa)`.
pub(crate) trait Points: Number {
    /// A position among the nodes for every argument.
    type Index: Copy;

    /// The least and the largest modulus.
    fn range(self) -> (f64, f64);
    /// A position for every argument, by its modulus.
    fn index(self, of: impl Fn(f64) -> usize) -> Self::Index;
    /// The first and the last position.
    fn ends(index: Self::Index) -> (usize, usize);
    /// A number for every argument, by its position.
    fn gather(index: Self::Index, of: impl Fn(usize) -> f64) -> Self::Real;
    /// The principal square root.
    fn sqrt(self) -> Self;
    /// The quotient.
    fn over(self, divisor: Self) -> Self;

    /// Sums over nodes of `K` complex terms.
    fn explicit_sums<const K: usize>(
        self,
        window: Window<'_>,
        terms: &impl Fn(Lanes, Lanes, Lanes, ComplexLanes) -> [ComplexLanes; K],
    ) -> [Self; K];

    /// Sums over nodes, the first of which has index `first`, of one kind of terms for nodes before the border of an
    /// argument and of another for those after it.
    fn sums_between<const A: usize, const B: usize>(
        self,
        window: Window<'_>,
        first: usize,
        border: Self::Index,
        above: &impl Fn(Lanes, Lanes, Lanes, ComplexLanes) -> [ComplexLanes; A],
        below: &impl Fn(Lanes, Lanes, Lanes, ComplexLanes) -> [ComplexLanes; B],
    ) -> ([Self; A], [Self; B]);
}

impl ComplexLanes {
    /// Every number times a real one.
    #[inline(always)]
    pub fn times(self, factor: Lanes) -> Self {
        Self { re: self.re * factor, im: self.im * factor }
    }
}

/// `1 / (lambda + kappa)`
#[inline(always)]
fn shifted_inverse(lambda: Lanes, kappa: ComplexLanes) -> ComplexLanes {
    kappa.plus(lambda).inv()
}

const NOTHING: ComplexLanes = ComplexLanes { re: Lanes::ZERO, im: Lanes::ZERO };

impl Points for Complex64 {
    type Index = usize;

    #[inline(always)]
    fn range(self) -> (f64, f64) {
        let size = self.modulus();
        (size, size)
    }

    #[inline(always)]
    fn index(self, of: impl Fn(f64) -> usize) -> usize {
        of(self.modulus())
    }

    #[inline(always)]
    fn ends(index: usize) -> (usize, usize) {
        (index, index)
    }

    #[inline(always)]
    fn gather(index: usize, of: impl Fn(usize) -> f64) -> f64 {
        of(index)
    }

    fn sqrt(self) -> Self {
        csqrt(self)
    }

    fn over(self, divisor: Self) -> Self {
        // (complex division would underflow at the smallest real arguments)
        let are_real = self.im == 0.0 && divisor.im == 0.0;
        if are_real { Self::from(self.re / divisor.re) } else { self / divisor }
    }

    #[inline(always)]
    fn explicit_sums<const K: usize>(
        self,
        window: Window<'_>,
        terms: &impl Fn(Lanes, Lanes, Lanes, ComplexLanes) -> [ComplexLanes; K],
    ) -> [Self; K] {
        let kappa = ComplexLanes::all(self);
        let mut sums = [NOTHING; K];
        let mut add = |l: Lanes, q: Lanes, m: Lanes| {
            for (sum, term) in sums.iter_mut().zip(terms(l, q, m, shifted_inverse(l, kappa))) {
                *sum = *sum + term;
            }
        };
        let lanes = |values: &[f64], start: usize| Lanes(std::array::from_fn(|i| values[start + i]));
        let Window { lambda, weight, inverse } = window;
        let len = lambda.len();
        let whole = len - len % LANES;
        let (weight, inverse) = (&weight[..len], &inverse[..len]);
        for start in (0..whole).step_by(LANES) {
            add(lanes(lambda, start), lanes(weight, start), lanes(inverse, start));
        }
        if whole < len {
            // (nodes without weight)
            let padded = |values: &[f64], none: f64| {
                Lanes(std::array::from_fn(|i| values.get(whole + i).copied().unwrap_or(none)))
            };
            add(padded(lambda, lambda[len - 1]), padded(weight, 0.0), padded(inverse, 0.0));
        }
        sums.map(|sum| Self::new(sum.re.sum(), sum.im.sum()))
    }

    /// (there is one border)
    #[inline(always)]
    fn sums_between<const A: usize, const B: usize>(
        self,
        _: Window<'_>,
        _: usize,
        _: usize,
        _: &impl Fn(Lanes, Lanes, Lanes, ComplexLanes) -> [ComplexLanes; A],
        _: &impl Fn(Lanes, Lanes, Lanes, ComplexLanes) -> [ComplexLanes; B],
    ) -> ([Self; A], [Self; B]) {
        ([Self::ZERO; A], [Self::ZERO; B])
    }
}

impl Points for ComplexLanes {
    type Index = [usize; LANES];

    #[inline(always)]
    fn range(self) -> (f64, f64) {
        let sizes = self.modulus().0;
        (sizes.into_iter().fold(f64::INFINITY, f64::min), sizes.into_iter().fold(0.0, f64::max))
    }

    #[inline(always)]
    fn index(self, of: impl Fn(f64) -> usize) -> [usize; LANES] {
        self.modulus().0.map(of)
    }

    #[inline(always)]
    fn ends(index: [usize; LANES]) -> (usize, usize) {
        let [first, others @ ..] = index;
        others.into_iter().fold((first, first), |(low, high), i| (low.min(i), high.max(i)))
    }

    #[inline(always)]
    fn gather(index: [usize; LANES], of: impl Fn(usize) -> f64) -> Lanes {
        Lanes(index.map(of))
    }

    /// As [`csqrt`](crate::numerics::csqrt).
    #[inline(always)]
    fn sqrt(self) -> Self {
        let zero = Lanes::ZERO;
        let larger = ((self.modulus() + self.re.abs()) * 0.5).sqrt();
        let smaller = Lanes::choose(zero.is_below(larger), self.im.abs() * larger.recip() * 0.5, zero);
        let is_left = self.re.is_below(zero);
        let (re, im) = (Lanes::choose(is_left, smaller, larger), Lanes::choose(is_left, larger, smaller));
        Self { re, im: Lanes::choose(self.im.is_below(zero), -im, im) }
    }

    #[inline(always)]
    fn over(self, divisor: Self) -> Self {
        self * divisor.inv()
    }

    #[inline(always)]
    fn explicit_sums<const K: usize>(
        self,
        window: Window<'_>,
        terms: &impl Fn(Lanes, Lanes, Lanes, ComplexLanes) -> [ComplexLanes; K],
    ) -> [Self; K] {
        let mut sums = [NOTHING; K];
        for ((&l, &q), &m) in window.lambda.iter().zip(window.weight).zip(window.inverse) {
            let [l, q, m] = [l, q, m].map(Lanes::constant);
            for (sum, term) in sums.iter_mut().zip(terms(l, q, m, shifted_inverse(l, self))) {
                *sum = *sum + term;
            }
        }
        sums
    }

    #[inline(always)]
    fn sums_between<const A: usize, const B: usize>(
        self,
        window: Window<'_>,
        first: usize,
        border: [usize; LANES],
        above: &impl Fn(Lanes, Lanes, Lanes, ComplexLanes) -> [ComplexLanes; A],
        below: &impl Fn(Lanes, Lanes, Lanes, ComplexLanes) -> [ComplexLanes; B],
    ) -> ([Self; A], [Self; B]) {
        let (mut of_above, mut of_below) = ([NOTHING; A], [NOTHING; B]);
        let borders = Lanes(border.map(|i| i as f64));
        let mut index = first as f64;
        for ((&l, &q), &m) in window.lambda.iter().zip(window.weight).zip(window.inverse) {
            let [l, q, m] = [l, q, m].map(Lanes::constant);
            let x = shifted_inverse(l, self);
            let is_above = Lanes::constant(index).is_below(borders);
            for (sum, term) in of_above.iter_mut().zip(above(l, q, m, x)) {
                *sum = *sum + Self::choose(is_above, term, NOTHING);
            }
            for (sum, term) in of_below.iter_mut().zip(below(l, q, m, x)) {
                *sum = *sum + Self::choose(is_above, NOTHING, term);
            }
            index += 1.0;
        }
        (of_above, of_below)
    }
}
