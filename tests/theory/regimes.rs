//! Regimes at points where they are known by construction.

use spectralaw::sensitivity::{Dependence, LimitedBy, Regime};
use spectralaw::{Model, Optimizer, Spectrum};

fn regime(width: f64, samples: f64, noise: f64, time: f64) -> Regime {
    let model = Model::new(&Spectrum::power_law(1.5, 1.25).unwrap())
        .with_width(width)
        .unwrap()
        .with_samples(samples)
        .unwrap()
        .with_noise_variance(noise)
        .unwrap();
    model.regimes(&Optimizer::GradientFlow, &[time]).unwrap()[0]
}

#[test]
fn one_scarce_resource_limits() {
    let cases = [
        // (width, samples, noise, time): far apart by the scales t ~ N^b ~ P^b at which they meet
        ((1e8, 1e8, 0.0, 1e3), LimitedBy::Time, Dependence::VarianceLimited, Dependence::VarianceLimited),
        ((1e2, 1e8, 0.0, 1e14), LimitedBy::Width, Dependence::ResolutionLimited, Dependence::VarianceLimited),
        ((1e8, 1e2, 0.0, 1e14), LimitedBy::Samples, Dependence::VarianceLimited, Dependence::ResolutionLimited),
        ((f64::INFINITY, 1e6, 0.0, 1e2), LimitedBy::Time, Dependence::Infinite, Dependence::VarianceLimited),
        (
            (1e4, f64::INFINITY, 0.0, f64::INFINITY),
            LimitedBy::Width,
            Dependence::ResolutionLimited,
            Dependence::Infinite,
        ),
    ];
    for ((width, samples, noise, time), limited_by, of_width, of_samples) in cases {
        let regime = regime(width, samples, noise, time);
        assert_eq!(regime.limited_by, limited_by, "{regime:?}");
        assert_eq!((regime.width, regime.samples), (of_width, of_samples), "{regime:?}");
    }
}

#[test]
fn fitted_noise_limits() {
    let noisy = regime(f64::INFINITY, 1e3, 1.0, 1e12);
    assert_eq!(noisy.limited_by, LimitedBy::LabelNoise, "{noisy:?}");
    assert!(noisy.noise_share > 0.6);
    // all has been fitted long ago: to rounding of losses that are known to 1e-12, nothing changes any more
    assert!(noisy.time_share.abs() < 1e-9, "{noisy:?}");
    // while it is being fitted, stopping earlier would be better
    let fitting = regime(f64::INFINITY, 1e3, 1.0, 1e4);
    assert!(fitting.time_share < -1e-6, "{fitting:?}");
}

#[test]
fn equal_sizes_are_a_crossover() {
    let equal = regime(1e3, 1.5e3, 0.0, 1e12);
    assert_eq!(equal.limited_by, LimitedBy::Several, "{equal:?}");
}

#[test]
fn evidence_has_the_exponents_of_the_theory() {
    let width = regime(1e5, f64::INFINITY, 0.0, f64::INFINITY);
    // -(a-1), approached as N^-(b - (a-1))
    assert!((width.exponents[1] + 0.5).abs() < 1e-3, "{width:?}");
    let time = regime(f64::INFINITY, 1e12, 0.0, 1e4);
    assert!((time.exponents[0] + 0.4).abs() < 1e-6, "{time:?}");
    assert!((time.samples_excess_exponent + 1.0).abs() < 1e-3, "{time:?}");
}

#[test]
fn late_times_are_no_steps() {
    // long after 1e10, where numbers of steps end and times do not: what a hundred times as long, or training for ever,
    // removes
    let model = Model::new(&Spectrum::power_law(1.3, 1.4).unwrap()).with_samples(1e12).unwrap();
    let model = model.with_noise_variance(5.0).unwrap();
    let loss = |time: f64| model.gradient_flow(&[time]).unwrap().points()[0].test_loss - 5.0;
    for time in [1e8, 9e9, 1e10, 2e10, 1e14, 1e20, 1e28, 1e29] {
        let regime = model.regimes(&Optimizer::GradientFlow, &[time]).unwrap()[0];
        let left = loss((100.0 * time).min(1e30)).min(loss(f64::INFINITY));
        // losses of 5 to 7 are known to 1e-12, what is left of them without the noise is 0.01 and more
        assert!((regime.time_share - (1.0 - left / loss(time))).abs() < 1e-8, "{time:e}: {regime:?}");
    }
    // what is later than the last time, or step, that there is ends there
    let descent = Optimizer::gradient_descent(0.5).unwrap();
    for (optimizer, at) in [(&Optimizer::GradientFlow, 1e30), (&descent, 1e12)] {
        let last = Model::new(&Spectrum::power_law(1.3, 1.1).unwrap()).regimes(optimizer, &[at]).unwrap()[0];
        assert!(last.time_share.is_finite(), "{last:?}");
    }
    // schedules with momentum end earlier
    let schedule = spectralaw::Schedule::step(0.1, 0.5, 1e6).unwrap();
    let ball = Optimizer::heavy_ball(&schedule, 0.5).unwrap();
    let few = Model::new(&Spectrum::from_modes(&[1.0, 0.1], &[1.0, 1.0]).unwrap()).with_samples(10.0).unwrap();
    assert!(few.regimes(&ball, &[5e4]).map_or_else(|error| error.to_string().contains("finite sum"), |_| true));
}
