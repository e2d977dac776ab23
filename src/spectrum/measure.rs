//! A discrete measure on the positive eigenvalue axis and its Stieltjes-type sums at complex arguments.
//!
//! Everything downstream of a spectrum is a sum over modes of `weight / (lambda + kappa)` or of a similar term. A
//! [`Measure`] answers such a sum in a time that does not depend on how many modes there are: modes with eigenvalues
//! within a factor [`WINDOW`] of `|kappa|` are summed one by one, those above and below through moments kept for every
//! block (equations (Head) and (Tail)).

use std::ops::Range;

use num_complex::Complex64;

use super::sums::{Excess, Higher, Powers, Split, Sums, modulus};
use crate::numerics::Double;
use crate::precision::{MOMENTS, WINDOW};

/// Nodes per block: windows begin and end at block borders.
const BLOCK: usize = 8;

/// Where the modes above an argument end, relative to its modulus: below 1, so that arguments next to the slow edge of
/// a finite spectrum all have their border behind the last mode.
const BORDER: f64 = 0.25;

/// Lanes of the explicit sums: with more, the accumulators of the largest one no longer fit the registers.
const LANES: usize = 2;

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

    /// [`split`](Self::split) at one argument, with `weight / lambda` of the nodes.
    fn split_at(&self, kappa: Complex64) -> (&Moments, Window<'_>, &Moments) {
        let size = modulus(kappa);
        let (first, last) = self.window(size, size);
        (&self.head[first], self.nodes(self.starts[first]..self.starts[last]), &self.tail[last])
    }

    /// The nodes of [`split_at`](Self::split_at) above the border at about `|kappa|` and those below, and the border.
    fn split_in_two(&self, kappa: Complex64) -> (&Moments, [Window<'_>; 2], &Moments, usize) {
        let size = modulus(kappa);
        let (first, last) = self.window(size, size);
        let (start, end) = (self.starts[first], self.starts[last]);
        let border = start + self.lambda[start..end].partition_point(|&l| l > BORDER * size);
        (&self.head[first], [self.nodes(start..border), self.nodes(border..end)], &self.tail[last], border)
    }

    fn nodes(&self, at: Range<usize>) -> Window<'_> {
        Window { lambda: &self.lambda[at.clone()], weight: &self.weight[at.clone()], inverse: &self.inverse[at] }
    }

    /// `D(kappa) - m` for the weights of eigenvalues, with nothing lost where `m` is the number of modes above a gap.
    pub fn excess(&self, kappa: Complex64, m: f64) -> Excess {
        let (head, [above, below], tail, border) = self.split_in_two(kappa);
        let [lacking, above_a2] =
            explicit_sums(above, kappa, |_, q, m, x| [[m * x[0], m * x[1]], multiply([q * x[0], q * x[1]], x)]);
        let [below_a, below_a2] = explicit_sums(below, kappa, |_, q, _, x| {
            let qx = [q * x[0], q * x[1]];
            [qx, multiply(qx, x)]
        });
        let [_, head_a2] = head_series(head, kappa);
        let [tail_a, tail_a2] = tail_series(&tail.values, tail.scale, kappa);
        let lacking = kappa * (lacking + head_complement(head, kappa));
        let below = below_a + tail_a;
        let number = self.inverse_sums[border][0];
        let whole = number.minus(Double::new(m));
        Excess {
            value: whole - lacking + below,
            size: whole.abs() + f64::EPSILON * number.high + modulus(lacking) + modulus(below),
            a2: above_a2 + below_a2 + head_a2 + tail_a2,
        }
    }

    /// `(a, a2)` of [`Sums`].
    pub fn one_point_sums(&self, kappa: Complex64) -> (Complex64, Complex64) {
        let (head, window, tail) = self.split_at(kappa);
        let [a, a2] = explicit_sums(window, kappa, |_, q, _, x| {
            let qx = [q * x[0], q * x[1]];
            [qx, multiply(qx, x)]
        });
        let [head_a, head_a2] = head_series(head, kappa);
        let [tail_a, tail_a2] = tail_series(&tail.values, tail.scale, kappa);
        (a + head_a + tail_a, a2 + head_a2 + tail_a2)
    }

    /// All of [`Sums`], with the higher powers if asked for.
    pub fn sums(&self, kappa: Complex64, higher: bool) -> Sums {
        let (head, [above, below], tail, border) = self.split_in_two(kappa);
        let (whole_a, whole_c) = (self.inverse_sums[border], self.weight_sums[border]);
        let [lacking, above_a, above_a2, above_c2] = explicit_sums(above, kappa, |l, q, m, x| {
            let qx = [q * x[0], q * x[1]];
            let qx2 = multiply(qx, x);
            [[m * x[0], m * x[1]], qx, qx2, [qx2[0] * l, qx2[1] * l]]
        });
        let [below_a, below_c, below_a2, below_c2] = explicit_sums(below, kappa, |l, q, _, x| {
            let qx = [q * x[0], q * x[1]];
            let qx2 = multiply(qx, x);
            [qx, [qx[0] * l, qx[1] * l], qx2, [qx2[0] * l, qx2[1] * l]]
        });
        let [head_a, head_a2] = head_series(head, kappa);
        let [tail_a, tail_a2] = tail_series(&tail.values, tail.scale, kappa);
        let [tail_c, tail_c2] = tail_series(&tail.values[1..], tail.scale, kappa).map(|v| v * tail.scale);
        let (above_a, below_a) = (above_a + head_a, below_a + tail_a);
        Sums {
            a: above_a + below_a,
            split_a: Split::new(border, whole_a, kappa * (lacking + head_complement(head, kappa)), below_a),
            split_c: Split::new(border, whole_c, kappa * above_a, below_c + tail_c),
            a2: above_a2 + below_a2 + head_a2 + tail_a2,
            c2: above_c2 + below_c2 + (head_a - kappa * head_a2) + tail_c2,
            // (of the smallest eigenvalues and the largest powers they may overflow)
            higher: higher.then(|| self.higher(kappa)).filter(Higher::is_finite),
        }
    }

    /// Everything that derivatives of the sums need.
    pub fn powers(&self, kappa: Complex64) -> Powers {
        Powers { sums: self.sums(kappa, false), higher: self.higher(kappa), fifth: self.fifth(kappa) }
    }

    fn higher(&self, kappa: Complex64) -> Higher {
        let (head, window, tail) = self.split_at(kappa);
        let [a3, a4, c3, c4] = explicit_sums(window, kappa, |l, q, _, x| {
            let qx3 = multiply([q * x[0], q * x[1]], multiply(x, x));
            let qx4 = multiply(qx3, x);
            [qx3, qx4, [qx3[0] * l, qx3[1] * l], [qx4[0] * l, qx4[1] * l]]
        });
        let [_, head_a2, head_a3, head_a4] = head_series(head, kappa);
        let [_, _, tail_a3, tail_a4] = tail_series(&tail.values, tail.scale, kappa);
        let [_, _, tail_c3, tail_c4] = tail_series(&tail.values[1..], tail.scale, kappa).map(|v| v * tail.scale);
        Higher {
            a3: a3 + head_a3 + tail_a3,
            a4: a4 + head_a4 + tail_a4,
            c3: c3 + (head_a2 - kappa * head_a3) + tail_c3,
            c4: c4 + (head_a3 - kappa * head_a4) + tail_c4,
        }
    }

    /// `sum q / (lambda + kappa)^5`, and with an additional `lambda`.
    fn fifth(&self, kappa: Complex64) -> [Complex64; 2] {
        let (head, window, tail) = self.split_at(kappa);
        let [a5, c5] = explicit_sums(window, kappa, |l, q, _, x| {
            let x2 = multiply(x, x);
            let qx5 = multiply([q * x[0], q * x[1]], multiply(x2, x2));
            [qx5, [qx5[0] * l, qx5[1] * l]]
        });
        let [_, _, _, head_a4, head_a5] = head_series(head, kappa);
        let [_, _, _, _, tail_a5] = tail_series(&tail.values, tail.scale, kappa);
        let [_, _, _, _, tail_c5] = tail_series(&tail.values[1..], tail.scale, kappa).map(|v| v * tail.scale);
        [a5 + head_a5 + tail_a5, c5 + (head_a4 - kappa * head_a5) + tail_c5]
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

/// Nodes that are summed one by one.
#[derive(Clone, Copy)]
struct Window<'a> {
    lambda: &'a [f64],
    weight: &'a [f64],
    inverse: &'a [f64],
}

/// Sums over nodes, one by one, of `K` complex terms made from `lambda`, `q`, `q / lambda` and `x = 1/(lambda +
/// kappa)`.
///
/// Several independent accumulators per sum, so that the compiler may use vector instructions.
#[inline(always)]
fn explicit_sums<const K: usize>(
    window: Window<'_>,
    kappa: Complex64,
    terms: impl Fn(f64, f64, f64, [f64; 2]) -> [[f64; 2]; K],
) -> [Complex64; K] {
    let mut acc = [[[0.0; LANES]; 2]; K];
    let im2 = kappa.im * kappa.im;
    let mut add = |lane: usize, l: f64, q: f64, m: f64| {
        let re = l + kappa.re;
        let inverse = 1.0 / (re * re + im2);
        for (slot, term) in acc.iter_mut().zip(terms(l, q, m, [re * inverse, -kappa.im * inverse])) {
            slot[0][lane] += term[0];
            slot[1][lane] += term[1];
        }
    };
    let len = window.lambda.len();
    let whole = len - len % LANES;
    let (ls, qs, ms) = (&window.lambda[..len], &window.weight[..len], &window.inverse[..len]);
    for start in (0..whole).step_by(LANES) {
        let at = start..start + LANES;
        let (l, q, m) = (&ls[at.clone()], &qs[at.clone()], &ms[at]);
        for lane in 0..LANES {
            add(lane, l[lane], q[lane], m[lane]);
        }
    }
    for i in whole..len {
        add(0, ls[i], qs[i], ms[i]);
    }
    acc.map(|[re, im]| Complex64::new(re.iter().sum(), im.iter().sum()))
}

/// Product of complex numbers as pairs.
#[inline(always)]
fn multiply(x: [f64; 2], y: [f64; 2]) -> [f64; 2] {
    [x[0] * y[0] - x[1] * y[1], x[0] * y[1] + x[1] * y[0]]
}

/// `sum q / (lambda + kappa)^p`, p = 1..=K, over nodes with `lambda >> |kappa|`: equation (Head) and its derivatives.
fn head_series<const K: usize>(head: &Moments, kappa: Complex64) -> [Complex64; K] {
    if head.of(0) <= 0.0 {
        return [Complex64::ZERO; K];
    }
    let x = -kappa / head.scale;
    let derivatives = horner::<K>(&head.values, x);
    // the d-th derivative by kappa of (lambda + kappa)^-1 is (-1)^d d! (lambda + kappa)^-(d+1); horner divides by d!
    let mut factor = 1.0;
    derivatives.map(|value| {
        let scaled = value * factor;
        factor /= head.scale;
        scaled
    })
}

/// `sum q / (lambda (lambda + kappa))` over the nodes with `lambda >> |kappa|`.
fn head_complement(head: &Moments, kappa: Complex64) -> Complex64 {
    let [value] = horner::<1>(&head.values[1..], -kappa / head.scale);
    value / head.scale
}

/// `sum q / (lambda + kappa)^p`, p = 1..=K with K <= 5, over nodes with `lambda << |kappa|`, from the moments
/// `sum q (lambda / scale)^n`: equation (Tail) and its derivatives.
fn tail_series<const K: usize>(moments: &[f64], scale: f64, kappa: Complex64) -> [Complex64; K] {
    if moments[0] <= 0.0 {
        return [Complex64::ZERO; K];
    }
    let inverse = kappa.inv();
    let x = -scale * inverse;
    // With f(x) = sum m_n x^n the coefficient binomial(n + p - 1, p - 1) is produced by f and x^d f^(d) / d!.
    const BINOMIALS: [[f64; 5]; 5] = [
        [1.0, 0.0, 0.0, 0.0, 0.0],
        [1.0, 1.0, 0.0, 0.0, 0.0],
        [1.0, 2.0, 1.0, 0.0, 0.0],
        [1.0, 3.0, 3.0, 1.0, 0.0],
        [1.0, 4.0, 6.0, 4.0, 1.0],
    ];
    let mut derivatives = horner::<K>(moments, x);
    let mut power = x;
    for value in derivatives.iter_mut().skip(1) {
        *value *= power;
        power *= x;
    }
    let mut power = inverse;
    std::array::from_fn(|p| {
        let sum: Complex64 = derivatives.iter().zip(BINOMIALS[p]).map(|(d, b)| d * b).sum();
        let value = sum * power;
        power *= inverse;
        value
    })
}

/// Value and first derivatives, each divided by the factorial of its order, of the polynomial with these coefficients.
fn horner<const K: usize>(coefficients: &[f64], x: Complex64) -> [Complex64; K] {
    let mut out = [Complex64::ZERO; K];
    for &c in coefficients.iter().rev() {
        for d in (1..K).rev() {
            out[d] = out[d] * x + out[d - 1];
        }
        out[0] = out[0] * x + c;
    }
    out
}
