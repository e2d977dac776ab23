//! The answer in words.

use spectralaw::fit::{Bound, HeldOut, Optimum, Prediction, Reached};
use spectralaw::table::Table;

use super::answer::Answer;
use crate::number::rounded;
use crate::output::report::{Precision, Report, Shown, Thinning};

/// Significant digits of losses, and of amounts.
const LOSS: usize = 4;
const AMOUNT: usize = 3;

/// What people are told of the constants, and below them of everything else.
pub fn report<'a>(answer: &Answer, constants: &'a Table) -> Report<'a> {
    Report {
        header: answer.header.clone(),
        columns: COLUMNS.to_vec(),
        curve: constants.rows(),
        thinning: Thinning::Even,
        table: constants,
        remarks: remarks(answer),
    }
}

const COLUMNS: &[Shown] = &[
    shown("constant", "", "constant"),
    shown("value", "", "value"),
    shown("standard_error", "", "std. error"),
    shown("low", "interval", "from"),
    shown("high", "interval", "to"),
    shown("profile_low", "by profile", "from"),
    shown("profile_high", "by profile", "to"),
];

const fn shown(column: &'static str, group: &'static str, heading: &'static str) -> Shown {
    Shown { column, group, heading, precision: Precision::Digits(4) }
}

fn loss(value: f64) -> String {
    rounded(value, LOSS)
}

fn amount(value: f64) -> String {
    rounded(value, AMOUNT)
}

fn remarks(answer: &Answer) -> Vec<String> {
    let mut told = Vec::new();
    told.extend(answer.predictions.iter().map(prediction));
    told.extend(answer.optimum.iter().flat_map(optimum));
    told.extend(answer.reached.iter().map(reached));
    told.extend(answer.held_out.iter().map(held_out));
    if let Some(comparison) = &answer.comparison {
        told.push("laws on runs that were held out, the best first:".to_owned());
        told.extend(comparison.held_out.iter().map(held_out));
        told.extend(comparison.impossible.iter().map(|(law, why)| format!("law {}: {why}", law.name())));
    }
    told.extend(verdict(answer));
    told.extend(answer.remarks.iter().cloned());
    told
}

fn prediction(found: &Prediction) -> String {
    if found.loss.is_nan() {
        let (size, data) = (amount(found.setting.size), amount(found.setting.data));
        return format!("no prediction at size {size} and data {data}: the law has no constants");
    }
    format!(
        "loss at size {} and data {}: {}, a single run from {} to {}",
        amount(found.setting.size),
        amount(found.setting.data),
        loss(found.loss),
        loss(found.interval[0]),
        loss(found.interval[1])
    )
}

fn optimum(best: &Optimum) -> Vec<String> {
    if best.bound == Some(Bound::Law) {
        return vec![format!(
            "no best size for the budget {}: the loss of the law falls towards ever smaller or ever larger sizes",
            amount(best.budget)
        )];
    }
    if best.size.is_nan() {
        return vec![format!("no plan for the budget {}: the law has no constants", amount(best.budget))];
    }
    let [size, data] = [best.size_interval, best.data_interval].map(|ends| ends.map(amount));
    let ends = best.loss_interval.map(loss);
    let costs = |at: f64| format!("{:.2}", 100.0 * (at / best.loss - 1.0));
    let mut told = vec![
        format!(
            "best for the budget {}: size {} ({} to {}), data {} ({} to {})",
            amount(best.budget),
            amount(best.size),
            size[0],
            size[1],
            amount(best.data),
            data[0],
            data[1]
        ),
        format!(
            "loss there {}, a single run from {} to {}; half the size costs {} per cent of loss, twice the size {}",
            loss(best.loss),
            ends[0],
            ends[1],
            costs(best.half),
            costs(best.double)
        ),
    ];
    told.extend(best.bound.and_then(held_by));
    if best.unlimited < best.loss * (1.0 - 1e-9) {
        told.push(format!(
            "with more data the budget would reach {}: the limit costs {:.2} per cent",
            loss(best.unlimited),
            100.0 * (best.loss / best.unlimited - 1.0)
        ));
    }
    told
}

/// What holds a size, where it is no minimum.
fn held_by(bound: Bound) -> Option<String> {
    match bound {
        Bound::LeastSize => Some("this is the smallest size that is allowed: smaller ones would be better".to_owned()),
        Bound::MostSize => Some("this is the largest size that is allowed: larger ones would be better".to_owned()),
        Bound::MostData => Some("all the data that there are are used".to_owned()),
        Bound::Law => None,
    }
}

fn reached(found: &Reached) -> String {
    if found.budget.is_nan() {
        return format!("no plan for the loss {}: the law has no constants", loss(found.target));
    }
    if found.budget.is_infinite() {
        return format!("loss {} is below the floor of the law: no budget reaches it", loss(found.target));
    }
    let run = match found.bound {
        Some(Bound::Law) => "at no best size: the loss falls towards ever smaller or ever larger ones".to_owned(),
        bound => {
            let held = bound.and_then(held_by).map_or(String::new(), |why| format!(" ({why})"));
            format!("size {}, data {}{held}", amount(found.size), amount(found.data))
        }
    };
    format!(
        "loss {} takes a budget of {} ({} to {}), {run}",
        loss(found.target),
        amount(found.budget),
        amount(found.interval[0]),
        amount(found.interval[1])
    )
}

fn held_out(found: &HeldOut) -> String {
    format!(
        "{}: fitted to {} runs up to a cost of {}, it is {:.2} per cent off on {} larger ones (bias {:+.2}), {:.0} of \
         them within their intervals",
        found.law.name(),
        found.fitted,
        amount(found.up_to),
        100.0 * found.error,
        found.held_out,
        100.0 * found.bias,
        found.coverage * found.held_out as f64
    )
}

fn verdict(answer: &Answer) -> Vec<String> {
    let verdict = &answer.verdict;
    let mut told = Vec::new();
    if answer.held_out.is_none() && answer.comparison.is_none() {
        told.extend(verdict.held_out.last().map(held_out));
    }
    if let (Some(first), Some(last)) = (verdict.floors.first(), verdict.floors.last()) {
        let answers = if first.loss.is_nan() {
            String::new()
        } else {
            format!(": the loss above would be from {} to {}", loss(first.loss), loss(last.loss))
        };
        told.push(format!("floors E from {} to {} fit about as well{answers}", loss(first.floor), loss(last.floor)));
    }
    told.push(if verdict.identified {
        "verdict: these runs determine the law".to_owned()
    } else {
        "verdict: these runs do not determine all of the law".to_owned()
    });
    told.extend(verdict.reasons.iter().map(|reason| format!("- {reason}")));
    told.extend(verdict.warnings.iter().map(|warning| format!("- mind: {warning}")));
    told
}
