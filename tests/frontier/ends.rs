//! Frontiers at the ends of what there is: bounds, integers, training for ever, widths beyond all resolved modes.

use spectralaw::frontier::Frontier;
use spectralaw::{Optimizer, Resource};

use super::{INF, cost, frontier, model, point};

#[test]
fn bounds_and_integers_are_exact() {
    // not what is left of them after a logarithm
    let capped = frontier(&model(1.5, 1.25), "N*t*E").with_range(Resource::Width, 1.0, 30.0).unwrap();
    assert_eq!(point(&capped, 1e6).width, 30.0);
    let integers = frontier(&model(1.5, 1.25), "N*t").in_integers();
    for budget in [1e3, 1e6, 1e9] {
        assert_eq!(point(&integers, budget).width.fract(), 0.0);
    }
}

#[test]
fn training_may_be_fixed_at_any_time() {
    // later than the end of training, for small models or for all
    for time in [1e20, INF] {
        let late = frontier(&model(2.0, 2.0), "N + P").with_range(Resource::Time, time, time).unwrap();
        let best = point(&late, 1e3);
        assert!(best.time == time && best.residual < 1e-8 && (best.spent / 1e3 - 1.0).abs() < 1e-12, "{best:?}");
    }
}

#[test]
fn budgets_may_reach_beyond_what_a_spectrum_resolves() {
    // a width of 1e15 has eigenvalues of 1e-45; nobody would choose it
    let sgd = Optimizer::sgd(0.2, 1.0).unwrap();
    let best = point(&Frontier::of(&model(5.0, 3.0), &sgd, cost("N*t")).unwrap(), 1e17);
    assert!(best.residual < 1e-8 && best.width < 1e8, "{best:?}");
}
