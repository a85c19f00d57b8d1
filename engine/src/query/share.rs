//! Work on many items, shared by several threads.

use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// Lets one more thread help for as long as it says true, which it is asked now and then.
pub type Helper = Box<dyn Fn() -> bool + Send>;

/// What several threads make of some items. Each takes a few neighbours at a time, at most `most_at_a_time`, until `work`
/// says `None`, its helper says false, or nobody waits any more (`abandoned`). The results come in the order of the items.
pub fn share<T: Sync, R: Send>(
    items: &[T],
    most_at_a_time: usize,
    helpers: Vec<Helper>,
    abandoned: &AtomicBool,
    work: impl Fn(&[T]) -> Option<Vec<R>> + Sync,
) -> Vec<R> {
    let threads = helpers.len() + 1;
    let at_a_time = items.len().div_ceil(2 * threads).min(most_at_a_time);
    let at_a_time = NonZero::new(at_a_time).unwrap_or(NonZero::<usize>::MIN);
    let taken = AtomicUsize::new(0);
    let until_done = |goes_on: &dyn Fn() -> bool| {
        let mut done = Vec::new();
        while goes_on() && !abandoned.load(Ordering::Relaxed) {
            let first = taken.fetch_add(at_a_time.get(), Ordering::Relaxed);
            let end = items.len().min(first + at_a_time.get());
            let Some(some) = items.get(first..end).filter(|some| !some.is_empty()) else {
                break;
            };
            let Some(results) = work(some) else {
                break;
            };
            done.push((first, results));
        }
        done
    };
    let until_done = &until_done;
    let mut done = thread::scope(|scope| {
        let helping: Vec<_> = helpers
            .into_iter()
            .filter_map(|helper| {
                let help = move || until_done(&*helper);
                // Where the system has no more threads, one is enough.
                thread::Builder::new().spawn_scoped(scope, help).ok()
            })
            .collect();
        let mut done = until_done(&|| true);
        for helper in helping {
            done.extend(helper.join().unwrap_or_default());
        }
        done
    });
    done.sort_unstable_by_key(|(place, _)| *place);
    done.into_iter().flat_map(|(_, results)| results).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_order_however_many_help() {
        let items: Vec<usize> = (0..1000).collect();
        for helpers in 0..4 {
            let helpers: Vec<Helper> = (0..helpers)
                .map(|i| -> Helper { Box::new(move || i != 1) })
                .collect();
            let doubled = |some: &[usize]| Some(some.iter().map(|i| 2 * i).collect());
            let done = share(&items, 7, helpers, &AtomicBool::new(false), doubled);
            assert_eq!(done, (0..2000).step_by(2).collect::<Vec<_>>());
        }
    }

    #[test]
    fn work_ends_when_it_says_so_or_nobody_waits() {
        let items = [0; 100];
        let work = |some: &[i32]| Some(some.to_vec());
        assert!(share(&items, 1, Vec::new(), &AtomicBool::new(true), work).is_empty());
        let never = |_: &[i32]| None::<Vec<i32>>;
        assert!(share(&items, 1, Vec::new(), &AtomicBool::new(false), never).is_empty());
    }
}
