//! Work without the interpreter's lock: on a thread of its own, so that signals are answered at once.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use spectralaw::{Error, Result};

pyo3::create_exception!(
    spectralaw,
    SpectralawError,
    PyValueError,
    "Input that was refused; the message names the value and the remedy."
);

/// The library's refusal, in its words.
pub fn refused(error: &Error) -> PyErr {
    SpectralawError::new_err(error.to_string())
}

/// How often signals are looked at.
const PATIENCE: Duration = Duration::from_millis(50);

/// What the work and whoever waits for it tell each other.
#[derive(Default)]
pub struct Watch {
    /// Nobody waits any more.
    is_stopped: AtomicBool,
    /// The share that is done, as bits.
    done: AtomicU64,
}

impl Watch {
    /// Counts points of so many in all, for functions that may be told to stop.
    pub fn counting(&self, all: usize) -> impl FnMut(usize) -> ControlFlow<()> {
        let mut count = 0;
        move |more| {
            count += more;
            self.done.store((count as f64 / all.max(1) as f64).to_bits(), Ordering::Relaxed);
            self.answer()
        }
    }

    /// Adds a share of the work, from any thread, for functions that may be told to stop.
    pub fn grow(&self, share: f64) -> ControlFlow<()> {
        let grown = |bits: u64| Some((f64::from_bits(bits) + share).to_bits());
        let _ = self.done.fetch_update(Ordering::Relaxed, Ordering::Relaxed, grown);
        self.answer()
    }

    fn answer(&self) -> ControlFlow<()> {
        if self.is_stopped.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// The threads of this process, which has none of those of the process that it was forked from.
static POOL: Mutex<Option<(u32, Arc<ThreadPool>)>> = Mutex::new(None);

fn pool() -> PyResult<Arc<ThreadPool>> {
    let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    let process = std::process::id();
    match &*pool {
        Some((own, threads)) if *own == process => Ok(Arc::clone(threads)),
        _ => {
            let threads = ThreadPoolBuilder::new().build();
            let threads = Arc::new(threads.map_err(|error| PyRuntimeError::new_err(error.to_string()))?);
            // threads that were left behind in another process cannot be told to end
            std::mem::forget(pool.replace((process, Arc::clone(&threads))));
            Ok(threads)
        }
    }
}

/// Does work with all threads and without the interpreter's lock. `progress` is called now and then with the share that
/// is done; an exception that it, or a signal's handler, raises ends the work.
pub fn run<T: Send + 'static>(
    py: Python<'_>,
    progress: Option<&Bound<'_, PyAny>>,
    work: impl FnOnce(&Watch) -> Result<T> + Send + 'static,
) -> PyResult<T> {
    let pool = pool()?;
    let watch = Arc::new(Watch::default());
    let (sender, receiver) = mpsc::channel();
    let own = Arc::clone(&watch);
    // it is not waited for once it has been stopped
    let worker = move || {
        let done = catch_unwind(AssertUnwindSafe(|| pool.install(|| work(&own))));
        let _ = sender.send(done);
    };
    thread::Builder::new().spawn(worker).map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
    let receiver = Mutex::new(receiver);
    loop {
        let received = py.detach(|| receiver.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(PATIENCE));
        match received {
            Ok(Ok(answer)) => return answer.map_err(|error| refused(&error)),
            Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => {
                return Err(PyRuntimeError::new_err("the work ended early: please report what was asked for"));
            }
            Err(RecvTimeoutError::Timeout) => {
                let share = f64::from_bits(watch.done.load(Ordering::Relaxed));
                let told = progress.map_or(Ok(()), |progress| progress.call1((share,)).map(drop));
                if let Err(stop) = py.check_signals().and(told) {
                    watch.is_stopped.store(true, Ordering::Relaxed);
                    return Err(stop);
                }
            }
        }
    }
}
