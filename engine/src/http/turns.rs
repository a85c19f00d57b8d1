//! Who may work when: as many at a time as there are threads, in the order in which they came.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

use crate::query::Helper;

/// The turns of all threads.
pub struct Turns {
    free: Arc<Semaphore>,
    /// How many wait for one.
    waiting: Arc<AtomicUsize>,
}

/// Counts as waiting while it exists.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Turns {
    /// For so many threads.
    pub fn new(threads: usize) -> Self {
        Self {
            free: Arc::new(Semaphore::new(threads.max(1))),
            waiting: Arc::default(),
        }
    }

    /// Waits for a turn; dropping it gives it back.
    pub async fn turn(&self) -> Result<OwnedSemaphorePermit, AcquireError> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(&self.waiting);
        Arc::clone(&self.free).acquire_owned().await
    }

    /// The turns nobody needs now, for helpers; these stop as soon as somebody waits.
    pub fn helpers(&self) -> Vec<Helper> {
        let spare = std::iter::from_fn(|| Arc::clone(&self.free).try_acquire_owned().ok());
        let to_helper = |turn: OwnedSemaphorePermit| -> Helper {
            let waiting = Arc::clone(&self.waiting);
            Box::new(move || {
                let _held = &turn;
                waiting.load(Ordering::Relaxed) == 0
            })
        };
        spare.map(to_helper).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Waker};

    #[test]
    fn helpers_take_what_is_free_and_go_when_somebody_waits() {
        let turns = Turns::new(3);
        let mut context = Context::from_waker(Waker::noop());
        let mut mine = pin!(turns.turn());
        assert!(mine.as_mut().poll(&mut context).is_ready());
        // The turn was dropped with the answer.
        let helpers = turns.helpers();
        assert_eq!(helpers.len(), 3);
        assert!(helpers.iter().all(|may_go_on| may_go_on()));
        assert!(turns.helpers().is_empty());

        let mut other = pin!(turns.turn());
        assert!(other.as_mut().poll(&mut context).is_pending());
        assert!(!helpers.iter().any(|may_go_on| may_go_on()));
        drop(helpers);
        assert!(other.as_mut().poll(&mut context).is_ready());
        assert_eq!(turns.helpers().len(), 3);
    }
}
