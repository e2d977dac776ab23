//! Few steps of every method against dynamical mean-field theory in the time domain: dense matrices over pairs of
//! steps, no Laplace transform and no contour.
//!
//! Residuals along training go around a loop: from modes to samples (`v1 = Psi v0 + noise`), back to modes (`v2 =
//! Psi^T v1 / P`), to features (`v3 = A v2`) and back to modes (`v4 = A^T v3 / N`), and a method is the matrix `theta`
//! with `v0 = w* - theta v4`. The cavity argument of `theory/01-resolvent.md`, with matrices in place of functions of
//! `z`, closes on the responses `R1`, `R3` and the correlations `C0` to `C3` of these residuals. They are iterated to
//! their fixed point. (As the paper prints them, with its misprints: `studies/tests/errata`.)
//!
//! Stochastic gradients add white noise where samples pass on their residuals, in one pass and in several.

use faer::{Mat, Scale};
use spectralaw::training::Momentum;
use spectralaw::{Model, Optimizer, Schedule, Spectrum};

use super::causal::{inverse, sandwich};

/// Relative. Both sides are exact but for rounding: here sums of 30 modes and of products of 14 x 14 matrices with
/// entries of order one, 1e-13 at most, there the library's 1e-14 per term of a contour sum. Measured: 1.7e-14 in test
/// losses, 9.5e-14 in train losses, both for the heavy ball.
const TOLERANCE: f64 = 1e-12;

/// The iteration ends when nothing changes by more than this, relative to the largest entry. As every step follows from
/// earlier ones, each round makes one more step final: it ends after as many rounds as there are steps, plus one.
const CHANGE: f64 = 1e-13;

const STEPS: usize = 14;

struct Problem {
    eigenvalues: Vec<f64>,
    power: Vec<f64>,
    width: f64,
    samples: f64,
    noise_variance: f64,
}

impl Problem {
    fn model(&self) -> Model {
        Model::new(&Spectrum::from_modes(&self.eigenvalues, &self.power).unwrap())
            .with_width(self.width)
            .unwrap()
            .with_samples(self.samples)
            .unwrap()
            .with_noise_variance(self.noise_variance)
            .unwrap()
    }

    fn sum(&self, term: impl Fn(f64, f64) -> f64) -> f64 {
        self.eigenvalues.iter().zip(&self.power).map(|(&l, &p)| term(l, p)).sum()
    }
}

fn problems() -> Vec<Problem> {
    let law = |modes: u32| -> (Vec<f64>, Vec<f64>) {
        (1..=modes).map(|k| (f64::from(k).powf(-1.2), f64::from(k).powf(-1.6))).unzip()
    };
    let with = |(eigenvalues, power): (Vec<f64>, Vec<f64>), width, samples, noise_variance| Problem {
        eigenvalues,
        power,
        width,
        samples,
        noise_variance,
    };
    // a spike, a band of equal eigenvalues, and power on modes that are hardly learned
    let bands = || {
        let eigenvalues = [vec![3.0], vec![0.5; 8], vec![0.02; 6], vec![1e-4]].concat();
        let power = [vec![0.2], vec![0.05; 8], vec![0.3; 6], vec![1.0]].concat();
        (eigenvalues, power)
    };
    let infinite = f64::INFINITY;
    vec![
        with(law(30), 25.0, 18.0, 0.3),
        with(law(30), 12.0, 30.0, 0.0),
        with(law(30), 20.0, 20.0, 0.1),
        with(law(8), 25.0, 18.0, 0.3),
        with(law(30), infinite, 18.0, 0.3),
        with(law(30), 25.0, infinite, 0.3),
        with(law(30), infinite, infinite, 0.3),
        with(bands(), 9.0, 14.0, 0.2),
    ]
}

/// A method as a linear map over steps.
struct Linear {
    /// What a residual at which the gradient is taken has lost at step `t` per unit of gradient at step `s < t`.
    theta: Mat<f64>,
    /// From residuals of the weights to the residuals at which the gradient is taken: not the identity for Nesterov.
    ahead: Mat<f64>,
    batch: f64,
}

/// The map by the recurrence of the method, one unit of gradient after the other.
fn linear(rates: impl Fn(usize) -> f64, momentum: impl Fn(usize) -> f64, nesterov: bool, batch: f64) -> Linear {
    let share = |t: usize| if nesterov && t > 0 { momentum(t) } else { 0.0 };
    let ahead = Mat::from_fn(STEPS, STEPS, |t, s| {
        if s == t {
            1.0 + share(t)
        } else if s + 1 == t {
            -share(t)
        } else {
            0.0
        }
    });
    let mut weights = Mat::<f64>::zeros(STEPS, STEPS);
    for s in 0..STEPS {
        let mut change = rates(s);
        for t in s + 1..STEPS {
            weights[(t, s)] = weights[(t - 1, s)] + change;
            change *= momentum(t);
        }
    }
    Linear { theta: &ahead * weights, ahead, batch }
}

/// The largest change between two rounds, relative to the largest entry.
fn change(before: &Mat<f64>, after: &Mat<f64>) -> f64 {
    (after - before).norm_max() / after.norm_max().max(f64::MIN_POSITIVE)
}

/// Test and train loss at every step.
fn losses(problem: &Problem, method: &Linear) -> (Vec<f64>, Vec<f64>) {
    let one = Mat::<f64>::identity(STEPS, STEPS);
    let all = Mat::<f64>::ones(STEPS, STEPS);
    let theta = &method.theta;
    let (n, p) = (Scale(problem.width.recip()), Scale(problem.samples.recip()));
    let modes = || problem.eigenvalues.iter().copied().zip(problem.power.iter().copied());

    // responses of samples and of features
    let (mut r1, mut r3) = (one.clone(), one.clone());
    let response = |l: f64, r1: &Mat<f64>, r3: &Mat<f64>| inverse(&(&one + theta * r3 * r1 * Scale(l)));
    let mut rounds = 0;
    loop {
        let (mut r02, mut r24) = (Mat::<f64>::zeros(STEPS, STEPS), Mat::<f64>::zeros(STEPS, STEPS));
        for (l, _) in modes() {
            let a = response(l, &r1, &r3);
            r02 -= &a * theta * &r3 * Scale(l);
            r24 -= &r1 * &a * theta * Scale(l);
        }
        let (next1, next3) = (inverse(&(&one - r02 * p)), inverse(&(&one - r24 * n)));
        let changed = change(&r1, &next1).max(change(&r3, &next3));
        (r1, r3) = (next1, next3);
        rounds += 1;
        if changed < CHANGE {
            break;
        }
        assert!(rounds <= STEPS, "responses: {changed:e}");
    }

    // Correlations. A batch gives sample mu the random weight 1 + xi in each step, with variance P/B of xi. What
    // samples pass on is R1 (u1 + noise + xi v1), of which xi v1 is white, with P/B times the train loss as variance.
    let passed = theta * &r3;
    let matrices: Vec<[Mat<f64>; 3]> = modes()
        .map(|(l, _)| {
            let a = response(l, &r1, &r3);
            let onward = &r1 * &a;
            let own = &one - &onward * &passed * Scale(l);
            [a, onward, own]
        })
        .collect();
    // `C1/P` of what samples pass on, `C1` of their residuals
    let (mut driven, mut c1) = (Mat::<f64>::zeros(STEPS, STEPS), Mat::<f64>::zeros(STEPS, STEPS));
    let (mut c0, mut c3) = (driven.clone(), driven.clone());
    let mut rounds = 0;
    loop {
        let features = sandwich(theta, &(&c3 * n));
        let samples = sandwich(&passed, &driven);
        let from_features = |l: f64, power: f64| &all * Scale(power) + &features * Scale(l);
        let mut next0 = Mat::<f64>::zeros(STEPS, STEPS);
        for ((l, power), [a, ..]) in modes().zip(&matrices) {
            next0 += sandwich(a, &(from_features(l, power) + &samples * Scale(l * l)));
        }
        let total = &next0 + &all * Scale(problem.noise_variance);
        let white = |c1: &Mat<f64>| -> Mat<f64> {
            Mat::from_fn(STEPS, STEPS, |t, s| if t == s { c1[(t, t)] / method.batch } else { 0.0 })
        };
        let mut next1 = sandwich(&r1, &total);
        if problem.samples.is_finite() {
            // what a sample's own weight does to its own residual later on, P (1/P)^2
            next1 += sandwich(&(&r1 - &one), &white(&c1)) * Scale(problem.samples);
        }
        let next_driven = sandwich(&r1, &(&total * p + white(&next1)));
        let mut c2 = Mat::<f64>::zeros(STEPS, STEPS);
        for ((l, power), [_, onward, own]) in modes().zip(&matrices) {
            c2 += (sandwich(own, &next_driven) + sandwich(onward, &from_features(l, power))) * Scale(l);
        }
        let next3 = sandwich(&r3, &c2);
        let changed = [(&c0, &next0), (&c1, &next1), (&driven, &next_driven), (&c3, &next3)];
        let changed = changed.iter().map(|(x, y)| change(x, y)).fold(0.0, f64::max);
        (c0, c1, driven, c3) = (next0, next1, next_driven, next3);
        rounds += 1;
        if changed < CHANGE {
            break;
        }
        assert!(rounds <= STEPS, "correlations: {changed:e}");
    }

    // from where the gradient is taken to the weights; labels are constant, and so are the rows' sums
    let back = inverse(&method.ahead);
    let diagonal = |c: &Mat<f64>| -> Vec<f64> { (0..STEPS).map(|t| c[(t, t)]).collect() };
    let test = diagonal(&sandwich(&back, &c0)).iter().map(|c| c + problem.noise_variance).collect();
    (test, diagonal(&sandwich(&back, &c1)))
}

/// Compares every step.
fn compare(problem: &Problem, optimizer: &Optimizer, method: &Linear) {
    let (test, train) = losses(problem, method);
    let steps: Vec<f64> = (0..STEPS).map(|t| t as f64).collect();
    let model = problem.model();
    let what = format!("{optimizer:?}, N = {}, P = {}", problem.width, problem.samples);
    let mut worst = [0.0_f64; 2];
    for (point, (test, train)) in model.train(optimizer, &steps).unwrap().points().iter().zip(test.iter().zip(&train)) {
        let off = [point.test_loss / test - 1.0, point.train_loss / train - 1.0].map(f64::abs);
        let line = format!("{what}, step {}: {} {test}, {} {train}", point.at, point.test_loss, point.train_loss);
        assert!(off.iter().all(|off| *off < TOLERANCE), "{line} ({off:?})");
        worst = [worst[0].max(off[0]), worst[1].max(off[1])];
    }
    println!("{what}: worst deviations {:.1e} (test), {:.1e} (train)", worst[0], worst[1]);
}

/// Up and down, with one large step in between that the others make good.
const SHARES: [f64; STEPS] = [0.1, 0.5, 0.95, 0.3, 1.4, 0.2, 0.2, 0.7, 0.05, 0.9, 0.4, 0.01, 0.6, 0.8];

fn stable(problem: &Problem, optimizer: &Optimizer) -> f64 {
    problem.model().max_stable_learning_rate(optimizer)
}

fn listed(rates: &[f64; STEPS]) -> Schedule {
    Schedule::list(rates).unwrap()
}

#[test]
fn one_step_by_hand() {
    for problem in problems() {
        let trace = problem.sum(|l, _| l);
        let rate = 0.7 * stable(&problem, &Optimizer::gradient_descent(1.0).unwrap());
        let (n, p, variance) = (problem.width, problem.samples, problem.noise_variance);
        let start = problem.sum(|_, p| p) + variance;
        let overlap = start - rate * problem.sum(|l, p| l * p);
        // w_1 = rate F Psi^T y / P, with the moments of F and K at leading order in 1/N and 1/P
        let square = problem.sum(|l, p| l * l * p)
            + trace / n * problem.sum(|l, p| l * p)
            + start / p * (problem.sum(|l, _| l * l) + trace * trace / n);
        let test = 2.0 * overlap - start + rate * rate * square;
        let own = rate * trace / p;
        let train = test - 2.0 * own * overlap + own * own * start;

        let method = linear(|_| rate, |_| 0.0, false, f64::INFINITY);
        let (dense_test, dense_train) = losses(&problem, &method);
        let point = problem.model().train(&Optimizer::gradient_descent(rate).unwrap(), &[1.0]).unwrap().points()[0];
        for (loss, exact) in
            [(dense_test[1], test), (dense_train[1], train), (point.test_loss, test), (point.train_loss, train)]
        {
            assert!((loss / exact - 1.0).abs() < TOLERANCE, "N = {n}, P = {p}: {loss} {exact}");
        }
        assert!((dense_test[0] / start - 1.0).abs() < TOLERANCE && (dense_train[0] / start - 1.0).abs() < TOLERANCE);
    }
}

#[test]
fn the_map_of_the_heavy_ball_has_a_closed_form() {
    let (rate, beta) = (0.7, 0.8_f64);
    let theta = linear(|_| rate, |_| beta, false, f64::INFINITY).theta;
    for t in 0..STEPS {
        for s in 0..STEPS {
            let exact = if t > s { rate * (1.0 - beta.powi((t - s) as i32)) / (1.0 - beta) } else { 0.0 };
            // at most 13 sums of numbers of order 1
            assert!((theta[(t, s)] - exact).abs() < 1e-14);
        }
    }
}

#[test]
fn gradient_descent() {
    for problem in problems() {
        let stable = stable(&problem, &Optimizer::gradient_descent(1.0).unwrap());
        for rate in [0.3, 0.97].map(|share| share * stable) {
            let method = linear(|_| rate, |_| 0.0, false, f64::INFINITY);
            compare(&problem, &Optimizer::gradient_descent(rate).unwrap(), &method);
        }
        let rates = SHARES.map(|share| share * stable);
        let method = linear(|s| rates[s], |_| 0.0, false, f64::INFINITY);
        compare(&problem, &Optimizer::gradient_descent(listed(&rates)).unwrap(), &method);
    }
}

#[test]
fn momentum() {
    for problem in problems() {
        for nesterov in [false, true] {
            let make = if nesterov { Optimizer::nesterov::<f64> } else { Optimizer::heavy_ball::<f64> };
            for (share, beta) in [(0.3, 0.9), (0.9, 0.5)] {
                let rate = share * stable(&problem, &make(1.0, beta).unwrap());
                let method = linear(|_| rate, |_| beta, nesterov, f64::INFINITY);
                compare(&problem, &make(rate, beta).unwrap(), &method);
            }
            // the same with a schedule
            let (beta, edge) = (0.7, stable(&problem, &make(1.0, 0.7).unwrap()));
            let rates = SHARES.map(|share| 0.7 * share * edge);
            let method = linear(|s| rates[s], |_| beta, nesterov, f64::INFINITY);
            let (learning_rate, momentum) = (listed(&rates), Momentum::constant(beta).unwrap());
            let optimizer = if nesterov {
                Optimizer::Nesterov { learning_rate, momentum }
            } else {
                Optimizer::HeavyBall { learning_rate, momentum }
            };
            compare(&problem, &optimizer, &method);
        }
        let rate = 0.9 * stable(&problem, &Optimizer::accelerated(1.0).unwrap());
        let method = linear(|_| rate, |s| s as f64 / (s as f64 + 3.0), true, f64::INFINITY);
        compare(&problem, &Optimizer::accelerated(rate).unwrap(), &method);
    }
}

#[test]
fn stochastic_gradients() {
    // One pass where P is infinite, several where it is not.
    for problem in problems() {
        for batch in [1.0, 5.0, 100.0] {
            let stable = stable(&problem, &Optimizer::sgd(1.0, batch).unwrap());
            for rate in [0.2, 0.9].map(|share| share * stable) {
                let method = linear(|_| rate, |_| 0.0, false, batch);
                compare(&problem, &Optimizer::sgd(rate, batch).unwrap(), &method);
            }
            let rates = SHARES.map(|share| 0.7 * share * stable);
            let method = linear(|s| rates[s], |_| 0.0, false, batch);
            compare(&problem, &Optimizer::sgd(listed(&rates), batch).unwrap(), &method);
        }
    }
}
