//! The workers: a few threads that take runs from a queue and let each have a turn.
//!
//! Runs that somebody asks for come first. Then come those that had no turn yet, so that every run shows something before any is read to its
//! end; then it is first come, first served.

use crate::event_file::Sink;
use crate::index::{Index, News};
use crate::progress::Progress;
use crate::record::Window;
use crate::run::Run;
use crate::series::Store;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Runs that wait for a turn, and where their points go.
pub struct Queue {
    store: Arc<Store>,
    progress: Arc<Progress>,
    index: Arc<Index>,
    news: News,
    waiting: Mutex<Waiting>,
    arrival: Condvar,
    /// True once the logdir was gone through for the first time.
    all_known: AtomicBool,
    stopped: AtomicBool,
}

#[derive(Default)]
struct Waiting {
    runs: BTreeMap<Place, Arc<Run>>,
    /// The place of every run that waits.
    places: HashMap<String, Place>,
    arrivals: u64,
}

/// Where a run stands: whether nobody wants it, whether it had a turn before, and when it came.
type Place = (bool, bool, u64);

impl Queue {
    /// An empty queue.
    pub fn new(store: Arc<Store>, progress: Arc<Progress>, index: Arc<Index>) -> Self {
        Self {
            store,
            progress,
            index,
            news: News::default(),
            waiting: Mutex::default(),
            arrival: Condvar::new(),
            all_known: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
        }
    }

    /// Counters and losses.
    pub fn progress(&self) -> &Arc<Progress> {
        &self.progress
    }

    /// Where the points go.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What was read before this process was started.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Runs that may have something that is not in the index.
    pub fn news(&self) -> &News {
        &self.news
    }

    /// Gives a run a turn soon, unless it waits for one already.
    pub fn schedule(&self, run: &Arc<Run>) {
        if run.schedule() {
            self.put(run.clone());
        }
    }

    /// Forgets a run and its files; waits for its current turn to end.
    pub fn forget(&self, run: &Run) {
        run.forget(self.sink());
    }

    fn sink(&self) -> Sink<'_> {
        Sink {
            store: &self.store,
            progress: &self.progress,
            index: &self.index,
        }
    }

    /// Lets these runs go before all others, as somebody asks for them, until each is read to its end. Those that do not wait have
    /// nothing to be read, or have a turn right now.
    pub fn want<'a>(&self, runs: impl IntoIterator<Item = &'a str>) {
        // Nearly always nothing waits.
        let mut waiting = self.lock();
        let Waiting {
            runs: all, places, ..
        } = &mut *waiting;
        for run in runs {
            if let Some(place) = places.get_mut(run)
                && let Some(run) = all.remove(place)
            {
                run.want();
                place.0 = false;
                all.insert(*place, run);
            }
        }
    }

    fn put(&self, run: Arc<Run>) {
        let mut waiting = self.lock();
        waiting.arrivals += 1;
        let place = (!run.is_wanted(), run.turns() > 0, waiting.arrivals);
        waiting.places.insert(run.name().to_owned(), place);
        waiting.runs.insert(place, run);
        drop(waiting);
        self.arrival.notify_one();
    }

    /// Everything that was there at the start is known: loading ends when it is read.
    pub fn all_known(&self) {
        self.all_known.store(true, Ordering::Release);
        self.look_whether_live();
    }

    fn look_whether_live(&self) {
        let progress = &self.progress;
        let read = progress.files_read.load(Ordering::Acquire);
        if self.all_known.load(Ordering::Acquire) && read >= progress.files.load(Ordering::Acquire)
        {
            progress.live.store(true, Ordering::Release);
        }
    }

    /// Ends the workers after their current turn.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        drop(self.lock());
        self.arrival.notify_all();
    }

    /// True after [`stop`](Self::stop).
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    /// Works until it is stopped.
    pub fn work(&self) {
        let mut window = Window::default();
        while let Some(run) = self.take() {
            self.news.note(&run);
            if run.take_turn(self.sink(), &mut window) {
                self.put(run);
            }
            self.look_whether_live();
        }
    }

    fn take(&self) -> Option<Arc<Run>> {
        let mut waiting = self.lock();
        while !self.is_stopped() {
            if let Some((_, run)) = waiting.runs.pop_first() {
                waiting.places.remove(run.name());
                return Some(run);
            }
            waiting = self
                .arrival
                .wait(waiting)
                .unwrap_or_else(PoisonError::into_inner);
        }
        None
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_comes_first_and_then_what_had_no_turn() {
        let queue = Queue::new(Arc::default(), Arc::default(), Arc::new(Index::new(None)));
        let runs: Vec<_> = ["a", "b", "c", "d"]
            .iter()
            .map(|name| Arc::new(Run::new((*name).to_owned())))
            .collect();
        let order = |queue: &Queue| {
            let taken = runs.iter().filter_map(|_| queue.take());
            let names: Vec<_> = taken.map(|run| run.name().to_owned()).collect();
            names.concat()
        };
        runs.iter().for_each(|run| queue.schedule(run));
        queue.want(["d", "nobody", "c"]);
        assert_eq!(order(&queue), "cdab");
        // A run that is wanted keeps its place until it is read to its end.
        runs.iter().for_each(|run| queue.put(run.clone()));
        assert_eq!(order(&queue), "cdab");
        let (mut window, sink) = (Window::default(), queue.sink());
        runs.iter().for_each(|run| {
            run.take_turn(sink, &mut window);
        });
        runs.iter().rev().for_each(|run| queue.put(run.clone()));
        assert_eq!(order(&queue), "dcba");
    }
}
