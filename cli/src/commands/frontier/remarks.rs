//! Remarks on a frontier.

use spectralaw::Resource;
use spectralaw::frontier::PredictedExponents;
use spectralaw::table::{Table, quantities};

use super::problem::Problem;
use crate::number::rounded;

/// Local exponents count as asymptotic within this relative deviation.
const AGREEMENT: f64 = 0.05;

/// A budget counts as spent if a smaller share of it is left.
const UNSPENT: f64 = 1e-9;

/// All remarks.
pub fn remarks(problem: &Problem, table: &Table, integers: bool) -> Vec<String> {
    let mut remarks = Vec::new();
    match problem.frontier.predicted() {
        Ok(predicted) => {
            remarks.push(format!("predicted: {}", words(&predicted)));
            remarks.extend(agreement(problem, &predicted, table));
        }
        Err(why) => remarks.push(format!("no predicted exponents: {why}")),
    }
    remarks.extend(at_bounds(problem, table));
    let compute = table.numbers("compute");
    let unspent: Vec<f64> = compute
        .iter()
        .zip(table.numbers("spent"))
        .filter(|(c, s)| **s < **c * (1.0 - UNSPENT))
        .map(|(c, _)| *c)
        .collect();
    if !unspent.is_empty() && !integers {
        remarks.push(format!("less than the budget is spent {}: more would not help", places(&unspent, compute.len())));
    }
    remarks.push(accuracy(table));
    remarks
}

/// Predicted exponents in words.
fn words(predicted: &PredictedExponents) -> String {
    let loss = if predicted.loss.is_nan() { "L - sigma^2" } else { "L" };
    let power = |name: &str, exponent: f64| format!("{name} ~ C^{}", rounded(exponent, 6));
    let choices = predicted.choices().iter().map(|(resource, exponent)| power(resource.letter(), *exponent));
    let all: Vec<String> = std::iter::once(power(loss, predicted.signal)).chain(choices).collect();
    format!("{}, limited by {}", all.join(", "), predicted.limiting.join(" and "))
}

/// From which budget on local exponents are the predicted ones, and the amplitudes that go with these at the largest.
fn agreement(problem: &Problem, predicted: &PredictedExponents, table: &Table) -> Vec<String> {
    let mut pairs = vec![(table.numbers("loss_exponent"), predicted.loss)];
    pairs.extend(
        problem
            .frontier
            .free()
            .into_iter()
            .map(|resource| (table.numbers(quantities::exponent(resource)), predicted.of(resource))),
    );
    pairs.retain(|(_, exponent)| exponent.is_finite());
    let agrees = |row: usize| {
        pairs
            .iter()
            .all(|(local, exponent)| (local[row] - exponent).abs() <= AGREEMENT * exponent.abs().max(f64::MIN_POSITIVE))
    };
    let compute = table.numbers("compute");
    let mut order: Vec<usize> = (0..compute.len()).collect();
    order.sort_by(|i, j| compute[*j].total_cmp(&compute[*i]));
    let largest = order.first().copied();
    let first = order.into_iter().take_while(|row| agrees(*row)).last();
    let (Some(first), Some(largest)) = (first, largest) else {
        return vec!["local exponents do not yet agree with them within 5 per cent at the largest budget".to_owned()];
    };
    let amplitude = |letter: &str, column: &str, exponent: f64| {
        let amplitude = table.numbers(column)[largest] / compute[largest].powf(exponent);
        format!("{letter} = {} C^{}", rounded(amplitude, 4), rounded(exponent, 6))
    };
    let shares = problem.frontier.free().into_iter().filter(|resource| predicted.of(*resource).is_finite());
    let shares = shares.map(|resource| amplitude(resource.letter(), problem.column(resource), predicted.of(resource)));
    // (with noise the loss itself has no power law)
    let loss = predicted.loss.is_finite().then(|| amplitude("L", "test_loss", predicted.loss));
    let amplitudes: Vec<String> = loss.into_iter().chain(shares).collect();
    vec![
        format!("local exponents agree with them within 5 per cent from C = {} on", rounded(compute[first], 4)),
        format!("amplitudes at the largest budget: {}", amplitudes.join(", ")),
    ]
}

/// Where resources are at their bounds.
fn at_bounds(problem: &Problem, table: &Table) -> Vec<String> {
    let (compute, words) = (table.numbers("compute"), table.words("bounds"));
    let told = |resource: Resource, end: &str, upper: &str| {
        let own = format!("{} {end}", resource.name());
        let rows = compute.iter().zip(words).filter(|(_, bounds)| bounds.split("; ").any(|bound| bound == own));
        let budgets: Vec<f64> = rows.map(|(budget, _)| *budget).collect();
        let place = || places(&budgets, compute.len());
        (!budgets.is_empty()).then(|| format!("{} at the {upper} bound {}", problem.word(resource), place()))
    };
    let free = problem.frontier.free();
    free.iter()
        .flat_map(|resource| [told(*resource, "min", "lower"), told(*resource, "max", "upper")])
        .flatten()
        .collect()
}

/// Which of the budgets, in words.
fn places(budgets: &[f64], all: usize) -> String {
    let least = budgets.iter().copied().fold(f64::INFINITY, f64::min);
    let most = budgets.iter().copied().fold(0.0, f64::max);
    match budgets.len() {
        count if count == all => "at every budget".to_owned(),
        1 => format!("at C = {}", rounded(least, 4)),
        count => format!("at {count} of {all} budgets, C = {} to {}", rounded(least, 4), rounded(most, 4)),
    }
}

/// How accurate the answer is.
pub fn accuracy(table: &Table) -> String {
    let largest = |column: &str| table.numbers(column).iter().fold(0.0_f64, |largest, x| largest.max(*x));
    format!(
        "largest estimated relative error of test_loss: {}; largest slope left at an optimum: {}",
        rounded(largest("error"), 2),
        rounded(largest("residual"), 2)
    )
}
