//! Sums over the nodes of a measure, one by one: at one argument, several nodes at a time, or at several arguments, one
//! node at a time.

use num_complex::Complex64;

use crate::lanes::{ComplexLanes, LANES, Lanes, each_lane};
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

/// `K` terms that a node adds to as many sums.
pub(crate) trait Terms<const K: usize> {
    /// From `lambda`, `q`, `m = q / lambda` and `x = 1/(lambda + kappa)`.
    fn of(l: Lanes, q: Lanes, m: Lanes, x: ComplexLanes) -> [ComplexLanes; K];
}

/// One argument, or several at once.
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
    /// The quotient by a real number, rounded once.
    fn per(self, divisor: f64) -> Self;

    /// Sums over nodes.
    fn explicit_sums<const K: usize, T: Terms<K>>(self, window: Window<'_>) -> [Self; K];

    /// Sums over nodes, the first of which has index `first`, of one kind of terms for nodes before the border of an
    /// argument and of another for those after it.
    fn sums_between<const A: usize, Above: Terms<A>, const B: usize, Below: Terms<B>>(
        self,
        window: Window<'_>,
        first: usize,
        border: Self::Index,
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

    fn per(self, divisor: f64) -> Self {
        self / divisor
    }

    #[inline(always)]
    fn explicit_sums<const K: usize, T: Terms<K>>(self, window: Window<'_>) -> [Self; K] {
        let kappa = ComplexLanes::all(self);
        let Window { lambda, weight, inverse } = window;
        let len = lambda.len();
        let whole = len - len % LANES;
        let (weight, inverse) = (&weight[..len], &inverse[..len]);
        // (the last ones are filled up with nodes without weight)
        let mut rest = [Lanes::constant(1.0), Lanes::ZERO, Lanes::ZERO];
        for (values, rest) in [lambda, weight, inverse].into_iter().zip(&mut rest) {
            rest.0[..len - whole].copy_from_slice(&values[whole..]);
        }
        let mut sums = [NOTHING; K];
        let mut start = 0;
        while start < len {
            let [l, q, m] = if start < whole {
                [
                    Lanes(each_lane!(i => lambda[start + i])),
                    Lanes(each_lane!(i => weight[start + i])),
                    Lanes(each_lane!(i => inverse[start + i])),
                ]
            } else {
                rest
            };
            accumulate(&mut sums, T::of(l, q, m, shifted_inverse(l, kappa)));
            start += LANES;
        }
        let mut out = [Self::ZERO; K];
        for (out, sum) in out.iter_mut().zip(sums) {
            *out = Self::new(sum.re.sum(), sum.im.sum());
        }
        out
    }

    /// (there is one border)
    #[inline(always)]
    fn sums_between<const A: usize, Above: Terms<A>, const B: usize, Below: Terms<B>>(
        self,
        _: Window<'_>,
        _: usize,
        _: usize,
    ) -> ([Self; A], [Self; B]) {
        ([Self::ZERO; A], [Self::ZERO; B])
    }
}

/// Adds a term to every sum.
#[inline(always)]
fn accumulate<const K: usize>(sums: &mut [ComplexLanes; K], terms: [ComplexLanes; K]) {
    let mut k = 0;
    while k < K {
        sums[k] = sums[k] + terms[k];
        k += 1;
    }
}

impl Points for ComplexLanes {
    type Index = [usize; LANES];

    #[inline(always)]
    fn range(self) -> (f64, f64) {
        let [a, b, c, d] = self.modulus().0;
        (a.min(b).min(c.min(d)), a.max(b).max(c.max(d)))
    }

    #[inline(always)]
    fn index(self, of: impl Fn(f64) -> usize) -> [usize; LANES] {
        let sizes = self.modulus().0;
        each_lane!(i => of(sizes[i]))
    }

    #[inline(always)]
    fn ends(index: [usize; LANES]) -> (usize, usize) {
        let [a, b, c, d] = index;
        (a.min(b).min(c.min(d)), a.max(b).max(c.max(d)))
    }

    #[inline(always)]
    fn gather(index: [usize; LANES], of: impl Fn(usize) -> f64) -> Lanes {
        Lanes(each_lane!(i => of(index[i])))
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
    fn per(self, divisor: f64) -> Self {
        let (re, im) = (self.re.0, self.im.0);
        Self { re: Lanes(each_lane!(i => re[i] / divisor)), im: Lanes(each_lane!(i => im[i] / divisor)) }
    }

    #[inline(always)]
    fn explicit_sums<const K: usize, T: Terms<K>>(self, window: Window<'_>) -> [Self; K] {
        let Window { lambda, weight, inverse } = window;
        let (weight, inverse) = (&weight[..lambda.len()], &inverse[..lambda.len()]);
        let mut sums = [NOTHING; K];
        for k in 0..lambda.len() {
            let l = Lanes::constant(lambda[k]);
            let (q, m) = (Lanes::constant(weight[k]), Lanes::constant(inverse[k]));
            accumulate(&mut sums, T::of(l, q, m, shifted_inverse(l, self)));
        }
        sums
    }

    #[inline(always)]
    fn sums_between<const A: usize, Above: Terms<A>, const B: usize, Below: Terms<B>>(
        self,
        window: Window<'_>,
        first: usize,
        border: [usize; LANES],
    ) -> ([Self; A], [Self; B]) {
        let Window { lambda, weight, inverse } = window;
        let (weight, inverse) = (&weight[..lambda.len()], &inverse[..lambda.len()]);
        let (mut of_above, mut of_below) = ([NOTHING; A], [NOTHING; B]);
        let borders = Lanes(each_lane!(i => border[i] as f64));
        for k in 0..lambda.len() {
            let l = Lanes::constant(lambda[k]);
            let (q, m) = (Lanes::constant(weight[k]), Lanes::constant(inverse[k]));
            let x = shifted_inverse(l, self);
            // a term counts on one side only: on the other its node has no weight
            let is_above = Lanes::constant((first + k) as f64).is_below(borders);
            let only = |yes: Lanes, above: bool| {
                if above {
                    Lanes::choose(is_above, yes, Lanes::ZERO)
                } else {
                    Lanes::choose(is_above, Lanes::ZERO, yes)
                }
            };
            accumulate(&mut of_above, Above::of(l, only(q, true), only(m, true), x));
            accumulate(&mut of_below, Below::of(l, only(q, false), only(m, false), x));
        }
        (of_above, of_below)
    }
}
