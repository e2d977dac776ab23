//! A loss of the library against its plain evaluation: the true value lies within the stated error.

use spectralaw::{LossPoint, Model, Optimizer};

use crate::cases::{self, Problem, Training};
use crate::double_double::{Double, ONE, real};
use crate::random::Random;
use crate::report::{Outcome, is_single};
use crate::truth::{self, Budget, Known, Losses};

/// Of the number that is compared: it is rounded to a double.
const PRINTED: f64 = 2.3e-16;

/// What the library promises for losses: ten digits.
const TOLERANCE: f64 = 1e-10;

/// Errors at which the library says that it does not know.
const COARSE: f64 = 1e-6;

/// Any model, trained in any way.
pub fn losses(random: &mut Random) -> Outcome {
    let problem = cases::problem(random);
    match cases::training(random, &problem) {
        Some(training) => compared(&problem, &training),
        None => Outcome::Skipped("no such model"),
    }
}

/// Momentum at which the slowest mode is next to those that oscillate.
pub fn next_to_oscillation(random: &mut Random) -> Outcome {
    match cases::next_to_oscillation(random) {
        Some((problem, training)) => compared(&problem, &training),
        None => Outcome::Skipped("no such model"),
    }
}

/// Stochastic gradients whose learning rate falls.
pub fn falling_rates(random: &mut Random) -> Outcome {
    match cases::falling_rates(random) {
        Some((problem, training)) => compared(&problem, &training),
        None => Outcome::Skipped("no such model"),
    }
}

fn compared(problem: &Problem, training: &Training) -> Outcome {
    let budget = Budget { pairs: 60, singles: 250 };
    let described = || format!("{problem:?} {training:?}");
    let (kind, optimizer, at) = match training {
        Training::Ridge(ridge) => ("ridge", None, *ridge),
        Training::Method(method, t) => (method.name(), Some(method.optimizer()), *t),
        Training::Stochastic(method, t) => ("sgd", Some(method.optimizer()), *t),
    };
    let result = problem.model().and_then(|model| match optimizer {
        None => Ok(model.ridge_regression(&[at])?.points()[0]),
        Some(optimizer) => point(&model, &optimizer?, at),
    });
    let failed =
        |what: &str, message: String| Outcome::Failed(format!("{kind}: {what}"), format!("{message} {}", described()));
    let point = match result {
        Ok(point) => point,
        // documented limits
        Err(error) if error.to_string().contains("oscillates") => return Outcome::Skipped("phases"),
        Err(error) => return failed("refused", error.to_string()),
    };
    if let Some(problem) = undefined(&point) {
        return failed("undefined", format!("{problem} {point:?}"));
    }
    let operator = problem.operator();
    let trained = match training {
        Training::Ridge(ridge) => truth::ridge(&operator, *ridge),
        Training::Method(_, t) if *t == 0.0 => untrained(&operator),
        Training::Method(_, t) if t.is_infinite() => truth::ridge(&operator, 0.0),
        Training::Method(method, t) => truth::training(&operator, method, *t, budget),
        Training::Stochastic(method, t) => {
            if t.is_infinite() {
                return Outcome::Skipped("the end of stochastic gradients");
            }
            let [test, train] = method.losses(&operator, problem.unlearnable(), *t, budget);
            let mut checked = 0;
            for (what, ours, error, truth) in [
                ("test", point.test_loss, point.error * point.test_loss, test),
                ("train", point.train_loss, point.train_error, train),
            ] {
                match compare(ours, error, truth) {
                    Comparison::Unknown => {}
                    Comparison::Held => checked += 1,
                    Comparison::Wrong(message) => return failed(&format!("{what} beyond its error"), message),
                }
            }
            return if checked > 0 { Outcome::Held } else { Outcome::Skipped("unknown") };
        }
    };
    let unlearnable = problem.unlearnable();
    let combine = |signal: Option<Known>, noise: Option<Known>, factor: Double| -> Option<Known> {
        let signal = signal?;
        if !factor.is_positive() {
            return Some(signal);
        }
        let noise = noise?;
        Some(Known {
            value: signal.value + factor * noise.value,
            uncertainty: signal.uncertainty + factor.value() * noise.uncertainty,
        })
    };
    if is_single() {
        println!("{}\n{point:?}\n{trained:?}", described());
    }
    let absolute = if point.test_loss.is_finite() { point.error * point.test_loss } else { f64::INFINITY };
    let outside = problem.outside();
    let checks = [
        ("test", point.test_loss, absolute, combine(trained.signal, trained.noise, unlearnable)),
        ("train", point.train_loss, point.train_error, combine(trained.train_signal, trained.train_noise, unlearnable)),
        ("signal", point.signal, absolute, combine(trained.signal, trained.noise, outside)),
        ("bias", point.terms.bias, absolute, trained.bias),
        ("same data", point.same_data_signal(), absolute, if outside.is_positive() { None } else { trained.same_data }),
        (
            "same features",
            point.same_features_signal(),
            absolute,
            combine(trained.same_features, Some(Known { value: ONE, uncertainty: 0.0 }), outside),
        ),
        ("noise", point.noise, TOLERANCE * point.noise, trained.noise),
    ];
    let mut checked = 0;
    for (what, ours, error, truth) in checks {
        match compare(ours, error, truth) {
            Comparison::Unknown => {}
            Comparison::Held => checked += usize::from(what == "test" || what == "train"),
            Comparison::Wrong(message) => {
                return failed(
                    &format!("{what} beyond its error"),
                    format!("{message}, error {:.1e} of {:e}", point.error, point.test_loss),
                );
            }
        }
    }
    // (what is left of a steep fall beside slow modes without power is known in proportion to where it began)
    let initial = operator.power() + unlearnable;
    // (nor are steps next to the edge of stability beyond the rounding of that edge)
    if point.error > COARSE && at < 1e6 && absolute > 1e-13 * initial.value() {
        return failed("coarse", format!("error {:.1e}", point.error));
    }
    if checked > 0 { Outcome::Held } else { Outcome::Skipped("unknown") }
}

fn point(model: &Model, optimizer: &Optimizer, at: f64) -> spectralaw::Result<LossPoint> {
    Ok(model.train(optimizer, &[at])?.points()[0])
}

enum Comparison {
    Held,
    Unknown,
    Wrong(String),
}

/// The true value is within `error` of ours, up to the rounding of ours. Unknown if the truth itself is known much
/// worse.
fn compare(ours: f64, error: f64, truth: Option<Known>) -> Comparison {
    let Some(Known { value, uncertainty }) = truth else { return Comparison::Unknown };
    if uncertainty.is_nan() || uncertainty > 1e-3 * value.value().abs() + 1e-300 {
        return Comparison::Unknown;
    }
    if value.value().is_infinite() || ours.is_infinite() {
        return if value.value() > 1e30 || ours == value.value() {
            Comparison::Unknown
        } else {
            Comparison::Wrong(format!("{ours:e} instead of {:e}", value.value()))
        };
    }
    let allowed = error + PRINTED * ours.abs() + 1e-300;
    if uncertainty > 0.3 * allowed {
        return Comparison::Unknown;
    }
    let deviation = (real(ours) - value).abs().value();
    if deviation <= allowed + uncertainty {
        Comparison::Held
    } else {
        let relative = deviation / value.value().abs();
        Comparison::Wrong(format!(
            "{ours:e} instead of {:e}: off by {deviation:.1e} ({relative:.1e}), {:.1} times what is allowed",
            value.value(),
            deviation / allowed
        ))
    }
}

/// Nothing may be NaN or negative.
fn undefined(point: &LossPoint) -> Option<String> {
    let terms = [
        ("test_loss", point.test_loss),
        ("train_loss", point.train_loss),
        ("signal", point.signal),
        ("noise", point.noise),
        ("train_signal", point.train_signal),
        ("train_noise", point.train_noise),
        ("error", point.error),
        ("train_error", point.train_error),
        ("bias", point.terms.bias),
        ("features", point.terms.features),
        ("data", point.terms.data),
        ("data_features", point.terms.data_features),
        ("noise_data", point.terms.noise_data),
        ("noise_data_features", point.terms.noise_data_features),
        ("gradient_noise", point.terms.gradient_noise),
        ("irreducible", point.terms.irreducible),
    ];
    if point.gap.is_nan() {
        return Some("gap is NaN".to_owned());
    }
    terms.into_iter().find(|(_, x)| x.is_nan() || *x < 0.0).map(|(name, x)| format!("{name} is {x:e}"))
}

fn untrained(operator: &crate::operator::Operator) -> Losses {
    let known = |value| Some(Known { value, uncertainty: 1e-30 });
    let signal = known(operator.power());
    let one = known(ONE);
    Losses {
        signal,
        noise: one,
        bias: signal,
        same_data: signal,
        same_features: signal,
        train_signal: signal,
        train_noise: one,
    }
}

impl crate::method::Method {
    fn name(&self) -> &'static str {
        match self {
            Self::Flow => "flow",
            Self::MomentumFlow { .. } => "momentum flow",
            Self::Descent { .. } => "descent",
            Self::HeavyBall { .. } => "heavy ball",
            Self::Nesterov { .. } => "Nesterov",
            Self::Steps { .. } => "schedule",
        }
    }
}
