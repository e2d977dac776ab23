//! Spreads between runs and the mean to the next order, against independent values, limits and identities.

use serde_json::Value;
use spectralaw::spectrum::PowerLaw;
use spectralaw::spread::{Common, Setting, Spread};
use spectralaw::{Error, Model, Optimizer, Spectrum};

const FLOW: Optimizer = Optimizer::GradientFlow;

fn model(a: f64, b: f64, modes: f64, sizes: [f64; 2], noise: f64) -> Model {
    let spectrum = PowerLaw::new(a, b).with_modes(modes).spectrum().unwrap();
    let model = Model::new(&spectrum).with_width(sizes[0]).unwrap().with_samples(sizes[1]).unwrap();
    model.with_noise_variance(noise).unwrap()
}

/// Independent values, each to the accuracy that it states: those at finite sizes are numerical derivatives.
#[test]
fn spreads_and_shifts_are_those_of_independent_values() {
    let path = format!("{}/tests/data/spread.json", env!("CARGO_MANIFEST_DIR"));
    let records: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(records.len(), 10);
    for record in records {
        let number = |key: &str| record[key].as_f64().unwrap_or(f64::INFINITY);
        let sizes = [number("width"), number("samples")];
        let model = model(number("a"), number("b"), number("modes"), sizes, number("noise"));
        let (loss, runs) = if record.get("ridge").is_some() {
            let ridge = [number("ridge")];
            (model.ridge_regression(&ridge).unwrap().points()[0], model.ridge_spread(&ridge).unwrap()[0])
        } else {
            let time = [number("time")];
            (model.gradient_flow(&time).unwrap().points()[0], model.spread(&FLOW, &time).unwrap()[0])
        };
        let accuracy = number("accuracy");
        for (name, ours, theirs) in [
            ("test_loss", loss.test_loss, number("test_loss")),
            ("sd", runs.spread, number("sd")),
            ("shift", runs.finite_size_shift, number("shift")),
        ] {
            assert!((ours / theirs - 1.0).abs() < accuracy, "{name} {ours:e} {theirs:e} {record}");
        }
        assert!(runs.spread_error < 1e-10 * runs.spread && runs.shift_error < 1e-10 * runs.finite_size_shift.abs());
    }
}

/// Random models to many digits: the stated errors hold. Ridge regression from numerical derivatives of equation (Spread)
/// with 45 digits, training from (Spread.flow) and (Shift.flow) on a contour of a hundred nodes in the same arithmetic.
#[test]
fn errors_of_spreads_hold() {
    let path = format!("{}/tests/data/spread_digits.json", env!("CARGO_MANIFEST_DIR"));
    let records: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(records.len() >= 30);
    for record in records {
        let number = |key: &str| record[key].as_f64().unwrap_or(f64::INFINITY);
        let sizes = [number("width"), number("samples")];
        let model = model(number("a"), number("b"), number("modes"), sizes, number("noise"));
        let runs = if record.get("ridge").is_some() {
            model.ridge_spread(&[number("ridge")]).unwrap()[0]
        } else {
            model.spread(&FLOW, &[number("time")]).unwrap()[0]
        };
        for (name, ours, error, theirs) in [
            ("spread", runs.spread, runs.spread_error, number("spread")),
            ("shift", runs.finite_size_shift, runs.shift_error, number("shift")),
        ] {
            assert!((ours - theirs).abs() <= error, "{name}: {ours:e} +- {error:e}, {theirs:e}, {record}");
            // (a bound: true errors are of the order of rounding)
            assert!(error <= 1e-7 * runs.spread, "{name}: {ours:e} +- {error:e}, {record}");
        }
        let train = number("train_spread");
        assert!((runs.train_spread - train).abs() <= 1e-9 * train + runs.spread_error, "{runs:?} {record}");
    }
}

#[test]
fn infinite_sizes_have_no_spread() {
    let model = model(1.5, 1.25, 300.0, [f64::INFINITY; 2], 0.3);
    let all = [
        model.ridge_spread(&[1e-3, 0.1, f64::INFINITY]).unwrap(),
        model.spread(&FLOW, &[0.0, 10.0, f64::INFINITY]).unwrap(),
    ];
    for runs in all.concat() {
        let numbers =
            [runs.spread, runs.finite_size_shift, runs.train_spread, runs.train_shift, runs.features, runs.data];
        assert!(numbers.iter().all(|x| *x == 0.0), "{runs:?}");
    }
    // and large ones have spreads and shifts in proportion to the root of one over them, and to one over them
    let at = |n: f64| {
        let model = self::model(1.5, 1.25, 300.0, [n, 2.0 * n], 0.3);
        [model.ridge_spread(&[0.1]).unwrap()[0], model.spread(&FLOW, &[10.0]).unwrap()[0]]
    };
    for (large, larger) in at(1e6).iter().zip(at(4e6)) {
        assert!((large.spread / larger.spread - 2.0).abs() < 1e-4, "{large:?} {larger:?}");
        assert!((large.finite_size_shift / larger.finite_size_shift - 4.0).abs() < 1e-3, "{large:?} {larger:?}");
    }
}

/// Without samples to draw, the test loss is the train loss, and only features spread; at infinite width only data do.
#[test]
fn of_one_infinite_size_nothing_is_drawn() {
    let infinite = f64::INFINITY;
    let population = model(1.7, 1.4, 200.0, [40.0, infinite], 0.2);
    let kernel = model(1.7, 1.4, 200.0, [infinite, 40.0], 0.2);
    let both = |model: &Model| [model.ridge_spread(&[0.05]).unwrap()[0], model.spread(&FLOW, &[7.0]).unwrap()[0]];
    for runs in both(&population) {
        assert!((runs.train_spread / runs.spread - 1.0).abs() < 1e-10, "{runs:?}");
        assert!((runs.train_shift / runs.finite_size_shift - 1.0).abs() < 1e-9, "{runs:?}");
        assert!((runs.features / runs.spread - 1.0).abs() < 1e-10 && runs.data == 0.0 && runs.label_noise == 0.0);
    }
    for runs in both(&kernel) {
        assert!(runs.features == 0.0 && runs.data > 0.0 && runs.label_noise > 0.0, "{runs:?}");
        assert!(runs.data < runs.spread && runs.label_noise < runs.spread, "{runs:?}");
    }
}

/// Before training all runs have the loss of no weights; the train loss is a mean of squares of `P` labels.
#[test]
fn runs_begin_alike_and_end_as_those_of_no_ridge() {
    let model = model(1.5, 1.25, 60.0, [30.0, 20.0], 0.1);
    let total = model.spectrum().total_power() + 0.1;
    let start = model.spread(&FLOW, &[0.0]).unwrap()[0];
    assert!(start.spread == 0.0 && start.finite_size_shift == 0.0);
    assert!((start.train_spread / (total * (2.0_f64 / 20.0).sqrt()) - 1.0).abs() < 1e-12);
    // a large ridge, as an early time, learns in proportion to its inverse
    let early = model.spread(&FLOW, &[1e-3, 2e-3]).unwrap();
    assert!((early[1].spread / early[0].spread - 2.0).abs() < 0.02);
    let large = model.ridge_spread(&[1e3, 2e3, f64::INFINITY]).unwrap();
    assert!((large[0].spread / large[1].spread - 2.0).abs() < 0.02 && large[2].spread == 0.0);
    assert!((large[2].train_spread - start.train_spread).abs() < 1e-12);
    let (end, ridge) =
        (model.spread(&FLOW, &[1e7, 1e20, f64::INFINITY]).unwrap(), model.ridge_spread(&[0.0, 1e-12]).unwrap());
    for runs in end {
        let error = runs.spread_error + 1e-9 * runs.spread;
        assert!((runs.spread - ridge[0].spread).abs() <= error && error < 1e-5, "{runs:?}");
    }
    assert!((ridge[1].spread / ridge[0].spread - 1.0).abs() < 1e-6);
    // equal sizes: the peak of double descent
    let peak = self::model(1.5, 1.25, 60.0, [20.0, 20.0], 0.1).ridge_spread(&[0.0]).unwrap()[0];
    assert!(peak.spread.is_infinite() && peak.finite_size_shift.is_infinite());
    // everything learned from noisy labels: OLS, with mean sigma^2 M/(P - M - 1)
    let learned = self::model(1.5, 1.25, 10.0, [50.0, 200.0], 0.3);
    let runs = learned.ridge_spread(&[0.0]).unwrap()[0];
    let mean = learned.ridge_regression(&[0.0]).unwrap().points()[0].test_loss - 0.3 + runs.finite_size_shift;
    // the next term of the expansion is a relative 1/(P - M)^2
    assert!((mean / (0.3 * 10.0 / 189.0) - 1.0).abs() < 2.0 / (190.0 * 190.0), "{mean}");
}

#[test]
fn descent_in_small_steps_is_gradient_flow() {
    let model = model(1.5, 1.25, 60.0, [30.0, 20.0], 0.1);
    let flow = model.spread(&FLOW, &[1.0]).unwrap()[0];
    let off = |rate: f64| {
        let steps = (1.0 / rate).round();
        let runs = model.spread(&Optimizer::gradient_descent(rate).unwrap(), &[steps]).unwrap()[0];
        [runs.spread - flow.spread, runs.finite_size_shift - flow.finite_size_shift]
    };
    // 20 steps on a closed contour, 100 on a hyperbola: what tells them from flow is in proportion to the rate, with
    // corrections of its order
    for (coarse, fine) in off(0.05).into_iter().zip(off(0.01)) {
        assert!((coarse / fine / 5.0 - 1.0).abs() < 0.1, "{coarse:e} {fine:e}");
    }
}

/// A covariance matrix of losses is positive: no combination of losses has a negative variance.
#[test]
fn covariance_matrices_are_positive() {
    let model = model(1.6, 1.3, 80.0, [40.0, 25.0], 0.2);
    let ridges: Vec<Setting> =
        [0.0, 1e-3, 0.03, 0.3, 5.0].iter().map(|&ridge| Setting::ridge(&model, ridge).unwrap()).collect();
    let times: Vec<Setting> =
        [0.5, 3.0, 20.0, 200.0].iter().map(|&t| Setting::trained(&model, &FLOW, t).unwrap()).collect();
    let everything = Common::EVERYTHING;
    let parts = [
        everything,
        Common::DATA,
        Common::FEATURES,
        Common { label_noise: false, ..everything },
        Common { inputs: false, ..everything },
        Common { label_noise: false, ..Common::DATA },
    ];
    for settings in [ridges, times] {
        let matrix = |common| -> Vec<Vec<f64>> {
            settings.iter().map(|x| settings.iter().map(|y| x.covariance(y, common).unwrap()).collect()).collect()
        };
        let whole = matrix(everything);
        for common in parts {
            let covariances = matrix(common);
            // what is drawn besides has a positive covariance as well
            let rest: Vec<Vec<f64>> = whole
                .iter()
                .zip(&covariances)
                .map(|(whole, part)| whole.iter().zip(part).map(|(whole, part)| whole - part).collect())
                .collect();
            for matrix in [&covariances, &rest] {
                for (i, row) in matrix.iter().enumerate() {
                    for (j, value) in row.iter().enumerate() {
                        assert!((value - matrix[j][i]).abs() <= 1e-11 * whole[i][i].max(whole[j][j]), "{common:?}");
                    }
                }
                assert!(least_pivot(matrix) > -1e-9 * whole[0][0], "{common:?} {matrix:?}");
            }
        }
    }
}

/// The same for random models, at ridges and, fewer as they take longer, at times, to what the errors of covariances
/// leave: a positive matrix whose elements are off by at most `e` is positive with `n e` added to its diagonal.
#[test]
fn covariance_matrices_of_random_models_are_positive() {
    let mut random = Irregular(0.1);
    for case in 0..24 {
        let modes = random.log(3.0, 300.0).round();
        let sizes = [random.log(2.0, 300.0), random.log(2.0, 300.0)];
        let sizes = sizes.map(|n| if random.next() < 0.15 { f64::INFINITY } else { n.round() });
        let noise = if random.next() < 0.3 { 0.0 } else { random.log(1e-3, 3.0) };
        let model = model(1.1 + 2.5 * random.next(), 1.1 + random.next(), modes, sizes, noise);
        let settings: Vec<Setting> = if case % 4 == 0 {
            (0..3).map(|_| Setting::trained(&model, &FLOW, random.log(0.1, 1e4)).unwrap()).collect()
        } else {
            (0..5).map(|_| Setting::ridge(&model, random.log(1e-4, 30.0)).unwrap()).collect()
        };
        let matrix = |common| -> (Vec<Vec<f64>>, f64) {
            let both = |x: &Setting, y: &Setting| x.covariance_with_error(y, common).unwrap();
            let rows = settings.iter().map(|x| settings.iter().map(|y| both(x, y).0).collect()).collect();
            let errors = settings.iter().flat_map(|x| settings.iter().map(move |y| both(x, y).1));
            (rows, errors.fold(0.0, f64::max))
        };
        let (whole, error) = matrix(Common::EVERYTHING);
        let largest = (0..settings.len()).map(|i| whole[i][i]).fold(0.0, f64::max);
        // (late in training covariances cancel from larger numbers: 4.4e-5 at most)
        assert!(error <= 1e-4 * largest, "{error:e} of {largest:e}: {settings:?}");
        for common in [Common::DATA, Common::FEATURES, Common { label_noise: false, ..Common::EVERYTHING }] {
            let (part, error_of_part) = matrix(common);
            // what is drawn besides has a positive covariance as well
            let mut rest = whole.clone();
            for (row, part) in rest.iter_mut().zip(&part) {
                row.iter_mut().zip(part).for_each(|(whole, part)| *whole -= part);
            }
            for (mut matrix, error) in [(part, error_of_part), (rest, error + error_of_part)] {
                let added = settings.len() as f64 * error + 1e-13 * largest;
                for (i, row) in matrix.iter_mut().enumerate() {
                    row[i] += added;
                }
                assert!(least_pivot(&matrix) > -1e-14 * largest, "{case} {common:?} {matrix:?} {error:e}");
            }
        }
    }
}

/// The least pivot of the factorisation of a symmetric matrix; pivots that are 0 to rounding eliminate nothing.
fn least_pivot(matrix: &[Vec<f64>]) -> f64 {
    let mut rest = matrix.to_vec();
    let mut least = f64::INFINITY;
    let mut scales = matrix.iter().enumerate().map(|(i, row)| row[i]);
    while let (Some(first), Some(scale)) = (rest.first().cloned(), scales.next()) {
        let pivot = first[0];
        least = least.min(pivot);
        let eliminated = |row: &Vec<f64>| {
            let factor = if pivot > 1e-13 * scale.abs() { row[0] / pivot } else { 0.0 };
            row[1..].iter().zip(&first[1..]).map(|(x, y)| x - factor * y).collect()
        };
        rest = rest[1..].iter().map(eliminated).collect();
    }
    least
}

#[test]
fn asymptotic_spreads_are_those_of_the_laws() {
    let relative = |model: &Model| {
        model.ridge_spread(&[0.0]).unwrap()[0].spread / model.ridge_regression(&[0.0]).unwrap().points()[0].test_loss
    };
    for (a, b) in [(1.5_f64, 1.25_f64), (2.1, 1.5), (3.4, 1.4), (5.5, 1.6)] {
        let r = (a - 1.0) / b;
        let law = Spectrum::power_law(a, b).unwrap();
        let width = relative(&Model::new(&law).with_width(1e7).unwrap());
        let of_width = if r < 1.0 { (a - 1.0) * (2.0 / (b * 1e7)).sqrt() } else { (2.0 * b / 1e7).sqrt() };
        // corrections of relative order N^(-b |1 - r|)
        assert!((width / of_width - 1.0).abs() < 0.02, "{a} {b}: {width} {of_width}");
        let samples = relative(&Model::new(&law).with_samples(1e7).unwrap());
        let s = r.min(2.0);
        let bracket = (5.0 * s * s - 4.0 * s + 4.0) / 6.0 * b + s - 1.0 + 1.0 / (3.0 * b);
        let of_samples = (2.0 / 1e7 * bracket).sqrt();
        assert!((samples / of_samples - 1.0).abs() < 0.02, "{a} {b}: {samples} {of_samples}");
    }
    // before the width is felt, at r = 1/2: the integral of v^(-1/2) is 2
    let model = Model::new(&Spectrum::power_law(1.75, 1.5).unwrap()).with_width(1e9).unwrap();
    let early =
        model.spread(&FLOW, &[1e5]).unwrap()[0].spread / model.gradient_flow(&[1e5]).unwrap().points()[0].test_loss;
    let law = 0.5 * 2.0_f64.sqrt() * (2.0 / 1e9_f64).sqrt();
    assert!((early / law - 1.0).abs() < 0.01, "{early} {law}");
    // beyond r = 1 it grows
    let model = Model::new(&Spectrum::power_law(4.0, 1.5).unwrap()).with_width(1e9).unwrap();
    let t = 1e4_f64;
    let early = model.spread(&FLOW, &[t]).unwrap()[0].spread / model.gradient_flow(&[t]).unwrap().points()[0].test_loss;
    // zeta(2.5), r = 2, Gamma(2) = 1
    let law = (1.341_487_257 * 1.5 * 2.0 * t / 1e9_f64).sqrt();
    assert!((early / law - 1.0).abs() < 0.05, "{early} {law}");
}

/// Of least squares on noise alone everything is known: with `M` modes the excess is `e^T X (X^T X)^-2 X^T e`, and the
/// moments of an inverse Wishart matrix (von Rosen, 1988) give mean and variance. What theory leaves out of them is what
/// tests of simulations allow for: a relative `q^2` of the mean and `2.5 q` of the standard deviation at most, with `q` the
/// size of the first order, `1/P + shift/excess`. To leading order the coefficients are `1/(2 - c)^2` and `(4 + c)/(4 - 2
/// c)` with `c = M/P`.
#[test]
fn least_squares_of_noise_have_the_second_order_that_tests_allow() {
    for (m, p) in [(1.0, 20.0), (2.0, 30.0), (10.0, 200.0), (20.0, 100.0), (300.0, 1000.0), (400.0, 500.0)] {
        let noise = 0.3;
        let model = model(1.5, 1.25, m, [f64::INFINITY, p], noise);
        let runs = model.ridge_spread(&[0.0]).unwrap()[0];
        let ours = model.ridge_regression(&[0.0]).unwrap().points()[0].test_loss - noise + runs.finite_size_shift;
        let free = p - m;
        let scale = 1.0 / (free * (free - 1.0) * (free - 3.0));
        let mean = m / (free - 1.0);
        // given the inputs, 2 tr W^-2; and the variance of tr W^-1
        let variance = scale * m * (2.0 * (p - 1.0) + m * (free - 2.0) + 2.0) - mean * mean;
        let q = 1.0 / p + runs.finite_size_shift / ours;
        let (of_mean, of_spread) = (noise * mean / ours - 1.0, noise * variance.sqrt() / runs.spread - 1.0);
        let c = m / p;
        // (the third order is relatively q of the second, with a coefficient of a few)
        let close = |x: f64, expected: f64| (x / expected - 1.0).abs() < 4.0 * q;
        assert!(close(of_mean / (q * q), (2.0 - c).powi(-2)), "{m} {p}: {}", of_mean / (q * q));
        assert!(close(of_spread / q, (4.0 + c) / (4.0 - 2.0 * c)), "{m} {p}: {}", of_spread / q);
    }
}

#[test]
fn settings_that_share_nothing_they_could_are_refused() {
    let model = model(1.5, 1.25, 60.0, [30.0, 20.0], 0.1);
    let wider = self::model(1.5, 1.25, 60.0, [40.0, 20.0], 0.1);
    let more = self::model(1.5, 1.25, 60.0, [30.0, 40.0], 0.1);
    let other = self::model(1.6, 1.25, 60.0, [30.0, 20.0], 0.1);
    let ridge = |model: &Model| Setting::ridge(model, 0.1).unwrap();
    let told = |x: &Setting, y: &Setting, common| {
        x.covariance(y, common).map_or_else(|error| error.to_string(), |_| String::new())
    };
    let one = ridge(&model);
    assert!(told(&one, &ridge(&wider), Common::EVERYTHING).contains("different widths"));
    assert!(told(&one, &ridge(&more), Common::DATA).contains("different numbers of samples"));
    assert!(told(&one, &ridge(&other), Common::NOTHING).contains("different spectra"));
    assert_eq!(told(&one, &ridge(&wider), Common::DATA), "");
    let trained = Setting::trained(&model, &FLOW, 3.0).unwrap();
    assert!(told(&one, &trained, Common::EVERYTHING).contains("compared with its like"));
    let peak = self::model(1.5, 1.25, 60.0, [20.0, 20.0], 0.1);
    let none = Setting::ridge(&peak, 0.0).unwrap();
    assert!(told(&none, &none, Common::EVERYTHING).contains("diverges"));
    let sgd = Optimizer::sgd(0.1, 4.0).unwrap();
    assert!(matches!(model.spread(&sgd, &[10.0]), Err(Error::Unsuited { .. })));
    assert!(matches!(model.spread(&FLOW, &[]), Err(Error::Empty { .. })));
    assert!(matches!(model.ridge_spread(&[-1.0]), Err(Error::BadEntry { .. })));
    for confidence in [0.5, 1.0, f64::NAN, -1.0] {
        assert!(matches!(one.compare(&one, confidence), Err(Error::OutOfRange { .. })));
    }
    assert!(one.compare(&one, 0.9).unwrap().paired_runs.is_infinite());
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

/// Random models: numbers are numbers, parts are no more than the whole, estimates of errors hold between two ways to one
/// number: flow at unlimited data, and ridge regression at nearly equal ridges.
#[test]
fn random_models_have_sensible_spreads() {
    let mut random = Irregular(0.3);
    for case in 0..60 {
        let modes = random.log(3.0, 1000.0).round();
        let sizes =
            [random.log(1.0, 1e4), random.log(1.0, 1e4)].map(|n| if random.next() < 0.1 { f64::INFINITY } else { n });
        let noise = if random.next() < 0.3 { 0.0 } else { random.log(1e-3, 10.0) };
        let (a, b) = (1.05 + 3.0 * random.next(), 1.05 + 1.5 * random.next());
        let model = model(a, b, modes, sizes, noise);
        let ridge = random.log(1e-6, 1e2);
        let t = random.log(1e-2, 1e5);
        let ridges = [ridge, ridge * (1.0 + 1e-9)];
        let spreads = [model.ridge_spread(&ridges).unwrap(), model.spread(&FLOW, &[t]).unwrap()].concat();
        let check = |runs: &Spread| {
            let numbers = [runs.spread, runs.features, runs.data, runs.label_noise, runs.train_spread];
            let slack = 1e-9 * runs.spread + runs.spread_error;
            assert!(numbers.iter().all(|x| x.is_finite() && *x >= 0.0), "{case} {model:?} {runs:?}");
            assert!(numbers[1..4].iter().all(|part| *part <= runs.spread + slack), "{case} {sizes:?} {runs:?}");
            assert!(runs.finite_size_shift.is_finite() && runs.train_shift.is_finite(), "{case} {runs:?}");
        };
        spreads.iter().for_each(check);
        let off = (spreads[0].spread - spreads[1].spread).abs();
        assert!(off <= 1e-7 * spreads[0].spread + spreads[0].spread_error, "{case} {off:e} {:?}", spreads[0]);
    }
}
