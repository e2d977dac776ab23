//! What must not change a loss: units, order, how equal modes are listed, names of the same method, company on a curve.

use num_complex::Complex64;
use spectralaw::spectrum::PowerLaw;
use spectralaw::{LossPoint, Model, Optimizer, Schedule};

use crate::cases::{self, Level, Problem, Training};
use crate::method::{Method, Momentum};
use crate::random::Random;
use crate::report::Outcome;
use crate::truth::Stochastic;

/// Of each of two numbers that are compared.
const PRINTED: f64 = 2.3e-16;

/// A model, a way to train it, and factors: how losses of the other one have to be multiplied to become those of the
/// first.
struct Twins {
    name: &'static str,
    other: (Problem, Training),
    factor: f64,
}

pub fn unchanged(random: &mut Random) -> Outcome {
    let mut problem = cases::problem(random);
    let Some(training) = cases::training(random, &problem) else { return Outcome::Skipped("no such model") };
    if let Some((a, b, modes)) = problem.law.take() {
        let power = |k: usize, exponent: f64| (k as f64).powf(-exponent);
        problem.levels = (1..=modes).map(|k| (power(k, b), 1.0, power(k, a))).collect();
    }
    let twins = match random.integer(0, 8) {
        0 | 1 => units(random, &problem, &training),
        2 => strength(random, &problem, &training),
        3 => order(random, &problem, &training),
        4 | 5 => split(random, &problem, &training),
        6 => outside(&problem, &training),
        7 => noise_and_floor(&problem, &training),
        _ => named_otherwise(&problem, &training),
    };
    let Some(twins) = twins else { return Outcome::Skipped("does not apply") };
    let described = || format!("{problem:?} {training:?} and {:?}", twins.other);
    let failed = |message: String| Outcome::Failed(twins.name.to_owned(), format!("{message} {}", described()));
    let (x, y) = match (loss(&problem, &training), loss(&twins.other.0, &twins.other.1)) {
        (Ok(x), Ok(y)) => (x, y),
        (Err(_), Err(_)) => return Outcome::Skipped("refused"),
        (x, y) => return failed(format!("one is refused: {:?} {:?}", x.err(), y.err())),
    };
    differences(&x, &y, twins.factor).map_or(Outcome::Held, failed)
}

/// The first difference between losses that is not explained by errors.
fn differences(x: &LossPoint, y: &LossPoint, factor: f64) -> Option<String> {
    let pairs = [
        ("test loss", x.test_loss, y.test_loss, x.error * x.test_loss, y.error * y.test_loss),
        ("train loss", x.train_loss, y.train_loss, x.train_error, y.train_error),
    ];
    pairs.into_iter().find_map(|(name, a, b, error, other)| {
        let b = factor * b;
        let allowed = error + factor * other + 2.0 * PRINTED * (a.abs() + b.abs()) + 1e-300;
        // (nothing is said of losses beyond all digits)
        let allowed = allowed + 1e-60 * x.terms.total().max(x.noise);
        let same = a == b || (a - b).abs() <= allowed || (a.min(b) > 1e30 && a.max(b).is_infinite());
        (!same).then(|| format!("{name} {a:e} and {b:e}, {:.1} times what is allowed", (a - b).abs() / allowed))
    })
}

fn loss(problem: &Problem, training: &Training) -> spectralaw::Result<LossPoint> {
    let model = problem.model()?;
    let (optimizer, at) = match training {
        Training::Ridge(ridge) => return Ok(model.ridge_regression(&[*ridge])?.points()[0]),
        Training::Method(method, at) => (method.optimizer()?, *at),
        Training::Stochastic(method, at) => (method.optimizer()?, *at),
    };
    Ok(model.train(&optimizer, &[at])?.points()[0])
}

/// Equation (M4): `lambda -> c lambda`, `t -> t/c`, `ridge -> c ridge`, `rate -> rate/c`. Powers of two are exact.
fn units(random: &mut Random, problem: &Problem, training: &Training) -> Option<Twins> {
    let c = 2f64.powi(random.integer(0, 80) as i32 - 40);
    let mut other = problem.clone();
    other.levels.iter_mut().for_each(|level| level.0 *= c);
    if other.levels.iter().any(|level| level.0 > 0.0 && !(1e-70..1e70).contains(&level.0)) {
        return None;
    }
    let method = match training {
        Training::Ridge(ridge) => {
            let ridge = ridge * c;
            if ridge > 0.0 && !(1e-100..1e100).contains(&ridge) {
                return None;
            }
            Training::Ridge(ridge)
        }
        Training::Method(method, t) => {
            let mut method = method.clone();
            let mut t = *t;
            match &mut method {
                Method::Flow => t /= c,
                Method::MomentumFlow { inertia } => {
                    t /= c;
                    *inertia /= c;
                }
                Method::Descent { rate } | Method::HeavyBall { rate, .. } | Method::Nesterov { rate, .. } => *rate /= c,
                Method::Steps { schedule: Some(_), .. } => return None,
                Method::Steps { rates, .. } => rates.iter_mut().for_each(|rate| *rate /= c),
            }
            let beyond = |x: f64| x.is_finite() && x > 1e30;
            if beyond(t) || matches!(method, Method::MomentumFlow { inertia } if beyond(inertia)) {
                return None;
            }
            Training::Method(method, t)
        }
        Training::Stochastic(Stochastic { schedule: Some(_), .. }, _) => return None,
        Training::Stochastic(method, t) => {
            let mut method = method.clone();
            method.rates.iter_mut().for_each(|rate| *rate /= c);
            Training::Stochastic(method, *t)
        }
    };
    Some(Twins { name: "units of eigenvalues", other: (other, method), factor: 1.0 })
}

/// Losses are linear in powers and noise together.
fn strength(random: &mut Random, problem: &Problem, training: &Training) -> Option<Twins> {
    let c = 2f64.powi(random.integer(0, 120) as i32 - 60);
    let mut other = problem.clone();
    other.levels.iter_mut().for_each(|level| level.2 *= c);
    other.floor *= c;
    other.noise *= c;
    Some(Twins { name: "units of the target", other: (other, training.clone()), factor: c.recip() })
}

fn order(random: &mut Random, problem: &Problem, training: &Training) -> Option<Twins> {
    let mut other = problem.clone();
    for i in (1..other.levels.len()).rev() {
        other.levels.swap(i, random.integer(0, i));
    }
    Some(Twins { name: "order of the list", other: (other, training.clone()), factor: 1.0 })
}

/// A level of several modes as two levels of the same eigenvalue, or one mode as one of multiplicity 1 next to one of
/// multiplicity 0. Modes without power may be listed anywhere.
fn split(random: &mut Random, problem: &Problem, training: &Training) -> Option<Twins> {
    let mut other = problem.clone();
    let chosen = random.integer(0, other.levels.len() - 1);
    let (lambda, m, power) = other.levels[chosen];
    let share = match random.integer(0, 2) {
        0 => 0.5,
        1 => 1.0,
        // only where three quarters of it are no rounded number: the lists would have different numbers of modes
        _ if m.mul_add(3.0, -4.0 * (m * 0.75)) == 0.0 => 0.25,
        _ => 0.5,
    };
    let parts: [Level; 2] = [(lambda, m * share, power), (lambda, m * (1.0 - share), power)];
    other.levels[chosen] = parts[0];
    other.levels.push(parts[1]);
    Some(Twins { name: "equal modes listed apart", other: (other, training.clone()), factor: 1.0 })
}

/// Target power outside the span, or on modes of eigenvalue 0.
fn outside(problem: &Problem, training: &Training) -> Option<Twins> {
    let mut other = problem.clone();
    other.floor = 0.0;
    other.levels.push((0.0, 1.0, problem.floor));
    Some(Twins { name: "floor and modes of eigenvalue zero", other: (other, training.clone()), factor: 1.0 })
}

/// Equation (Floor).
fn noise_and_floor(problem: &Problem, training: &Training) -> Option<Twins> {
    let mut other = problem.clone();
    (other.floor, other.noise) = (problem.noise, problem.floor);
    Some(Twins { name: "floor and label noise", other: (other, training.clone()), factor: 1.0 })
}

/// The same method by another name.
fn named_otherwise(problem: &Problem, training: &Training) -> Option<Twins> {
    let Training::Method(method, t) = training else { return None };
    let other = match method {
        Method::Flow => Method::MomentumFlow { inertia: 0.0 },
        Method::Descent { rate } if t.is_infinite() || *t < 50.0 => {
            Method::Steps { rates: vec![*rate; 3], schedule: None, momentum: Momentum::HeavyBall(0.0) }
        }
        Method::Descent { rate } => Method::HeavyBall { rate: *rate, momentum: 0.0 },
        Method::HeavyBall { rate, momentum: 0.0 } => Method::Nesterov { rate: *rate, momentum: 0.0 },
        Method::Nesterov { rate, momentum: 0.0 } => Method::Descent { rate: *rate },
        _ => return None,
    };
    Some(Twins { name: "names of methods", other: (problem.clone(), Training::Method(other, *t)), factor: 1.0 })
}

/// Infinite laws too: exchanged sizes have the same operator, a point is the same alone and on a curve, and an infinite
/// batch is all samples.
pub fn the_same_operator(random: &mut Random) -> Outcome {
    let problem = cases::problem(random);
    let law = random.chance(0.4).then(|| (random.uniform(1.05, 4.0), random.uniform(1.05, 4.0)));
    let Ok(model) = (match law {
        Some((a, b)) => PowerLaw::new(a, b)
            .spectrum()
            .and_then(|spectrum| Model::new(&spectrum).with_width(problem.width)?.with_samples(problem.samples))
            .and_then(|model| model.with_noise_variance(problem.noise)),
        None => problem.model(),
    }) else {
        return Outcome::Skipped("no such model");
    };
    let top = model.operator_edges().1;
    let described = |what: &str| match law {
        Some((a, b)) => {
            format!("a {a} b {b} width {} samples {} noise {} {what}", problem.width, problem.samples, problem.noise)
        }
        None => format!("{problem:?} {what}"),
    };
    match random.integer(0, 2) {
        0 => {
            let spectrum = model.spectrum();
            let Ok(other) =
                Model::new(spectrum).with_width(problem.samples).and_then(|m| m.with_samples(problem.width))
            else {
                return Outcome::Skipped("no such model");
            };
            let z = Complex64::from_polar(top * random.decades(-8.0, 1.0), random.uniform(0.0, 2.8));
            let (x, y) = match (model.resolvent(z), other.resolvent(z)) {
                (Ok(x), Ok(y)) => (x, y),
                (Err(error), _) | (_, Err(error)) => {
                    return Outcome::Failed("resolvent refused".to_owned(), described(&format!("{z} {error}")));
                }
            };
            let ((slow, fast), (other_slow, other_fast)) = (model.operator_edges(), other.operator_edges());
            let close = |x: f64, y: f64| (x - y).abs() <= 1e-13 * x.abs();
            let same = (x.kappa() - y.kappa()).norm() <= 1e-11 * x.kappa().norm()
                && close(slow, other_slow)
                && close(fast, other_fast);
            if same {
                Outcome::Held
            } else {
                let what = format!("{z}: {} {}, {slow:e} {other_slow:e} {fast:e} {other_fast:e}", x.kappa(), y.kappa());
                Outcome::Failed("exchanged sizes".to_owned(), described(&what))
            }
        }
        1 => {
            let batches = [Optimizer::gradient_descent, |rate: f64| Optimizer::sgd(rate, f64::INFINITY)];
            let rate = 1.9 / top * random.unit().max(1e-6);
            let steps = random.decades(0.0, 6.0).floor();
            let [x, y] = batches.map(|make| {
                let curve = make(rate).and_then(|optimizer| model.train(&optimizer, &[steps]));
                curve.map(|curve| curve.points()[0])
            });
            compared("an infinite batch", x, y, || described(&format!("rate {rate} steps {steps}")))
        }
        _ => {
            let rate = 1.9 / top * random.unit().max(1e-6);
            let momentum = random.one_of(&[0.0, 0.5, 0.9, 0.99]);
            let make = [
                Ok(Optimizer::GradientFlow),
                Optimizer::gradient_descent(rate),
                Optimizer::heavy_ball(rate, momentum),
                Schedule::linear(rate, 0.1 * rate, 300.0).and_then(|schedule| Optimizer::gradient_descent(&schedule)),
                Optimizer::sgd(0.3 * rate, 8.0),
            ];
            let optimizer = make[random.integer(0, 4)].clone();
            let mut times: Vec<f64> = (0..random.integer(2, 9)).map(|_| random.decades(0.0, 4.0).floor()).collect();
            if let Ok(Optimizer::GradientFlow) = optimizer {
                times.iter_mut().for_each(|t| *t /= top);
            }
            let chosen = random.integer(0, times.len() - 1);
            let train = |times: &[f64], index: usize| {
                let curve = optimizer.clone().and_then(|optimizer| model.train(&optimizer, times));
                curve.map(|curve| curve.points()[index])
            };
            let (x, y) = (train(&times[chosen..=chosen], 0), train(&times, chosen));
            compared("company on a curve", x, y, || described(&format!("{optimizer:?} {times:?} {}", times[chosen])))
        }
    }
}

fn compared(
    name: &str,
    x: spectralaw::Result<LossPoint>,
    y: spectralaw::Result<LossPoint>,
    described: impl Fn() -> String,
) -> Outcome {
    match (x, y) {
        (Ok(x), Ok(y)) => differences(&x, &y, 1.0)
            .map_or(Outcome::Held, |what| Outcome::Failed(name.to_owned(), format!("{what} {}", described()))),
        (Err(_), Err(_)) => Outcome::Skipped("refused"),
        (x, y) => {
            Outcome::Failed(name.to_owned(), format!("one is refused: {:?} {:?} {}", x.err(), y.err(), described()))
        }
    }
}
