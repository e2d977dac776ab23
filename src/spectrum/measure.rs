//! A discrete measure on the positive eigenvalue axis and its Stieltjes-type sums at complex arguments.
//!
//! Everything downstream of a spectrum is a sum over modes of `weight / (lambda + kappa)` or a relative of it. A
//! [`Measure`] answers such a sum in a time that does not depend on how many modes there are: modes with
//! eigenvalues within a factor [`WINDOW`] of `|kappa|` are summed one by one, those above and below through moments
//! kept for every block (equations (Head) and (Tail)).

use num_complex::Complex64;

use crate::precision::{MOMENTS, WINDOW};

/// Nodes per block: windows begin and end at block borders.
const BLOCK: usize = 8;

/// Lanes of the explicit sums, a multiple of every common vector width.
const LANES: usize = 4;

/// Sums of powers of the eigenvalues on one side of a block border, scaled by the eigenvalue next to the border so
/// that neither very small nor very large eigenvalues under- or overflow.
///
/// Entry `n + 1` holds the moment of index `n`, from -1 on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Moments {
    /// The eigenvalue nearest to the border.
    pub scale: f64,
    pub values: [f64; MOMENTS + 1],
}

impl Moments {
    const ZERO: Self = Self { scale: 1.0, values: [0.0; MOMENTS + 1] };

    /// Moment of index `n >= -1`.
    pub fn of(&self, n: isize) -> f64 {
        self.values[(n + 1) as usize]
    }

    fn rescale(&mut self, scale: f64, ratio: f64) {
        // (a total of 0 stays 0 whatever the old scale was)
        let mut factor = 1.0 / ratio;
        for value in &mut self.values {
            if *value > 0.0 {
                *value *= factor;
            }
            factor *= ratio;
        }
        self.scale = scale;
    }
}

/// The sums of one measure at one argument `kappa`, each over all nodes with weights `q`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sums {
    /// `sum q / (lambda + kappa)`
    pub a: Complex64,
    /// `sum (q / lambda) kappa / (lambda + kappa)`, infinite where `sum q / lambda` is
    pub b: Complex64,
    /// `sum q lambda / (lambda + kappa)`
    pub c: Complex64,
    /// `sum q / (lambda + kappa)^2`
    pub a2: Complex64,
    /// `sum q lambda / (lambda + kappa)^2`
    pub c2: Complex64,
    /// `sum q / (lambda + kappa)^3`
    pub a3: Complex64,
    /// `sum q / (lambda + kappa)^4`
    pub a4: Complex64,
}

/// Nodes `lambda` in descending order with weights `q >= 0`, and an optional tail known by its moments only.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Measure {
    lambda: Vec<f64>,
    weight: Vec<f64>,
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
                // index -1 carries q / scale
                let mut term = weight[k] / scale;
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
                let mut term = weight[k] / ratio;
                for value in &mut running.values {
                    *value += term;
                    term *= ratio;
                }
            }
            tail.push(running.clone());
        }
        tail.reverse();
        Self { lambda, weight, starts, head, tail, tail_top }
    }

    /// Nodes, in descending order of the eigenvalue, with their weights.
    pub fn nodes(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.lambda.iter().copied().zip(self.weight.iter().copied())
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.lambda.len()
    }

    /// Sum of all weights, the tail included.
    pub fn total(&self) -> f64 {
        self.tail[0].of(0)
    }

    /// `sum q / lambda`, the tail included: infinite where it diverges.
    pub fn total_inverse(&self) -> f64 {
        self.tail[0].of(-1) / self.tail[0].scale
    }

    /// `sum q lambda`.
    pub fn total_first(&self) -> f64 {
        self.tail[0].of(1) * self.tail[0].scale
    }

    /// The largest eigenvalue.
    pub fn largest(&self) -> f64 {
        self.lambda.first().copied().unwrap_or(self.tail_top)
    }

    /// The smallest eigenvalue, 0 if there are infinitely many.
    pub fn smallest(&self) -> f64 {
        if self.tail_top > 0.0 { 0.0 } else { self.lambda.last().copied().unwrap_or(0.0) }
    }

    /// The smallest `|kappa|` at which the sums are accurate: below it the tail without nodes is felt.
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

    /// `(a, b, a2)` of [`Sums`]: all that the resolvent's Newton iteration needs.
    pub fn resolvent_sums(&self, kappa: Complex64) -> (Complex64, Complex64, Complex64) {
        let (head, lambda, weight, tail) = self.split(kappa.norm(), kappa.norm());
        let mut acc = [[0.0; LANES]; 6];
        let mut add = |lane: usize, l: f64, q: f64| {
            let re = l + kappa.re;
            let inverse = 1.0 / (re * re + kappa.im * kappa.im);
            let (x, y) = (re * inverse, -kappa.im * inverse);
            acc[0][lane] += q * x;
            acc[1][lane] += q * y;
            acc[2][lane] += q / l * x;
            acc[3][lane] += q / l * y;
            acc[4][lane] += q * (x * x - y * y);
            acc[5][lane] += 2.0 * q * x * y;
        };
        let mut ls = lambda.chunks_exact(LANES);
        let mut qs = weight.chunks_exact(LANES);
        for (l, q) in (&mut ls).zip(&mut qs) {
            for lane in 0..LANES {
                add(lane, l[lane], q[lane]);
            }
        }
        for (l, q) in ls.remainder().iter().zip(qs.remainder()) {
            add(0, *l, *q);
        }
        let [ar, ai, fr, fi, a2r, a2i] = acc.map(|lanes| lanes.iter().sum::<f64>());
        let [head_a, head_a2] = head_series::<2>(head, kappa);
        let [tail_a, tail_a2] = tail_series::<2>(tail, kappa);
        let a = Complex64::new(ar, ai) + head_a + tail_a;
        let b = kappa * (Complex64::new(fr, fi) + head_complement(head, kappa)) + tail_complement(tail, tail_a);
        let a2 = Complex64::new(a2r, a2i) + head_a2 + tail_a2;
        (a, b, a2)
    }

    /// All of [`Sums`].
    pub fn sums(&self, kappa: Complex64) -> Sums {
        let (head, lambda, weight, tail) = self.split(kappa.norm(), kappa.norm());
        let mut acc = [[0.0; LANES]; 14];
        let mut add = |lane: usize, l: f64, q: f64| {
            let re = l + kappa.re;
            let inverse = 1.0 / (re * re + kappa.im * kappa.im);
            let (x, y) = (re * inverse, -kappa.im * inverse);
            let (x2, y2) = (x * x - y * y, 2.0 * x * y);
            let (x3, y3) = (x2 * x - y2 * y, x2 * y + y2 * x);
            let (x4, y4) = (x2 * x2 - y2 * y2, 2.0 * x2 * y2);
            for (slot, value) in acc.iter_mut().zip([
                q * x,
                q * y,
                q / l * x,
                q / l * y,
                q * l * x,
                q * l * y,
                q * x2,
                q * y2,
                q * x3,
                q * y3,
                q * x4,
                q * y4,
                q * l * x2,
                q * l * y2,
            ]) {
                slot[lane] += value;
            }
        };
        let mut ls = lambda.chunks_exact(LANES);
        let mut qs = weight.chunks_exact(LANES);
        for (l, q) in (&mut ls).zip(&mut qs) {
            for lane in 0..LANES {
                add(lane, l[lane], q[lane]);
            }
        }
        for (l, q) in ls.remainder().iter().zip(qs.remainder()) {
            add(0, *l, *q);
        }
        let sum = acc.map(|lanes| lanes.iter().sum::<f64>());
        let explicit = |i: usize| Complex64::new(sum[2 * i], sum[2 * i + 1]);
        let [head_a, head_a2, head_a3, head_a4] = head_series::<4>(head, kappa);
        let [tail_a, tail_a2, tail_a3, tail_a4] = tail_series::<4>(tail, kappa);
        let head_c = head.of(-1) * head.scale - kappa * head_a;
        let [tail_c, tail_c2] = tail_first(tail, kappa);
        Sums {
            a: explicit(0) + head_a + tail_a,
            b: kappa * (explicit(1) + head_complement(head, kappa)) + tail_complement(tail, tail_a),
            c: explicit(2) + head_c + tail_c,
            a2: explicit(3) + head_a2 + tail_a2,
            c2: explicit(6) + head_a - kappa * head_a2 + tail_c2,
            a3: explicit(4) + head_a3 + tail_a3,
            a4: explicit(5) + head_a4 + tail_a4,
        }
    }
}

/// `sum q / (lambda + kappa)^p`, p = 1..=K, over nodes with `lambda >> |kappa|`: equation (Head) and its derivatives.
fn head_series<const K: usize>(head: &Moments, kappa: Complex64) -> [Complex64; K] {
    if head.of(0) <= 0.0 {
        return [Complex64::ZERO; K];
    }
    let x = -kappa / head.scale;
    let derivatives = horner::<K>(&head.values[1..], x);
    // the d-th derivative by kappa of (lambda + kappa)^-1 is (-1)^d d! (lambda + kappa)^-(d+1); horner divides by d!
    let mut factor = 1.0;
    derivatives.map(|value| {
        let scaled = value * factor;
        factor /= head.scale;
        scaled
    })
}

/// `sum q / (lambda (lambda + kappa))` over the same nodes.
fn head_complement(head: &Moments, kappa: Complex64) -> Complex64 {
    let [value] = horner::<1>(&head.values[2..], -kappa / head.scale);
    value / head.scale
}

/// `sum q / (lambda + kappa)^p`, p = 1..=K, over nodes with `lambda << |kappa|`: equation (Tail) and its derivatives.
fn tail_series<const K: usize>(tail: &Moments, kappa: Complex64) -> [Complex64; K] {
    if tail.of(0) <= 0.0 {
        return [Complex64::ZERO; K];
    }
    inverse_powers(&tail.values[1..], tail.scale, kappa)
}

/// `sum q lambda / (lambda + kappa)^p`, p = 1, 2, over the same nodes.
fn tail_first(tail: &Moments, kappa: Complex64) -> [Complex64; 2] {
    inverse_powers(&tail.values[2..], tail.scale, kappa).map(|value| value * tail.scale)
}

/// `sum_n m_n (scale^n / kappa^(n+p)) (-1)^n binomial(n + p - 1, p - 1)`, p = 1..=K: the expansion of
/// `sum q / (lambda + kappa)^p` with `m_n = sum q (lambda / scale)^n`.
fn inverse_powers<const K: usize>(moments: &[f64], scale: f64, kappa: Complex64) -> [Complex64; K] {
    let inverse = kappa.inv();
    let x = -scale * inverse;
    let mut out = [Complex64::ZERO; K];
    let mut power = inverse;
    for (p, slot) in out.iter_mut().enumerate() {
        let mut sum = Complex64::ZERO;
        for (n, m) in moments.iter().enumerate().rev() {
            let binomial = (1..=p).fold(1.0, |b, i| b * (n + i) as f64 / i as f64);
            sum = sum * x + binomial * m;
        }
        *slot = sum * power;
        power *= inverse;
    }
    out
}

/// `sum (q / lambda) kappa / (lambda + kappa) = sum q / lambda - sum q / (lambda + kappa)` over the same nodes.
fn tail_complement(tail: &Moments, tail_a: Complex64) -> Complex64 {
    tail.of(-1) / tail.scale - tail_a
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
