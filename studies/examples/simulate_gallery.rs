//! Draws and trains the models behind the simulated points of the gallery, and writes them to
//! `docs/gallery/simulations`.
//!
//! `cargo run --release -p spectralaw-studies --example simulate_gallery -- fig2a fig9` writes these two figures,
//! without names all of them.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;
use std::time::Instant;

use spectralaw_studies::figures;

fn main() {
    // draws are spread over the threads, so that matrix products need not be
    faer::set_global_parallelism(faer::Par::Seq);
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let figures = figures::all();
    for name in &wanted {
        let names: Vec<&str> = figures.iter().map(|figure| figure.name).collect();
        assert!(names.contains(&name.as_str()), "{name} is not among {}", names.join(", "));
    }
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/gallery/simulations");
    for figure in figures.iter().filter(|figure| wanted.is_empty() || wanted.iter().any(|name| name == figure.name)) {
        let start = Instant::now();
        let mut text = figure.head();
        for curve in 0..figure.curves.len() {
            text += &figure.lines(curve);
        }
        std::fs::write(directory.join(figure.name).with_extension("csv"), text).unwrap();
        println!("{}: {:.1} s", figure.name, start.elapsed().as_secs_f64());
    }
}
