//! What experiments would conclude from exact losses, beside what is true: the tables of docs/frontiers.md.

use spectralaw::fit::{
    Fit, FitOptions, Law, Limits, Parabola, ParametricFit, ParametricLaw, PowerLawFit, Price, Runs, Setting,
};
use spectralaw::frontier::{Cost, Frontier, FrontierPoint};
use spectralaw::laws::{Allocation, ScalingLaws, Training};
use spectralaw::{Model, Spectrum};

const PAGE: &str = include_str!("../../../docs/frontiers.md");

/// Factors by which widths differ from the best one, at most, in a profile or a grid.
const WINDOWS: [f64; 4] = [2.0, 4.0, 16.0, 64.0];

/// Losses of one task at seven budgets over three decades, and what is exactly true of their frontier.
struct Experiment {
    name: String,
    model: Model,
    budgets: Vec<f64>,
    exact: Vec<FrontierPoint>,
    /// A thousand times the largest budget.
    beyond: FrontierPoint,
    /// Asymptotic exponents of the best width and the least loss.
    laws: [f64; 2],
}

/// Exponents of the best width and the least loss, their standard errors; the loss at a thousandfold budget.
struct Conclusion {
    width: f64,
    loss: f64,
    beyond: f64,
}

impl Experiment {
    fn new(a: f64, b: f64, first: f64) -> Self {
        let model = Model::new(&Spectrum::power_law(a, b).unwrap());
        let frontier = Frontier::new(&model, Cost::parse("N*t").unwrap()).unwrap();
        let budgets: Vec<f64> = (0..7).map(|i| first * 10_f64.powf(f64::from(i) / 2.0)).collect();
        let exact = frontier.points(&budgets).unwrap();
        let beyond = frontier.points(&[1e6 * first]).unwrap().remove(0);
        let laws = ScalingLaws::new(a, b, Training::Flow).unwrap();
        let phase = laws.frontier(&Allocation::new("N*t").unwrap()).unwrap().phases.remove(0);
        let laws = [phase.exponent_of("N").unwrap().value(a, b), phase.loss.value(a, b)];
        let name = format!("({a}, {b}), {first:.0e} to {:.0e}", 1e3 * first);
        Self { name, model, budgets, exact, beyond, laws }
    }

    fn loss(&self, width: f64, time: f64) -> f64 {
        self.model.clone().with_width(width).unwrap().gradient_flow(&[time]).unwrap().points()[0].test_loss
    }

    fn conclude(&self, budgets: &[f64], widths: &[f64], losses: &[f64]) -> Conclusion {
        let (width, loss) = (PowerLawFit::new(budgets, widths).unwrap(), PowerLawFit::new(budgets, losses).unwrap());
        Conclusion { width: width.exponent, loss: -loss.exponent, beyond: loss.at(self.beyond.budget) }
    }

    /// What a line through the exact frontier says.
    fn line(&self) -> Conclusion {
        let of = |f: fn(&FrontierPoint) -> f64| self.exact.iter().map(f).collect::<Vec<_>>();
        self.conclude(&self.budgets, &of(|point| point.width), &of(|point| point.test_loss))
    }

    /// Approach 1: the best of the curves of widths 2^k at twenty budgets for each factor of ten.
    fn envelope(&self) -> Conclusion {
        let budgets: Vec<f64> = (0..61).map(|i| self.budgets[0] * 10_f64.powf(f64::from(i) / 20.0)).collect();
        let best = |&budget: &f64| {
            let widths = (0..24).map(|k| 2_f64.powi(k)).filter(|width| budget / width > 0.1);
            let losses = widths.map(|width| (width, self.loss(width, budget / width)));
            losses.min_by(|x, y| x.1.total_cmp(&y.1)).unwrap()
        };
        let (widths, losses): (Vec<f64>, Vec<f64>) = budgets.iter().map(best).unzip();
        self.conclude(&budgets, &widths, &losses)
    }

    /// Approach 2: parabolas through `ln L` of widths 2^(k/2) within a window; also the ratio of the best width at the
    /// middle budget to the exact one.
    fn parabolas(&self, window: f64) -> (Conclusion, f64) {
        let minimum = |&budget: &f64| {
            let widths: Vec<f64> =
                (0..48).map(|k| 2_f64.powf(f64::from(k) / 2.0)).filter(|width| budget / width > 0.1).collect();
            let losses: Vec<f64> = widths.iter().map(|width| self.loss(*width, budget / width).ln()).collect();
            let parabola = Parabola::new(&widths, &losses, window).unwrap();
            (parabola.at, parabola.value.exp())
        };
        let (widths, losses): (Vec<f64>, Vec<f64>) = self.budgets.iter().map(minimum).unzip();
        (self.conclude(&self.budgets, &widths, &losses), widths[3] / self.exact[3].width)
    }

    /// Widths, times and losses of nine widths within a window around the best one at every budget.
    fn runs(&self, window: f64) -> [Vec<f64>; 3] {
        let (mut widths, mut times, mut losses) = (Vec::new(), Vec::new(), Vec::new());
        for best in &self.exact {
            for k in -4..=4 {
                let width = (best.width * window.powf(f64::from(k) / 4.0)).max(1.0);
                widths.push(width);
                times.push(best.budget / width);
                losses.push(self.loss(width, best.budget / width));
            }
        }
        [widths, times, losses]
    }

    /// The exact theory, which does not know that these are its losses, fitted to the runs of approach 3: the least loss
    /// that it predicts for the budget beyond, and its exponents a and b.
    fn theory(&self, window: f64) -> (f64, [f64; 2]) {
        let [widths, times, losses] = self.runs(window);
        // (runs whose width was cut off at 1 are the same)
        let mut runs: Vec<(Setting, f64)> =
            widths.iter().zip(&times).zip(losses).map(|((n, t), loss)| (Setting::new(*n, *t), loss)).collect();
        runs.dedup_by(|x, y| x.0 == y.0);
        let (settings, losses): (Vec<Setting>, Vec<f64>) = runs.into_iter().unzip();
        let options = FitOptions { resamples: Some(0), ..FitOptions::default() };
        let fit = Fit::new(&Runs::new(&settings, &losses).unwrap(), Law::Theory, &options).unwrap();
        let price = Price::parse("N*D").unwrap();
        let best = fit.optimum(self.beyond.budget, &price, &Limits::default()).unwrap();
        (best.loss, [fit.constants()[2], fit.constants()[3]])
    }

    /// Approach 3: the parametric law through nine widths within a window around the best one at every budget; also the
    /// fit, and the ratio of its best width to the exact one at the middle budget.
    fn parametric(&self, window: f64) -> (Conclusion, ParametricFit, f64) {
        let [widths, times, losses] = self.runs(window);
        let fit = ParametricLaw::fit(&widths, &times, &losses, ParametricLaw::USUAL_DELTA).unwrap();
        let optimum = |budget: f64| fit.law.optimum(budget, 1.0).unwrap();
        let middle = optimum(self.budgets[3]);
        let conclusion = Conclusion {
            width: middle.size_exponent,
            loss: middle.loss_exponent,
            beyond: optimum(self.beyond.budget).loss,
        };
        (conclusion, fit, middle.size / self.exact[3].width)
    }
}

fn cells(values: impl IntoIterator<Item = f64>, digits: usize) -> String {
    values.into_iter().map(|value| format!("{value:.digits$}")).collect::<Vec<_>>().join(" | ")
}

#[test]
fn what_fits_conclude() {
    let mut missing = Vec::new();
    let mut row = |text: String| {
        if !PAGE.lines().any(|line| line.starts_with(&text)) {
            missing.push(text);
        }
    };
    for (a, b) in [(1.5, 1.25), (2.0, 2.0), (3.0, 1.4)] {
        for first in [1e4, 1e7] {
            let experiment = Experiment::new(a, b, first);
            let Experiment { name, exact, beyond, laws, .. } = &experiment;
            let line = experiment.line();
            let envelope = experiment.envelope();
            let parabolas = WINDOWS.map(|window| experiment.parabolas(window));
            let parametric = WINDOWS.map(|window| experiment.parametric(window));
            let ends = [&exact[0], &exact[6]];

            let table = |law: f64, local: [f64; 2], of: &dyn Fn(&Conclusion) -> f64| {
                let fits = [of(&line), of(&envelope)].into_iter();
                let fits =
                    fits.chain(parabolas.iter().map(|(c, _)| of(c))).chain(parametric.iter().map(|(c, ..)| of(c)));
                let local = local.map(|exponent| format!("{exponent:.3}"));
                format!("| {name} | {law:.3} | {} to {} | {} |", local[0], local[1], cells(fits, 3))
            };
            row(format!("N {}", table(laws[0], ends.map(|point| point.exponents.width), &|c| c.width))
                .replacen("N | ", "| N: ", 1));
            row(format!("L {}", table(laws[1], ends.map(|point| -point.loss_exponent), &|c| c.loss))
                .replacen("L | ", "| L: ", 1));
            // the best width at the middle budget, the floor, the loss at a thousandfold budget
            let places = parabolas.iter().map(|(_, place)| *place).chain(parametric.iter().map(|(.., place)| *place));
            row(format!("| {name} | {} |", cells(places, 2)));
            let floors = parametric.iter().map(|(_, fit, _)| fit.law.floor / exact[6].test_loss);
            row(format!("| {name} | {} |", cells(floors, 3)));
            let conclusions = [&line, &envelope].into_iter();
            let conclusions =
                conclusions.chain(parabolas.iter().map(|(c, _)| c)).chain(parametric.iter().map(|(c, ..)| c));
            // (what the theory's law says stands behind it, and is checked below)
            row(format!("| {name} | {} |", cells(conclusions.map(|c| c.beyond / beyond.test_loss), 3)));
            // how well the law fits at all
            row(format!("| {name} | {} |", cells(parametric.iter().map(|(_, fit, _)| 100.0 * fit.residual), 1)));

            // what the page says of all of them
            assert!((envelope.width - line.width).abs() < 0.011 && (envelope.loss - line.loss).abs() < 0.002);
            assert!(
                (parabolas[0].0.width - line.width).abs() < 0.003 && (parabolas[0].0.loss - line.loss).abs() < 0.002
            );
            assert!((parabolas[1].0.width - line.width).abs() < 0.011);
            let errors = parametric.iter().flat_map(|(_, fit, _)| [fit.standard_errors[2], fit.standard_errors[4]]);
            let largest = errors.fold(0.0, f64::max);
            assert!(largest < 0.0745, "{largest}");
            assert!(parabolas.iter().all(|(c, _)| (c.width - line.width).abs() < 0.03));
            assert!(parametric.iter().all(|(c, ..)| (c.width - line.width).abs() < 0.02));
        }
    }
    assert!(missing.is_empty(), "docs/frontiers.md does not have\n{}", missing.join("\n"));
}

/// What the exact theory concludes from the runs of approach 3, in the window in which the parametric law is worst, is on
/// the page, behind all else.
fn check_theory(a: f64, b: f64, first: f64, window: f64) {
    let experiment = Experiment::new(a, b, first);
    let (loss, [own_a, own_b]) = experiment.theory(window);
    let ratio = loss / experiment.beyond.test_loss;
    println!("{}, window {window}: {ratio:.6}, a = {own_a}, b = {own_b}", experiment.name);
    let start = format!("| {} | ", experiment.name);
    // line, envelope, four parabolas, four laws, and then the theory
    let mut rows = PAGE.lines().filter(|line| line.starts_with(&start)).map(|line| line.split('|').collect::<Vec<_>>());
    let row = rows.find(|row| row.len() == 14).unwrap();
    assert_eq!(row[12].trim(), format!("{ratio:.3}"), "{row:?}");
    let worst = row[8..12].iter().map(|cell| cell.trim().parse::<f64>().unwrap().ln().abs()).fold(0.0, f64::max);
    let place = WINDOWS.iter().position(|own| *own == window).unwrap();
    assert!(row[8 + place].trim().parse::<f64>().unwrap().ln().abs() >= worst, "{row:?}");
    // the task itself
    assert!((own_a / a - 1.0).abs() < 1e-6 && (own_b / b - 1.0).abs() < 1e-6, "{own_a} {own_b}");
}

#[test]
fn what_the_theory_concludes() {
    check_theory(1.5, 1.25, 1e4, 16.0);
}

/// Half a minute on an idle machine.
#[test]
#[ignore = "takes half a minute"]
fn what_the_theory_concludes_everywhere() {
    for (a, b, first, window) in [
        (1.5, 1.25, 1e7, 16.0),
        (2.0, 2.0, 1e4, 4.0),
        (2.0, 2.0, 1e7, 4.0),
        (3.0, 1.4, 1e4, 16.0),
        (3.0, 1.4, 1e7, 64.0),
    ] {
        check_theory(a, b, first, window);
    }
}
