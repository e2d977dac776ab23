//! Multi-precision reference values.

use serde_json::Value;
use spectralaw::{LossPoint, Model, PowerLaw};

fn records(file: &str, section: Option<&str>) -> Vec<Value> {
    let path = format!("{}/tests/data/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let json: Value = serde_json::from_str(&text).unwrap();
    section.map_or(&json, |s| &json[s]).as_array().unwrap().clone()
}

fn number(record: &Value, key: &str) -> f64 {
    record[key].as_f64().unwrap_or(f64::INFINITY)
}

fn model(record: &Value) -> Model {
    let law = PowerLaw::new(number(record, "a"), number(record, "b")).with_modes(number(record, "modes"));
    Model::new(&law.spectrum().unwrap())
        .with_width(number(record, "width"))
        .unwrap()
        .with_samples(number(record, "samples"))
        .unwrap()
}

#[test]
fn dump() {
    let mut worst = 0.0f64;
    for (file, section) in [("random_feature_reference.json", Some("gradient_flow")),("random_feature_reference.json", Some("ridge"))] {
        for r in records(file, section) {
            let m = model(&r);
            let p: LossPoint = if section == Some("ridge") { m.ridge_regression(&[number(&r, "ridge")]).unwrap().points()[0] } else { m.gradient_flow(&[number(&r, "time")]).unwrap().points()[0] };
            let rel = |x: f64, key: &str| (x / number(&r, key) - 1.0).abs();
            let tr = if section == Some("ridge") {0.0} else { (p.train_signal - number(&r, "train_signal")).abs() / m.spectrum().total_power() };
            println!("{} {} {} N{} P{} t{} | sig {:.1e} noise {:.1e} bias {:.1e} sd {:.1e} sf {:.1e} tr {:.1e} est {:.1e}", r["a"], r["b"], r["modes"], r["width"], r["samples"], r["time"],
              rel(p.signal, "signal"), rel(p.noise, "noise"), rel(p.bias_signal(), "bias"), rel(p.same_data_signal(), "same_data"), rel(p.same_features_signal(), "same_feat"), tr, p.error);
            worst = worst.max(rel(p.signal, "signal"));
        }
    }
    println!("{worst}");
}
