//! Random models and ways to train them, unkind on purpose.

use spectralaw::spectrum::PowerLaw;
use spectralaw::{Model, Optimizer, Schedule, Spectrum};

use crate::double_double::{Double, ONE, real};
use crate::method::{Method, Momentum};
use crate::operator::Operator;
use crate::random::Random;
use crate::truth::Stochastic;

/// Eigenvalue, multiplicity, target power of each of its modes.
pub type Level = (f64, f64, f64);

#[derive(Debug, Clone)]
pub struct Problem {
    pub levels: Vec<Level>,
    /// Exponents and number of modes of a finite law that is given as such, and not by its modes.
    pub law: Option<(f64, f64, usize)>,
    pub floor: f64,
    pub noise: f64,
    pub width: f64,
    pub samples: f64,
}

#[derive(Debug, Clone)]
pub enum Training {
    Ridge(f64),
    Method(Method, f64),
    Stochastic(Stochastic, f64),
}

impl Problem {
    pub fn spectrum(&self) -> spectralaw::Result<Spectrum> {
        let spectrum = if let Some((a, b, modes)) = self.law {
            PowerLaw::new(a, b).with_modes(modes as f64).spectrum()?
        } else {
            let column = |f: fn(&Level) -> f64| self.levels.iter().map(f).collect::<Vec<f64>>();
            let (eigenvalues, power) = (column(|l| l.0), column(|l| l.2));
            if self.levels.iter().all(|level| level.1 == 1.0) {
                Spectrum::from_modes(&eigenvalues, &power)?
            } else {
                Spectrum::from_modes_with_multiplicity(&eigenvalues, &power, &column(|l| l.1))?
            }
        };
        if self.floor > 0.0 { spectrum.with_floor(self.floor) } else { Ok(spectrum) }
    }

    pub fn model(&self) -> spectralaw::Result<Model> {
        Model::new(&self.spectrum()?)
            .with_width(self.width)?
            .with_samples(self.samples)?
            .with_noise_variance(self.noise)
    }

    pub fn operator(&self) -> Operator {
        let levels = if let Some((a, b, modes)) = self.law {
            let power = |k: usize, exponent: f64| (-(real(exponent) * real(k as f64).ln())).exp();
            (1..=modes).map(|k| (power(k, b), ONE, power(k, a))).collect()
        } else {
            let levels = self.levels.iter().filter(|level| level.0 > 0.0 && level.1 > 0.0);
            levels.map(|&(lambda, m, p)| (real(lambda), real(m), real(m) * real(p))).collect()
        };
        Operator { levels, width: self.width, samples: self.samples }
    }

    /// Target power outside the span, and label noise.
    pub fn unlearnable(&self) -> Double {
        self.outside() + real(self.noise)
    }

    pub fn outside(&self) -> Double {
        let zero = self.levels.iter().filter(|level| level.0 <= 0.0);
        zero.map(|&(_, m, p)| real(m) * real(p)).sum::<Double>() + real(self.floor)
    }
}

impl Method {
    pub fn optimizer(&self) -> spectralaw::Result<Optimizer> {
        match self {
            Self::Flow => Ok(Optimizer::GradientFlow),
            Self::MomentumFlow { inertia } => Optimizer::momentum_flow(*inertia),
            Self::Descent { rate } => Optimizer::gradient_descent(*rate),
            Self::HeavyBall { rate, momentum } => Optimizer::heavy_ball(*rate, *momentum),
            Self::Nesterov { rate, momentum } => Optimizer::nesterov(*rate, *momentum),
            Self::Steps { rates, schedule, momentum } => {
                let schedule = scheduled(rates, schedule)?;
                match momentum {
                    Momentum::None => Optimizer::gradient_descent(&schedule),
                    Momentum::HeavyBall(b) => Optimizer::heavy_ball(&schedule, *b),
                    Momentum::Accelerated => Optimizer::accelerated(&schedule),
                }
            }
        }
    }
}

fn scheduled(rates: &[f64], schedule: &Option<Schedule>) -> spectralaw::Result<Schedule> {
    match (schedule, rates) {
        (Some(schedule), _) => Ok(schedule.clone()),
        (None, [rate]) => Schedule::constant(*rate),
        _ => Schedule::list(rates),
    }
}

impl Stochastic {
    pub fn optimizer(&self) -> spectralaw::Result<Optimizer> {
        let schedule = scheduled(&self.rates, &self.schedule)?;
        if self.gaussian {
            Optimizer::gaussian_sgd(&schedule, self.batch)
        } else {
            Optimizer::sgd(&schedule, self.batch)
        }
    }
}

/// A spectrum of one of many shapes, sizes to go with it, label noise.
pub fn problem(random: &mut Random) -> Problem {
    let shape = random.integer(0, 8);
    let mut law = None;
    let mut eigenvalues: Vec<f64> = match shape {
        // clusters, each far from or next to the one before
        0 => {
            let mut out = Vec::new();
            let mut centre = 1.0;
            for _ in 0..random.integer(1, 4) {
                let width = random.decades(-14.0, -0.4);
                out.extend((0..random.integer(1, 7)).map(|_| centre * (1.0 - width * random.unit())));
                centre *= random.decades(-5.0, -0.1);
            }
            out
        }
        // gaps
        1 => {
            let mut out = Vec::new();
            let mut lambda = 1.0;
            for _ in 0..random.integer(2, 10) {
                out.push(lambda);
                lambda *= if random.chance(0.3) { random.decades(-12.0, -3.0) } else { random.decades(-0.7, 0.0) };
            }
            out
        }
        // one mode far above the rest
        2 => {
            let rest = random.decades(-10.0, -0.5);
            std::iter::once(1.0).chain((0..random.integer(1, 12)).map(|_| rest * random.unit().max(1e-3))).collect()
        }
        // many close together at the top, more than are kept as they are
        3 if random.chance(0.3) => {
            let width = random.decades(-3.0, -0.2);
            let count = random.integer(48, 150);
            let top: Vec<f64> = (0..count).map(|_| 1.0 - width * random.unit()).collect();
            top.into_iter().chain((0..random.integer(0, 20)).map(|_| random.decades(-4.0, -0.3))).collect()
        }
        // a law given by its modes, with or without scatter
        3 | 4 => {
            let (b, scatter) = (random.uniform(0.3, 4.0), if random.chance(0.5) { 0.0 } else { 0.5 });
            (1..=random.integer(2, 40))
                .map(|k| (k as f64).powf(-b) * (scatter * random.uniform(-1.0, 1.0)).exp())
                .collect()
        }
        // a law
        5 => {
            let most = if random.chance(0.1) { 150 } else { 40 };
            let modes = random.integer(1, most);
            law = Some((random.uniform(0.0, 4.0), random.uniform(0.1, 4.0), modes));
            Vec::new()
        }
        // equal modes
        6 => {
            let lambda = random.decades(-2.0, 0.0);
            let mut out = vec![lambda; random.integer(1, 8)];
            if random.chance(0.5) {
                out.push(1.0);
            }
            out
        }
        // single modes
        7 => (0..random.integer(1, 3)).map(|_| random.decades(-8.0, 0.0)).collect(),
        // anything
        _ => (0..random.integer(1, 30)).map(|_| random.decades(-9.0, 0.0)).collect(),
    };
    if law.is_none() && random.chance(0.15) {
        let scale = random.decades(-12.0, 12.0);
        eigenvalues.iter_mut().for_each(|lambda| *lambda *= scale);
    }
    let power_shape = random.integer(0, 5);
    let exponent = random.uniform(-1.0, 3.0);
    let top = eigenvalues.iter().copied().fold(0.0, f64::max);
    let with_levels = random.chance(0.25);
    let count = eigenvalues.len();
    let levels: Vec<Level> = eigenvalues
        .into_iter()
        .enumerate()
        .map(|(i, lambda)| {
            let power = match power_shape {
                0 => (lambda / top).powf(exponent).clamp(1e-60, 1e60),
                1 => random.decades(-6.0, 0.0),
                2 if i + 1 < count => 0.0,
                3 if random.chance(0.5) => 0.0,
                4 => 1.0,
                5 if i > 0 => 0.0,
                _ => random.unit(),
            };
            let multiplicity = match with_levels.then(|| random.integer(0, 4)) {
                None | Some(0) => 1.0,
                Some(1) => random.integer(2, 60) as f64,
                Some(2) => random.decades(0.0, 6.0).round(),
                Some(3) => random.uniform(0.1, 9.0),
                Some(_) => 2.5,
            };
            (lambda, multiplicity, power)
        })
        .collect();
    let mut levels = levels;
    let mut modes = law.map_or_else(|| levels.iter().map(|l| l.1).sum(), |(.., modes)| modes as f64);
    if law.is_none() && random.chance(0.05) {
        levels.push((0.0, 1.0, random.unit()));
    }
    modes = f64::max(modes, 1.0);
    let floor = if random.chance(0.1) { random.decades(-6.0, 1.0) } else { 0.0 };
    let noise = match random.integer(0, 3) {
        0 | 1 => 0.0,
        2 => random.decades(-8.0, 0.0),
        _ => random.decades(0.0, 8.0),
    };
    // how many modes there are above each level
    let mut sorted = levels.clone();
    sorted.sort_by(|x, y| y.0.total_cmp(&x.0));
    let mut above = 0.0;
    let counts: Vec<f64> = sorted
        .iter()
        .map(|level| {
            above += level.1;
            above
        })
        .collect();
    // sizes that are sums of fractions are equal to the number of modes up to rounding only, and losses infinite or not
    let exact = |x: f64| (16.0 * x).fract() == 0.0;
    let countable = levels.iter().all(|level| exact(level.1));
    let size = |random: &mut Random| -> f64 {
        let size = match random.integer(0, 11) {
            0..=2 => f64::INFINITY,
            3 => modes,
            4 => modes + random.one_of(&[-1.0, 1.0, 0.5, 1e-6, -1e-6]),
            5 if !counts.is_empty() => random.one_of(&counts),
            6 => random.decades(0.0, 15.0),
            7 => random.uniform(1.0, 2.0 * modes),
            8 => modes * random.decades(0.0, 3.0),
            9 => 1.0,
            _ => random.decades(0.0, 3.0).round(),
        };
        if countable { size.max(1.0) } else { (64.0 * size).round().max(64.0) / 64.0 }
    };
    let width = size(random);
    let samples = if random.chance(0.1) { width } else { size(random) };
    Problem { levels, law, floor, noise, width, samples }
}

/// A method for a model, and a time or number of steps.
pub fn training(random: &mut Random, problem: &Problem) -> Option<Training> {
    let model = problem.model().ok()?;
    let top = model.operator_edges().1;
    let bottom = problem.levels.iter().map(|l| l.0).filter(|l| *l > 0.0).fold(f64::INFINITY, f64::min).min(top);
    let infinite = problem.width.is_infinite() && problem.samples.is_infinite();
    let kind = random.integer(0, 12);
    let time = |random: &mut Random| -> f64 {
        match random.integer(0, 9) {
            0 => 0.0,
            1 => f64::INFINITY,
            2 => random.decades(-6.0, 0.0) / top,
            3 => random.decades(-1.0, 1.5) / bottom,
            4 => random.decades(0.0, 15.0) / top,
            _ => random.decades(-1.0, 3.0) / top,
        }
        .clamp(0.0, f64::INFINITY)
    };
    let finite_time = |t: f64| if t.is_finite() { t.min(1e30) } else { t };
    if kind <= 1 {
        let ridge = match random.integer(0, 5) {
            0 => 0.0,
            1 => bottom * random.decades(-12.0, 0.0),
            2 => top * random.decades(0.0, 20.0),
            _ => top * random.decades(-8.0, 1.0),
        };
        return Some(Training::Ridge(if ridge > 0.0 { ridge.clamp(1e-100, 1e100) } else { 0.0 }));
    }
    if kind <= 4 {
        return Some(Training::Method(Method::Flow, finite_time(time(random))));
    }
    if kind == 5 {
        let t = finite_time(time(random));
        let inertia = match random.integer(0, 4) {
            0 => 0.0,
            1 => 0.25 / top,
            2 => 0.25 / bottom * (1.0 + random.one_of(&[0.0, 1e-9, -1e-9, 0.1])),
            3 => t.min(1e30) * random.decades(-8.0, 3.0),
            _ => random.decades(-3.0, 3.0) / top,
        };
        // phases that can be followed
        let t = if t.is_finite() && t * (top / inertia.max(0.25 / top)).sqrt() > 1e7 { 10.0 / top } else { t };
        return Some(Training::Method(Method::MomentumFlow { inertia: inertia.clamp(0.0, 1e30) }, t));
    }
    let share = |random: &mut Random| match random.integer(0, 5) {
        0 => 1.0 - random.decades(-14.0, -2.0),
        1 => 0.5,
        2 => random.decades(-6.0, 0.0),
        _ => random.uniform(0.01, 1.0),
    };
    let steps = |random: &mut Random| -> f64 {
        match random.integer(0, 9) {
            0 => random.integer(0, 1) as f64,
            1 => f64::INFINITY,
            2..=4 => random.integer(1, 30) as f64,
            5 => random.decades(0.0, 12.0).floor(),
            _ => random.decades(0.0, 3.5).floor(),
        }
    };
    let momentum = |random: &mut Random| match random.integer(0, 4) {
        0 => 0.0,
        1 => 1.0 - random.decades(-6.0, -1.0),
        2 => 0.9,
        _ => random.unit(),
    };
    let rate = |random: &mut Random, optimizer: spectralaw::Result<Optimizer>| -> Option<f64> {
        let stable = model.max_stable_learning_rate(&optimizer.ok()?);
        Some(stable * share(random)).filter(|rate| (1e-90..1e90).contains(rate))
    };
    let t = steps(random);
    Some(match kind {
        6 | 7 => Training::Method(Method::Descent { rate: rate(random, Optimizer::gradient_descent(1.0))? }, t),
        8 => {
            let momentum = momentum(random).min(0.999_999);
            let mut rate = rate(random, Optimizer::heavy_ball(1.0, momentum))?;
            if random.chance(0.2) {
                // critical damping of a mode
                let critical = (1.0 - momentum.sqrt()).powi(2) / random.one_of(&[top, bottom]);
                rate = rate.min(critical.max(1e-90));
            }
            Training::Method(Method::HeavyBall { rate, momentum }, t)
        }
        9 => {
            let momentum = momentum(random).min(0.999_999);
            Training::Method(Method::Nesterov { rate: rate(random, Optimizer::nesterov(1.0, momentum))?, momentum }, t)
        }
        10 => {
            let largest = rate(random, Optimizer::accelerated(1.0))?;
            let momentum = random.one_of(&[
                Momentum::None,
                Momentum::Accelerated,
                Momentum::Accelerated,
                Momentum::HeavyBall(0.7),
            ]);
            let t = t.min(if infinite { 2000.0 } else { 60.0 });
            let (rates, schedule) = if momentum == Momentum::Accelerated && random.chance(0.6) {
                (vec![largest], None)
            } else {
                schedule(random, largest, t)
            };
            Training::Method(Method::Steps { rates, schedule, momentum }, t)
        }
        _ => {
            let gaussian = problem.samples.is_infinite() && random.chance(0.5);
            let batch = match random.integer(0, 3) {
                0 => 1.0,
                1 => random.decades(0.0, 6.0),
                _ => random.integer(1, 64) as f64,
            };
            let sample = Stochastic { rates: vec![1.0], schedule: None, batch, gaussian };
            let rate = rate(random, sample.optimizer())?;
            let constant = random.chance(0.7);
            let t = if infinite && constant && problem.levels.len() <= 14 && problem.law.is_none() {
                t.min(1e12)
            } else if infinite {
                t.min(300.0)
            } else {
                t.min(30.0)
            };
            let (rates, schedule) = if constant { (vec![rate], None) } else { schedule(random, rate, t) };
            Training::Stochastic(Stochastic { rates, schedule, batch, gaussian }, t)
        }
    })
}

/// Rates of the first `t` steps, by a list or by a law.
fn schedule(random: &mut Random, largest: f64, t: f64) -> (Vec<f64>, Option<Schedule>) {
    let count = random.integer(2, 40);
    let of_list = |f: &mut dyn FnMut(f64) -> f64| (0..count).map(|i| largest * f(i as f64 / count as f64)).collect();
    match random.integer(0, 5) {
        0 => (of_list(&mut |x| 1.0 - x), None),
        1 => (of_list(&mut |_| random.uniform(0.01, 1.0)), None),
        2 => (of_list(&mut |x| if x < 0.5 { 1.0 } else { 0.1 }), None),
        kind => {
            let steps = random.decades(0.0, 4.0).floor();
            let last = largest * random.decades(-4.0, 0.0);
            let schedule = match kind {
                3 => Schedule::linear(largest, last, steps),
                4 => Schedule::cosine(largest, last, steps),
                _ if random.chance(0.5) => Schedule::power_law(largest, random.uniform(0.0, 2.0), steps),
                _ => Schedule::step(largest, random.uniform(0.1, 1.0), steps),
            };
            let warm_up = random.chance(0.3).then(|| random.decades(0.0, 3.0).floor());
            let schedule =
                schedule.and_then(|schedule| warm_up.map_or(Ok(schedule.clone()), |s| schedule.with_warm_up(s)));
            match schedule {
                Ok(schedule) => ((0..=t.min(1e5) as usize).map(|s| schedule.rate(s as f64)).collect(), Some(schedule)),
                Err(_) => (vec![largest; 2], None),
            }
        }
    }
}

/// All modes learned, the slowest of them next to critical damping.
pub fn next_to_oscillation(random: &mut Random) -> Option<(Problem, Training)> {
    let bottom = random.uniform(0.05, 0.9);
    let mut levels: Vec<Level> =
        (0..random.integer(1, 6)).map(|_| (random.uniform(bottom, 1.0), 1.0, random.one_of(&[0.0, 1.0]))).collect();
    levels.push((1.0, 1.0, random.unit()));
    levels.push((bottom, random.one_of(&[1.0, 4.0]), random.one_of(&[0.0, 1.0])));
    let modes = levels.iter().map(|l| l.1).sum::<f64>();
    let sizes = [f64::INFINITY, modes * random.decades(0.5, 12.0), modes * random.decades(0.5, 12.0)];
    let (width, samples) = (sizes[random.integer(1, 2)], sizes[random.integer(0, 2)]);
    let problem = Problem { levels, law: None, floor: 0.0, noise: random.one_of(&[0.0, 0.1]), width, samples };
    let (slow, fast) = problem.model().ok()?.operator_edges();
    let momentum: f64 = random.uniform(0.1, 0.9);
    let beyond = random.uniform(0.5, 1.1);
    let nesterov = random.chance(0.5);
    let (critical, most) = if nesterov {
        (((1.0 - momentum) / (1.0 + momentum)).powi(2), (2.0 + 2.0 * momentum) / (1.0 + 2.0 * momentum))
    } else {
        ((1.0 - momentum.sqrt()).powi(2), 2.0 * (1.0 + momentum))
    };
    let rate = (beyond * critical / slow).min(0.99 * most / fast);
    let method = if nesterov { Method::Nesterov { rate, momentum } } else { Method::HeavyBall { rate, momentum } };
    Some((problem, Training::Method(method, random.decades(1.4, 2.6).floor())))
}

/// Schedules that fall to rates far below the first.
pub fn falling_rates(random: &mut Random) -> Option<(Problem, Training)> {
    let b = random.uniform(0.8, 2.0);
    let levels: Vec<Level> = (1..=random.integer(2, 40)).map(|k| ((k as f64).powf(-b), 1.0, random.unit())).collect();
    let noise = random.one_of(&[0.0, 1.0, 1e5]);
    let problem = Problem { levels, law: None, floor: 0.0, noise, width: f64::INFINITY, samples: f64::INFINITY };
    let (batch, gaussian) = (random.decades(0.0, 2.0), random.chance(0.5));
    let sample = Stochastic { rates: vec![1.0], schedule: None, batch, gaussian };
    let first = random.uniform(0.3, 0.99) * problem.model().ok()?.max_stable_learning_rate(&sample.optimizer().ok()?);
    let (last, steps) = (first * random.decades(-6.0, -1.0), random.decades(0.5, 2.2).floor());
    let schedule = match random.integer(0, 3) {
        0 => Schedule::linear(first, last, steps),
        1 => Schedule::cosine(first, last, steps),
        2 => Schedule::step(first, random.uniform(0.05, 0.7), (0.1 * steps).ceil()),
        _ => Schedule::power_law(first, random.uniform(0.5, 3.0), steps),
    }
    .ok()?;
    let t = (steps * random.decades(-0.3, 0.6)).ceil();
    let rates = (0..=t as usize).map(|s| schedule.rate(s as f64)).collect();
    Some((problem, Training::Stochastic(Stochastic { rates, schedule: Some(schedule), batch, gaussian }, t)))
}
