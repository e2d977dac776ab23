//! Sums over a measure at an argument: what they are, split where digits would be lost, and their derivatives.

use num_complex::Complex64;

use crate::jet::Jet;
use crate::lanes::{ComplexLanes, LANES, Lanes, each_lane};
use crate::number::{Number, Real};

/// The sums of one measure at one argument `kappa` (or at several at once), each over all nodes with weights `q`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sums<T: Number = Complex64> {
    /// `sum q / (lambda + kappa)`
    pub a: T,
    /// `a` once more, for differences.
    pub split_a: Split<T>,
    /// `sum q lambda / (lambda + kappa)`, for differences.
    pub split_c: Split<T>,
    /// `sum q / (lambda + kappa)^2`
    pub a2: T,
    /// `sum q lambda / (lambda + kappa)^2`
    pub c2: T,
    /// Third and fourth powers, where they were asked for.
    pub higher: Option<Higher<T>>,
}

impl<T: Number> Sums<T> {
    /// The sums at the conjugate argument.
    #[inline(always)]
    pub fn conjugate(&self) -> Self {
        Self {
            a: self.a.conj(),
            split_a: self.split_a.conjugate(),
            split_c: self.split_c.conjugate(),
            a2: self.a2.conj(),
            c2: self.c2.conj(),
            higher: self.higher.map(|h| Higher { a3: h.a3.conj(), a4: h.a4.conj(), c3: h.c3.conj(), c4: h.c4.conj() }),
        }
    }
}

impl Sums<ComplexLanes> {
    /// The sums at some of the arguments in groups of lanes, by their indices.
    #[inline(always)]
    pub fn pick<'a>(group: impl Fn(usize) -> &'a Self, at: [usize; LANES]) -> Self {
        Self {
            a: picked(at, |g| group(g).a),
            split_a: Split::pick(|g| &group(g).split_a, at),
            split_c: Split::pick(|g| &group(g).split_c, at),
            a2: picked(at, |g| group(g).a2),
            c2: picked(at, |g| group(g).c2),
            higher: group(at[0] / LANES).higher.map(|first| {
                let of = |g: usize| group(g).higher.unwrap_or(first);
                Higher {
                    a3: picked(at, |g| of(g).a3),
                    a4: picked(at, |g| of(g).a4),
                    c3: picked(at, |g| of(g).c3),
                    c4: picked(at, |g| of(g).c4),
                }
            }),
        }
    }
}

/// Some of many complex numbers in groups of lanes, by their indices.
#[inline(always)]
pub(crate) fn picked(at: [usize; LANES], group: impl Fn(usize) -> ComplexLanes) -> ComplexLanes {
    ComplexLanes::from_fn(|l| group(at[l] / LANES).lane(at[l] % LANES))
}

impl Split<ComplexLanes> {
    #[inline(always)]
    fn pick<'a>(group: impl Fn(usize) -> &'a Self, at: [usize; LANES]) -> Self {
        let real = |part: fn(&Self) -> Lanes| Lanes(each_lane!(l => part(group(at[l] / LANES)).0[at[l] % LANES]));
        Self {
            whole: [
                Whole { high: real(|split| split.whole[0].high), low: real(|split| split.whole[0].low) },
                Whole { high: real(|split| split.whole[1].high), low: real(|split| split.whole[1].low) },
            ],
            rest: picked(at, |g| group(g).rest),
            size: real(|split| split.size),
        }
    }
}

/// A sum in two parts: the sum over the modes above about `|kappa|` as if they were learned entirely, and a rest of
/// small terms (equation (Split)).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Split<T: Number = Complex64> {
    /// `sum w / lambda` over the nodes above the border, and over those below, `w` being the weight `q` or `q lambda`;
    /// apart from the border it does not depend on `kappa`.
    pub(super) whole: [Whole<T::Real>; 2],
    /// The sum less that over the nodes above.
    pub rest: T,
    /// Size of the two parts of `rest`, which may cancel.
    pub size: T::Real,
}

/// A sum over whole modes, with twice the digits of a double.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whole<R> {
    pub high: R,
    pub low: R,
}

impl<R: Real> Whole<R> {
    #[inline(always)]
    fn minus(self, other: Self) -> R {
        (self.high - other.high) + (self.low - other.low)
    }
}

impl<T: Number> Split<T> {
    /// From `kappa sum (w / lambda) / (lambda + kappa)` of the modes above, and `sum w / (lambda + kappa)` of those
    /// below.
    #[inline(always)]
    pub(super) fn new(whole: [Whole<T::Real>; 2], lacking: T, below: T) -> Self {
        Self { whole, rest: below - lacking, size: lacking.modulus() + below.modulus() }
    }

    #[inline(always)]
    fn conjugate(&self) -> Self {
        Self { rest: self.rest.conj(), ..*self }
    }

    /// By how much the whole modes of one argument exceed those of another, and its size with that of its rounding.
    #[inline(always)]
    pub fn whole_beyond(&self, other: &Self) -> (T::Real, T::Real) {
        let zero = T::Real::constant(0.0);
        let ([above, below], [other_above, other_below]) = (self.whole, other.whole);
        // from whichever side less is summed on the way; 0 where both have the same border
        let (sum, remaining) = (above.high.max(other_above.high), below.high.max(other_below.high));
        let is_less = sum.is_below(remaining);
        let difference = T::Real::choose(is_less, above.minus(other_above), other_below.minus(below));
        let size = difference.abs();
        let rounding = T::Real::choose(zero.is_below(size), sum.min(remaining) * f64::EPSILON, zero);
        (difference, size + rounding)
    }
}

impl Split {
    fn chain<const K: usize>(&self, kappa: Jet<K>, slope: Complex64) -> Split<Jet<K>> {
        let Self { whole, rest, size } = *self;
        Split { whole, rest: kappa.chain(rest, slope), size }
    }
}

/// `D - m` with the size and the slope that the resolvent's Newton iteration needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Excess<T: Number = Complex64> {
    pub value: T,
    /// Size of the terms that `value` is the sum of.
    pub size: T::Real,
    /// `sum q / (lambda + kappa)^2`
    pub a2: T,
}

/// Sums needed only where arguments nearly coincide, or for derivatives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Higher<T = Complex64> {
    /// `sum q / (lambda + kappa)^3`
    pub a3: T,
    /// `sum q / (lambda + kappa)^4`
    pub a4: T,
    /// `sum q lambda / (lambda + kappa)^3`
    pub c3: T,
    /// `sum q lambda / (lambda + kappa)^4`
    pub c4: T,
}

impl<T: Number> Higher<T> {
    #[inline(always)]
    pub(super) fn is_finite(&self) -> bool {
        (self.a3.size() + self.a4.size() + self.c3.size() + self.c4.size()).is_finite()
    }
}

/// All sums, up to the fifth power.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Powers {
    pub sums: Sums,
    pub(super) higher: Higher,
    /// `a5` and `c5`
    pub(super) fifth: [Complex64; 2],
}

impl Powers {
    /// The sums with their derivatives: every power of `1 / (lambda + kappa)` has the next one as its slope.
    pub fn jets<const K: usize>(&self, kappa: Jet<K>) -> Sums<Jet<K>> {
        let Self { sums: Sums { a, split_a, split_c, a2, c2, .. }, higher: Higher { a3, a4, c3, c4 }, fifth: [a5, c5] } =
            *self;
        let higher = Higher {
            a3: kappa.chain(a3, -3.0 * a4),
            a4: kappa.chain(a4, -4.0 * a5),
            c3: kappa.chain(c3, -3.0 * c4),
            c4: kappa.chain(c4, -4.0 * c5),
        };
        Sums {
            a: kappa.chain(a, -a2),
            split_a: split_a.chain(kappa, -a2),
            split_c: split_c.chain(kappa, -c2),
            a2: kappa.chain(a2, -2.0 * a3),
            c2: kappa.chain(c2, -2.0 * c3),
            higher: Some(higher),
        }
    }
}
