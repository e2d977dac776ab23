//! A discrete measure on the positive eigenvalue axis and its Stieltjes-type sums at complex arguments.
//!
//! Everything downstream of a spectrum is a sum over modes of `weight / (lambda + kappa)` or of a similar term. A
//! [`Measure`] answers such a sum in a time that does not depend on how many modes there are: modes with eigenvalues
//! within a factor [`WINDOW`] of `|kappa|` are summed one by one, those above and below through moments kept for every
//! block (equations (Head) and (Tail)).

use std::ops::Range;

use num_complex::Complex64;

use super::points::{Points, Terms, Window};
use super::series::{head_complement, head_series, tail_series};
use super::sums::{Excess, Higher, Powers, Split, Sums, Whole};
use crate::lanes::{ComplexLanes, Lanes, Stage, vectorised};
use crate::number::Real;
use crate::numerics::Double;
use crate::precision::{MOMENTS, WINDOW};

/// Nodes per block: windows begin and end at block borders.
const BLOCK: usize = 8;

/// Where the modes above an argument end, relative to its modulus: below 1, so that arguments next to the slow edge of
/// a finite spectrum all have their border behind the last mode.
const BORDER: f64 = 0.25;

/// Sums of powers of the eigenvalues on one side of a block border, scaled by the eigenvalue next to the border so
/// that neither very small nor very large eigenvalues under- or overflow.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Moments {
    /// The eigenvalue nearest to the border.
    pub scale: f64,
    pub values: [f64; MOMENTS],
}

impl Moments {
    const ZERO: Self = Self { scale: 1.0, values: [0.0; MOMENTS] };

    /// Moment of index `n`.
    pub fn of(&self, n: usize) -> f64 {
        self.values[n]
    }

    fn rescale(&mut self, scale: f64, ratio: f64) {
        // (a total of 0 stays 0 whatever the old scale was)
        let mut factor = 1.0;
        for value in &mut self.values {
            if *value > 0.0 {
                *value *= factor;
            }
            factor *= ratio;
        }
        self.scale = scale;
    }
}

/// Nodes `lambda` in descending order with weights `q >= 0`, and an optional tail known by its moments only.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Measure {
    lambda: Vec<f64>,
    weight: Vec<f64>,
    /// `weight / lambda`
    inverse: Vec<f64>,
    /// The sums of `weight / lambda` over the nodes before each border between nodes and over those after it, from
    /// before the first to after the last one.
    inverse_sums: Vec<[Double; 2]>,
    /// The sums of `weight` before and after each border.
    weight_sums: Vec<[Double; 2]>,
    /// Block `i` is `starts[i]..starts[i + 1]`.
    starts: Vec<usize>,
    /// `head[i]`: index `n` holds `sum q / lambda * (scale / lambda)^n` over the nodes before block `i`.
    head: Vec<Moments>,
    /// `tail[i]`: index `n` holds `sum q (lambda / scale)^n` over the nodes from block `i` on and the tail.
    tail: Vec<Moments>,
    /// Largest eigenvalue of the tail that has no nodes; 0 without such a tail.
    tail_top: f64,
}

impl Measure {
    /// Compiles nodes (descending `lambda > 0`, weights `>= 0`) and the moments of what follows them.
    pub fn new(lambda: Vec<f64>, weight: Vec<f64>, rest: Option<Moments>) -> Self {
        let inverse = weight.iter().zip(&lambda).map(|(q, l)| Double::new(q / l)).collect();
        Self::from_parts(lambda, weight, inverse, rest)
    }

    /// The measure whose weights are `lambda` times a multiplicity, with no digits lost in sums.
    pub fn of_modes(lambda: Vec<f64>, multiplicity: Vec<Double>, rest: Option<Moments>) -> Self {
        let weight = multiplicity.iter().zip(&lambda).map(|(m, l)| m.high * l).collect();
        Self::from_parts(lambda, weight, multiplicity, rest)
    }

    /// Compiles nodes with their weights and `weight / lambda`.
    pub fn from_parts(lambda: Vec<f64>, weight: Vec<f64>, inverse: Vec<Double>, rest: Option<Moments>) -> Self {
        let len = lambda.len();
        let mut starts: Vec<usize> = (0..len).step_by(BLOCK).collect();
        starts.push(len);
        let blocks = starts.len();

        let mut head = Vec::with_capacity(blocks);
        let mut running = Moments::ZERO;
        head.push(running.clone());
        for pair in starts.windows(2) {
            let nodes = pair[0]..pair[1];
            let scale = lambda[nodes.end - 1];
            running.rescale(scale, scale / running.scale);
            for k in nodes {
                let ratio = scale / lambda[k];
                let mut term = inverse[k].high;
                for value in &mut running.values {
                    *value += term;
                    term *= ratio;
                }
            }
            head.push(running.clone());
        }

        let tail_top = rest.as_ref().map_or(0.0, |rest| rest.scale);
        let mut running = rest.unwrap_or(Moments::ZERO);
        let mut tail = vec![running.clone()];
        for pair in starts.windows(2).rev() {
            let nodes = pair[0]..pair[1];
            let scale = lambda[nodes.start];
            // tail moments are scaled the other way round: (lambda / scale)^n
            running.rescale(scale, running.scale / scale);
            for k in nodes.rev() {
                let ratio = lambda[k] / scale;
                let mut term = weight[k];
                for value in &mut running.values {
                    *value += term;
                    term *= ratio;
                }
            }
            tail.push(running.clone());
        }
        tail.reverse();

        let inverse_sums = sums_on_both_sides(&inverse);
        let weight_sums = sums_on_both_sides(&weight.iter().copied().map(Double::new).collect::<Vec<_>>());
        let inverse = inverse.iter().map(|m| m.high).collect();
        Self { lambda, weight, inverse, inverse_sums, weight_sums, starts, head, tail, tail_top }
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.lambda.len()
    }

    /// Sum of all weights, the tail included.
    pub fn total(&self) -> f64 {
        self.tail[0].of(0)
    }

    /// The largest eigenvalue.
    pub fn largest(&self) -> f64 {
        self.lambda.first().copied().unwrap_or(self.tail_top)
    }

    /// The smallest eigenvalue, 0 if there are infinitely many.
    pub fn smallest(&self) -> f64 {
        if self.tail_top > 0.0 { 0.0 } else { self.lambda.last().copied().unwrap_or(0.0) }
    }

    /// Eigenvalues from this one down have no nodes; 0 if all have.
    pub fn unresolved_below(&self) -> f64 {
        self.tail_top
    }

    /// The smallest `|kappa|` at which the sums are accurate: below it the tail without nodes matters.
    pub fn smallest_resolved(&self) -> f64 {
        self.tail_top * WINDOW
    }

    /// Blocks `first..last` to be summed node by node for arguments between `low` and `high` in modulus.
    fn window(&self, low: f64, high: f64) -> (usize, usize) {
        let blocks = self.starts.len() - 1;
        let cut = high * WINDOW;
        let first = self.starts[1..].partition_point(|&end| self.lambda[end - 1] >= cut);
        let cut = low / WINDOW;
        let last = self.starts[..blocks].partition_point(|&start| self.lambda[start] > cut);
        (first, last.max(first))
    }

    /// The parts of the measure as seen from arguments between `low` and `high` in modulus: moments of the nodes far
    /// above, the nodes in between, moments of what lies far below.
    pub fn split(&self, low: f64, high: f64) -> (&Moments, &[f64], &[f64], &Moments) {
        let (first, last) = self.window(low, high);
        let nodes = self.starts[first]..self.starts[last];
        (&self.head[first], &self.lambda[nodes.clone()], &self.weight[nodes], &self.tail[last])
    }

    /// [`split`](Self::split) at one argument or several, with `weight / lambda` of the nodes.
    #[inline(always)]
    fn split_at<T: Points>(&self, kappa: T) -> (&Moments, Window<'_>, &Moments) {
        let (low, high) = kappa.range();
        let (first, last) = self.window(low, high);
        (&self.head[first], self.nodes(self.starts[first]..self.starts[last]), &self.tail[last])
    }

    /// The nodes of [`split_at`](Self::split_at) above the border at about `|kappa|`, those below, and those in between
    /// of arguments whose borders differ.
    #[inline(always)]
    fn split_in_two<T: Points>(&self, kappa: T) -> Parted<'_, T> {
        let (low, high) = kappa.range();
        let (first, last) = self.window(low, high);
        let (start, end) = (self.starts[first], self.starts[last]);
        let border = kappa.index(|size| start + self.lambda[start..end].partition_point(|&l| l > BORDER * size));
        let (earliest, latest) = T::ends(border);
        Parted {
            head: &self.head[first],
            above: self.nodes(start..earliest),
            between: self.nodes(earliest..latest),
            below: self.nodes(latest..end),
            tail: &self.tail[last],
            earliest,
            border,
        }
    }

    fn nodes(&self, at: Range<usize>) -> Window<'_> {
        Window { lambda: &self.lambda[at.clone()], weight: &self.weight[at.clone()], inverse: &self.inverse[at] }
    }
}

/// The parts of a measure as seen from arguments.
struct Parted<'a, T: Points> {
    head: &'a Moments,
    above: Window<'a>,
    between: Window<'a>,
    below: Window<'a>,
    tail: &'a Moments,
    /// Index of the first node in between.
    earliest: usize,
    /// Where the nodes above end.
    border: T::Index,
}

impl<T: Points> Parted<'_, T> {
    /// Sums of different terms over the nodes above and those below.
    #[inline(always)]
    fn sums<const A: usize, Above: Terms<A>, const B: usize, Below: Terms<B>>(&self, kappa: T) -> ([T; A], [T; B]) {
        let mut above = kappa.explicit_sums::<A, Above>(self.above);
        let mut below = kappa.explicit_sums::<B, Below>(self.below);
        if !self.between.lambda.is_empty() {
            let (more, other) = kappa.sums_between::<A, Above, B, Below>(self.between, self.earliest, self.border);
            for k in 0..A {
                above[k] = above[k] + more[k];
            }
            for k in 0..B {
                below[k] = below[k] + other[k];
            }
        }
        (above, below)
    }

    #[inline(always)]
    fn whole(&self, sums: &[[Double; 2]]) -> [Whole<T::Real>; 2] {
        let of_side = |side: usize| Whole {
            high: T::gather(self.border, |i| sums[i][side].value()),
            low: T::gather(self.border, |i| sums[i][side].rest()),
        };
        [of_side(0), of_side(1)]
    }
}

/// Sums at one argument or several at once.
impl Measure {
    /// `D(kappa) - m` for the weights of eigenvalues, with nothing lost where `m` is the number of modes above a gap.
    pub fn excess<T: Points>(&self, kappa: T, m: f64) -> Excess<T> {
        vectorised(ExcessAt { measure: self, kappa, m })
    }

    /// `(a, a2)` of [`Sums`].
    pub fn one_point_sums<T: Points>(&self, kappa: T) -> (T, T) {
        vectorised(OnePointSums { measure: self, kappa })
    }

    /// All of [`Sums`], with the higher powers if asked for.
    pub fn sums<T: Points>(&self, kappa: T, higher: bool) -> Sums<T> {
        let sums = vectorised(SumsAt { measure: self, kappa });
        // (of the smallest eigenvalues and the largest powers they may overflow)
        Sums { higher: higher.then(|| self.higher(kappa)).filter(Higher::is_finite), ..sums }
    }

    /// Everything that derivatives of the sums need.
    pub fn powers(&self, kappa: Complex64) -> Powers {
        Powers { sums: self.sums(kappa, false), higher: self.higher(kappa), fifth: self.fifth(kappa) }
    }

    fn higher<T: Points>(&self, kappa: T) -> Higher<T> {
        vectorised(HigherAt { measure: self, kappa })
    }

    /// `sum q / (lambda + kappa)^5`, and with an additional `lambda`.
    fn fifth(&self, kappa: Complex64) -> [Complex64; 2] {
        let (head, window, tail) = self.split_at(kappa);
        let [a5, c5] = kappa.explicit_sums::<2, FifthPowers>(window);
        let [_, _, _, head_a4, head_a5] = head_series(head, kappa);
        let [_, _, _, _, tail_a5] = tail_series(&tail.values, tail.scale, kappa);
        let [_, _, _, _, tail_c5] = tail_series(&tail.values[1..], tail.scale, kappa);
        [a5 + head_a5 + tail_a5, c5 + (head_a4 - kappa * head_a5) + tail_c5 * tail.scale]
    }
}

struct ExcessAt<'a, T> {
    measure: &'a Measure,
    kappa: T,
    m: f64,
}

impl<T: Points> Stage for ExcessAt<'_, T> {
    type Output = Excess<T>;

    #[inline(always)]
    fn run(self) -> Excess<T> {
        let Self { measure, kappa, m } = self;
        let parted = measure.split_in_two(kappa);
        let ([lacking, above_a2], [below_a, below_a2]) = parted.sums::<2, LackingAndSecond, 2, FirstTwo>(kappa);
        let [_, head_a2] = head_series(parted.head, kappa);
        let [tail_a, tail_a2] = tail_series(&parted.tail.values, parted.tail.scale, kappa);
        let lacking = kappa * (lacking + head_complement(parted.head, kappa));
        let below = below_a + tail_a;
        let number = |i: usize| measure.inverse_sums[i][0];
        let whole = T::gather(parted.border, |i| number(i).minus(Double::new(m)));
        let size = whole.abs() + T::gather(parted.border, |i| number(i).value()) * f64::EPSILON;
        Excess {
            value: (below - lacking).plus(whole),
            size: size + lacking.modulus() + below.modulus(),
            a2: above_a2 + below_a2 + head_a2 + tail_a2,
        }
    }
}

struct OnePointSums<'a, T> {
    measure: &'a Measure,
    kappa: T,
}

impl<T: Points> Stage for OnePointSums<'_, T> {
    type Output = (T, T);

    #[inline(always)]
    fn run(self) -> (T, T) {
        let Self { measure, kappa } = self;
        let (head, window, tail) = measure.split_at(kappa);
        let [a, a2] = kappa.explicit_sums::<2, FirstTwo>(window);
        let [head_a, head_a2] = head_series(head, kappa);
        let [tail_a, tail_a2] = tail_series(&tail.values, tail.scale, kappa);
        (a + head_a + tail_a, a2 + head_a2 + tail_a2)
    }
}

struct SumsAt<'a, T> {
    measure: &'a Measure,
    kappa: T,
}

impl<T: Points> Stage for SumsAt<'_, T> {
    type Output = Sums<T>;

    #[inline(always)]
    fn run(self) -> Sums<T> {
        let Self { measure, kappa } = self;
        let parted = measure.split_in_two(kappa);
        let ([lacking, above_a, above_a2, above_c2], [below_a, below_c, below_a2, below_c2]) =
            parted.sums::<4, AllAbove, 4, AllBelow>(kappa);
        let (head, tail) = (parted.head, parted.tail);
        let [head_a, head_a2] = head_series(head, kappa);
        let [tail_a, tail_a2] = tail_series(&tail.values, tail.scale, kappa);
        let [tail_c, tail_c2] = tail_series(&tail.values[1..], tail.scale, kappa);
        let (above_a, below_a) = (above_a + head_a, below_a + tail_a);
        let lacking = kappa * (lacking + head_complement(head, kappa));
        Sums {
            a: above_a + below_a,
            split_a: Split::new(parted.whole(&measure.inverse_sums), lacking, below_a),
            split_c: Split::new(parted.whole(&measure.weight_sums), kappa * above_a, below_c + tail_c * tail.scale),
            a2: above_a2 + below_a2 + head_a2 + tail_a2,
            c2: above_c2 + below_c2 + (head_a - kappa * head_a2) + tail_c2 * tail.scale,
            higher: None,
        }
    }
}

struct HigherAt<'a, T> {
    measure: &'a Measure,
    kappa: T,
}

impl<T: Points> Stage for HigherAt<'_, T> {
    type Output = Higher<T>;

    #[inline(always)]
    fn run(self) -> Higher<T> {
        let Self { measure, kappa } = self;
        let (head, window, tail) = measure.split_at(kappa);
        let [a3, a4, c3, c4] = kappa.explicit_sums::<4, ThirdAndFourth>(window);
        let [_, head_a2, head_a3, head_a4] = head_series(head, kappa);
        let [_, _, tail_a3, tail_a4] = tail_series(&tail.values, tail.scale, kappa);
        let [_, _, tail_c3, tail_c4] = tail_series(&tail.values[1..], tail.scale, kappa);
        Higher {
            a3: a3 + head_a3 + tail_a3,
            a4: a4 + head_a4 + tail_a4,
            c3: c3 + (head_a2 - kappa * head_a3) + tail_c3 * tail.scale,
            c4: c4 + (head_a3 - kappa * head_a4) + tail_c4 * tail.scale,
        }
    }
}

/// `m x` and `q x^2`
struct LackingAndSecond;

impl Terms<2> for LackingAndSecond {
    #[inline(always)]
    fn of(_: Lanes, q: Lanes, m: Lanes, x: ComplexLanes) -> [ComplexLanes; 2] {
        [x.times(m), x.times(q) * x]
    }
}

/// `q x` and `q x^2`
struct FirstTwo;

impl Terms<2> for FirstTwo {
    #[inline(always)]
    fn of(_: Lanes, q: Lanes, _: Lanes, x: ComplexLanes) -> [ComplexLanes; 2] {
        let qx = x.times(q);
        [qx, qx * x]
    }
}

/// `m x`, `q x`, `q x^2` and `q lambda x^2`
struct AllAbove;

impl Terms<4> for AllAbove {
    #[inline(always)]
    fn of(l: Lanes, q: Lanes, m: Lanes, x: ComplexLanes) -> [ComplexLanes; 4] {
        let qx = x.times(q);
        let qx2 = qx * x;
        [x.times(m), qx, qx2, qx2.times(l)]
    }
}

/// `q x`, `q lambda x`, `q x^2` and `q lambda x^2`
struct AllBelow;

impl Terms<4> for AllBelow {
    #[inline(always)]
    fn of(l: Lanes, q: Lanes, _: Lanes, x: ComplexLanes) -> [ComplexLanes; 4] {
        let qx = x.times(q);
        let qx2 = qx * x;
        [qx, qx.times(l), qx2, qx2.times(l)]
    }
}

/// `q x^3`, `q x^4`, and both times `lambda`
struct ThirdAndFourth;

impl Terms<4> for ThirdAndFourth {
    #[inline(always)]
    fn of(l: Lanes, q: Lanes, _: Lanes, x: ComplexLanes) -> [ComplexLanes; 4] {
        let qx3 = x.times(q) * (x * x);
        let qx4 = qx3 * x;
        [qx3, qx4, qx3.times(l), qx4.times(l)]
    }
}

/// `q x^5` and `q lambda x^5`
struct FifthPowers;

impl Terms<2> for FifthPowers {
    #[inline(always)]
    fn of(l: Lanes, q: Lanes, _: Lanes, x: ComplexLanes) -> [ComplexLanes; 2] {
        let x2 = x * x;
        let qx5 = x.times(q) * (x2 * x2);
        [qx5, qx5.times(l)]
    }
}

/// The sums of all terms before each border between them and after it.
fn sums_on_both_sides(terms: &[Double]) -> Vec<[Double; 2]> {
    let mut sums = vec![[Double::default(); 2]; terms.len() + 1];
    for (i, term) in terms.iter().enumerate() {
        sums[i + 1][0] = sums[i][0] + *term;
    }
    for (i, term) in terms.iter().enumerate().rev() {
        sums[i][1] = sums[i + 1][1] + *term;
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The instructions that every processor has, and the best of this one, at one argument and at several.
    #[test]
    fn sums_are_the_same_bits_whatever_the_instructions() {
        let lambda: Vec<f64> = (1..400).map(|k| f64::from(k).powf(-1.3)).collect();
        let weight: Vec<f64> = (1..400).map(|k| f64::from(k).powf(-1.7)).collect();
        let measure = Measure::new(lambda, weight, None);
        for k in 0..60 {
            let size = 10_f64.powf(f64::from(k) / 10.0 - 4.0);
            let kappa = ComplexLanes::from_fn(|i| Complex64::from_polar(size * (1.0 + i as f64), 0.7 * i as f64));
            for i in 0..4 {
                let plain = ExcessAt { measure: &measure, kappa: kappa.lane(i), m: 30.0 }.run();
                let best = measure.excess(kappa.lane(i), 30.0);
                assert_eq!((plain.value, plain.size, plain.a2), (best.value, best.size, best.a2));
            }
            let plain = ExcessAt { measure: &measure, kappa, m: 30.0 }.run();
            let best = measure.excess(kappa, 30.0);
            assert_eq!((plain.value, plain.size, plain.a2), (best.value, best.size, best.a2));
            let plain = SumsAt { measure: &measure, kappa }.run();
            let best = measure.sums(kappa, false);
            assert_eq!((plain.a, plain.a2, plain.c2), (best.a, best.a2, best.c2));
            assert_eq!((plain.split_a.rest, plain.split_c.rest), (best.split_a.rest, best.split_c.rest));
        }
    }

    /// A few roundings of sums of positive real parts, in another order.
    #[test]
    fn sums_at_several_arguments_are_those_at_each() {
        let lambda: Vec<f64> = (1..400).map(|k| f64::from(k).powf(-1.3)).collect();
        let weight: Vec<f64> = (1..400).map(|k| f64::from(k).powf(-1.7)).collect();
        let measure = Measure::new(lambda, weight, None);
        for k in 0..60 {
            let size = 10_f64.powf(f64::from(k) / 10.0 - 4.0);
            let kappa = ComplexLanes::from_fn(|i| Complex64::from_polar(size * (1.0 + i as f64), 0.5 * i as f64));
            let several = measure.sums(kappa, true);
            for i in 0..4 {
                let one = measure.sums(kappa.lane(i), true);
                for (x, y) in [(several.a, one.a), (several.a2, one.a2), (several.c2, one.c2)] {
                    let off = (x.lane(i) - y).norm() / y.norm();
                    assert!(off < 1e-14, "{k} {i}: {off:e}");
                }
            }
        }
    }
}
