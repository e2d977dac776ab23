//! The mean-field equations of Bordelon et al. in the time domain, with dense matrices over pairs of steps, as derived
//! in `theory/01-resolvent.md` and `tests/training/time_domain.rs` and as printed. Each misprint stands where it
//! enters.

use faer::{Mat, Scale};

use super::Setting;
use spectralaw_studies::causal::{inverse, sandwich};

/// A statement as the paper has it; everything else is as corrected.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Printed {
    Nothing,
    /// (28): the term with two eigenvalues has the other sign.
    SquareOfEigenvalue,
    /// (28): the sources have the other sign.
    Sources,
    /// (28): the samples' source has no eigenvalue.
    SourceWithoutEigenvalue,
    /// (33): the residual on samples comes with an eigenvalue too many.
    SourceWithEigenvalue,
    /// Text after (85): the field of a sample has the correlation of train residuals.
    FieldOfSamples,
    /// (133), (141): residuals come back from samples without their eigenvalue.
    ReturnWithoutEigenvalue,
    /// (28): what comes back from samples has no sources, and so vanishes.
    NoSourcesOfFeatures,
    /// (107): what features pass on answers to train residuals instead of itself.
    TrainResidualsInFeatures,
    /// (109): both responses of features have the first frequency.
    OneFrequency,
}

/// Losses after each step, from the start on.
pub struct Losses {
    pub test: Vec<f64>,
    pub train: Vec<f64>,
}

/// Steps of the heavy ball, or of gradient descent without momentum: what a residual has lost at step `t` per unit of
/// gradient at step `s < t`.
fn steps(setting: &Setting, momentum: f64) -> Mat<f64> {
    let lost = |age: usize| (0..age).map(|i| setting.learning_rate * momentum.powi(i as i32)).sum();
    let count = setting.steps + 1;
    Mat::from_fn(count, count, |t, s| lost(t.saturating_sub(s)))
}

/// Correlation of a mode: `(1 + l K) C (1 + l K)^T = source`, by the powers of the triangular matrix `K` if the product
/// of both `l K` has the other sign.
fn of_mode(answer: &Mat<f64>, source: &Mat<f64>, lk: &Mat<f64>, printed: Printed) -> Mat<f64> {
    if printed != Printed::SquareOfEigenvalue {
        return sandwich(answer, source);
    }
    let mut c = source.clone();
    for _ in 0..2 * lk.nrows() {
        c = source - lk * &c - &c * lk.transpose() + sandwich(lk, &c);
    }
    c
}

/// Test and train losses after each step. Every step follows from earlier ones, so that as many rounds as there are
/// steps are exact.
pub fn losses(setting: &Setting, momentum: f64, printed: Printed) -> Losses {
    use Printed::*;
    let theta = &steps(setting, momentum);
    let count = theta.nrows();
    let (one, all) = (Mat::<f64>::identity(count, count), Mat::<f64>::ones(count, count));
    let (n, p) = (setting.width, setting.samples);
    let zero = || Mat::<f64>::zeros(count, count);
    let returned = |l: f64| if printed == ReturnWithoutEigenvalue { 1.0 } else { l };

    let (mut r1, mut r3, mut returned_by_modes) = (one.clone(), one.clone(), zero());
    let answer = |l: f64, r1: &Mat<f64>, r3: &Mat<f64>| inverse(&(&one + theta * r3 * r1 * Scale(returned(l))));
    for _ in 0..count {
        let (mut r02, mut r24) = (zero(), zero());
        for &(l, _) in &setting.modes {
            let a = answer(l, &r1, &r3);
            r02 -= &a * theta * &r3 * Scale(l);
            r24 -= &r1 * &a * theta * Scale(returned(l));
        }
        r1 = inverse(&(&one - r02 * Scale(1.0 / p)));
        returned_by_modes = r24 * Scale(1.0 / n);
        if printed != TrainResidualsInFeatures {
            r3 = inverse(&(&one - &returned_by_modes));
        }
    }

    let passed = theta * &r3;
    let k = &passed * &r1;
    let answers: Vec<Mat<f64>> = setting.modes.iter().map(|&(l, _)| answer(l, &r1, &r3)).collect();
    let sign = if printed == Sources { -1.0 } else { 1.0 };
    let from_samples = |l: f64| match printed {
        SourceWithoutEigenvalue => 1.0,
        SourceWithEigenvalue => l * l * l,
        _ => l,
    };
    let (mut c0, mut c1, mut c3) = (zero(), zero(), zero());
    for _ in 0..count {
        let features = sandwich(theta, &c3) * Scale(1.0 / n);
        let samples = sandwich(&passed, &c1) * Scale(1.0 / p);
        c0 = zero();
        let mut c2 = zero();
        for (&(l, power), a) in setting.modes.iter().zip(&answers) {
            let start = power / l;
            let source = &all * Scale(start) + &features * Scale(sign) + &samples * Scale(sign * from_samples(l));
            c0 += of_mode(a, &source, &(&k * Scale(l)), printed) * Scale(l);
            let onward = &r1 * a * Scale(returned(l));
            let own = &one - &onward * &passed;
            c2 += sandwich(&own, &c1) * Scale(l / p) + sandwich(&onward, &(&all * Scale(start) + &features));
        }
        let noisy = &c0 + &all * Scale(setting.noise_variance);
        c1 = sandwich(&r1, &noisy);
        c3 = match printed {
            NoSourcesOfFeatures => zero(),
            TrainResidualsInFeatures => c2 + sandwich(&returned_by_modes, &c1),
            OneFrequency => &r3 * (&r3 * c2),
            _ => sandwich(&r3, &c2),
        };
    }
    let trained = if printed == FieldOfSamples { sandwich(&r1, &c1) } else { c1 };
    let diagonal = |c: &Mat<f64>, add: f64| (0..count).map(|t| c[(t, t)] + add).collect();
    Losses { test: diagonal(&c0, setting.noise_variance), train: diagonal(&trained, 0.0) }
}
