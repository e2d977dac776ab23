//! A page of rows `| **id** | ... |` whose numbers a test recomputes.

use std::cell::RefCell;

/// Rows of the page, and what was not found in them.
pub struct Page {
    name: &'static str,
    text: &'static str,
    missing: RefCell<Vec<String>>,
}

impl Page {
    pub fn new(name: &'static str, text: &'static str) -> Self {
        Self { name, text, missing: RefCell::new(Vec::new()) }
    }

    pub fn rows(&self) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
        let id = |line: &'static str| Some((line.strip_prefix("| **")?.split_once("** |")?.0, line));
        self.text.lines().filter_map(id)
    }

    /// The row says this.
    pub fn says(&self, id: &str, text: &str) {
        if !self.rows().any(|(other, row)| other == id && row.contains(text)) {
            self.missing.borrow_mut().push(format!("{id} does not say {text}"));
        }
    }

    /// The row has what was derived, as code.
    pub fn derives(&self, id: &str, formula: impl ToString) {
        self.says(id, &format!("`{}`", formula.to_string()));
    }

    /// The row has a number with so many digits after the point.
    pub fn shows(&self, id: &str, value: f64, digits: usize) {
        self.says(id, &format!(" {value:.digits$}"));
    }

    pub fn check(self) {
        let missing = self.missing.into_inner();
        assert!(missing.is_empty(), "{}:\n{}", self.name, missing.join("\n"));
    }
}
