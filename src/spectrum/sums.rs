//! Sums over a measure at an argument: what they are, split where digits would be lost, and their derivatives.

use num_complex::Complex64;

use crate::jet::{Jet, Number};
use crate::numerics::Double;

/// The sums of one measure at one argument `kappa`, each over all nodes with weights `q`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sums<T = Complex64> {
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

/// A sum in two parts: the sum over the modes above about `|kappa|` as if they were learned entirely, and a rest of
/// small terms (equation (Split)).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Split<T = Complex64> {
    /// Where the nodes above end.
    border: usize,
    /// `sum w / lambda` over the nodes above, and over those below, `w` being the weight `q` or `q lambda`; apart from
    /// the border it does not depend on `kappa`.
    whole: [Double; 2],
    /// The sum less that over the nodes above.
    pub rest: T,
    /// Size of the two parts of `rest`, which may cancel.
    pub size: f64,
}

impl<T: Number> Split<T> {
    fn conjugate(&self) -> Self {
        Self { rest: self.rest.conj(), ..*self }
    }
}

impl<T> Split<T> {
    /// By how much the whole modes of one argument exceed those of another, and its size with that of its rounding.
    #[inline(always)]
    pub fn whole_beyond(&self, other: &Self) -> (f64, f64) {
        if self.border == other.border {
            return (0.0, 0.0);
        }
        let ([above, below], [other_above, other_below]) = (self.whole, other.whole);
        // from whichever side less is summed on the way
        let (sum, remaining) = (above.high.max(other_above.high), below.high.max(other_below.high));
        let difference = if sum < remaining { above.minus(other_above) } else { other_below.minus(below) };
        (difference, difference.abs() + f64::EPSILON * sum.min(remaining))
    }
}

impl Split {
    /// From `kappa sum (w / lambda) / (lambda + kappa)` of the modes above, and `sum w / (lambda + kappa)` of those
    /// below.
    pub(super) fn new(border: usize, whole: [Double; 2], lacking: Complex64, below: Complex64) -> Self {
        Self { border, whole, rest: below - lacking, size: modulus(lacking) + modulus(below) }
    }

    fn chain<const K: usize>(&self, kappa: Jet<K>, slope: Complex64) -> Split<Jet<K>> {
        let Self { border, whole, rest, size } = *self;
        Split { border, whole, rest: kappa.chain(rest, slope), size }
    }
}

/// `D - m` with the size and the slope that the resolvent's Newton iteration needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Excess {
    pub value: Complex64,
    /// Size of the terms that `value` is the sum of.
    pub size: f64,
    /// `sum q / (lambda + kappa)^2`
    pub a2: Complex64,
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

impl Higher {
    pub(super) fn is_finite(&self) -> bool {
        [self.a3, self.a4, self.c3, self.c4].iter().all(|sum| sum.is_finite())
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

/// The modulus, faster than `norm` and safe in the range of eigenvalues.
pub(super) fn modulus(z: Complex64) -> f64 {
    z.norm_sqr().sqrt()
}
