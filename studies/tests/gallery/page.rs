//! `docs/gallery.md` says what is computed here: sentences and rows of the page with their numbers filled in, to the
//! last digit.
//!
//! Every number with a decimal point stands in such a sentence, those of the papers and the settings too. Others are
//! not checked: counts and sizes, and deviations of the order of rounding, which differ between processors.

mod bahri;
mod in_time;
mod white_figures;

use std::cell::RefCell;
use std::ops::Range;

use rayon::prelude::*;
use spectralaw::Model;
use spectralaw::spectrum::PowerLaw;

use super::{A, B, INF, flow, model, sized};
use spectralaw_studies::figures::MODES;

/// What stands below one heading, and which parts of it were written by a test.
struct Section {
    text: String,
    written: RefCell<Vec<Range<usize>>>,
    wrong: RefCell<Vec<String>>,
}

impl Section {
    fn new(text: &str) -> Self {
        // lines are broken for reading alone
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Self { text, written: RefCell::default(), wrong: RefCell::default() }
    }

    fn says(&self, sentence: impl AsRef<str>) {
        let sentence = sentence.as_ref();
        match self.text.find(sentence) {
            Some(at) => self.written.borrow_mut().push(at..at + sentence.len()),
            None => self.wrong.borrow_mut().push(format!("does not say: {sentence}")),
        }
    }

    /// What is wrong, and numbers that no sentence accounts for.
    fn check(self) -> Vec<String> {
        let (written, mut wrong) = (self.written.into_inner(), self.wrong.into_inner());
        let bytes = self.text.as_bytes();
        let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
        for (at, _) in self.text.match_indices('.') {
            let is_number = digit(at.checked_sub(1)) && digit(Some(at + 1));
            if is_number && !written.iter().any(|range| range.contains(&at)) {
                let context: String =
                    self.text[..at].chars().rev().take(20).collect::<Vec<_>>().into_iter().rev().collect();
                let after: String = self.text[at..].chars().take(10).collect();
                wrong.push(format!("not checked: ...{context}{after}..."));
            }
        }
        wrong
    }
}

/// Numbers with so many digits after the point, as a list.
fn list(values: impl IntoIterator<Item = f64>, digits: usize) -> String {
    values.into_iter().map(|value| format!("{value:.digits$}")).collect::<Vec<_>>().join(", ")
}

/// In per cent, with one digit.
fn percent(part: f64) -> String {
    format!("{:.1}", 100.0 * part)
}

/// Figures that have simulated points have as many modes as these.
fn finite(width: f64, samples: f64) -> Model {
    sized(&PowerLaw::new(A, B).with_modes(MODES as f64).spectrum().unwrap(), width, samples)
}

/// The beginning of the page.
fn settings(section: &Section) {
    let [all, finite] = [model(A, B, INF, INF), finite(INF, INF)].map(|model| flow(&model, 0.0).test_loss);
    section.says(format!("{all:.3} for infinitely many modes at a = 1.5 and {finite:.3} for 2000"));
}

/// All sections, by the beginnings of their headings.
type Check = fn(&Section);
const SECTIONS: [(&str, Check); 16] = [
    ("# The gallery", settings),
    ("Figure 1:", in_time::figure_1),
    ("Figure 2:", in_time::figure_2),
    ("Figure 3:", in_time::figure_3),
    ("Figure 4:", in_time::figure_4),
    ("Figure 5:", in_time::figure_5),
    ("Figure 6:", in_time::figure_6),
    ("Figure 7:", in_time::figure_7),
    ("Figure 8:", in_time::figure_8),
    ("Figure 9:", white_figures::figure_9),
    ("Figure 10:", white_figures::figure_10),
    ("Figure 11:", white_figures::figure_11),
    ("Figure 12:", in_time::figure_12),
    ("Four regimes", bahri::four_regimes),
    ("Duality of features and data", bahri::duality),
    ("4/exponent = d", bahri::dimension),
];

#[test]
fn page_says_what_is_computed() {
    let page = include_str!("../../../docs/gallery.md");
    let sections: Vec<&str> = page.split("\n### ").collect();
    assert_eq!(sections.len(), SECTIONS.len());
    let check = |(text, (heading, check)): (&&str, &(&str, Check))| {
        assert!(text.starts_with(heading), "{heading}");
        let section = Section::new(text);
        check(&section);
        section.check().into_iter().map(|wrong| format!("{heading} {wrong}")).collect::<Vec<_>>()
    };
    let wrong: Vec<String> = sections.par_iter().zip(&SECTIONS).flat_map(check).collect();
    assert!(wrong.is_empty(), "docs/gallery.md\n{}", wrong.join("\n"));
}
