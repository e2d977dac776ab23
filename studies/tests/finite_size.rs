//! `docs/finite-size.md`: what theory says of runs there, the collapse of curves, and what is left out next to
//! interpolation.

use spectralaw::spectrum::PowerLaw;
use spectralaw::spread::{Common, Setting};
use spectralaw::{Model, Optimizer, Spectrum};

use spectralaw_studies::page::Page;

const FLOW: Optimizer = Optimizer::GradientFlow;
const INF: f64 = f64::INFINITY;

fn page() -> Page {
    Page::new("docs/finite-size.md", include_str!("../../docs/finite-size.md"))
}

/// The cells of a row after its name.
fn cells(page: &Page, id: &str) -> Vec<&'static str> {
    let (_, row) = page.rows().find(|(other, _)| *other == id).unwrap_or_else(|| panic!("no row {id}"));
    row.trim_matches('|').split('|').skip(1).map(str::trim).collect()
}

/// A number with its standard error in the last digits, as in `1.6702(30)`.
fn measured(cell: &str) -> (f64, f64) {
    let (number, error) = cell.trim_end_matches(')').split_once('(').unwrap();
    let digits = number.split_once('.').unwrap().1.len();
    (number.parse().unwrap(), error.parse::<f64>().unwrap() / 10_f64.powi(digits as i32))
}

/// The simulated columns are those of 6,000 draws; theory agrees with them up to what it leaves out.
#[test]
fn theory_beside_runs() {
    let page = page();
    let (small, sparse) = ((1.5, 1.25, 0.1), (2.5, 1.4, 0.3));
    let rows = [
        ("R1", small, 30.0, 20.0, 0.5),
        ("R2", small, 30.0, 20.0, 3.0),
        ("R3", small, 30.0, 20.0, 20.0),
        ("R4", small, 30.0, 20.0, 100.0),
        ("R5", small, INF, 30.0, 3.0),
        ("R6", small, INF, 30.0, 100.0),
        ("R7", sparse, 20.0, 40.0, 3.0),
        ("R8", sparse, 20.0, 40.0, 100.0),
    ];
    for (id, (a, b, noise), width, samples, t) in rows {
        let spectrum = PowerLaw::new(a, b).with_modes(50.0).spectrum().unwrap();
        let model = Model::new(&spectrum).with_width(width).unwrap().with_samples(samples).unwrap();
        let model = model.with_noise_variance(noise).unwrap();
        let loss = model.gradient_flow(&[t]).unwrap().points()[0].test_loss;
        let runs = model.spread(&FLOW, &[t]).unwrap()[0];
        let mean = loss + runs.finite_size_shift;
        for (value, digits) in [(loss, 4), (mean, 4), (runs.spread, 3)] {
            page.shows(id, value, digits);
        }
        let cells = cells(&page, id);
        let q = width.recip() + samples.recip() + (runs.finite_size_shift / (mean - noise)).abs();
        let ((drawn, error), (scatter, error_of_scatter)) = (measured(cells[4]), measured(cells[7]));
        assert!((drawn - mean).abs() < 3.0 * error + q * q * mean, "{id}");
        assert!((scatter - runs.spread).abs() < 3.0 * error_of_scatter + 2.5 * q * runs.spread, "{id}");
    }
    page.check();
}

/// The time at which width and time limit the loss alike for the compute N t: its local exponents in both are equal.
fn horizon(model: &Model) -> f64 {
    let n = model.width();
    let unbalanced = |t: f64| {
        let loss = model.gradient(&FLOW, &[t]).unwrap()[0].test_loss;
        loss.by_time.value - loss.by_width.value
    };
    // (while time limits more the loss falls faster in time: its exponent, a slope, is the smaller one)
    let (mut low, mut high) = (1.0_f64, n.powi(3));
    for _ in 0..60 {
        let middle = (low * high).sqrt();
        if unbalanced(middle) < 0.0 { low = middle } else { high = middle }
    }
    low
}

/// Losses at shares of the horizon over that at the horizon, with relative spreads of the loss and of the ratio.
fn collapsed(spectrum: &Spectrum, n: f64) -> (f64, [[f64; 3]; 2]) {
    let model = Model::new(spectrum).with_width(n).unwrap();
    let end = horizon(&model);
    let at = |t: f64| {
        let setting = Setting::trained(&model, &FLOW, t).unwrap();
        let loss = model.gradient_flow(&[t]).unwrap().points()[0].test_loss;
        (setting, loss + model.spread(&FLOW, &[t]).unwrap()[0].finite_size_shift)
    };
    let last = at(end);
    let relative =
        |x: &(Setting, f64), y: &(Setting, f64)| x.0.covariance(&y.0, Common::EVERYTHING).unwrap() / (x.1 * y.1);
    let of = |share: f64| {
        let early = at(share * end);
        let (own, common) = (relative(&early, &early), relative(&early, &last));
        let of_ratio = (own + relative(&last, &last) - 2.0 * common).sqrt();
        [early.1 / last.1, own.sqrt(), of_ratio]
    };
    (end, [of(0.1), of(0.3)])
}

/// What remains of a collapse is less than what runs differ by, far from the border, and not close to it.
#[test]
fn collapse_of_curves() {
    let page = page();
    let mut ids = (1..).map(|i| format!("C{i}"));
    let mut distances = Vec::new();
    for (a, b) in [(1.5, 1.25), (2.3, 1.4)] {
        let spectrum = Spectrum::power_law(a, b).unwrap();
        let (_, limit) = collapsed(&spectrum, 102_400.0);
        for n in [100.0, 400.0, 1600.0, 6400.0] {
            let (end, shares) = collapsed(&spectrum, n);
            let mut row = format!("| {a}, {b} | {n} | {end:.1} |");
            for ([ratio, of_loss, of_ratio], limit) in shares.into_iter().zip(limit) {
                let off = (ratio / limit[0] - 1.0).abs();
                let [off_text, of_loss, spread] =
                    [off, of_loss, of_ratio].map(|share| format!("{:.2} %", 100.0 * share));
                row += &format!(" {ratio:.4} | {off_text} | {of_loss} | {spread} |");
                distances.push((a, n, off / of_ratio));
            }
            page.says(&ids.next().unwrap(), &row);
        }
    }
    for (a, n, distance) in &distances {
        println!("a = {a}, N = {n}: what remains is {distance:.3} of the spread of the ratio");
    }
    page.check();
}

/// Moments of an inverse Wishart matrix, as in `tests/theory/spread.rs`.
#[test]
fn next_to_interpolation() {
    let page = page();
    let m = 40.0;
    for free in [4.0, 10.0, 20.0, 60.0, 160.0] {
        let p = m + free;
        let spectrum = PowerLaw::new(1.5, 1.25).with_modes(m).spectrum().unwrap();
        let model = Model::new(&spectrum).with_samples(p).unwrap().with_noise_variance(1.0).unwrap();
        let loss = model.ridge_regression(&[0.0]).unwrap().points()[0].test_loss - 1.0;
        let runs = model.ridge_spread(&[0.0]).unwrap()[0];
        let mean = m / (free - 1.0);
        let scale = 1.0 / (free * (free - 1.0) * (free - 3.0));
        let variance = scale * m * (2.0 * (p - 1.0) + m * (free - 2.0) + 2.0) - mean * mean;
        let [large, shifted] = [loss, loss + runs.finite_size_shift].map(|theory| mean / theory);
        let spread = variance.sqrt() / runs.spread;
        page.says(&format!("M{free}"), &format!("| {p} | {large:.3} | {shifted:.3} | {spread:.3} |"));
    }
    page.check();
}
