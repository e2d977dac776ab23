//! Exponents of power laws.

use faer::Mat;
use num_complex::Complex64;
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use spectralaw::frontier::{Cost, Frontier};
use spectralaw::laws::{Allocation, Bottleneck, ScalingLaws, Training};
use spectralaw::spectrum::PowerLaw;
use spectralaw::{Optimizer, Spectrum};

use super::{INF, flow, model, near, page, sized, slope};
use spectralaw_studies::random_features::{Tally, flow_filter, gaussian, in_eigenbasis};

const MODES: f64 = 1500.0;

fn spectrum() -> Spectrum {
    PowerLaw::new(3.0, 1.2).with_modes(MODES).spectrum().unwrap()
}

/// What a random span of features misses of the target: the end of training on infinitely many samples.
fn missed(width: usize, draws: usize) -> Tally {
    let modes = MODES as usize;
    let power = |k: usize, exponent: f64| ((k + 1) as f64).powf(-exponent / 2.0);
    let target = Mat::from_fn(modes, 1, |k, _| power(k, 3.0));
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(14);
    let mut tally = Tally::default();
    for _ in 0..draws {
        let a = gaussian(width, modes, &mut rng);
        let features = Mat::from_fn(modes, width, |k, i| a[(i, k)] * power(k, 1.2));
        let weights = &in_eigenbasis(&features, &target, 1.0, &|s| vec![flow_filter(s, INF)])[0];
        tally.add((&target - features * weights).squared_norm_l2());
    }
    tally
}

/// (14), (128): the width's exponent for a - 1 > b, by a simulation, by the loss and by its bias, which (128)
/// integrates.
#[test]
fn width() {
    let page = page();
    let law = ScalingLaws::new(3.0, 1.2, Training::Flow).unwrap();
    assert_eq!(law.law(Bottleneck::Width).unwrap().monomial().to_string(), "N^-b");
    page.derives("(14)", "N^-b");
    // at the renormalised ridge 1/r, with one and with two filters 1/(1 + k^-b r)
    let sum = |n: f64, filters: i32| -> f64 {
        let kappa = sized(&spectrum(), n, INF).resolvent(Complex64::ZERO).unwrap().kappa().re;
        let mode = |k: f64| k.powf(-3.0) / (1.0 + k.powf(-1.2) / kappa).powi(filters);
        (1..=MODES as u32).map(f64::from).map(mode).sum()
    };
    let widths = [32.0, 128.0];
    let tallies = widths.map(|n| missed(n as usize, if n < 100.0 { 400 } else { 100 }));
    for (n, tally) in widths.iter().zip(&tallies) {
        let (corrected, printed) = (sum(*n, 1), sum(*n, 2));
        println!("N = {n}: {:.3e} +- {:.1e} simulated, {corrected:.3e}, {printed:.3e}", tally.mean(), tally.error());
        let end = flow(&sized(&spectrum(), *n, INF), INF);
        // rounding of sums
        near("loss", end.test_loss / corrected, 1.0, 1e-12);
        near("bias", end.terms.bias / printed, 1.0, 1e-12);
        for number in [tally.mean(), tally.error(), corrected, printed] {
            page.says("(14)", &format!(" {number:.2e}"));
        }
        // with the next order, up to its square; and draws scatter as they should, up to the first order
        let model = sized(&spectrum(), *n, INF);
        let runs = model.spread(&Optimizer::GradientFlow, &[INF]).unwrap()[0];
        let mean = corrected + runs.finite_size_shift;
        let order = n.recip() + (runs.finite_size_shift / mean).abs();
        near("simulation", tally.mean() / mean, 1.0, 3.0 * tally.error() / mean + order * order);
        let sampling = 3.0 * tally.error_of_deviation() / runs.spread;
        near("scatter", tally.deviation() / runs.spread, 1.0, sampling + 2.5 * order);
        assert!(printed < 0.5 * (tally.mean() - 5.0 * tally.error()));
    }
    let simulated = slope(widths, |n| tallies[usize::from(n > 100.0)].mean());
    for exponent in [simulated, slope(widths, |n| sum(n, 1)), slope(widths, |n| sum(n, 2))] {
        page.shows("(14)", exponent, 2);
    }
    page.check();
}

/// (155): the best width and the best time at (a, b) = (2, 1.5), where r_t = 2/3 and r_N = 1, and compute is their
/// product.
#[test]
fn best_time() {
    let page = page();
    let (a, b) = (2.0, 1.5);
    let laws = ScalingLaws::new(a, b, Training::Flow).unwrap();
    let optimum = laws.frontier(&Allocation::new("N*t").unwrap()).unwrap();
    let (time, width) = ((a - 1.0) / b, a - 1.0);
    let [phase] = &optimum.phases[..] else { panic!("one phase") };
    let at = |name: &str| phase.exponent_of(name).unwrap().value(a, b);
    // sums and quotients of a few numbers
    near("width", at("N"), time / (time + width), 1e-15);
    near("time", at("t"), width / (time + width), 1e-15);
    let model = model(a, b, INF, INF);
    let frontier = Frontier::new(&model, Cost::parse("N*t").unwrap()).unwrap();
    let points = frontier.points(&[1e10, 1e13]).unwrap();
    let between = |f: &dyn Fn(usize) -> f64| (f(1) / f(0)).ln() / 1e3f64.ln();
    let (by_width, by_time) = (between(&|i| points[i].width), between(&|i| points[i].time));
    // the next order of the width's law, N^-(b - a + 1), as in `literature`
    near("width measured", by_width, at("N"), 1e-3);
    near("time measured", by_time, at("t"), 1e-3);
    for exponent in [by_width, by_time] {
        page.shows("(155)", exponent, 4);
    }
    page.check();
}
