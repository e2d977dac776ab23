//! Many cases, what failed of them by kind, and how to run one again.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::random::Random;

/// What a case came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Held,
    /// Nothing to compare with, and why.
    Skipped(&'static str),
    /// A kind, and all that is needed to see it.
    Failed(String, String),
}

#[derive(Debug, Default)]
pub struct Report {
    name: &'static str,
    cases: usize,
    skipped: BTreeMap<&'static str, usize>,
    failed: BTreeMap<String, Vec<u64>>,
}

/// One case runs alone, and tells more.
pub fn is_single() -> bool {
    variable("SPECTRALAW_ATTACK_CASE").is_some()
}

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} must be a number")))
}

impl Report {
    /// Runs a share of all cases.
    pub fn of(name: &'static str, share: f64, check: impl Fn(&mut Random) -> Outcome) -> Self {
        let mut report = Self { name, ..Self::default() };
        if let Some(case) = variable("SPECTRALAW_ATTACK_CASE") {
            report.run(case, &check);
            return report;
        }
        let all = variable("SPECTRALAW_ATTACK_CASES").unwrap_or(2000);
        let cases = (share * all as f64).round() as u64;
        let mut seeds = Random::new(variable("SPECTRALAW_ATTACK_SEED").unwrap_or(1));
        for _ in 0..cases {
            report.run(seeds.bits(), &check);
        }
        report
    }

    fn run(&mut self, case: u64, check: &impl Fn(&mut Random) -> Outcome) {
        self.cases += 1;
        let outcome = catch_unwind(AssertUnwindSafe(|| check(&mut Random::new(case))))
            .unwrap_or_else(|_| Outcome::Failed("panic".to_owned(), String::new()));
        match outcome {
            Outcome::Held => {}
            Outcome::Skipped(why) => *self.skipped.entry(why).or_default() += 1,
            Outcome::Failed(kind, message) => {
                // at once, as long runs may be broken off
                println!("{kind}: SPECTRALAW_ATTACK_CASE={case}: {message}");
                self.failed.entry(kind).or_default().push(case);
            }
        }
    }

    /// Prints what there was, and fails if anything failed or too much was skipped.
    pub fn finish(self) {
        let skipped: usize = self.skipped.values().sum();
        println!("{}: {} cases, skipped {:?}", self.name, self.cases, self.skipped);
        for (kind, failures) in &self.failed {
            println!("{kind}: {} {:?}", failures.len(), &failures[..failures.len().min(5)]);
        }
        let failed: usize = self.failed.values().map(Vec::len).sum();
        assert!(failed == 0, "{}: {failed} of {} cases failed", self.name, self.cases);
        assert!(10 * skipped <= 3 * self.cases, "{}: {skipped} of {} cases were skipped", self.name, self.cases);
    }
}
