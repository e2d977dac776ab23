//! The answer as one object; what is not known is null.

use serde_json::{Map, Value, json};
use spectralaw::fit::{Bound, HeldOut};

use super::answer::Answer;

/// The object of an answer.
pub fn object(answer: &Answer) -> Value {
    let Answer { fit, verdict, .. } = answer;
    let named = |values: &[f64]| -> Value {
        fit.names()
            .iter()
            .zip(values)
            .map(|(name, value)| ((*name).to_owned(), json!(value)))
            .collect::<Map<_, _>>()
            .into()
    };
    let pairs = |values: &[[f64; 2]]| -> Value {
        fit.names()
            .iter()
            .zip(values)
            .map(|(name, value)| ((*name).to_owned(), json!(value)))
            .collect::<Map<_, _>>()
            .into()
    };
    let mut object = Map::new();
    let mut put = |name: &str, value: Value| object.insert(name.to_owned(), value);
    put("law", json!(fit.law().name()));
    put("runs", json!(fit.runs().len()));
    put("level", json!(fit.options().level));
    put("parameters", named(fit.constants()));
    put("objective", json!(fit.objective()));
    put("standard_errors", named(fit.standard_errors()));
    put("intervals", pairs(&fit.intervals()));
    put("profile_intervals", pairs(&fit.profile_intervals()));
    put("widening", json!(fit.widening()));
    // (a law without constants has no plan at all, one without a best size has a plan that says so)
    let optimum = answer.optimum.filter(|best| best.size.is_finite() || best.bound.is_some()).map(|best| {
        json!({
            "budget": best.budget, "size": best.size, "data": best.data, "loss": best.loss,
            "bound": best.bound.map(Bound::name),
            "intervals": {"size": best.size_interval, "data": best.data_interval, "loss": best.loss_interval},
            "loss_at_half_size": best.half, "loss_at_double_size": best.double,
            "loss_with_unlimited_data": best.unlimited,
        })
    });
    put("optimum", json!(optimum));
    let target = answer.reached.map(|reached| {
        json!({
            "loss": reached.target, "budget": reached.budget, "interval": reached.interval,
            "size": reached.size, "data": reached.data, "bound": reached.bound.map(Bound::name),
        })
    });
    put("target", json!(target));
    let predictions = answer.predictions.iter().map(|found| {
        json!({
            "size": found.setting.size, "data": found.setting.data, "loss": found.loss, "interval": found.interval,
        })
    });
    put("predictions", predictions.collect());
    put("held_out", json!(answer.held_out.as_ref().map(held_out)));
    if let Some(comparison) = &answer.comparison {
        put("comparison", comparison.held_out.iter().map(held_out).collect());
    }
    let floors = verdict
        .floors
        .iter()
        .map(|at| json!({"floor": at.floor, "excess": at.excess, "loss": at.loss, "parameters": named(&at.constants)}));
    let changes = verdict
        .changes
        .iter()
        .map(|change| json!({"what": change.what, "loss": change.loss, "parameters": named(&change.constants)}));
    put(
        "verdict",
        json!({
            "identified": verdict.identified,
            "reasons": verdict.reasons,
            "unidentified": verdict.unidentified,
            "warnings": verdict.warnings,
            "extrapolation": verdict.extrapolation,
            "held_out": verdict.held_out.iter().map(held_out).collect::<Value>(),
            "floors": floors.collect::<Value>(),
            "changes": changes.collect::<Value>(),
        }),
    );
    Value::Object(object)
}

fn held_out(found: &HeldOut) -> Value {
    json!({
        "law": found.law.name(), "up_to": found.up_to, "fitted": found.fitted, "held_out": found.held_out,
        "error": found.error, "bias": found.bias, "coverage": found.coverage,
        "widening": found.widening,
    })
}
