//! Single modes: their transfer function in time, the density of their timescales, and the resolvent next to its cut.

use approx::assert_relative_eq;
use num_complex::Complex64;
use spectralaw::spectrum::PowerLaw;
use spectralaw::{Model, Spectrum};

fn model(a: f64, b: f64, modes: f64, width: f64, samples: f64) -> Model {
    let spectrum = PowerLaw::new(a, b).with_modes(modes).spectrum().unwrap();
    Model::new(&spectrum).with_width(width).unwrap().with_samples(samples).unwrap()
}

#[test]
fn modes_add_up_to_the_loss_of_a_wide_sample() {
    // With infinitely many samples the double transform collapses: L(t) = sum_k p_k H_k(2t).
    let (a, b, modes) = (1.6, 1.3, 300);
    let model = model(a, b, f64::from(modes), 40.0, f64::INFINITY);
    for t in [0.01, 1.0, 30.0, 1e4, f64::INFINITY] {
        let loss = model.gradient_flow(&[t]).unwrap().points()[0];
        let sum: f64 = (1..=modes)
            .map(|k| {
                let k = f64::from(k);
                k.powf(-a) * model.transfer_in_time(k.powf(-b), &[2.0 * t]).unwrap()[0]
            })
            .sum();
        // the documented error of a transfer function, and the reported one of the loss
        assert!((sum - loss.test_loss).abs() < (1e-13 + loss.error) * sum, "t {t}: {sum} {}", loss.test_loss);
    }
}

#[test]
fn transfer_is_one_at_first_and_the_ridgeless_filter_at_last() {
    let model = model(1.5, 1.25, f64::INFINITY, 50.0, 80.0);
    let kappa = model.resolvent(Complex64::ZERO).unwrap().kappa().re;
    for eigenvalue in [1.0, 1e-3, 0.0] {
        let h = model.transfer_in_time(eigenvalue, &[0.0, 1e-40, 1e12, f64::INFINITY]).unwrap();
        assert_eq!(h[0], 1.0);
        assert_eq!(h[1], 1.0);
        let filter = if eigenvalue > 0.0 { kappa / (kappa + eigenvalue) } else { 1.0 };
        assert_relative_eq!(h[2], filter, epsilon = 0.0, max_relative = 1e-12);
        assert_relative_eq!(h[3], filter, epsilon = 0.0, max_relative = 1e-14);
    }
    // both sizes infinite: a plain exponential
    let population = Model::new(&Spectrum::power_law(1.5, 1.25).unwrap());
    let h = population.transfer_in_time(0.5, &[2.0]).unwrap()[0];
    // the documented absolute error
    assert!((h - (-1f64).exp()).abs() < 1e-13);
}

#[test]
fn density_of_timescales_integrates_to_the_transfer_function() {
    // the setting of Bordelon et al., figure 8
    let model = model(1.5, 1.2, f64::INFINITY, 50.0, 100.0);
    for k in [1.0f64, 4.0] {
        let eigenvalue = k.powf(-1.2);
        let (low, high, steps) = (1e-5f64.ln(), 4f64.ln(), 600);
        let rates: Vec<f64> =
            (0..=steps).map(|i| (low + (high - low) * f64::from(i) / f64::from(steps)).exp()).collect();
        let density = model.timescale_density(eigenvalue, &rates).unwrap();
        assert!(density.iter().all(|d| *d > -1e-9));
        let remains = model.transfer_in_time(eigenvalue, &[f64::INFINITY]).unwrap()[0];
        for t in [0.0, 0.5, 3.0, 30.0] {
            let step = (high - low) / f64::from(steps);
            let sum: f64 = rates.iter().zip(&density).map(|(u, d)| d * (-u * t).exp() * u * step).sum();
            let exact = model.transfer_in_time(eigenvalue, &[t]).unwrap()[0];
            // trapezoids in ln u: the square-root edges leave an error of order step^1.5, 3e-3 here
            assert!((sum + remains - exact).abs() < 5e-3, "k {k} t {t}: {} {exact}", sum + remains);
        }
    }
}

/// Equation (R) with every mode summed: residual of a solution at `z`, relative to `z`.
fn residual(model: &Model, modes: u32, b: f64, z: Complex64, kappa: Complex64) -> f64 {
    let d: Complex64 = (1..=modes).map(|k| 1.0 / (1.0 + kappa * f64::from(k).powf(b))).sum();
    (kappa * (1.0 - d / model.samples()) * (1.0 - d / model.width()) / z - 1.0).norm()
}

#[test]
fn resolvent_next_to_the_cut_feels_single_modes() {
    let (modes, b) = (3000, 1.25);
    let model = model(1.5, b, f64::from(modes), 1000.0, 5000.0);
    let eigenvalues: Vec<f64> = (1..=modes).map(|k| f64::from(k).powf(-b)).collect();
    let measured = Spectrum::from_modes(&eigenvalues, &eigenvalues).unwrap();
    let measured = Model::new(&measured).with_width(1000.0).unwrap().with_samples(5000.0).unwrap();
    for size in [0.3, 0.01, 1e-3] {
        for angle in [0.7, 0.3, 0.1, 1e-2, 1e-4, 1e-8] {
            let z = size * Complex64::new(-f64::cos(angle), f64::sin(angle));
            let resolvent = model.resolvent(z).unwrap();
            let found = residual(&model, modes, b, z, resolvent.kappa());
            // kappa is good to a few roundings, which the slope of z(kappa), up to 1e3 next to the edges, amplifies
            assert!(found < 1e-11, "|z| {size} angle {angle}: {found:e}");
            // the certificate of the physical branch
            assert!(resolvent.kappa().im > 0.0 && resolvent.kappa().arg() <= z.arg() * (1.0 + 1e-12));
            let other = measured.resolvent(z).unwrap();
            assert!((other.kappa() / resolvent.kappa() - 1.0).norm() < 1e-11, "|z| {size} angle {angle}");
            assert_eq!(model.resolvent(z.conj()).unwrap().kappa(), resolvent.kappa().conj());
        }
    }
}

#[test]
fn bad_requests_are_refused() {
    let finite = model(1.5, 1.25, f64::INFINITY, 50.0, 80.0);
    let population = Model::new(&Spectrum::power_law(1.5, 1.25).unwrap());
    for eigenvalue in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(finite.transfer_in_time(eigenvalue, &[1.0]).is_err());
        assert!(finite.timescale_density(eigenvalue, &[1.0]).is_err());
    }
    assert!(finite.transfer_in_time(1.0, &[-1.0]).is_err());
    assert!(finite.timescale_density(1.0, &[0.0]).is_err());
    assert!(population.timescale_density(1.0, &[1.0]).is_err());
    for z in [Complex64::new(-1.0, 0.0), Complex64::new(f64::NAN, 1.0), Complex64::new(0.0, f64::INFINITY)] {
        assert!(finite.resolvent(z).is_err());
    }
}
