//! Training with weight decay against another implementation's values, plain sums over modes, dense contours, and the
//! methods that are its limits.

use num_complex::Complex64;
use serde_json::Value;
use spectralaw::spectrum::PowerLaw;
use spectralaw::training::WeightDecay;
use spectralaw::{Error, LossPoint, Model, Optimizer, Schedule, Spectrum};

fn decay(value: f64) -> WeightDecay {
    WeightDecay::new(value).unwrap()
}

fn one(model: &Model, optimizer: &Optimizer, zeta: f64, t: f64) -> LossPoint {
    model.train_with_weight_decay(optimizer, decay(zeta), &[t]).unwrap().points()[0]
}

/// Test and train losses agree to `more` besides the sum of their error estimates.
fn agree(x: &LossPoint, y: &LossPoint, more: f64, what: &str) {
    let allowed = (x.error + more) * x.test_loss + y.error * y.test_loss;
    assert!((x.test_loss - y.test_loss).abs() <= allowed, "{what}: {} {} ({allowed:e})", x.test_loss, y.test_loss);
    let allowed = x.train_error + y.train_error + more * x.train_loss;
    assert!((x.train_loss - y.train_loss).abs() <= allowed, "{what}: {} {} ({allowed:e})", x.train_loss, y.train_loss);
    assert!(x.error < 1e-9 && y.error < 1e-9, "{what}: estimates {:e} {:e}", x.error, y.error);
}

/// Numbers from 0 to 1 in an irregular order.
struct Irregular(f64);

impl Irregular {
    fn next(&mut self) -> f64 {
        self.0 = (self.0 + 0.618_033_988_749_895).fract();
        (self.0 * 7919.0).fract()
    }

    fn log(&mut self, low: f64, high: f64) -> f64 {
        low * (high / low).powf(self.next())
    }
}

#[test]
fn agrees_with_reference_values() {
    let rows: Vec<Value> = serde_json::from_str(include_str!("../data/weight_decay.json")).unwrap();
    assert!(!rows.is_empty());
    for row in &rows {
        let number = |key: &str| row[key].as_f64().unwrap();
        let spectrum = PowerLaw::new(number("a"), number("b")).with_modes(number("modes")).spectrum().unwrap();
        let model = Model::new(&spectrum).with_width(number("width")).unwrap();
        let model = model.with_samples(number("samples")).unwrap().with_noise_variance(number("noise")).unwrap();
        let ours = one(&model, &Optimizer::GradientFlow, number("weight_decay"), number("time"));
        let off = |key: &str| (ours.test_loss / number(key) - 1.0).abs();
        // in multi-precision arithmetic, then rounded
        let precise = off("precise_test_loss");
        assert!(precise <= ours.error + 2.0 * f64::EPSILON, "{row}: {precise:e} {:e}", ours.error);
        // another implementation in double precision, off the former by up to 9.1e-13
        assert!(off("test_loss") <= ours.error + 1e-12, "{row}: {:e}", off("test_loss"));
        assert!(ours.error < 1e-11, "{row}: {:e}", ours.error);
    }
}

/// What is left along an eigenvector, from the definition.
fn left(optimizer: &Optimizer, zeta: f64, m: Complex64, t: f64) -> Complex64 {
    let changes = match optimizer.learning_rate() {
        None => (-(m + zeta) * t).exp(),
        Some(rates) => (0..t as u32).map(|s| 1.0 - rates.rate(f64::from(s)) * (m + zeta)).product(),
    };
    // (entire in m)
    (zeta + m * changes) / (m + zeta)
}

/// One-point functions at a node, from plain sums over modes.
struct Node {
    z: Complex64,
    kappa: Complex64,
    r1: Complex64,
    weight: Complex64,
}

/// Test and train loss, and the sum of the moduli of their terms, by the double integral of equation (Poly) on an
/// ellipse of so many nodes that it is exact to rounding.
struct Dense<'a> {
    lambda: &'a [f64],
    power: &'a [f64],
    width: f64,
    samples: f64,
    noise: f64,
}

impl Dense<'_> {
    fn node(&self, z: Complex64, from: Complex64, weight: Complex64) -> Node {
        let mut kappa = from;
        for _ in 0..100 {
            let (mut d, mut slope) = (Complex64::ZERO, Complex64::ZERO);
            for &l in self.lambda {
                d += l / (kappa + l);
                slope -= l / ((kappa + l) * (kappa + l));
            }
            let (r1, r3) = (1.0 - d / self.samples, 1.0 - d / self.width);
            let derivative = r1 * r3 - kappa * slope * (r3 / self.samples + r1 / self.width);
            let change = (kappa * r1 * r3 - z) / derivative;
            kappa -= change;
            if change.norm() < 4.0 * f64::EPSILON * kappa.norm() {
                break;
            }
        }
        let d: Complex64 = self.lambda.iter().map(|&l| l / (kappa + l)).sum();
        Node { z, kappa, r1: 1.0 - d / self.samples, weight }
    }

    /// Nodes of an ellipse around `[-top, 0]` that passes the ends at a distance, counterclockwise.
    fn ellipse(&self, top: f64, distance: f64) -> Vec<Node> {
        let half = 0.5 * top;
        let log_rho = (1.0 + distance / half).acosh();
        let count = (40.0 / log_rho).ceil() + 8.0;
        // (kappa is followed from far outside)
        let mut kappa = Complex64::from(1e3 * self.lambda[0]);
        for i in 0..400 {
            let z = distance * (1e3 * self.lambda[0] / distance).powf(1.0 - f64::from(i) / 399.0);
            kappa = self.node(Complex64::from(z), kappa, Complex64::ZERO).kappa;
        }
        let mut nodes = Vec::new();
        for k in 0..count as usize {
            let angle = 2.0 * std::f64::consts::PI * k as f64 / count;
            let outer = Complex64::from_polar(log_rho.exp(), angle);
            let z = 0.5 * half * (outer + outer.inv()) - half;
            let node = self.node(z, kappa, 0.5 * half * (outer - outer.inv()) / count);
            kappa = node.kappa;
            nodes.push(node);
        }
        nodes
    }

    fn losses(&self, optimizer: &Optimizer, zeta: f64, t: f64, (top, near): (f64, f64)) -> ([f64; 2], [f64; 2]) {
        let pace = optimizer.learning_rate().map_or(1.0, Schedule::largest);
        let nodes = self.ellipse(top, near / (pace * t));
        let weights: Vec<Complex64> =
            nodes.iter().map(|x| x.weight * left(optimizer, zeta, -x.z, t) * x.kappa / x.z).collect();
        let (mut sums, mut sizes) = ([0.0; 2], [0.0; 2]);
        for (x, wx) in nodes.iter().zip(&weights) {
            for (y, wy) in nodes.iter().zip(&weights) {
                let [mut s1, mut s2, mut t1, mut t2] = [Complex64::ZERO; 4];
                for (l, p) in self.lambda.iter().zip(self.power) {
                    let both = ((x.kappa + l) * (y.kappa + l)).inv();
                    s1 += both * l;
                    s2 += both * l * l;
                    t1 += both * p;
                    t2 += both * p * l;
                }
                let kk = x.kappa * y.kappa;
                let (p, n) = (1.0 - s2 / self.samples, 1.0 - s2 / self.width);
                let c1 = (n * (t1 + self.noise / kk) + s1 * t2 / self.width)
                    / (p * n - kk * s1 * s1 / self.width / self.samples);
                for (i, term) in [wx * wy * c1, wx * wy * c1 * x.r1 * y.r1].into_iter().enumerate() {
                    sums[i] += term.re;
                    sizes[i] += term.norm();
                }
            }
        }
        (sums, sizes)
    }
}

#[test]
fn agrees_with_dense_contours() {
    let mut random = Irregular(0.3);
    let (mut worst, mut late) = (0.0_f64, 0);
    for case in 0..CASES {
        let modes = 3 + (20.0 * random.next()) as usize;
        let (a, b) = (1.1 + 2.0 * random.next(), 0.6 + random.next());
        let lambda: Vec<f64> = (1..=modes).map(|k| (k as f64).powf(-b)).collect();
        let power: Vec<f64> = (1..=modes).map(|k| (k as f64).powf(-a) * (0.5 + random.next())).collect();
        let size = |random: &mut Irregular| if random.next() < 0.2 { f64::INFINITY } else { random.log(3.0, 60.0) };
        let (width, samples, noise) = (size(&mut random), size(&mut random), random.next());
        let spectrum = Spectrum::from_modes(&lambda, &power).unwrap();
        let model = Model::new(&spectrum).with_width(width).unwrap().with_samples(samples).unwrap();
        let model = model.with_noise_variance(noise).unwrap();
        let top = model.operator_edges().1;
        // every fourth case is on its way to the steady part
        let (zeta, steady) = (random.log(0.03, 3.0), case % 4 == 3);
        let late_time = (12.0 + 30.0 * random.next()) / zeta;
        let (optimizer, t) = match case % 3 {
            0 => (Optimizer::GradientFlow, random.log(0.03, 600.0)),
            1 => {
                let rate = (0.05 + 1.9 * random.next()) / (top + zeta);
                (Optimizer::gradient_descent(rate).unwrap(), random.log(1.0, 300.0).round())
            }
            _ => {
                let rate = (0.05 + 1.9 * random.next()) / (top + zeta);
                let schedule = Schedule::linear(rate, 0.2 * rate, 50.0).unwrap();
                (Optimizer::gradient_descent(schedule).unwrap(), random.log(1.0, 300.0).round())
            }
        };
        let t = if steady { (late_time / optimizer.flow_time(1.0)).ceil() } else { t };
        late += usize::from(optimizer.flow_time(t) * zeta > 12.0);
        let ours = one(&model, &optimizer, zeta, t);
        let dense = Dense { lambda: &lambda, power: &power, width, samples, noise };
        let (losses, sizes) = dense.losses(&optimizer, zeta, t, (top, 1.0));
        // kappa of the dense sums is rounded as well, and what that amounts to another ellipse shows
        let (others, _) = dense.losses(&optimizer, zeta, t, (top, 1.3));
        let errors = [ours.error * ours.test_loss, ours.train_error];
        let own = [0, 1].map(|i| 30.0 * f64::EPSILON * sizes[i] + 4.0 * (losses[i] - others[i]).abs());
        for (((ours, error), loss), own) in [ours.test_loss, ours.train_loss].iter().zip(errors).zip(losses).zip(own) {
            // every factor of a term is rounded, exponents and steps in proportion to the time
            let allowed = error + own;
            let what = format!("{case} {optimizer:?} M {modes} N {width} P {samples} decay {zeta} t {t}");
            assert!((ours - loss).abs() <= allowed, "{what}: {ours} {loss} {:e} {allowed:e}", (ours - loss).abs());
            assert!(allowed < 1e-9 * (1.0 + loss), "{what}: {error:e} {own:e}");
            worst = worst.max((ours - loss).abs() / (1.0 + loss));
        }
    }
    println!("largest difference {worst:e}, {late} late");
    assert!(late >= CASES / 12, "{late} late");
}

const CASES: usize = 60;

#[test]
fn population_losses_are_plain_sums() {
    let mut random = Irregular(0.7);
    for _ in 0..200 {
        let modes = 1 + (30.0 * random.next()) as usize;
        let lambda: Vec<f64> = (0..modes).map(|_| random.log(1e-3, 1.0)).collect();
        let power: Vec<f64> = (0..modes).map(|_| random.log(1e-3, 1.0)).collect();
        let model = Model::new(&Spectrum::from_modes(&lambda, &power).unwrap());
        let (zeta, t) = (random.log(1e-9, 10.0), random.log(0.01, 1e5).ceil());
        let rate = (0.01 + 1.98 * random.next()) / (model.operator_edges().1 + zeta);
        for optimizer in [Optimizer::GradientFlow, Optimizer::gradient_descent(rate).unwrap()] {
            let ours = one(&model, &optimizer, zeta, t);
            let residual = |l: f64| {
                let changes = match optimizer.learning_rate() {
                    None => (-(l + zeta) * t).exp(),
                    Some(_) => (1.0 - rate * (l + zeta)).powf(t),
                };
                (zeta + l * changes) / (l + zeta)
            };
            let expected: f64 = lambda.iter().zip(&power).map(|(&l, p)| p * residual(l).powi(2)).sum();
            // the bases of up to 1e5 factors are rounded, twice
            let allowed = ours.error + 1e-11;
            let off = (ours.test_loss / expected - 1.0).abs();
            assert!(off <= allowed, "{optimizer:?} {zeta} {t}: {} {expected} {off:e} {allowed:e}", ours.test_loss);
            assert!(ours.error < 1e-9, "{optimizer:?} {zeta} {t} {modes}: {:e}", ours.error);
        }
    }
}

fn models() -> [Model; 4] {
    let law = |modes: f64| PowerLaw::new(1.5, 1.3).with_modes(modes).spectrum().unwrap();
    let noisy = |modes, width, samples| {
        let model = Model::new(&law(modes)).with_width(width).unwrap().with_samples(samples).unwrap();
        model.with_noise_variance(0.2).unwrap()
    };
    let infinite = f64::INFINITY;
    [
        noisy(infinite, 120.0, 80.0),
        noisy(infinite, 60.0, infinite),
        noisy(infinite, infinite, 50.0),
        noisy(30.0, 90.0, 70.0),
    ]
}

#[test]
fn without_decay_it_is_plain_training() {
    for model in models() {
        for t in [0.0, 1.0, 30.0, 1e4] {
            for optimizer in [Optimizer::GradientFlow, Optimizer::gradient_descent(0.3).unwrap()] {
                let plain = model.train(&optimizer, &[t]).unwrap().points()[0];
                assert_eq!(one(&model, &optimizer, 0.0, t), plain);
                // a decay is felt in proportion to the time at most
                agree(&one(&model, &optimizer, 1e-20, t), &plain, 0.0, &format!("{optimizer:?} {t}"));
            }
        }
    }
}

#[test]
fn ends_as_ridge_regression() {
    for model in models() {
        for zeta in [1e-6, 1e-3, 0.1, 10.0] {
            let ridge = model.ridge_regression(&[zeta]).unwrap().points()[0];
            let rate = 1.9 / (model.operator_edges().1 + zeta);
            for optimizer in [Optimizer::GradientFlow, Optimizer::gradient_descent(rate).unwrap()] {
                assert_eq!(one(&model, &optimizer, zeta, f64::INFINITY).test_loss, ridge.test_loss);
                // just before and long after what changes has fallen below rounding: e^-33 and less
                let pace = optimizer.learning_rate().map_or(1.0, Schedule::largest);
                for times in [33.0, 42.0, 48.0, 60.0, 1e4] {
                    let t = (times / (zeta * pace)).ceil();
                    // next to the edge of stability the fastest modes decay as 0.9^t
                    if optimizer.learning_rate().is_none() || t > 700.0 {
                        agree(&one(&model, &optimizer, zeta, t), &ridge, 1e-13, &format!("{optimizer:?} {zeta} {t}"));
                    }
                }
            }
        }
    }
}

#[test]
fn small_steps_are_flow_and_contours_join() {
    for model in models() {
        for zeta in [1e-3, 0.1, 2.0] {
            for t in [2.0, 15.9 / zeta, 16.1 / zeta, 25.0 / zeta] {
                let flow = one(&model, &Optimizer::GradientFlow, zeta, t);
                let steps = 1e9_f64;
                let small = one(&model, &Optimizer::gradient_descent(t / steps).unwrap(), zeta, steps);
                // relative difference of first order in the learning rate
                agree(&small, &flow, 20.0 * (1.0 + t) / steps * (1.0 + zeta), &format!("{zeta} {t}"));
                // times that share a contour
                let shared = model.train_with_weight_decay(
                    &Optimizer::GradientFlow,
                    decay(zeta),
                    &[t, 1.5 * t, 0.0, 3.0 * t, 9.0 * t, 1e3 * t],
                );
                agree(&shared.unwrap().points()[0], &flow, 0.0, &format!("{zeta} {t} shared"));
            }
        }
    }
}

#[test]
fn constant_schedules_are_the_constant_rate() {
    for model in models() {
        for zeta in [1e-8, 1e-3, 0.1, 2.0] {
            for share in [0.3, 1.2, 1.9] {
                let rate = share / (model.operator_edges().1 + zeta);
                let constant = Optimizer::gradient_descent(rate).unwrap();
                let listed = Optimizer::gradient_descent(Schedule::linear(rate, rate, 77.0).unwrap()).unwrap();
                for t in [0.0, 1.0, 2.0, 23.0, 24.0, 99.0, 101.0, 500.0, 3000.0, 1e6, 1e12] {
                    let (x, y) = (one(&model, &listed, zeta, t), one(&model, &constant, zeta, t));
                    agree(&x, &y, 0.0, &format!("{zeta} {share} {t}"));
                }
            }
        }
    }
}

/// Whatever the sizes, decays and times: never NaN, errors small, times in any company and order alike.
#[test]
fn far_corners_have_small_errors() {
    let mut random = Irregular(0.9);
    for case in 0..150 {
        let modes = if random.next() < 0.3 { f64::INFINITY } else { random.log(1.0, 1e6).round() };
        let spectrum = PowerLaw::new(1.05 + 2.0 * random.next(), 1.05 + random.next()).with_modes(modes).spectrum();
        let size = |random: &mut Irregular| if random.next() < 0.2 { f64::INFINITY } else { random.log(1.0, 1e8) };
        let (width, samples) = (size(&mut random), size(&mut random));
        let model = Model::new(&spectrum.unwrap()).with_width(width).unwrap().with_samples(samples).unwrap();
        let model = model.with_noise_variance(0.1).unwrap();
        let (zeta, t) = (random.log(1e-12, 1e3), random.log(1e-3, 3e11).ceil());
        let rate = (0.01 + 1.98 * random.next()) / (model.operator_edges().1 + zeta);
        for optimizer in [Optimizer::GradientFlow, Optimizer::gradient_descent(rate).unwrap()] {
            let x = one(&model, &optimizer, zeta, t);
            let what = format!("{case} {optimizer:?} M {modes} N {width} P {samples} decay {zeta} t {t}");
            assert!(x.test_loss.is_finite() && x.train_loss.is_finite() && x.error < 1e-9, "{what}: {x:?}");
            let times = [(3.0 * t).ceil(), t, 0.0, f64::INFINITY, (0.5 * t).ceil()];
            let company = model.train_with_weight_decay(&optimizer, decay(zeta), &times).unwrap();
            agree(&x, &company.points()[1], 0.0, &what);
            let ridge = model.ridge_regression(&[zeta]).unwrap().points()[0];
            assert_eq!(company.points()[3].test_loss, ridge.test_loss, "{what}");
        }
    }
}

#[test]
fn what_is_not_solved_is_refused() {
    let model = &models()[0];
    let refusal = |optimizer: &Optimizer, zeta: f64, t: f64| {
        model.train_with_weight_decay(optimizer, decay(zeta), &[t]).unwrap_err()
    };
    let others = [
        Optimizer::sgd(0.1, 8.0).unwrap(),
        Optimizer::heavy_ball(0.1, 0.5).unwrap(),
        Optimizer::nesterov(0.1, 0.5).unwrap(),
        Optimizer::momentum_flow(1.0).unwrap(),
    ];
    assert!(others.iter().all(|other| matches!(refusal(other, 0.1, 1.0), Error::BadProgram { .. })));
    assert!([-1.0, f64::NAN, f64::INFINITY, 1e-300].iter().all(|zeta| WeightDecay::new(*zeta).is_err()));
    // decay makes large steps unstable
    let top = model.operator_edges().1;
    let optimizer = Optimizer::gradient_descent(1.9 / top).unwrap();
    let Error::Unstable { stable, .. } = refusal(&optimizer, top, 10.0) else { panic!("stable?") };
    assert!((stable * top - 1.0).abs() < 1e-12);
    assert!(model.train_with_weight_decay(&optimizer, decay(0.01 * top), &[10.0]).is_ok());
}
