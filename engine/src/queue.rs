//! The workers: a few threads that take runs from a queue and let each have a turn.
//!
//! Runs that somebody asks for come first. Then come those that had no turn yet, so that every run shows something before any is read to its
//! end; then it is first come, first served. Who finds no run waiting reads ahead for those that have a turn.

use crate::config::Configs;
use crate::event_file::Sink;
use crate::index::{Index, News};
use crate::progress::Progress;
use crate::record::Window;
use crate::run::Run;
use crate::segment::{Helpers, Segment};
use crate::series::Store;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Runs that wait for a turn, and where their points go.
pub struct Queue {
    store: Arc<Store>,
    progress: Arc<Progress>,
    index: Arc<Index>,
    news: News,
    configs: Configs,
    waiting: Mutex<Waiting>,
    arrival: Condvar,
    /// True once the logdir was gone through for the first time.
    all_known: AtomicBool,
    stopped: AtomicBool,
    workers: AtomicUsize,
    idle: AtomicUsize,
}

/// What a worker does next.
enum Job {
    Turn(Arc<Run>),
    ReadAhead(Arc<Segment>),
}

#[derive(Default)]
struct Waiting {
    runs: BTreeMap<Place, Arc<Run>>,
    /// The place of every run that waits.
    places: HashMap<String, Place>,
    arrivals: u64,
    segments: VecDeque<Arc<Segment>>,
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
            configs: Configs::default(),
            waiting: Mutex::default(),
            arrival: Condvar::new(),
            all_known: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            workers: AtomicUsize::new(0),
            idle: AtomicUsize::new(0),
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

    /// Configuration files beside the logs.
    pub fn configs(&self) -> &Configs {
        &self.configs
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
            helpers: self,
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
        self.workers.fetch_add(1, Ordering::Relaxed);
        let mut window = Window::default();
        while let Some(job) = self.take() {
            match job {
                Job::Turn(run) => self.give_turn(run, &mut window),
                Job::ReadAhead(segment) => drop(segment.read(&mut window)),
            }
        }
    }

    fn give_turn(&self, run: Arc<Run>, window: &mut Window) {
        self.news.note(&run);
        if run.take_turn(self.sink(), window) {
            self.put(run);
        }
        self.look_whether_live();
    }

    fn take(&self) -> Option<Job> {
        let mut waiting = self.lock();
        while !self.is_stopped() {
            if let Some((_, run)) = waiting.runs.pop_first() {
                waiting.places.remove(run.name());
                return Some(Job::Turn(run));
            }
            if let Some(segment) = waiting.segments.pop_front() {
                return Some(Job::ReadAhead(segment));
            }
            self.idle.fetch_add(1, Ordering::Relaxed);
            waiting = self
                .arrival
                .wait(waiting)
                .unwrap_or_else(PoisonError::into_inner);
            self.idle.fetch_sub(1, Ordering::Relaxed);
        }
        None
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Helpers for Queue {
    fn workers(&self) -> usize {
        self.workers.load(Ordering::Relaxed)
    }

    fn idle(&self) -> usize {
        self.idle.load(Ordering::Relaxed)
    }

    fn help(&self, segment: Arc<Segment>) {
        let mut waiting = self.lock();
        // Those that were taken back would keep their files open.
        waiting.segments.retain(|segment| segment.is_waiting());
        waiting.segments.push_back(segment);
        drop(waiting);
        self.arrival.notify_one();
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
            let names: Vec<_> = taken
                .filter_map(|job| match job {
                    Job::Turn(run) => Some(run.name().to_owned()),
                    Job::ReadAhead(_) => None,
                })
                .collect();
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
