//! Spectra of data: known matrices, the digits, and matrices that are no kernels.

use std::fs::File;
use std::io::Read;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use spectralaw::data::{
    Bend, Centring, ExponentFit, eigenvalue_exponent, feature_held_out_power, feature_spectrum, gram_spectrum,
    held_out_power, intrinsic_dimension, power_exponent,
};
use spectralaw::spectrum::kernel::{Activation, Kernel};
use spectralaw::{Error, Model};

fn array<T: npyz::Deserialize>(file: &str, name: &str) -> Vec<T> {
    let path = format!("{}/tests/data/{file}", env!("CARGO_MANIFEST_DIR"));
    let mut archive = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
    let mut bytes = Vec::new();
    archive.by_name(&format!("{name}.npy")).unwrap().read_to_end(&mut bytes).unwrap();
    npyz::NpyFile::new(&bytes[..]).unwrap().into_vec().unwrap()
}

fn random(count: usize, seed: u64) -> Vec<f64> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    (0..count).map(|_| rng.random_range(-1.0..1.0)).collect()
}

/// `x x^T` of features with a row for each point.
fn gram(features: &[f64], points: usize) -> Vec<f64> {
    let count = features.len() / points;
    let row = |i: usize| &features[i * count..(i + 1) * count];
    let entry = |i: usize, j: usize| row(i).iter().zip(row(j)).map(|(x, y)| x * y).sum::<f64>();
    (0..points * points).map(|k| entry(k / points, k % points)).collect()
}

/// Digits less the mean digit, each of unit norm, and their parity, as described with the data.
fn digits() -> (Vec<f64>, Vec<f64>, usize) {
    let pixels: Vec<u8> = array("digits_inputs.npz", "pixels");
    let labels: Vec<u8> = array("digits_inputs.npz", "digit");
    let (points, count) = (labels.len(), pixels.len() / labels.len());
    let mean = |j: usize| (0..points).map(|i| f64::from(pixels[i * count + j])).sum::<f64>() / points as f64;
    let means: Vec<f64> = (0..count).map(mean).collect();
    let mut x: Vec<f64> = pixels.iter().enumerate().map(|(k, p)| f64::from(*p) - means[k % count]).collect();
    for row in x.chunks_exact_mut(count) {
        let norm = row.iter().map(|x| x * x).sum::<f64>().sqrt();
        row.iter_mut().for_each(|x| *x /= norm);
    }
    (x, labels.iter().map(|d| if d % 2 == 1 { 1.0 } else { -1.0 }).collect(), points)
}

#[test]
fn digits_have_their_stored_spectrum() {
    let (x, y, points) = digits();
    let relu = |u: f64| (((1.0 - u) * (1.0 + u)).sqrt() + u * (std::f64::consts::PI - u.acos())) / std::f64::consts::PI;
    let kernel: Vec<f64> = gram(&x, points)
        .iter()
        .enumerate()
        .map(|(k, u)| if k / points == k % points { 1.0 } else { relu(u.clamp(-1.0, 1.0)) })
        .collect();
    let measured = gram_spectrum(&kernel, points, &y, Centring::None).unwrap();
    let (lambda, power): (Vec<f64>, Vec<f64>) =
        (array("digits_relu.npz", "eigenvalue"), array("digits_relu.npz", "target_power"));
    assert_eq!((measured.eigenvalues.len(), measured.removed), (points, 0));
    for (ours, theirs) in measured.eigenvalues.iter().zip(&lambda) {
        // eigenvalues of a matrix of this size carry a few hundred rounding errors of the largest
        assert!((ours - theirs).abs() < 1e-13, "{ours} {theirs}");
    }
    // eigenvectors of close eigenvalues mix: sums over a hundred of them do not
    for (ours, theirs) in measured.target_power.chunks(100).zip(power.chunks(100)) {
        let (ours, theirs): (f64, f64) = (ours.iter().sum(), theirs.iter().sum());
        assert!((ours - theirs).abs() < 1e-4 * theirs, "{ours} {theirs}");
    }
    assert!(measured.floor <= 0.0);
    // what matters is the prediction
    let loss = |spectrum: spectralaw::Spectrum| {
        Model::new(&spectrum).with_samples(200.0).unwrap().ridge_regression(&[1e-2]).unwrap().test_loss()[0]
    };
    let stored = spectralaw::Spectrum::from_modes(&lambda, &power).unwrap();
    assert!((loss(measured.spectrum().unwrap()) / loss(stored) - 1.0).abs() < 1e-9);

    // held-out power: the leading modes carry what they do on their own points; far out it is noise around nothing
    let held_out = held_out_power(&kernel, points, &y, Centring::None).unwrap();
    let leading = |power: &[f64]| power[..30].iter().sum::<f64>();
    let error = held_out.errors[..30].iter().map(|e| e * e).sum::<f64>().sqrt();
    // beside the standard error, eigenfunctions of half of the points are a little off
    assert!((leading(&held_out.target_power) - leading(&power)).abs() < 4.0 * error + 0.05, "{error}");
    assert!(held_out.target_power.iter().any(|p| *p < 0.0) && held_out.floor() > 0.0);

    // exponents: a power law over more than a decade, that begins and ends with a bend
    let fit = eigenvalue_exponent(&lambda).unwrap();
    assert!((1.5..1.75).contains(&fit.best.exponent) && fit.bends.len() > 1, "{:?}", fit.best);
    println!("digits: b = {:?}, range {:?}, bends {:?}", fit.best, fit.range, fit.bends);
    println!("digits: a = {:?}", power_exponent(&lambda, &power).map(|fit| (fit.best, fit.range)));
    let dimension = intrinsic_dimension(&x, x.len() / points, None).unwrap();
    println!("digits: {dimension:?}");
    // published estimates for these digits are 8 to 11
    assert!((6.0..13.0).contains(&dimension.dimension), "{dimension:?}");
}

#[test]
fn features_and_their_gram_matrix_agree() {
    for (points, count) in [(60, 20), (20, 60), (30, 30), (1, 5), (40, 1)] {
        let features = random(points * count, 3);
        let targets = random(points * 2, 4);
        for centring in [Centring::None, Centring::Targets, Centring::All] {
            let x = feature_spectrum(&features, points, &targets, centring);
            let y = gram_spectrum(&gram(&features, points), points, &targets, centring);
            if points == 1 && centring == Centring::All {
                // a single point less its mean is nothing
                continue;
            }
            let (x, y) = (x.unwrap(), y.unwrap());
            // exact zeros of the Gram matrix come out at its rounding level, above or below the cut
            let modes = x.eigenvalues.len().min(y.eigenvalues.len());
            let lost = x.eigenvalues.iter().chain(&y.eigenvalues).skip(modes).filter(|l| **l < 1e-12).count();
            assert!(x.eigenvalues.len().abs_diff(y.eigenvalues.len()) <= lost + modes, "{points} {count}");
            for k in 0..modes {
                let top = x.eigenvalues[0];
                assert!(
                    (x.eigenvalues[k] - y.eigenvalues[k]).abs() < 1e-13 * top * points as f64,
                    "{points} {count} {k}"
                );
            }
            let total: f64 = x.target_power.iter().sum::<f64>() + x.floor;
            let mean = |j: usize| targets.iter().skip(j).step_by(2).sum::<f64>() / points as f64;
            let centred = if centring == Centring::None { 0.0 } else { mean(0).powi(2) + mean(1).powi(2) };
            let square = targets.iter().map(|y| y * y).sum::<f64>() / points as f64 - centred;
            assert!((total - square).abs() < 1e-12, "{total} {square}");
            let outputs: f64 = x.power_of_outputs.iter().flatten().sum();
            assert!((outputs - x.target_power.iter().sum::<f64>()).abs() < 1e-12);
        }
    }
}

/// A singular value far below the rounding level of the Gram matrix is kept by the features.
#[test]
fn ill_conditioned_features_keep_their_small_modes() {
    let (points, small) = (50, 1e-10);
    let raw = random(points * 2, 5);
    let features: Vec<f64> = raw.chunks(2).flat_map(|x| [x[0], small * x[1]]).collect();
    let measured = feature_spectrum(&features, points, &random(points, 6), Centring::None).unwrap();
    assert_eq!(measured.eigenvalues.len(), 2);
    let [(xx, xy, yy)] =
        [raw.chunks(2).fold((0.0, 0.0, 0.0), |s, x| (s.0 + x[0] * x[0], s.1 + x[0] * x[1], s.2 + x[1] * x[1]))];
    let expected = small * small * (yy - xy * xy / xx) / points as f64;
    // known to the rounding of the largest singular value, 1e-16 / 1e-10, twice
    assert!((measured.eigenvalues[1] / expected - 1.0).abs() < 1e-5, "{:?} {expected:e}", measured.eigenvalues);
    let squared = gram_spectrum(&gram(&features, points), points, &random(points, 6), Centring::None).unwrap();
    assert_eq!(squared.eigenvalues.len(), 1);
}

/// Hilbert matrices: Gram matrices of the powers of a uniform variable, with known determinants and no digit to spare.
#[test]
fn ill_conditioned_gram_matrices() {
    let hilbert = |n: usize| (0..n * n).map(|k| 1.0 / (k / n + k % n + 1) as f64).collect::<Vec<f64>>();
    let spectrum = |n: usize, targets: &[f64]| gram_spectrum(&hilbert(n), n, targets, Centring::None).unwrap();
    // condition 1.5e7: eigenvalues are known to rounding of the largest, and their product to that times the condition
    let six = spectrum(6, &[1.0; 6]);
    let determinant: f64 = six.eigenvalues.iter().map(|l| 6.0 * l).product();
    assert!((determinant * 186_313_420_339_200_000.0 - 1.0).abs() < 1.5e7 * 1e-15, "{determinant:e}");
    // beyond condition 1e16 what is left of a mode is rounding, of either sign: no mode, and not an error
    for n in [12, 20, 60] {
        let targets = random(n, 12);
        let measured = spectrum(n, &targets);
        assert_eq!(measured.eigenvalues.len() + measured.removed, n);
        assert!(measured.removed > 0 && measured.eigenvalues.iter().all(|l| *l > 0.0), "{n}");
        let trace: f64 = (0..n).map(|i| 1.0 / (2 * i + 1) as f64).sum::<f64>() / n as f64;
        assert!((measured.eigenvalues.iter().sum::<f64>() / trace - 1.0).abs() < 1e-14 * n as f64, "{n}");
        let square = targets.iter().map(|y| y * y).sum::<f64>() / n as f64;
        let found = measured.target_power.iter().sum::<f64>() + measured.floor;
        assert!((found - square).abs() < 1e-14 * n as f64, "{n}");
        // ... and it can be learned
        let model = Model::new(&measured.spectrum().unwrap()).with_samples(5.0).unwrap();
        let loss = model.ridge_regression(&[0.0, 1e-3]).unwrap().test_loss();
        assert!(loss.iter().all(|loss| *loss >= measured.floor && *loss < 1e3 * square), "{loss:?}");
    }
}

/// Five features of forty points: five modes, and in the floor what is not in their span.
#[test]
fn gram_matrices_of_low_rank() {
    let (points, rank) = (40, 5);
    let features = random(points * rank, 13);
    let inside: Vec<f64> = features.chunks(rank).map(|x| x[0] - 2.0 * x[3]).collect();
    let measured = gram_spectrum(&gram(&features, points), points, &inside, Centring::None).unwrap();
    assert_eq!((measured.eigenvalues.len(), measured.removed), (rank, points - rank));
    // roundings of forty squares
    assert!(measured.floor.abs() < 1e-13, "{:e}", measured.floor);
    let constant = gram_spectrum(&gram(&features, points), points, &[1.0; 40], Centring::None).unwrap();
    let learned: f64 = constant.target_power.iter().sum();
    assert!(constant.floor > 0.5 && (learned + constant.floor - 1.0).abs() < 1e-13, "{}", constant.floor);
}

#[test]
fn degenerate_data() {
    // every row twice: half of the modes are none
    let features = random(30 * 40, 7);
    let twice = [&features[..], &features[..]].concat();
    let targets = random(60, 8);
    let measured = gram_spectrum(&gram(&twice, 60), 60, &targets, Centring::None).unwrap();
    assert_eq!((measured.eigenvalues.len(), measured.removed), (30, 30));
    // labels of equal points differ: half of the square of the difference cannot be learned
    let outside: f64 = (0..30).map(|i| (targets[i] - targets[30 + i]).powi(2) / 2.0).sum::<f64>() / 60.0;
    assert!((measured.floor - outside).abs() < 1e-12);

    // a constant target less its mean is nothing
    let constant = gram_spectrum(&gram(&features, 30), 30, &[3.0; 30], Centring::All).unwrap();
    assert!(constant.target_power.iter().sum::<f64>() < 1e-25 && constant.floor <= 0.0);
    // ... and not centred it is all there is
    let constant = gram_spectrum(&gram(&features, 30), 30, &[3.0; 30], Centring::None).unwrap();
    assert!((constant.target_power.iter().sum::<f64>() - 9.0).abs() < 1e-10);
}

#[test]
fn held_out_power_is_free_of_noise() {
    let (points, count) = (800, 8);
    let features = random(points * count, 9);
    let signal: Vec<f64> = features.chunks(count).map(|x| x[0] + 0.5 * x[1]).collect();
    let noisy: Vec<f64> = signal.iter().zip(random(points, 10)).map(|(y, e)| y + 1.5 * e).collect();
    let kernel: Vec<f64> = gram(&features, points).iter().map(|u| (u / 2.0).exp()).collect();
    let own = gram_spectrum(&kernel, points, &noisy, Centring::None).unwrap();
    let held_out = held_out_power(&kernel, points, &noisy, Centring::None).unwrap();
    // variances of the signal and of uniform noise
    let (signal, noise) = (1.25 / 3.0, 2.25 / 3.0);
    let explained: f64 = own.target_power.iter().sum();
    assert!((explained + own.floor) / (signal + noise) > 0.9 && own.floor < 1e-3, "{explained} {}", own.floor);
    let leading = 100;
    let found: f64 = held_out.target_power[..leading].iter().sum();
    let error = held_out.errors[..leading].iter().map(|e| e * e).sum::<f64>().sqrt();
    // a hundredth of the signal is beyond the leading modes
    assert!((found - signal).abs() < 4.0 * error + 0.01 * signal, "{found} +- {error}, {signal}");
}

/// Standard errors of held-out power are those of independent data sets, and of the same targets in several columns.
#[test]
fn errors_of_held_out_power_hold() {
    let (points, repeats, power) = (300, 400, 4.0 / 3.0);
    let (mut inside, mut squares) = (0, 0.0);
    for seed in 0..repeats {
        let x = random(points, 1000 + 2 * seed);
        let noise = random(points, 1001 + 2 * seed);
        let y: Vec<f64> = x.iter().zip(&noise).map(|(x, e)| 2.0 * x + 1.5 * e).collect();
        let one = feature_held_out_power(&x, points, &y, Centring::None).unwrap();
        let deviation = (one.target_power[0] - power) / one.errors[0];
        inside += i32::from(deviation.abs() < 2.0);
        squares += deviation * deviation / f64::from(repeats as u32);
        if seed == 0 {
            let three: Vec<f64> = y.iter().flat_map(|y| [*y; 3]).collect();
            let three = feature_held_out_power(&x, points, &three, Centring::None).unwrap();
            assert!((three.target_power[0] / one.target_power[0] - 3.0).abs() < 1e-12);
            assert!((three.errors[0] / one.errors[0] - 3.0).abs() < 1e-12);
        }
    }
    // 95.4 per cent of 400 are 382 +- 4, and the mean square of as many normal deviates is 1 +- 0.07: three times that
    assert!(inside >= 370 && (0.79..1.21).contains(&squares), "{inside} within 2 errors, {squares}");
}

/// A smooth function with a jump and noise on a circle: what other points do not confirm is in the floor, whatever the
/// kernel, and modes at the level of rounding do not count.
#[test]
fn held_out_power_of_a_noisy_function() {
    let points = 600;
    let angles: Vec<f64> = random(points, 5).iter().map(|x| std::f64::consts::PI * x).collect();
    let x: Vec<f64> = angles.iter().flat_map(|angle| [angle.cos(), angle.sin()]).collect();
    // uniform noise of variance 0.09
    let noise = random(points, 6).into_iter().map(|e| 0.27_f64.sqrt() * e);
    let y: Vec<f64> = angles.iter().zip(noise).map(|(t, e)| (3.0 * t).cos() + 0.5 * t.sin().signum() + e).collect();
    let relu = Kernel::nngp(Activation::Relu, 1, 2).unwrap();
    let biased = relu.clone().with_variances(1.0, 0.1).unwrap();
    let power = |kernel: &Kernel| held_out_power(&kernel.gram(&x).unwrap(), points, &y, Centring::None).unwrap();
    for kernel in [biased, Kernel::laplace(1.0, 2).unwrap(), Kernel::gaussian(0.5, 2).unwrap()] {
        let power = power(&kernel);
        // noise of 0.09, and some hundredths that 300 points cannot tell from it
        let error = power.errors[..power.confirmed].iter().map(|e| e * e).sum::<f64>().sqrt();
        assert!((power.floor() - 0.11).abs() < 0.02 + 3.0 * error, "{kernel:?}: {} +- {error}", power.floor());
        assert!(error < 0.1 && power.confirmed < 100);
        assert!((power.spectrum().unwrap().total_power() / power.mean_square - 1.0).abs() < 1e-12);
    }
    // odd harmonics from the third on, 1/2 of the mean square, are no functions of this kernel
    assert!(power(&relu).floor() > 0.5, "{}", power(&relu).floor());
}

/// Power and floor add up to the mean square of the targets, also where there is nothing to be learned.
#[test]
fn held_out_power_and_floor_add_up() {
    let points = 60;
    for seed in 0..20 {
        let (x, y) = (random(3 * points, 50 + seed), random(points, 80 + seed));
        let power = feature_held_out_power(&x, points, &y, Centring::None).unwrap();
        let spectrum = power.spectrum().unwrap();
        let mean_square = y.iter().map(|y| y * y).sum::<f64>() / points as f64;
        assert!((spectrum.total_power() / mean_square - 1.0).abs() < 1e-12, "{} {mean_square}", spectrum.total_power());
    }
}

#[test]
fn what_is_no_kernel_is_refused() {
    let told = |matrix: &[f64], points: usize, targets: &[f64]| {
        gram_spectrum(matrix, points, targets, Centring::None).unwrap_err().to_string()
    };
    let indefinite: Vec<f64> = (0..16).map(|at| if at % 5 == 0 { -1.0 } else { 0.0 }).collect();
    assert!(told(&indefinite, 4, &[1.0; 4]).contains("no kernel has negative ones"));
    let held_out = held_out_power(&indefinite, 4, &[1.0; 4], Centring::None).unwrap_err();
    assert!(held_out.to_string().contains("no kernel has negative ones"), "{held_out}");
    // a half with a single different point has no errors
    let copies: Vec<f64> = (0..16).map(|at| if (at / 4 > 0) == (at % 4 > 0) { 1.0 } else { 0.3 }).collect();
    let held_out = held_out_power(&copies, 4, &[1.0; 4], Centring::None).unwrap_err();
    assert!(held_out.to_string().contains("copies of one another"), "{held_out}");
    assert!(told(&[1.0], 1, &[1e200]).contains("at most 1e70"));
    assert!(
        told(&[1.0, 0.5, 0.2, 1.0], 2, &[1.0, 1.0]).contains("not symmetric: entries [1][0] = 2e-1 and [0][1] = 5e-1")
    );
    assert!(told(&[1.0, 2.0, 2.0, 1.0], 2, &[1.0, 1.0]).contains("eigenvalue -1e0"));
    assert!(told(&[1.0, 2.0, 2.0], 2, &[1.0, 1.0]).contains("2 x 2"));
    assert!(told(&[1.0, f64::NAN, 2.0, 1.0], 2, &[1.0, 1.0]).contains("Gram matrix[1] is NaN"));
    assert!(told(&[1.0, 0.0, 0.0, 1.0], 2, &[1.0, f64::INFINITY]).contains("targets[1]"));
    assert!(told(&[1.0, 0.0, 0.0, 1.0], 2, &[1.0, 2.0, 3.0]).contains("targets has 3 entries but points has 2"));
    assert!(told(&[], 0, &[]).contains("empty"));
    assert!(feature_spectrum(&[1.0, 2.0, 3.0], 2, &[1.0, 2.0], Centring::None).is_err());
    // what has half of its points held out is checked all the same
    let skew: Vec<f64> = (0..16).map(|k| if k == 1 { 0.5 } else { f64::from(k % 5 == 0) }).collect();
    let told = held_out_power(&skew, 4, &[1.0; 4], Centring::None).unwrap_err().to_string();
    assert!(told.contains("not symmetric"), "{told}");
    assert!(held_out_power(&[1.0; 9], 3, &[1.0; 3], Centring::None).is_err());
    // nothing at all has no modes, and its spectrum is refused where it is to be learned
    let nothing = gram_spectrum(&[0.0; 4], 2, &[1.0, 1.0], Centring::None).unwrap();
    assert!(nothing.eigenvalues.is_empty() && nothing.spectrum().is_err());
}

/// Independent numbers of the normal distribution, by the transformation of Box and Muller.
fn normal(count: usize, rng: &mut Xoshiro256PlusPlus) -> Vec<f64> {
    let pair = |rng: &mut Xoshiro256PlusPlus| {
        let (u, v): (f64, f64) = (rng.random_range(0.0..1.0), rng.random_range(0.0..std::f64::consts::TAU));
        let r = (-2.0 * (1.0 - u).ln()).sqrt();
        [r * v.cos(), r * v.sin()]
    };
    (0..count.div_ceil(2)).flat_map(|_| pair(rng)).take(count).collect()
}

/// Eigenvalues of the sample covariance of Gaussian points in twice as many dimensions, of which as many as the command
/// line fits to.
fn sampled(points: usize, rng: &mut Xoshiro256PlusPlus, law: impl Fn(f64) -> f64) -> Vec<f64> {
    let dimensions = 2 * points;
    let deviations: Vec<f64> = (1..=dimensions).map(|k| law(k as f64).sqrt()).collect();
    let numbers = normal(points * dimensions, rng);
    let features: Vec<f64> = numbers.iter().enumerate().map(|(i, x)| x * deviations[i % dimensions]).collect();
    let mut eigenvalues = feature_spectrum(&features, points, &vec![0.0; points], Centring::None).unwrap().eigenvalues;
    eigenvalues.truncate((points / 10).max(20));
    eigenvalues
}

/// How many of so many random laws are accepted, and how many of those are within one and two errors of the truth.
fn accepted(laws: usize, mut draw: impl FnMut() -> (f64, spectralaw::Result<ExponentFit>)) -> [usize; 3] {
    let mut counts = [0; 3];
    for _ in 0..laws {
        if let (exponent, Ok(fit)) = draw() {
            let deviation = (fit.best.exponent - exponent).abs() / fit.best.error;
            counts[0] += 1;
            counts[1] += usize::from(deviation < 1.0);
            counts[2] += usize::from(deviation < 2.0);
        }
    }
    counts
}

/// Power laws from 1.05 to 2.5 with the noise of finitely many points are accepted, and errors hold: fewer than 95 per
/// cent of 400 within two of them, by as much as two deviations of the binomial distribution and what the bias of
/// samples adds, would be 90.
#[track_caller]
fn accepts_sampled_laws(laws: usize, points: &[usize]) {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut turn = 0;
    let counts = accepted(laws, || {
        turn += 1;
        let b: f64 = rng.random_range(1.05..2.5);
        (b, eigenvalue_exponent(&sampled(points[turn % points.len()], &mut rng, |k| k.powf(-b))))
    });
    println!("{counts:?} of {laws}");
    assert!(counts[0] as f64 >= 0.95 * laws as f64, "{counts:?} accepted, within one and two errors");
    assert!(counts[1] as f64 >= 0.65 * counts[0] as f64 && counts[2] as f64 >= 0.9 * counts[0] as f64, "{counts:?}");
}

#[test]
fn sampled_power_laws_are_accepted() {
    accepts_sampled_laws(400, &[50, 70, 100, 140, 200]);
}

#[test]
#[ignore = "minutes: cargo test --test spectra -- --ignored"]
fn large_sampled_power_laws_are_accepted() {
    accepts_sampled_laws(40, &[500, 1000, 2000]);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
    let best = eigenvalue_exponent(&sampled(5000, &mut rng, |k| k.powf(-1.3))).unwrap().best;
    assert!((best.exponent - 1.3).abs() < 3.0 * best.error, "{best:?}");
}

/// Power of random coefficients.
#[test]
fn fluctuating_power_laws_are_accepted() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
    let mut turn = 0;
    let counts = accepted(200, || {
        turn += 1;
        let (modes, a): (usize, f64) = ([20, 50, 100, 200, 400][turn % 5], rng.random_range(1.05..2.5));
        let coefficients = normal(modes, &mut rng);
        let power: Vec<f64> = (1..=modes).zip(coefficients).map(|(k, c)| c * c * (k as f64).powf(-a)).collect();
        let eigenvalues: Vec<f64> = (1..=modes).map(|k| 1.0 / k as f64).collect();
        (a, power_exponent(&eigenvalues, &power))
    });
    println!("{counts:?} of 200");
    assert!(counts[0] >= 190 && counts[1] * 100 >= 65 * counts[0] && counts[2] * 100 >= 90 * counts[0], "{counts:?}");
}

/// What bends is refused, or its window is within one slope, also with the noise of samples.
#[test]
fn what_bends_is_no_law_of_samples() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
    for points in [200, 300] {
        let eigenvalues = sampled(points, &mut rng, |k| (-k / 10.0).exp());
        assert!(matches!(eigenvalue_exponent(&eigenvalues), Err(Error::NoPowerLaw { .. })), "{points}");
        let s_shape = |k: f64| k.powf(-3.0) * (k / 4.0).max(1.0).powf(2.5) * (k / 10.0).max(1.0).powf(-2.5);
        let fit = eigenvalue_exponent(&sampled(points, &mut rng, s_shape));
        assert!(matches!(fit, Err(Error::NoPowerLaw { .. })), "{points}: {fit:?}");
    }
}

/// Slopes of image spectra: 1.2 over the first hundred modes, 1.8 beyond, 9 at the end. The window is within one of
/// them, and the bends are named; where one turns smoothly into the other, too.
#[test]
fn windows_of_three_slopes_are_within_one() {
    let modes = || (1..=6500).map(f64::from);
    for smoothness in [f64::INFINITY, 4.0, 2.0] {
        let bend = |k: f64, at: f64, change: f64| {
            if smoothness.is_finite() {
                -change / smoothness * (k / at).powf(smoothness).ln_1p()
            } else {
                -change * (k / at).max(1.0).ln()
            }
        };
        let image = |k: f64| (-1.2 * k.ln() + bend(k, 100.0, 0.6) + bend(k, 5000.0, 7.2)).exp();
        let values: Vec<f64> = modes().map(image).collect();
        let descending: Vec<f64> = modes().map(|k| 1.0 / k).collect();
        for fit in [eigenvalue_exponent(&values), power_exponent(&descending, &values)] {
            let fit = fit.unwrap();
            let (best, slope) = (fit.best, if fit.best.last < 200 { 1.2 } else { 1.8 });
            assert!((best.exponent - slope).abs() < 0.05 * slope, "{best:?}");
            assert!(fit.bends.len() > 1 && fit.bends[fit.bends.len() - 1].after > 3.0, "{:?}", fit.bends);
        }
    }
}

/// A random search: laws of up to four slopes, sharp and smooth, and curves. Within an accepted window the exponent is
/// that of every quarter of it; where all is refused, there are bends.
#[test]
fn accepted_windows_are_straight() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(4);
    let mut refused = 0;
    let count = 120;
    for _ in 0..count {
        let modes: f64 = f64::exp(rng.random_range(4.0..8.0)).round();
        let places: Vec<f64> = (0..rng.random_range(0..4)).map(|_| modes.powf(rng.random_range(0.1..0.9))).collect();
        let slopes: Vec<f64> = (0..=places.len()).map(|_| rng.random_range(0.1..3.0)).collect();
        let smoothness = f64::exp(rng.random_range(0.0..3.0));
        let (curvature, cutoff) = ([0.0, 0.0, 0.3][rng.random_range(0..3)], [0.0, 0.0, 3.0][rng.random_range(0..3)]);
        let mut ordered = places.clone();
        ordered.sort_by(f64::total_cmp);
        let logarithm = |k: f64| {
            let change =
                |(at, pair): (&f64, &[f64])| (pair[1] - pair[0]) / smoothness * (k / at).powf(smoothness).ln_1p();
            let bends: f64 = ordered.iter().zip(slopes.windows(2)).map(change).sum();
            -slopes[0] * k.ln() - bends - curvature * k.ln().powi(2) - cutoff * (k / modes).powi(3)
        };
        let values: Vec<f64> = (1..=modes as u32).map(|k| logarithm(f64::from(k)).exp()).collect();
        match eigenvalue_exponent(&values) {
            Ok(fit) => {
                let best = fit.best;
                let quarter =
                    |i: i32| best.first as f64 * (best.last as f64 / best.first as f64).powf(f64::from(i) / 4.0);
                for i in 0..4 {
                    let [from, to] = [quarter(i), quarter(i + 1)];
                    let slope = -(logarithm(to) - logarithm(from)) / (to / from).ln();
                    // tolerances are of a factor of two, and a quarter may be shorter; short curves have some scatter
                    let allowed = f64::max(0.1 * best.exponent, 2.0 * best.tolerance);
                    let ratio = (slope - best.exponent).abs() / allowed;
                    assert!(ratio < 1.0, "{ratio}, {best:?}: {slope} from {from}, {ordered:?} {slopes:?} {smoothness}");
                }
            }
            Err(Error::NoPowerLaw { bends, .. }) => {
                refused += 1;
                let is_bend = |bend: &Bend| bend.mode > 1 && (bend.mode as f64) < modes && bend.before.is_finite();
                assert!(!bends.is_empty() && bends.len() <= 4 && bends.iter().all(is_bend), "{bends:?}");
            }
            Err(other) => unreachable!("{other}"),
        }
    }
    assert!((count / 5..count).contains(&refused), "{refused} refused");
}
