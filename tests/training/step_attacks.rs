//! Searches for wrong losses of methods that take steps: clusters of modes, momentum near 1, roots that coincide, the
//! edge of stability, up to 1e12 steps; against recurrences that are iterated by repeated squaring in double-double
//! arithmetic. Seeds are fixed; `ATTACK_CASES` multiplies the number of cases.

use spectralaw::sensitivity::LimitedBy;
use spectralaw::spectrum::PowerLaw;
use spectralaw::{LossPoint, Model, Optimizer, Schedule, Spectrum};

/// A number as a sum of two, to 32 digits.
#[derive(Clone, Copy, Debug)]
struct Dd(f64, f64);

impl Dd {
    const ZERO: Self = Self(0.0, 0.0);
    const ONE: Self = Self(1.0, 0.0);

    fn sum(x: f64, y: f64) -> Self {
        let s = x + y;
        let b = s - x;
        Self(s, (x - (s - b)) + (y - b))
    }

    fn product(x: f64, y: f64) -> Self {
        let p = x * y;
        Self(p, x.mul_add(y, -p))
    }

    fn add(self, other: Self) -> Self {
        let (s, t) = (Self::sum(self.0, other.0), Self::sum(self.1, other.1));
        let u = Self::sum(s.0, s.1 + t.0);
        Self::sum(u.0, u.1 + t.1)
    }

    fn neg(self) -> Self {
        Self(-self.0, -self.1)
    }

    fn mul(self, other: Self) -> Self {
        let p = Self::product(self.0, other.0);
        Self::sum(p.0, p.1 + (self.0 * other.1 + self.1 * other.0))
    }

    /// By a power of two.
    fn times(self, x: f64) -> Self {
        Self(self.0 * x, self.1 * x)
    }

    fn over(self, x: f64) -> Self {
        let q = self.0 / x;
        let rest = self.add(Self::product(q, -x));
        Self::sum(q, (rest.0 + rest.1) / x)
    }
}

/// `2^exponent` times a matrix.
#[derive(Clone, Copy)]
struct Matrix<const N: usize>([[Dd; N]; N], i64);

impl<const N: usize> Matrix<N> {
    fn mul(&self, other: &Self) -> Self {
        let mut entries = [[Dd::ZERO; N]; N];
        for (i, row) in entries.iter_mut().enumerate() {
            for (j, entry) in row.iter_mut().enumerate() {
                for k in 0..N {
                    *entry = entry.add(self.0[i][k].mul(other.0[k][j]));
                }
            }
        }
        let largest = entries.iter().flatten().map(|x| x.0.abs()).fold(0.0, f64::max);
        let shift = if largest > 0.0 { largest.log2().floor() as i32 } else { 0 };
        let scale = 2_f64.powi(-shift);
        Self(entries.map(|row| row.map(|x| x.times(scale))), self.1 + other.1 + i64::from(shift))
    }

    /// By repeated squaring.
    fn power(mut self, mut exponent: u64) -> Self {
        let mut one = [[Dd::ZERO; N]; N];
        for (i, row) in one.iter_mut().enumerate() {
            row[i] = Dd::ONE;
        }
        let mut power = Self(one, 0);
        while exponent > 0 {
            if exponent & 1 == 1 {
                power = power.mul(&self);
            }
            self = self.mul(&self);
            exponent >>= 1;
        }
        power
    }
}

/// `p_t` at eigenvalue `m` of the heavy ball or Nesterov's method, all numbers taken as exact; as a number and the
/// logarithm of what it is to be multiplied by.
fn recurrence(eta: f64, beta: f64, nesterov: bool, m: Dd, t: u64) -> (f64, f64) {
    let step = Dd(eta, 0.0).mul(m);
    let u = Dd::ONE.add(step.neg());
    let beta = Dd(beta, 0.0);
    let kept = if nesterov { beta.mul(u) } else { beta };
    // With a sign that alternates the fast modes of the heavy ball are slow ones, 1 + x taking the place of 1 - x.
    let sum = Dd::ONE.add(beta);
    let alternates = !nesterov && step.0 > sum.0;
    let pull = if alternates { sum.add(sum).add(step.neg()) } else { step };
    let stays = if alternates { Dd::ONE.add(pull.neg()) } else { u };
    // residual and its last change, in units of which neither drowns the other
    let unit = 2_f64.powf((1.0 - beta.0).max(pull.0.abs().sqrt()).max(1e-300).log2().round());
    let matrix = [[stays, kept.times(unit)], [pull.neg().times(1.0 / unit), kept]];
    let Matrix([[still, moving], _], exponent) = Matrix(matrix, 0).power(t);
    let left = if alternates { still.add(moving.times(2.0 / unit)) } else { still };
    (left.0, exponent as f64 * std::f64::consts::LN_2)
}

fn squared(eta: f64, beta: f64, nesterov: bool, m: Dd, t: f64) -> f64 {
    let (value, log) = recurrence(eta, beta, nesterov, m, t as u64);
    if value == 0.0 { 0.0 } else { (2.0 * (value.abs().ln() + log)).exp() }
}

/// Splitmix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((x ^ (x >> 31)) >> 11) as f64 / 2_f64.powi(53)
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.next()
    }

    fn log_between(&mut self, low: f64, high: f64) -> f64 {
        self.between(low.ln(), high.ln()).exp()
    }

    fn chance(&mut self, share: f64) -> bool {
        self.next() < share
    }

    fn index(&mut self, count: usize) -> usize {
        (self.next() * count as f64) as usize
    }
}

fn cases(usual: usize) -> usize {
    let times: f64 = std::env::var("ATTACK_CASES").ok().and_then(|s| s.parse().ok()).unwrap_or(1.0);
    (usual as f64 * times) as usize
}

/// What was found, so that one run shows everything.
#[derive(Default)]
struct Findings {
    wrong: Vec<String>,
    worst: f64,
    worst_estimate: f64,
    cases: usize,
}

impl Findings {
    /// The loss of a point against the exact one, which is known to a share of the loss.
    fn check(&mut self, what: &str, point: &LossPoint, exact: f64, known: f64) {
        self.cases += 1;
        // (squares below 1e-300 have lost digits to underflow)
        if exact < 1e-300 && point.test_loss < 1e-299 {
            return;
        }
        let off = (1.0 - exact / point.test_loss).abs();
        if point.error < 1e-9 {
            self.worst = self.worst.max(off);
        }
        self.worst_estimate = self.worst_estimate.max(point.error);
        // (printed numbers are rounded)
        let fits = if exact > 1e300 { point.test_loss > 1e299 } else { off <= point.error + known + 1e-15 };
        if !fits {
            let (loss, error) = (point.test_loss, point.error);
            self.wrong.push(format!("{what}: {loss:e} instead of {exact:e}: {off:.2e} off, error {error:.2e}"));
        }
    }

    fn report(&self) {
        let Self { wrong, worst, worst_estimate, cases } = self;
        println!("{} of {cases} wrong; at most {worst:.1e} off, estimates up to {worst_estimate:.1e}", wrong.len());
        assert!(wrong.is_empty(), "{}", wrong[..wrong.len().min(30)].join("\n"));
    }
}

fn optimizer(eta: f64, beta: f64, nesterov: bool) -> Optimizer {
    if nesterov { Optimizer::nesterov(eta, beta).unwrap() } else { Optimizer::heavy_ball(eta, beta).unwrap() }
}

/// The largest stable product of rate and eigenvalue.
fn edge(beta: f64, nesterov: bool) -> f64 {
    if nesterov { (2.0 + 2.0 * beta) / (1.0 + 2.0 * beta) } else { 2.0 + 2.0 * beta }
}

fn momentum(random: &mut Random) -> f64 {
    match random.index(4) {
        0 => 0.0,
        1 => random.between(0.0, 0.99),
        2 => 1.0 - random.log_between(1e-6, 1e-2),
        _ => [0.9, 0.99, 0.998, 0.9995, 0.99999, 0.999_999][random.index(6)],
    }
}

/// An eigenvalue times the rate, next to where something happens.
fn product(random: &mut Random, beta: f64, nesterov: bool) -> f64 {
    let near = |random: &mut Random, x: f64| {
        let share = if random.chance(0.3) { 0.0 } else { random.log_between(1e-16, 1e-1) };
        x * (1.0 + if random.chance(0.5) { share } else { -share })
    };
    let root = beta.sqrt();
    let (slow, fast) = if nesterov {
        (((1.0 - beta) / (1.0 + beta)).powi(2), 1.0)
    } else {
        ((1.0 - root).powi(2), (1.0 + root).powi(2))
    };
    let stable = edge(beta, nesterov);
    let x = match random.index(7) {
        0 => near(random, slow.max(1e-12)),
        1 => near(random, fast),
        2 => near(random, stable),
        3 => near(random, 1.0),
        4 => random.log_between(1e-14, 1.0),
        _ => random.between(0.0, stable),
    };
    x.clamp(1e-14, stable * (1.0 - 1e-16))
}

#[test]
fn few_modes_at_infinite_sizes() {
    let mut random = Random(1);
    let mut findings = Findings::default();
    for _ in 0..cases(2500) {
        let nesterov = random.chance(0.5);
        let beta = momentum(&mut random);
        let count = 1 + random.index(4);
        let mut lambda: Vec<f64> = (0..count).map(|_| product(&mut random, beta, nesterov)).collect();
        let eta = random.log_between(1e-3, 1e3);
        lambda.iter_mut().for_each(|l| *l /= eta);
        let power: Vec<f64> =
            lambda.iter().map(|_| if random.chance(0.1) { 0.0 } else { random.log_between(1e-6, 1.0) }).collect();
        let model = Model::new(&Spectrum::from_modes(&lambda, &power).unwrap());
        let optimizer = optimizer(eta, beta, nesterov);
        let t = random.log_between(1.0, 1e12).round();
        // (what would take too long is refused)
        let Ok(curve) = model.train(&optimizer, &[t]) else { continue };
        let exact = lambda.iter().zip(&power).map(|(l, q)| q * squared(eta, beta, nesterov, Dd(*l, 0.0), t)).sum();
        // (double-double powers of a decay by e^-345 are known to 1e-20)
        findings.check(&format!("{optimizer:?} {lambda:?} {power:?} {t}"), &curve.points()[0], exact, 0.0);
    }
    findings.report();
}

/// Clusters of modes, with gaps, single modes, modes without power, powers that differ by many orders.
fn clusters(random: &mut Random, most: f64) -> (Vec<f64>, Vec<f64>) {
    let (mut lambda, mut power) = (Vec::new(), Vec::new());
    for _ in 0..1 + random.index(4) {
        let top = if random.chance(0.4) { 1.0 } else { random.log_between(1e-3, 1.0) };
        let width = random.log_between(1e-6, 1.0);
        let count = random.log_between(1.0, most) as usize;
        let bends = random.log_between(0.3, 3.0);
        let (scale, without) = (random.log_between(1e-6, 1.0), random.chance(0.2));
        let tilt = if random.chance(0.3) { random.between(-40.0, 40.0) } else { 0.0 };
        for i in 0..count {
            let at = (i as f64 + 0.5) / count as f64;
            lambda.push(top * (1.0 - 0.99 * width * at.powf(bends)));
            let scatter = random.next().powi(2);
            power.push(if without { 0.0 } else { scale * scatter * (tilt * at).exp() });
        }
    }
    if power.iter().sum::<f64>() == 0.0 {
        power[0] = 1.0;
    }
    (lambda, power)
}

/// `prod (1 - eta_s m)` squared.
fn squared_product(rates: impl Iterator<Item = f64>, m: f64) -> f64 {
    let mut log = Dd::ZERO;
    let mut value = Dd::ONE;
    for rate in rates {
        value = value.mul(Dd::ONE.add(Dd::product(-rate, m)));
        if value.0.abs() < 1e-100 {
            value = value.times(2_f64.powi(300));
            log = log.add(Dd(-300.0 * std::f64::consts::LN_2, 0.0));
        }
    }
    if value.0 == 0.0 { 0.0 } else { (2.0 * (value.0.abs().ln() + log.0)).exp() }
}

#[test]
fn clusters_at_infinite_sizes() {
    let mut random = Random(2);
    let mut findings = Findings::default();
    for _ in 0..cases(150) {
        let (lambda, power) = clusters(&mut random, 3000.0);
        let top = lambda.iter().copied().fold(0.0, f64::max);
        let nesterov = random.chance(0.5);
        let beta = if random.chance(0.5) { 0.0 } else { random.between(0.0, 0.95) };
        let stable = edge(beta, nesterov);
        let eta = [1.99 / 2.0, 1.0, 0.75, 0.6, random.next()][random.index(5)] * stable / top * (1.0 - 1e-12);
        let model = Model::new(&Spectrum::from_modes(&lambda, &power).unwrap());
        let t = random.log_between(1.0, 1e5).round();
        let optimizer = optimizer(eta, beta, nesterov);
        let what = format!("{} modes, top {top}, {optimizer:?} {t}", lambda.len());
        if let Ok(curve) = model.train(&optimizer, &[t]) {
            let left = |l: f64| squared(eta, beta, nesterov, Dd(l, 0.0), t);
            let exact = lambda.iter().zip(&power).map(|(l, q)| q * left(*l)).sum();
            findings.check(&what, &curve.points()[0], exact, 0.0);
        }
        let t = random.log_between(1e-1, 1e4);
        let flow = model.gradient_flow(&[t]).unwrap();
        let exact = lambda.iter().zip(&power).map(|(l, q)| q * (-2.0 * l * t).exp()).sum();
        findings.check(&format!("{} modes, flow {t}", lambda.len()), &flow.points()[0], exact, 0.0);
        if beta == 0.0 {
            let last = random.log_between(0.01, 1.0) * eta;
            let schedule = match random.index(3) {
                0 => Schedule::linear(eta, last, 300.0),
                1 => Schedule::cosine(eta, last, 500.0),
                _ => Schedule::power_law(eta, 0.5, 100.0),
            };
            let schedule = schedule.unwrap();
            let t = random.log_between(1.0, 2000.0).round();
            let curve = model.train_even_if_unstable(&Optimizer::gradient_descent(&schedule).unwrap(), &[t]).unwrap();
            let left = |l: f64| squared_product((0..t as u32).map(|s| schedule.rate(f64::from(s))), l);
            if lambda.len() <= 400 || t < 300.0 {
                let exact = lambda.iter().zip(&power).map(|(l, q)| q * left(*l)).sum();
                findings.check(&format!("{schedule:?} {t} on {} modes", lambda.len()), &curve.points()[0], exact, 0.0);
            }
        }
    }
    findings.report();
}

#[test]
fn a_dense_top_of_twenty_thousand_modes() {
    let count = 20_000;
    let lambda: Vec<f64> = (0..count).map(|i| 1.0 - 0.5 * f64::from(i) / f64::from(count - 1)).collect();
    let power = vec![1.0 / f64::from(count); lambda.len()];
    let spectrum = Spectrum::from_modes(&lambda, &power).unwrap();
    for (eta, beta, nesterov) in [(1.99, 0.0, false), (3.5, 0.8, false), (1.3, 0.8, true)] {
        for t in [24.0, 100.0, 1000.0, 1e5] {
            let exact: f64 =
                lambda.iter().zip(&power).map(|(l, q)| q * squared(eta, beta, nesterov, Dd(*l, 0.0), t)).sum();
            let optimizer = optimizer(eta, beta, nesterov);
            let population = Model::new(&spectrum).train(&optimizer, &[t]).unwrap().points()[0];
            if exact < 1e-300 {
                continue;
            }
            let off = (population.test_loss / exact - 1.0).abs();
            assert!(off <= population.error, "{eta} {beta} {t}: {} {exact} {off:e}", population.test_loss);
            // sizes change the loss in first order of their inverse
            let wide = Model::new(&spectrum).with_width(1e25).unwrap().with_samples(1e26).unwrap();
            let wide = wide.train(&optimizer, &[t]).unwrap().points()[0];
            let off = (wide.test_loss / exact - 1.0).abs();
            assert!(off <= wide.error, "{eta} {beta} {t}, wide: {} {exact} {off:e} {:e}", wide.test_loss, wide.error);
            assert!(population.error < 1e-11 && wide.error < 1e-8, "{eta} {beta} {t}: {:e}", wide.error);
        }
    }
}

/// Nodes and weights of an integral over angles from 0 to pi, graded towards both ends: the sine is known there. What is
/// integrated turns by a phase on the way.
fn graded_angles(phase: f64) -> Vec<(f64, f64, bool)> {
    // Gauss-Legendre with 16 points on panels whose lengths double
    let rule = legendre(16);
    let half = std::f64::consts::FRAC_PI_2;
    let mut out = Vec::new();
    let mut high = half;
    for panel in 0..60 {
        let low = if panel == 59 { 0.0 } else { 0.5 * high };
        // (a rule of 16 points follows a turn)
        let pieces = 2 + (phase * (high - low) / std::f64::consts::PI) as u32;
        for piece in 0..pieces {
            let (a, b) = (
                low + (high - low) * f64::from(piece) / f64::from(pieces),
                low + (high - low) * f64::from(piece + 1) / f64::from(pieces),
            );
            for (x, w) in &rule {
                let angle = 0.5 * (a + b) + 0.5 * (b - a) * x;
                out.push((angle, 0.5 * (b - a) * w, false));
                out.push((angle, 0.5 * (b - a) * w, true));
            }
        }
        high = low;
    }
    out
}

fn legendre(n: usize) -> Vec<(f64, f64)> {
    (0..n)
        .map(|i| {
            let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (n as f64 + 0.5)).cos();
            let mut slope = 1.0;
            for _ in 0..50 {
                let (mut p, mut before) = (1.0, 0.0);
                for k in 0..n {
                    (p, before) = (((2 * k + 1) as f64 * x * p - k as f64 * before) / (k + 1) as f64, p);
                }
                slope = n as f64 * (x * p - before) / (x * x - 1.0);
                x -= p / slope;
            }
            (x, 2.0 / ((1.0 - x * x) * slope * slope))
        })
        .collect()
}

/// Equal modes at infinite width: the mean of `p_t(m)^2` over the law of Marchenko and Pastur with a ratio of modes to
/// samples whose root is exact; the power is 1. Squares turn by a phase across the law.
fn white(root: f64, phase: f64, left: impl Fn(Dd) -> f64) -> f64 {
    let ratio = root * root;
    let (low, high) = ((1.0 - root) * (1.0 - root), (1.0 + root) * (1.0 + root));
    let half = 0.5 * (high - low);
    let mut sum = if ratio > 1.0 { (1.0 - 1.0 / ratio) * left(Dd::ZERO) } else { 0.0 };
    for (angle, weight, from_top) in graded_angles(phase) {
        // m = end -+ half (1 - cos)
        let part = 2.0 * half * (0.5 * angle).sin().powi(2);
        let m = if from_top { Dd::sum(high, -part) } else { Dd::sum(low, part) };
        let density = (half * angle.sin()).powi(2) / (2.0 * std::f64::consts::PI * ratio * m.0);
        sum += weight * density * left(m);
    }
    sum
}

#[test]
fn momentum_next_to_one_at_finite_sizes() {
    let mut random = Random(3);
    let mut findings = Findings::default();
    for _ in 0..cases(60) {
        let root = [0.25, 0.5, 0.75, 1.0, 1.5, 2_f64.powi(-10), 2_f64.powi(-20)][random.index(7)];
        let nesterov = random.chance(0.5);
        let beta = if random.chance(0.3) { momentum(&mut random) } else { 1.0 - random.log_between(1e-5, 1e-1) };
        let top = (1.0 + root) * (1.0 + root);
        let share =
            if random.chance(0.3) { 1.0 - random.log_between(1e-16, 1e-3) } else { random.log_between(1e-6, 1.0) };
        let eta = share * edge(beta, nesterov) / top;
        let modes = 64.0;
        let spectrum = Spectrum::from_modes_with_multiplicity(&[1.0], &[1.0 / modes], &[modes]).unwrap();
        let model = Model::new(&spectrum).with_samples(modes / (root * root)).unwrap();
        let t = random.log_between(1.0, 1e12).round();
        let optimizer = optimizer(eta, beta, nesterov);
        let Ok(curve) = model.train(&optimizer, &[t]) else { continue };
        // (until it has decayed, what oscillates turns by less than pi in a step)
        let turns = if t * (1.0 - beta) < 800.0 { (4.0 * eta * top).sqrt().min(4.0) * t } else { 0.0 };
        // (an integral of so many turns takes too long)
        if turns > 3e4 {
            continue;
        }
        let exact = white(root, 2.0 * turns, |m| squared(eta, beta, nesterov, m, t));
        // the quadrature's own rounding
        findings.check(&format!("{optimizer:?} root {root} {t}"), &curve.points()[0], exact, 3e-14);
    }
    findings.report();
}

/// Modes next to the edge of stability are all that is left late in training, on the way to which the resolvent passes the
/// modes.
#[test]
fn what_is_left_at_the_edge_of_stability() {
    let (eta, beta, root, modes) = (0.435_376_698_835_838_8, 0.999_964_869_991_355_9, 0.75, 64.0);
    let spectrum = Spectrum::from_modes_with_multiplicity(&[1.0], &[1.0 / modes], &[modes]).unwrap();
    let model = Model::new(&spectrum).with_samples(modes / (root * root)).unwrap();
    let mut findings = Findings::default();
    for t in [1e7, 1e8, 1e9, 1_211_645_880.0, 1e10, 1e11] {
        let point = model.train(&optimizer(eta, beta, true), &[t]).unwrap().points()[0];
        let exact = white(root, 0.0, |m| squared(eta, beta, true, m, t));
        findings.check(&format!("{t}"), &point, exact, 3e-14);
    }
    findings.report();
}

#[test]
fn noise_next_to_its_limit() {
    let mut random = Random(4);
    let mut findings = Findings::default();
    for _ in 0..cases(300) {
        let count = 1 + random.index(3);
        let lambda: Vec<f64> = (0..count).map(|_| random.log_between(1e-4, 1.0)).collect();
        let power: Vec<f64> = lambda.iter().map(|_| random.log_between(1e-3, 1.0)).collect();
        let noise = if random.chance(0.5) { random.log_between(1e-6, 1.0) } else { 0.0 };
        let model = Model::new(&Spectrum::from_modes(&lambda, &power).unwrap()).with_noise_variance(noise).unwrap();
        let batch = random.log_between(1.0, 1e6);
        let gaussian = random.chance(0.5);
        let make = |rate| if gaussian { Optimizer::gaussian_sgd(rate, batch) } else { Optimizer::sgd(rate, batch) };
        let stable = model.max_stable_learning_rate(&make(1.0).unwrap());
        let share = 1.0 - random.log_between(1e-9, 1.0);
        let eta = stable * share.max(1e-3);
        let optimizer = make(eta).unwrap();
        let t = random.log_between(1.0, 1e8).round();
        let Ok(curve) = model.train(&optimizer, &[t]) else { continue };
        // squared residuals, and 1 for the noise
        let drift = if gaussian { Dd::ONE.add(Dd::ONE.over(batch)) } else { Dd::ONE };
        let mut step = [[Dd::ZERO; 4]; 4];
        for k in 0..count {
            let x = Dd::product(eta, lambda[k]);
            let stirred = x.mul(x).over(batch);
            for (j, entry) in step[k].iter_mut().enumerate() {
                *entry = if j < count {
                    stirred
                } else if j == 3 {
                    stirred.mul(Dd(noise, 0.0))
                } else {
                    Dd::ZERO
                };
            }
            step[k][k] = step[k][k].add(Dd::ONE.add(x.times(-2.0)).add(drift.mul(x).mul(x)));
        }
        step[3][3] = Dd::ONE;
        let Matrix(all, exponent) = Matrix(step, 0).power(t as u64);
        let row = |k: usize| (0..count).map(|j| all[k][j].0 * power[j]).sum::<f64>() + all[k][3].0;
        let exact = (0..count).map(row).sum::<f64>() * 2_f64.powi(exponent as i32) + noise;
        findings.check(&format!("{optimizer:?} {lambda:?} {power:?} {noise} {t}"), &curve.points()[0], exact, 0.0);
    }
    findings.report();
}

#[test]
fn critical_modes_at_late_steps_of_power_laws() {
    // Among many modes one is next to where its roots coincide.
    let modes = 10_000_u32;
    let law = PowerLaw::new(1.8, 1.6).with_modes(f64::from(modes)).spectrum().unwrap();
    for (beta, nesterov) in [(0.998, false), (0.9995, false), (0.9995, true)] {
        for t in [1e5, 3e5, 3e6] {
            let exact: f64 = (1..=modes)
                .map(|k| {
                    let k = f64::from(k);
                    k.powf(-1.8) * squared(0.2, beta, nesterov, Dd(k.powf(-1.6), 0.0), t)
                })
                .sum();
            if exact < 1e-300 {
                continue;
            }
            // (what would take too long is refused)
            let Ok(curve) = Model::new(&law).train(&optimizer(0.2, beta, nesterov), &[t]) else { continue };
            let ours = curve.points()[0];
            let off = (ours.test_loss / exact - 1.0).abs();
            // (eigenvalues of the law are rounded after the power: exponents up to 40 by as many epsilons)
            assert!(off <= ours.error + 4e-14, "{beta} {nesterov} {t}: {} {exact} {off:e}", ours.test_loss);
        }
    }
    // and at any number of steps of the infinite law, on the way to the power of the time
    let model = Model::new(&Spectrum::power_law(1.8, 1.6).unwrap());
    for (beta, nesterov) in [(0.99, false), (0.998, false), (0.9995, false), (0.999_99, true), (0.999_99, false)] {
        let steps: Vec<f64> = (0..=60).map(|i| 10_f64.powf(8.0 + f64::from(i) / 15.0).round()).collect();
        let points = model.train(&optimizer(0.2, beta, nesterov), &steps).unwrap().into_points();
        for pair in points.windows(2) {
            let slope = (pair[1].test_loss / pair[0].test_loss).ln() / (pair[1].at / pair[0].at).ln();
            assert!((slope + 0.5).abs() < 1e-2, "{beta} {nesterov} {}: {slope}", pair[0].at);
            assert!(pair[0].error < 1e-11);
        }
    }
    let regime = model.regimes(&Optimizer::heavy_ball(0.2, 0.998).unwrap(), &[1e8]).unwrap()[0];
    assert_eq!(regime.limited_by, LimitedBy::Time);
    assert!(!regime.time_share.is_nan() && regime.exponents.iter().all(|e| !e.is_nan()), "{regime:?}");
}

#[test]
fn one_mode_at_the_edge_of_stability() {
    let model = Model::new(&Spectrum::from_modes(&[1.0], &[1.0]).unwrap());
    let ours = model.train(&Optimizer::heavy_ball(3.8, 0.9).unwrap(), &[1e12]).unwrap().points()[0];
    let exact = squared(3.8, 0.9, false, Dd::ONE, 1e12);
    assert!((exact - 359.400).abs() < 1e-3, "{exact}");
    assert!((ours.test_loss / exact - 1.0).abs() <= ours.error && ours.error < 1e-12, "{} {exact}", ours.test_loss);
    // at finite sizes the argument of the resolvent is rounded, and the error says so
    for (eta, beta, nesterov) in [(2.0, 0.0, false), (3.8, 0.9, false), (1.999_999_999_999, 0.0, false)] {
        let wide = model.clone().with_width(1e13).unwrap();
        let optimizer = optimizer(eta / wide.operator_edges().1, beta, nesterov);
        for t in [1e3, 1e6, 1e9, 1e12] {
            let points: Vec<LossPoint> = [1e13, 1.000_000_1e13]
                .map(|width| {
                    let model = model.clone().with_width(width).unwrap();
                    model.train_even_if_unstable(&optimizer, &[t]).unwrap().points()[0]
                })
                .into();
            assert!(points.iter().all(|point| point.error >= 1e-16 * t), "{eta} {t}: {:e}", points[0].error);
        }
    }
}

/// `e^{h m}` by its series, for small matrices.
fn exponential(matrix: [[Dd; 2]; 2]) -> Matrix<2> {
    let mut sum = [[Dd::ONE, Dd::ZERO], [Dd::ZERO, Dd::ONE]];
    let mut term = sum;
    for n in 1..30 {
        let mut next = [[Dd::ZERO; 2]; 2];
        for (i, row) in next.iter_mut().enumerate() {
            for (j, entry) in row.iter_mut().enumerate() {
                *entry = term[i][0].mul(matrix[0][j]).add(term[i][1].mul(matrix[1][j])).over(f64::from(n));
            }
        }
        term = next;
        for (row, term) in sum.iter_mut().zip(&term) {
            for (x, y) in row.iter_mut().zip(term) {
                *x = x.add(*y);
            }
        }
    }
    Matrix(sum, 0)
}

/// The squared residual of a mode in a flow with inertia.
fn squared_flow(inertia: f64, m: f64, t: f64) -> f64 {
    // in units of the inertia, or of the oscillation
    let (duration, pull) = (t / inertia, inertia * m);
    if duration > 1e12 {
        // all but the slow root is gone
        if pull > 0.25 {
            return 0.0;
        }
        let root = (1.0 - 4.0 * pull).sqrt();
        let slow = -2.0 * m / (1.0 + root);
        return (0.5 * (1.0 + root) / root * (slow * t).exp()).powi(2);
    }
    let unit = 2_f64.powf(pull.sqrt().max(1e-300).log2().round());
    let fastest = 1.0_f64.max(pull.sqrt()) * duration;
    let halvings = (4.0 * fastest).log2().ceil().max(0.0) as u32;
    let h = Dd(t, 0.0).over(inertia).times(2_f64.powi(-(halvings as i32)));
    let pull = Dd::product(inertia, m).mul(h);
    let small = [[Dd::ZERO, h.times(unit)], [pull.neg().times(1.0 / unit), h.neg()]];
    let Matrix([[left, _], _], exponent) = exponential(small).power(1 << halvings);
    (2.0 * (left.0.abs().ln() + exponent as f64 * std::f64::consts::LN_2)).exp()
}

#[test]
fn inertia_of_any_size() {
    let mut random = Random(5);
    let mut findings = Findings::default();
    for _ in 0..cases(1500) {
        let lambda: Vec<f64> = (0..1 + random.index(3)).map(|_| random.log_between(1e-6, 1e3)).collect();
        let power: Vec<f64> = lambda.iter().map(|_| random.log_between(1e-3, 1.0)).collect();
        let inertia = match random.index(4) {
            0 => random.log_between(1e-300, 1e-80),
            1 => 0.25 / lambda[0] * (1.0 + random.log_between(1e-16, 1e-2)),
            2 => 0.25 / lambda[0] * (1.0 - random.log_between(1e-16, 1e-2)),
            _ => random.log_between(1e-12, 1e8),
        };
        let t = random.log_between(1e-6, 1e10);
        let model = Model::new(&Spectrum::from_modes(&lambda, &power).unwrap());
        let optimizer = Optimizer::momentum_flow(inertia).unwrap();
        let Ok(curve) = model.train(&optimizer, &[t]) else { continue };
        let exact = lambda.iter().zip(&power).map(|(l, q)| q * squared_flow(inertia, *l, t)).sum();
        // (late ones are powers of rounded rates here)
        findings.check(&format!("inertia {inertia:e} {lambda:?} {power:?} {t:e}"), &curve.points()[0], exact, 1e-13);
    }
    findings.report();
    for inertia in [0.0, 5e-324, 1e-310, 1e-200, 1e-154, 1e-101, 1e-99, 1e-40, 1e-25] {
        for (width, samples) in [(f64::INFINITY, f64::INFINITY), (100.0, f64::INFINITY), (100.0, 50.0)] {
            let model = Model::new(&Spectrum::power_law(1.5, 1.25).unwrap());
            let model = model.with_width(width).unwrap().with_samples(samples).unwrap();
            for t in [1e-6, 1.0, 1e8, 1e20] {
                let flow = model.gradient_flow(&[t]).unwrap().points()[0];
                let ours = model.train(&Optimizer::momentum_flow(inertia).unwrap(), &[t]).unwrap().points()[0];
                let off = (ours.test_loss / flow.test_loss - 1.0).abs();
                assert!(off <= ours.error + flow.error, "{inertia:e} {width} {samples} {t:e}: {off:e}");
            }
        }
    }
}
