//! Threads with room for deep documents, and what happens when there are none, or when one of them fails.

use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::available_parallelism;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// Bytes of each thread's stack: documents nest up to a ceiling, and what walks them may recurse so far.
const STACK: usize = 16 << 20;
/// Threads at most: more make nothing faster, and each takes its stack from the address space.
const MOST: usize = 16;

/// Whoever does the work.
pub struct Workers {
    /// `None` where the system gives no threads; the work is then done here, one after the other.
    pool: Option<ThreadPool>,
    failed: AtomicBool,
}

impl Workers {
    /// As many as the machine has processors.
    pub fn new() -> Self {
        let threads = available_parallelism().map_or(1, usize::from).min(MOST);
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .stack_size(STACK)
            .build();
        Self {
            pool: pool.ok(),
            failed: AtomicBool::new(false),
        }
    }

    /// Does one thing to each, and keeps the order. Where doing it panics there is `None`, and the rest goes on.
    pub fn each<T: Sync, R: Send>(
        &self,
        all: &[T],
        work: impl Fn(&T) -> R + Sync,
    ) -> Vec<Option<R>> {
        let careful = |one: &T| {
            let done = panic::catch_unwind(AssertUnwindSafe(|| work(one))).ok();
            if done.is_none() {
                self.failed.store(true, Ordering::Relaxed);
            }
            done
        };
        match &self.pool {
            Some(pool) => pool.install(|| all.par_iter().map(careful).collect()),
            None => all.iter().map(careful).collect(),
        }
    }

    /// Whether anything panicked: a bug of ours.
    pub fn failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_costs_only_its_own_result() {
        let workers = Workers::new();
        let hook = panic::take_hook();
        panic::set_hook(Box::new(|_| {}));
        let done = workers.each(&[1, 2, 3], |n| {
            assert!(*n != 2, "two");
            n * 10
        });
        panic::set_hook(hook);
        assert_eq!(done, [Some(10), None, Some(30)]);
        assert!(workers.failed());
    }
}
