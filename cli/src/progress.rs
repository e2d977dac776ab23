//! A progress bar on standard error, for people who wait.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work shorter than this needs no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// Shows how far the work is, once it turns out to be long; never where standard error is not a terminal.
pub struct Progress {
    bar: ProgressBar,
    start: Instant,
    shown: bool,
}

impl Progress {
    /// Work of so many points, or units, begins.
    pub fn new(count: usize, what: &str) -> Self {
        let bar = ProgressBar::with_draw_target(Some(count as u64), ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template(&format!("{{bar:40}} {{pos}} of {{len}} {what}, {{eta}} to go"))
        {
            bar.set_style(style);
        }
        Self { bar, start: Instant::now(), shown: false }
    }

    /// Work that is a part of other work, which shows how far it is.
    pub fn silent() -> Self {
        Self { bar: ProgressBar::hidden(), start: Instant::now(), shown: true }
    }

    /// So many more of them are done.
    pub fn advance(&mut self, count: usize) {
        if !self.shown && self.start.elapsed() > PATIENCE {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            self.shown = true;
        }
        self.bar.inc(count as u64);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
