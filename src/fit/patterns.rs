//! Deviations that are not scatter.

use super::backtest::expense;
use super::fitted::Fit;
use super::linear::least_squares;
use super::run::Run;

/// Standard errors from which on a trend is worth a word.
const CLEAR: f64 = 4.0;

/// Trends of deviations with size, data and cost.
pub(super) fn warnings(fit: &Fit) -> Vec<String> {
    type Amount = fn(&Run) -> f64;
    let amounts: [(&str, Amount); 3] =
        [("size", |run| run.setting.size), ("data", |run| run.setting.data), ("cost", expense)];
    let mut told = Vec::new();
    for (name, amount) in amounts {
        let logs: Vec<f64> = fit.runs().all().iter().map(|run| amount(run).ln()).collect();
        let Some([slope, bend]) = trends(&logs, fit.residuals()) else { continue };
        if bend.abs() > CLEAR {
            let (middle, ends) = if bend > 0.0 { ("below", "above") } else { ("above", "below") };
            told.push(format!(
                "predictions lie {middle} the losses at medium {name} and {ends} them at the ends: the law has \
                 another form than the losses"
            ));
        } else if slope.abs() > CLEAR {
            let grows = if slope > 0.0 { "too high" } else { "too low" };
            told.push(format!("predictions become {grows} as the {name} grows: the law has another form"));
        }
    }
    told
}

/// Amounts that are smaller than this, and within this factor of each other, may be logarithms.
const LOGARITHM: f64 = 60.0;
const NARROW: f64 = 4.0;

/// Amounts of a table that look like logarithms of them.
pub(super) fn logarithms(fit: &Fit) -> Option<String> {
    let looks = |amount: fn(&Run) -> f64| {
        let all = || fit.runs().all().iter().map(amount);
        let (low, high) = all().fold((f64::INFINITY, 0.0_f64), |(low, high), x| (low.min(x), high.max(x)));
        // (widths and depths are whole numbers)
        let is_logarithm = low > 1.0 && high < LOGARITHM && high < NARROW * low && all().any(|x| x.fract() > 0.0);
        is_logarithm.then_some([low, high])
    };
    let ([low, high], name) = match (looks(|run| run.setting.size), looks(|run| run.setting.data)) {
        (Some(range), _) => (range, "size"),
        (None, Some(range)) => (range, "data"),
        (None, None) => return None,
    };
    Some(format!(
        "the {name} is between {low:.3} and {high:.3} in all runs: if these are logarithms, give the amounts themselves"
    ))
}

/// Slope and curvature of deviations over a logarithm, in standard errors; large deviations count as medium ones.
fn trends(logs: &[f64], residuals: &[f64]) -> Option<[f64; 2]> {
    let mut moduli: Vec<f64> = residuals.iter().map(|residual| residual.abs()).collect();
    moduli.sort_by(f64::total_cmp);
    let most = 3.0 * moduli.get(moduli.len() / 2)?;
    let values: Vec<f64> = residuals.iter().map(|residual| residual.clamp(-most, most)).collect();
    let (mean, deviation) = moments(logs);
    if deviation.is_nan() || deviation < 1e-6 {
        return None;
    }
    let rows: Vec<[f64; 3]> = logs.iter().map(|log| (log - mean) / deviation).map(|u| [1.0, u, u * u]).collect();
    let (found, inverse) = least_squares(&rows, &values)?;
    let rest =
        rows.iter().zip(&values).map(|(row, value)| value - row.iter().zip(found).map(|(x, y)| x * y).sum::<f64>());
    let variance = rest.map(|x| x * x).sum::<f64>() / (rows.len() as f64 - 3.0).max(1.0);
    Some([1, 2].map(|i| found[i] / (variance * inverse[i][i]).sqrt()))
}

fn moments(values: &[f64]) -> (f64, f64) {
    let mean = super::mean(values);
    (mean, super::root_mean_square(values.iter().map(|x| x - mean), values.len()))
}
