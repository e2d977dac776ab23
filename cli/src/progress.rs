//! A progress bar on standard error, for people who wait.

use std::ops::ControlFlow;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Steps of a bar that shows a share.
const STEPS: f64 = 1000.0;

/// Work shorter than this needs no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// Shows how far the work is, once it turns out to be long; never where standard error is not a terminal.
pub struct Progress {
    bar: ProgressBar,
    start: Instant,
    shown: bool,
    share: f64,
}

impl Progress {
    /// Work of so many points, or units, begins.
    pub fn new(count: usize, what: &str) -> Self {
        Self::with_style(count as u64, &format!("{{bar:40}} {{pos}} of {{len}} {what}, {{eta}} to go"))
    }

    /// Work begins that consists of unequal parts.
    pub fn of_shares() -> Self {
        Self::with_style(STEPS as u64, "{bar:40} {percent} %, {eta} to go")
    }

    fn with_style(count: u64, template: &str) -> Self {
        let bar = ProgressBar::with_draw_target(Some(count), ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self { bar, start: Instant::now(), shown: false, share: 0.0 }
    }

    /// Work that is a part of other work, which shows how far it is.
    pub fn silent() -> Self {
        Self { bar: ProgressBar::hidden(), start: Instant::now(), shown: true, share: 0.0 }
    }

    /// So many more of them are done.
    pub fn advance(&mut self, count: usize) {
        self.show();
        self.bar.inc(count as u64);
    }

    /// Counts points for the library, which need not stop.
    pub fn counting(&mut self) -> impl FnMut(usize) -> ControlFlow<()> {
        |count| {
            self.advance(count);
            ControlFlow::Continue(())
        }
    }

    /// The share of the work that is done has grown by so much.
    pub fn grow(&mut self, share: f64) {
        self.show();
        self.share += share;
        self.bar.set_position((STEPS * self.share).round() as u64);
    }

    /// Does a share of the work, which tells, from any thread, by how much the part of that share has grown.
    pub fn over<T>(&mut self, share: f64, work: impl FnOnce(&(dyn Fn(f64) -> ControlFlow<()> + Sync)) -> T) -> T {
        let progress = Mutex::new(self);
        work(&|part| {
            // (a thread that panicked has ended everything)
            if let Ok(mut progress) = progress.lock() {
                progress.grow(share * part);
            }
            ControlFlow::Continue(())
        })
    }

    fn show(&mut self) {
        if !self.shown && self.start.elapsed() > PATIENCE {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            self.bar.enable_steady_tick(PATIENCE);
            self.shown = true;
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
