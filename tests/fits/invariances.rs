//! What must not matter does not.

use spectralaw::fit::{Fit, FitOptions, Law, Limits, Price, Runs, Setting};

use crate::simulated::{Random, TRUTH, losses, settings};

fn runs() -> (Vec<Setting>, Vec<f64>) {
    let settings = settings(8, 6);
    let mut random = Random(11);
    let losses = losses(Law::Parametric, &TRUTH, &settings, || 5e-3 * random.normal());
    (settings, losses)
}

fn options() -> FitOptions {
    FitOptions { resamples: Some(100), ..FitOptions::default() }
}

/// All bits are the same, also of what is not known.
fn assert_same(x: &Fit, y: &Fit) {
    assert!(format!("{x:?}") == format!("{y:?}"), "{:?} {:?}", x.constants(), y.constants());
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let (mut settings, mut losses) = runs();
    let fit = |settings: &[Setting], losses: &[f64]| {
        Fit::new(&Runs::new(settings, losses).unwrap(), Law::Parametric, &options()).unwrap()
    };
    let before = fit(&settings, &losses);
    settings.reverse();
    losses.reverse();
    settings.swap(3, 17);
    losses.swap(3, 17);
    assert_same(&before, &fit(&settings, &losses));
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let (settings, losses) = runs();
    let fit = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| Fit::new(&Runs::new(&settings, &losses).unwrap(), Law::Parametric, &options()).unwrap())
    };
    assert_same(&fit(1), &fit(3));
}

/// The theory's law in other units, and with rows in another order.
#[test]
fn units_and_order_do_not_matter_to_the_theory() {
    let settings: Vec<Setting> = settings(5, 5).into_iter().map(|s| Setting { unique: s.data / 4.0, ..s }).collect();
    let mut random = Random(13);
    let truth = [1.0, 4.0, 1.6, 1.4, 1e-5, 1e-6, 2e-7, 0.05];
    let mut losses = losses(Law::Theory, &truth, &settings, || 5e-3 * random.normal());
    let few = FitOptions { resamples: Some(2), ..FitOptions::default() };
    let fit = |settings: &[Setting], losses: &[f64]| {
        Fit::new(&Runs::new(settings, losses).unwrap(), Law::Theory, &few).unwrap()
    };
    let plain = fit(&settings, &losses);
    let in_units = |s: &Setting| Setting { unique: s.unique / 1e9, ..Setting::new(s.size / 1e6, s.data / 1e9) };
    let scaled = fit(&settings.iter().map(in_units).collect::<Vec<_>>(), &losses);
    // minima to a hundred-millionth of the objective
    assert!((plain.objective() / scaled.objective() - 1.0).abs() < 1e-5);
    let far = Setting { unique: 1e12, ..Setting::new(5e10, 1e12) };
    let ratio = plain.predict(&far).loss / scaled.predict(&in_units(&far)).loss;
    assert!((ratio - 1.0).abs() < 1e-3, "{ratio}");
    let mut reversed = settings.clone();
    reversed.reverse();
    losses.reverse();
    assert_same(&plain, &fit(&reversed, &losses));
}

/// N in millions, D in billions: other amplitudes, the same conclusions.
#[test]
fn units_do_not_matter() {
    let (settings, losses) = runs();
    let scaled: Vec<Setting> = settings.iter().map(|s| Setting::new(s.size / 1e6, s.data / 1e9)).collect();
    let price = Price::parse(Price::USUAL).unwrap();
    for law in [Law::Parametric, Law::Tied] {
        let fit = |settings: &[Setting]| Fit::new(&Runs::new(settings, &losses).unwrap(), law, &options()).unwrap();
        let (plain, scaled) = (fit(&settings), fit(&scaled));
        let alpha = plain.names().iter().position(|name| *name == "alpha").unwrap();
        // minima to rounding; refits to a millionth of the objective, a thousandth of an error
        assert!((plain.constants()[alpha] / scaled.constants()[alpha] - 1.0).abs() < 1e-6);
        let width = plain.intervals()[alpha][1] - plain.intervals()[alpha][0];
        for i in 0..2 {
            let difference = plain.intervals()[alpha][i] - scaled.intervals()[alpha][i];
            assert!(difference.abs() < 1e-2 * width, "{difference} {width}");
        }
        let best = [
            plain.optimum(1e22, &price, &Limits::default()).unwrap(),
            scaled.optimum(1e22 / 1e15, &price, &Limits::default()).unwrap(),
        ];
        assert!((best[0].size / best[1].size / 1e6 - 1.0).abs() < 1e-4);
        assert!((best[0].loss / best[1].loss - 1.0).abs() < 1e-7);
    }
}
