//! Exact frontiers tend to the exponents that are derived and published; how soon is in docs/frontiers.md.

use spectralaw::frontier::{Frontier, FrontierPoint};
use spectralaw::laws::{Allocation, ScalingLaws, Training};
use spectralaw::spectrum::PowerLaw;
use spectralaw::{Model, Optimizer};

use super::{INF, Page, cost, evenly, frontier, model, near};

/// Exponents of loss and width for the cost `N t`.
fn derived(a: f64, b: f64, training: Training) -> [f64; 2] {
    let laws = ScalingLaws::new(a, b, training).unwrap();
    let optimum = laws.frontier(&Allocation::new("N*t").unwrap()).unwrap();
    let [phase] = &optimum.phases[..] else { panic!("{optimum:?}") };
    [phase.loss.value(a, b), phase.exponent_of("N").unwrap().value(a, b)]
}

/// The local exponents of the loss come closer to the law, and as close as asked for.
#[track_caller]
fn approaches(what: &str, exponents: &[f64], law: f64, tolerance: f64) {
    let (first, last) = (exponents[0], exponents[exponents.len() - 1]);
    assert!((last - law).abs() <= (first - law).abs(), "{what}: {exponents:?} does not approach {law}");
    near(what, last, law, tolerance);
}

/// Numbers of a row.
fn listed(values: impl IntoIterator<Item = f64>, digits: usize) -> String {
    values.into_iter().map(|value| format!("{value:.digits$}")).collect::<Vec<_>>().join(", ")
}

/// Phases Ia, II and III of Paquette et al. (2024): `b > 1`.
#[test]
fn phases_above_one() {
    let page = Page::new();
    // The exponent of the loss deviates by the relative size of the next term times the power with which that falls. In
    // phase I it is the part of the trace that the width does not reach, N^-(b-1): C^-0.2 and C^-0.09 at the two
    // points; in phase II gradient noise or the width's own term, C^-min(2b-a, (b-1)(a-b-1))/a: C^-0.2 and C^-0.07; in
    // phase III the term of time or that of the width, C^-min(a-2b, (b-1)^2)/(2b): C^-0.25 and C^-0.06. At C = 1e17
    // these are 8e-5, 3e-3; 8e-5, 5e-3; 1e-5, 6e-3, times coefficients of order one, small ones at the second point of
    // III. Those of the width are a few times larger.
    let cases = [
        ("Ia", 2.0, 1.5, 1e-4, 1e-4),
        ("Ia", 1.6, 1.2, 2e-3, 5e-3),
        ("II", 5.0, 3.0, 3e-4, 1e-3),
        ("II", 3.0, 1.7, 1e-3, 1e-3),
        ("III", 6.0, 2.0, 3e-5, 1e-4),
        ("III", 3.4, 1.4, 1e-4, 3e-4),
    ];
    for (name, a, b, loss, width) in cases {
        let law = derived(a, b, Training::Sgd);
        let sgd = Optimizer::sgd(0.2, 1.0).unwrap();
        let points = Frontier::of(&model(a, b), &sgd, cost("N*t")).unwrap().points(&[1e8, 1e11, 1e14, 1e17]).unwrap();
        let losses: Vec<f64> = points.iter().map(|point| -point.loss_exponent).collect();
        let widths: Vec<f64> = points.iter().map(|point| point.exponents.width).collect();
        approaches(name, &losses, law[0], loss);
        near(name, widths[3], law[1], width);
        assert!(points.iter().all(|point| point.residual < 1e-8 && point.at_bounds.is_empty()));
        page.row(&format!(
            "| {name} | ({a}, {b}) | {:.4}, {:.4} | {} | {} |",
            law[0],
            law[1],
            listed(losses, 4),
            listed(widths, 4)
        ));
    }
    page.check();
}

/// Phases Ib, Ic, IVa and IVb: below `b = 1` there are `2N` modes, and the learning rate falls as `N^-(1-b)`.
#[test]
fn phases_below_one() {
    let page = Page::new();
    let budgets = [1e11, 1e15, 1e19];
    // learning rates are parts of the largest stable ones at N = 1
    let cases = [
        ("Ib", 1.6, 0.8, 0.04, 2e-3),
        ("Ic", 3.0, 0.4, 0.12, 2e-3),
        ("IVa", 4.0, 0.8, 0.04, 1e-3),
        // close to a border: the width's own term is only N^-0.13 smaller, 3 per cent at the largest budget
        ("IVb", 8.0, 0.57, 0.35, 0.012),
    ];
    for (name, a, b, rate, tolerance) in cases {
        let [loss, width] = derived(a, b, Training::Sgd);
        let models: Vec<(f64, Model, Optimizer)> = (2..46)
            .map(|k| {
                let n = f64::from(k).exp2();
                let spectrum = PowerLaw::new(a, b).with_modes(2.0 * n).spectrum().unwrap();
                let sgd = Optimizer::sgd(rate * n.powf(b - 1.0), 1.0).unwrap();
                (n, Model::new(&spectrum).with_width(n).unwrap(), sgd)
            })
            .collect();
        // the best of the widths 2^k, at steps that are rounded by 1e-3 of a step's share at most
        let least = |budget: f64| {
            let within = models.iter().filter(|(n, ..)| (1e3..=1e12).contains(&(budget / n)));
            let losses = within
                .map(|(n, model, sgd)| (model.train(sgd, &[(budget / n).round()]).unwrap().points()[0].test_loss, *n));
            losses.min_by(|x, y| x.0.total_cmp(&y.0)).unwrap()
        };
        // between budgets at which the envelope of these widths repeats itself: whole octaves apart
        let octaves = (100_f64.log2() * width).round();
        let ratio = (octaves / width).exp2();
        let ends: Vec<[(f64, f64); 2]> = budgets.iter().map(|&c| [least(c), least(c * ratio)]).collect();
        let exponents: Vec<f64> = ends.iter().map(|[x, y]| (x.0 / y.0).ln() / ratio.ln()).collect();
        if name == "IVa" {
            // (it has arrived within 1e-4 from below before the first of these budgets, having been above)
            near(name, exponents[0], loss, 1e-3);
            near(name, exponents[2], loss, 1e-3);
        } else {
            approaches(name, &exponents, loss, tolerance);
        }
        // whole octaves: as many as the law says
        assert_eq!((ends[2][1].1 / ends[2][0].1).log2(), octaves, "{name}");
        page.row(&format!("| {name} | ({a}, {b}) | {loss:.4} | {} |", listed(exponents, 4)));
    }
    page.check();
}

/// From which budget on the local exponent of the loss is within a part of the law, of ascending ones.
fn reached(points: &[FrontierPoint], law: f64, part: f64) -> f64 {
    let holds = |point: &FrontierPoint| (-point.loss_exponent / law - 1.0).abs() <= part;
    let first = points.iter().position(holds).unwrap();
    points[first].budget
}

/// The budget at which a model and one of twice its width are equally good, and the loss there.
fn crossing(narrow: &Model, wide: &Model) -> (f64, f64) {
    let losses = |budget: f64| {
        [narrow, wide].map(|model| model.gradient_flow(&[budget / model.width()]).unwrap().points()[0].test_loss)
    };
    let (mut low, mut high) = (1e-1_f64, 1e12_f64);
    for _ in 0..60 {
        let middle = (low * high).sqrt();
        let [narrow, wide] = losses(middle);
        (low, high) = if narrow < wide { (middle, high) } else { (low, middle) };
    }
    (low, losses(low)[0])
}

/// Bordelon, Atanasov, Pehlevan (2024), figure 4: `a = 2`, `b = 1, 1.5, 2`, widths from 2^5 to 2^10.
#[test]
fn figure_four() {
    let page = Page::new();
    let budgets = evenly(1e1, 1e12, 89);
    for (b, printed) in [(1.0, 0.50), (1.5, 0.40), (2.0, 0.33)] {
        // the trace diverges at b = 1: as many modes as a computation would have
        let modes = if b > 1.0 { INF } else { 1e5 };
        let spectrum = PowerLaw::new(2.0, b).with_modes(modes).spectrum().unwrap();
        let model = Model::new(&spectrum);
        let law = 1.0 / (b + 1.0);
        assert!((law - printed).abs() < 0.005);
        let points = frontier(&model, "N*t").points(&budgets).unwrap();
        let [tenth, twentieth] = [0.1, 0.05].map(|part| reached(&points, law, part));
        let leaves = |point: &&FrontierPoint| point.budget > twentieth && -point.loss_exponent > 1.05 * law;
        let left = points.iter().find(leaves).map(|point| point.budget);
        // once it is reached it stays, unless the modes are exhausted
        assert_eq!(left.is_some(), b <= 1.0);
        if let Some(left) = left {
            let at_last = points.iter().filter(|point| point.budget >= left);
            assert!(at_last.clone().all(|point| -point.loss_exponent > 1.05 * law));
            page.says(&format!("beyond C = {left:.1e}"));
        }
        // six widths: between the budgets at which the second takes over from the first, and the sixth from the fifth
        let width = |k: i32| model.clone().with_width(2_f64.powi(k)).unwrap();
        let [(first, high), (last, low)] = [crossing(&width(5), &width(6)), crossing(&width(9), &width(10))];
        let six = (high / low).ln() / (last / first).ln();
        // of the exact local exponents on the way
        let between = |budget: f64| (first..=last).contains(&budget);
        let exponents = points.iter().filter(|point| between(point.budget)).map(|point| -point.loss_exponent);
        let (least, most) = exponents.fold((INF, 0.0), |(x, y): (f64, f64), e| (x.min(e), y.max(e)));
        assert!((least - 0.01..=most + 0.01).contains(&six), "{six} {least} {most}");
        let modes = if b > 1.0 { "infinitely many".to_owned() } else { format!("{modes:e}") };
        page.row(&format!(
            "| (2, {b}) | {modes} | {printed:.2} | {tenth:.0e} | {twentieth:.0e} | {six:.3} | {first:.0e} to {last:.0e} |"
        ));
    }
    page.check();
}
