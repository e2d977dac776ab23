//! Matrices that were stored or computed in fewer digits than doubles have: losses are those of the exact matrices, as
//! far as the digits go.

use num_complex::Complex64;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use spectralaw::data::{
    Centring, MeasuredSpectrum, Preparation, Stored, copies_in_gram, copies_of_points, feature_eigenvalues,
    feature_spectrum, gram_eigenvalues, gram_spectrum, halves,
};
use spectralaw::{Model, Spectrum};

/// How a matrix comes to be one of few digits.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Rounded {
    /// Rounded to 4 bytes once.
    Stored,
    /// Products of features of 4 bytes, summed in 4 bytes.
    Computed,
    /// Rounded to 2 bytes.
    Half,
    /// Printed with so many decimals.
    Text(i32),
}

struct Case {
    points: usize,
    exact: Vec<f64>,
    rounded: Vec<f64>,
    stored: Stored,
    targets: Vec<f64>,
    words: String,
}

/// The number of 2 bytes next to another.
fn half(x: f64) -> f64 {
    let spacing = 2_f64.powi((x.abs().log2().floor() as i32).max(-14) - 10);
    if x == 0.0 { 0.0 } else { (x / spacing).round_ties_even() * spacing }
}

/// A Gram matrix of some rank and condition, its modes a power law, an exponential or a step, exact and rounded.
fn case(rng: &mut Xoshiro256PlusPlus, points: usize, rank: usize, condition: f64, rounded: Rounded) -> Case {
    let law = rng.random_range(0..3);
    let x = |k: usize| (k as f64) / (rank as f64 - 1.0).max(1.0);
    let eigenvalue = |k: usize| match law {
        0 => ((k + 1) as f64).powf(-condition.ln() / (rank as f64).ln().max(1.0)),
        1 => condition.powf(-x(k)),
        _ => {
            if k < rank / 2 {
                1.0
            } else {
                condition.recip()
            }
        }
    };
    let scale = 10_f64.powf(rng.random_range(-3.0..3.0));
    let weights: Vec<f64> = (0..rank).map(|k| (scale * eigenvalue(k)).sqrt()).collect();
    // rows of features; coordinates as they come, so that the matrix has no particular eigenvectors
    let rows: Vec<Vec<f64>> = (0..points)
        .map(|_| {
            let own = weights.iter().map(|w| w * (0..4).map(|_| rng.random_range(-1.0..1.0)).sum::<f64>());
            own.collect()
        })
        .collect();
    let rows: Vec<Vec<f64>> = match rounded {
        Rounded::Computed => {
            rows.into_iter().map(|row| row.into_iter().map(|x| f64::from(x as f32)).collect()).collect()
        }
        _ => rows,
    };
    let product = |i: usize, j: usize| rows[i].iter().zip(&rows[j]).map(|(x, y)| x * y).sum::<f64>();
    let short = |i: usize, j: usize| {
        f64::from(rows[i].iter().zip(&rows[j]).fold(0.0_f32, |sum, (x, y)| sum + (*x as f32) * (*y as f32)))
    };
    let mut exact = vec![0.0; points * points];
    let mut few = vec![0.0; points * points];
    for i in 0..points {
        for j in 0..=i {
            let x = product(i, j);
            let y = match rounded {
                Rounded::Stored => f64::from(x as f32),
                Rounded::Computed => short(i, j),
                Rounded::Half => half(x),
                Rounded::Text(decimals) => format!("{x:.*}", decimals as usize).parse().unwrap(),
            };
            for at in [i * points + j, j * points + i] {
                (exact[at], few[at]) = (x, y);
            }
        }
    }
    let stored = match rounded {
        Rounded::Stored | Rounded::Computed => Stored::Float32,
        Rounded::Half => Stored::Float16,
        Rounded::Text(decimals) => Stored::Text { decimals, digits: 15 },
    };
    // a target on all modes, and noise
    let power = rng.random_range(0.0..2.0);
    let coefficients: Vec<f64> =
        (0..rank).map(|k| rng.random_range(-1.0..1.0) * ((k + 1) as f64).powf(-0.5 * power) / weights[k]).collect();
    let noise = if rng.random_range(0..2) == 0 { 0.0 } else { 0.1 };
    let targets = rows.iter().map(|row| {
        let signal: f64 = row.iter().zip(&coefficients).map(|(x, c)| x * c).sum();
        signal + noise * rng.random_range(-1.0..1.0)
    });
    let targets = targets.collect();
    let words =
        format!("{points} points, rank {rank}, condition {condition:.1e}, law {law}, {rounded:?}, scale {scale:.1e}");
    Case { points, exact, rounded: few, stored, targets, words }
}

fn measure(case: &Case) -> (MeasuredSpectrum, MeasuredSpectrum) {
    let of = |gram: &[f64], stored: Option<Stored>| {
        gram_spectrum(gram, case.points, &case.targets, Preparation { centring: Centring::None, stored }).unwrap()
    };
    (of(&case.exact, None), of(&case.rounded, Some(case.stored)))
}

/// The shift of an eigenvalue, and of the renormalised ridge by modes that are left out, is of the size of noise:
/// relative to the renormalised ridge, or to the smallest mode where all of them are known, and amplified as losses are
/// next to a peak of double descent. What is in the span of all modes alone is learned but for the square of the angle
/// by which that turns.
fn compare(case: &Case, outcomes: &mut [usize; 2]) {
    let (exact, few) = measure(case);
    let (points, level) = (case.points as f64, few.noise.level);
    let total: f64 = few.target_power.iter().sum::<f64>() + few.floor;
    assert!((exact.target_power.iter().sum::<f64>() + exact.floor - total).abs() < 1e-9 * total, "{}", case.words);
    assert!(few.removed_power <= few.floor && few.noise.stored == case.stored, "{}", case.words);
    let (Ok(x), Ok(y)) = (exact.spectrum(), few.spectrum()) else { return };
    let all_are_known = exact.eigenvalues.len() == few.eigenvalues.len();
    let smallest = few.eigenvalues.last().copied().filter(|_| all_are_known).unwrap_or(0.0);
    for samples in [points / 10.0, points / 2.0, points * 2.0] {
        for ridge in [0.0, 1e-6, 1e-3].map(|share| share * x.trace()) {
            let (x, y) = (Model::new(&x).with_samples(samples).unwrap(), Model::new(&y).with_samples(samples).unwrap());
            let resolvent = x.resolvent(Complex64::from(ridge)).unwrap();
            let condition = (1.0 - resolvent.df2().re / samples).recip();
            let bound = level * (points / samples + 1.0) / resolvent.kappa().re.max(smallest) * condition;
            let is_bounded = (0.0..0.3).contains(&bound);
            outcomes[usize::from(is_bounded)] += 1;
            if is_bounded {
                let loss = |model: &Model| model.ridge_regression(&[ridge]).unwrap().test_loss()[0];
                let (x, y) = (loss(&x), loss(&y));
                let allowed = bound * x + bound * bound * total + 1e-12 * total;
                assert!(
                    (x - y).abs() < allowed,
                    "{}, {samples} samples, ridge {ridge:e}: {x} {y}, {allowed:e}",
                    case.words
                );
            }
        }
    }
}

/// Cases by their number.
fn random_case(rng: &mut Xoshiro256PlusPlus, trial: usize, sizes: &[usize]) -> Case {
    let points = sizes[trial % sizes.len()];
    let rank = [3, 10, 30, 100, 300][trial / sizes.len() % 5];
    let condition = 10_f64.powf(rng.random_range(0.0..12.0));
    let rounded = [Rounded::Stored, Rounded::Computed, Rounded::Half, Rounded::Text(5)][trial % 4];
    case(rng, points, rank, condition, rounded)
}

#[test]
fn losses_are_those_of_exact_matrices() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut outcomes = [0, 0];
    for trial in 0..60 {
        compare(&random_case(&mut rng, trial, &[40, 100, 300]), &mut outcomes);
    }
    compare(&case(&mut rng, 1000, 30, 1e8, Rounded::Computed), &mut outcomes);
    // the others are about noise
    assert!(outcomes[1] > 2 * outcomes[0], "{outcomes:?}");
}

#[test]
#[ignore = "minutes"]
fn losses_are_those_of_many_exact_matrices() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
    let mut outcomes = [0, 0];
    for trial in 0..400 {
        compare(&random_case(&mut rng, trial, &[20, 60, 150, 400, 1000]), &mut outcomes);
    }
    println!("{outcomes:?}");
}

/// Rounding is no mode, whichever way it came in: rank and loss are those of the exact matrix.
#[test]
fn low_ranks_are_found() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
    for trial in 0..60 {
        let (points, rank) = (rng.random_range(30..250), rng.random_range(1..20));
        let rounded = [Rounded::Stored, Rounded::Computed, Rounded::Half][trial % 3];
        // of an exponential or a step between 1 and 1/10
        let case = case(&mut rng, points, rank, 10.0, rounded);
        let (exact, few) = measure(&case);
        assert_eq!((exact.eigenvalues.len(), few.eigenvalues.len()), (rank, rank), "{}", case.words);
        // what is said of them need not be said, but for the decimals of text
        let own = gram_spectrum(&case.rounded, points, &case.targets, Centring::None).unwrap();
        assert_eq!((own.eigenvalues.len(), own.noise.stored), (rank, case.stored), "{}", case.words);
        let alone = gram_eigenvalues(&case.rounded, points, Centring::None.of(case.stored)).unwrap();
        assert_eq!(alone.eigenvalues.len(), rank);
    }
}

#[test]
fn features_of_few_digits_have_their_rank() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(4);
    for trial in 0..60 {
        let (points, count, rank) = (rng.random_range(30..300), rng.random_range(20..200), rng.random_range(1..15));
        let mut random = |count: usize| (0..count).map(|_| rng.random_range(-1.0..1.0_f64)).collect::<Vec<f64>>();
        let (inputs, mixing) = (random(points * rank), random(rank * count));
        let (inputs, mixing) = (&inputs, &mixing);
        let sum = |i: usize, j: usize| (0..rank).map(move |k| inputs[i * rank + k] * mixing[k * count + j]);
        let exact = |k: usize| sum(k / count, k % count).sum::<f64>();
        let short = |k: usize| f64::from(sum(k / count, k % count).fold(0.0_f32, |sum, x| sum + x as f32));
        let feature = |k: usize| match trial % 4 {
            0 => f64::from(exact(k) as f32),
            1 => short(k),
            2 => half(exact(k)),
            _ => (exact(k) * 1e6).round() / 1e6,
        };
        let features: Vec<f64> = (0..points * count).map(feature).collect();
        let text = Preparation { stored: Some(Stored::Text { decimals: 6, digits: 7 }), ..Preparation::default() };
        let prepared = if trial % 4 == 3 { text } else { Preparation::default() };
        let targets = inputs.iter().step_by(rank).copied().collect::<Vec<f64>>();
        let found = feature_spectrum(&features, points, &targets, prepared).unwrap();
        assert_eq!(
            found.eigenvalues.len(),
            rank.min(points).min(count),
            "{trial}: {points} {count} {rank} {:?}",
            found.noise
        );
        // the angle by which rounding turns the span, squared
        assert!(found.floor < 1e-3, "{:e}", found.floor);
        let alone = feature_eigenvalues(&features, points, prepared).unwrap();
        assert_eq!((alone.eigenvalues.len(), alone.removed), (found.eigenvalues.len(), found.removed));
    }
}

/// Tiles that are computed on their own differ in the last bits; the symmetric part is taken.
#[test]
fn asymmetry_by_rounding_is_no_problem() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
    let mut case = case(&mut rng, 60, 5, 10.0, Rounded::Stored);
    for i in 0..60 {
        for j in 0..i {
            case.rounded[i * 60 + j] *= 1.0 + f64::from(f32::EPSILON) * f64::from((i * j % 3) as u32);
            case.rounded[i * 60 + j] = f64::from(case.rounded[i * 60 + j] as f32);
        }
    }
    let (exact, few) = measure(&case);
    assert!(few.noise.asymmetry > 1e-8 && few.noise.asymmetry < 1e-6, "{:?}", few.noise);
    assert_eq!(few.eigenvalues.len(), 5);
    assert!((few.eigenvalues[0] / exact.eigenvalues[0] - 1.0).abs() < 1e-6);
    // ten thousand times as much is no rounding
    case.rounded[60] *= 1.01;
    let refused = gram_spectrum(&case.rounded, 60, &case.targets, Centring::None).unwrap_err().to_string();
    assert!(refused.contains("not symmetric: entries [1][0]"), "{refused}");
}

/// What has negative eigenvalues is no kernel, in whichever type.
#[test]
fn indefinite_matrices_are_refused() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(6);
    for trial in 0..40 {
        let points = rng.random_range(20..150);
        let x: Vec<f64> = (0..points).map(|_| rng.random_range(-2.0..2.0)).collect();
        // the sigmoid that is no kernel, and a kernel less a constant
        let entry = |k: usize| {
            let (x, y) = (x[k / points], x[k % points]);
            if trial % 2 == 0 { (x * y - 0.5).tanh() } else { (-(x - y).powi(2)).exp() - 0.6 }
        };
        let gram: Vec<f64> = (0..points * points).map(|k| f64::from(entry(k) as f32)).collect();
        for stored in [None, Some(Stored::Float64), Some(Stored::Float32)] {
            let prepared = Preparation { stored, ..Preparation::default() };
            let refused = gram_eigenvalues(&gram, points, prepared).unwrap_err().to_string();
            assert!(refused.contains("no kernel has negative ones"), "{refused}");
        }
    }
}

/// Lists of eigenvalues are known as exactly as negative ones among them tell.
#[test]
fn noise_in_lists_is_in_the_floor() {
    let spectrum = Spectrum::from_modes(&[-2e-6, 1.0, 3.9e-6, 4.1e-6, 0.0], &[0.1, 0.2, 0.3, 0.4, 0.5]).unwrap();
    let noise = spectrum.noise().unwrap();
    assert_eq!((spectrum.modes(), noise.negative, noise.positive), (2.0, 1.0, 2.0));
    assert!(
        (spectrum.floor() - 0.9).abs() < 1e-15
            && (noise.power - 0.9).abs() < 1e-15
            && (noise.lowest + 2e-6).abs() < 1e-20
    );
    assert!(Spectrum::from_modes(&[1.0, 1e-9], &[1.0, 1.0]).unwrap().noise().is_none());
    for lowest in [-1e-3, -0.5, -2.0, f64::NEG_INFINITY] {
        let refused = Spectrum::from_modes(&[1.0, lowest], &[1.0, 1.0]).unwrap_err().to_string();
        assert!(refused.contains("eigenvalues[1]") && refused.contains("by rounding"), "{refused}");
    }
    assert!(Spectrum::from_modes(&[-1e-9], &[1.0]).is_err());
}

/// Copies whose last bits differ are in the same half.
#[test]
fn near_copies_are_held_out_together() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(7);
    let points = 120;
    let own: Vec<f64> = (0..points / 2 * 6).map(|_| f64::from(rng.random_range(-1.0..1.0_f32))).collect();
    let other = own.iter().map(|x| x * (1.0 + f64::from(f32::EPSILON) * rng.random_range(-1.0..1.0)));
    let features: Vec<f64> = own.iter().copied().chain(other.map(|x| f64::from(x as f32))).collect();
    let same: Vec<usize> = (0..points / 2).chain(0..points / 2).collect();
    assert_eq!(copies_of_points(&features, 6, None).unwrap(), same);
    let row = |i: usize| &features[i * 6..(i + 1) * 6];
    let entry = |k: usize| row(k / points).iter().zip(row(k % points)).map(|(x, y)| x * y).sum::<f64>();
    let gram: Vec<f64> = (0..points * points).map(|k| f64::from(entry(k) as f32)).collect();
    assert_eq!(copies_in_gram(&gram, points, Centring::None).unwrap(), same);
    let [first, second] = halves(&same);
    assert!(first.iter().all(|i| i % (points / 2) % 2 == 0) && second.iter().all(|i| i % (points / 2) % 2 == 1));
}
