//! Calls to the file system that are under way, and for how long: one that is far away may not answer for minutes.
//!
//! Threads that touch the logdir [enlist](Calls::enlist). Around what may hang they write [`call`], and in long loops of it [`returned`], so that only
//! time without any answer counts. Who asks how it stands never touches the file system itself.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

/// A call that takes at least this long is told: disks that had to start spinning have answered by then.
pub const SILENT: Duration = Duration::from_secs(3);

/// The calls of all threads that enlisted.
pub struct Calls {
    began: Instant,
    threads: Mutex<Vec<Weak<Thread>>>,
}

/// The call one thread is in.
struct Thread {
    began: Instant,
    /// When it began, or a part of it returned: milliseconds since `began`, and one more; 0 in no call.
    since_ms: AtomicU64,
}

thread_local! {
    static THIS: RefCell<Option<Arc<Thread>>> = const { RefCell::new(None) };
}

/// A thread's calls count for as long as it has this.
pub struct Enlisted {
    before: Option<Arc<Thread>>,
}

impl Default for Calls {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            threads: Mutex::default(),
        }
    }
}

impl Calls {
    /// Lets the calls of this thread count from now on.
    pub fn enlist(&self) -> Enlisted {
        let thread = Arc::new(Thread {
            began: self.began,
            since_ms: AtomicU64::new(0),
        });
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.retain(|thread| thread.strong_count() > 0);
        threads.push(Arc::downgrade(&thread));
        Enlisted {
            before: THIS.replace(Some(thread)),
        }
    }

    /// For how long the file system has not answered; `None` while that is no reason to worry.
    pub fn silence(&self) -> Option<Duration> {
        self.silence_at(self.began.elapsed())
    }

    fn silence_at(&self, now: Duration) -> Option<Duration> {
        let threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        let since_ms = threads
            .iter()
            .filter_map(|thread| Some(thread.upgrade()?.since_ms.load(Ordering::Relaxed)))
            .filter(|&since_ms| since_ms > 0)
            .min()?;
        let silence = now.saturating_sub(Duration::from_millis(since_ms - 1));
        (silence >= SILENT).then_some(silence)
    }
}

impl Drop for Enlisted {
    fn drop(&mut self) {
        THIS.set(self.before.take());
    }
}

impl Thread {
    fn mark(&self) {
        let now_ms = self.began.elapsed().as_millis() as u64;
        self.since_ms.store(now_ms + 1, Ordering::Relaxed);
    }
}

/// Does what may hang. There may be calls inside of calls.
pub fn call<T>(work: impl FnOnce() -> T) -> T {
    let Some(thread) = THIS.with_borrow(Option::clone) else {
        return work();
    };
    let is_outermost = thread.since_ms.load(Ordering::Relaxed) == 0;
    thread.mark();
    let result = work();
    if is_outermost {
        thread.since_ms.store(0, Ordering::Relaxed);
    } else {
        thread.mark();
    }
    result
}

/// Says that a part of the call this thread is in has returned.
pub fn returned() {
    THIS.with_borrow(|thread| {
        if let Some(thread) = thread
            && thread.since_ms.load(Ordering::Relaxed) > 0
        {
            thread.mark();
        }
    });
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    /// Of calls that have lasted for `lasting` more than they have.
    fn silence(calls: &Calls, lasting: Duration) -> Option<Duration> {
        calls.silence_at(calls.began.elapsed() + lasting)
    }

    #[test]
    fn only_a_long_call_counts_and_only_while_it_lasts() {
        let calls = Calls::default();
        let _enlisted = calls.enlist();
        assert_eq!(silence(&calls, SILENT), None, "in no call");
        call(|| {
            assert_eq!(silence(&calls, SILENT / 2), None, "a short one");
            assert!(silence(&calls, SILENT).unwrap() >= SILENT);
        });
        assert_eq!(silence(&calls, SILENT), None, "it has returned");
    }

    #[test]
    fn parts_that_return_are_signs_of_life() {
        let calls = Calls::default();
        let _enlisted = calls.enlist();
        let since =
            || THIS.with_borrow(|this| this.as_ref().unwrap().since_ms.load(Ordering::Relaxed));
        let long_ago =
            || THIS.with_borrow(|this| this.as_ref().unwrap().since_ms.store(1, Ordering::Relaxed));
        std::thread::sleep(Duration::from_millis(2));
        returned();
        assert_eq!(since(), 0, "not in a call");
        call(|| {
            long_ago();
            returned();
            assert!(since() > 1);
            long_ago();
            call(|| ());
            assert!(since() > 1, "still in the outer one");
        });
        assert_eq!(since(), 0);
    }

    #[test]
    fn the_longest_of_all_threads_counts() {
        let calls = Arc::new(Calls::default());
        let (hang, hung) = mpsc::channel::<()>();
        let (tell, told) = mpsc::channel();
        let others = Arc::clone(&calls);
        let thread = std::thread::spawn(move || {
            let _enlisted = others.enlist();
            call(|| {
                tell.send(()).unwrap();
                let _ = hung.recv();
            });
        });
        told.recv().unwrap();
        {
            let _enlisted = calls.enlist();
            call(|| assert!(silence(&calls, SILENT).is_some()));
        }
        assert!(silence(&calls, SILENT).is_some(), "the other's");
        drop(hang);
        thread.join().unwrap();
        assert_eq!(silence(&calls, SILENT), None, "it is gone");
    }

    #[test]
    fn threads_that_have_not_enlisted_just_work() {
        assert_eq!(call(|| 7), 7);
        returned();
    }
}
