//! How far it is, for who waits at a terminal. Seen only when the work is long.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work that is done sooner says nothing.
const PATIENCE: Duration = Duration::from_millis(300);

/// A bar, or nothing.
pub struct Progress {
    bar: Option<ProgressBar>,
    started: Instant,
    seen: AtomicBool,
}

impl Progress {
    /// A bar that waits, or one that is never seen.
    pub fn new(wanted: bool) -> Self {
        let bar = wanted.then(|| {
            let bar = ProgressBar::hidden();
            let style = ProgressStyle::with_template("{msg:>9} {bar:32} {pos}/{len}");
            style
                .map(|style| bar.clone().with_style(style.progress_chars("━╸ ")))
                .unwrap_or(bar)
        });
        Self {
            bar,
            started: Instant::now(),
            seen: AtomicBool::new(false),
        }
    }

    /// Begins a stage of so many steps.
    pub fn begin(&self, what: &'static str, steps: usize) {
        if let Some(bar) = &self.bar {
            bar.set_message(what);
            bar.set_length(steps as u64);
            bar.set_position(0);
        }
    }

    /// One step is done.
    pub fn step(&self) {
        let Some(bar) = &self.bar else {
            return;
        };
        bar.inc(1);
        if self.started.elapsed() > PATIENCE && !self.seen.swap(true, Ordering::Relaxed) {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    /// Everything is done; the bar leaves no trace.
    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
