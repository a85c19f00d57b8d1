//! What the kernel says at once about changed files: inotify on Linux, nothing elsewhere.
//!
//! Only ever a hint: network file systems say nothing, and watches are a scarce good of the user. Everything is also polled.

use std::ffi::OsString;
use std::path::PathBuf;

/// Something changed in a watched directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// An entry of this directory was written, created, renamed or deleted.
    Entry(PathBuf, OsString),
    /// Some hints were lost, or the directory itself went away: look everywhere.
    Anything,
}

#[cfg(target_os = "linux")]
pub use linux::Notifier;
#[cfg(not(target_os = "linux"))]
pub use none::Notifier;

#[cfg(target_os = "linux")]
mod linux {
    use super::Hint;
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
    use std::collections::HashMap;
    use std::ffi::OsStr;
    use std::mem::MaybeUninit;
    use std::os::fd::OwnedFd;
    use std::os::unix::ffi::OsStrExt;
    use std::path::{Path, PathBuf};
    use std::time::Duration;

    /// Of the watches a user may have (often 8192 in all) we take no more than this.
    const MOST_WATCHES: usize = 4096;

    /// Watches directories.
    pub struct Notifier {
        inotify: Option<OwnedFd>,
        /// One watch may stand for several paths that lead to the same directory.
        watched: HashMap<i32, Vec<PathBuf>>,
    }

    impl Notifier {
        /// A notifier that watches nothing yet; it stays silent if the system refuses one.
        pub fn open() -> Self {
            let inotify = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).ok();
            Self {
                inotify,
                watched: HashMap::new(),
            }
        }

        /// Watches a directory, if the system allows one more.
        pub fn watch(&mut self, directory: &Path) {
            let Some(inotify) = &self.inotify else { return };
            if self.watched.len() >= MOST_WATCHES {
                return;
            }
            let flags = WatchFlags::CREATE
                | WatchFlags::MODIFY
                | WatchFlags::MOVED_FROM
                | WatchFlags::MOVED_TO
                | WatchFlags::DELETE
                | WatchFlags::DELETE_SELF
                | WatchFlags::MOVE_SELF
                | WatchFlags::ONLYDIR;
            let Ok(watch) = inotify::add_watch(inotify, directory, flags) else {
                return;
            };
            let paths = self.watched.entry(watch).or_default();
            if !paths.iter().any(|path| path == directory) {
                paths.push(directory.to_owned());
            }
        }

        /// Waits at most `limit` for something to happen and gives what did.
        pub fn wait(&mut self, limit: Duration) -> Vec<Hint> {
            let Some(inotify) = &self.inotify else {
                std::thread::sleep(limit);
                return Vec::new();
            };
            let Ok(timeout) = Timespec::try_from(limit) else {
                return Vec::new();
            };
            let mut waiting = [PollFd::new(inotify, PollFlags::IN)];
            if !matches!(poll(&mut waiting, Some(&timeout)), Ok(1..)) {
                return Vec::new();
            }
            self.read()
        }

        fn read(&mut self) -> Vec<Hint> {
            let Some(inotify) = &self.inotify else {
                return Vec::new();
            };
            let mut buffer = [MaybeUninit::uninit(); 16 << 10];
            let mut reader = Reader::new(inotify, &mut buffer);
            let mut hints = Vec::new();
            while let Ok(event) = reader.next() {
                let flags = event.events();
                if flags.contains(ReadFlags::IGNORED) {
                    self.watched.remove(&event.wd());
                    continue;
                }
                if flags.intersects(
                    ReadFlags::QUEUE_OVERFLOW | ReadFlags::DELETE_SELF | ReadFlags::MOVE_SELF,
                ) {
                    hints.push(Hint::Anything);
                    continue;
                }
                let (Some(name), Some(paths)) = (event.file_name(), self.watched.get(&event.wd()))
                else {
                    continue;
                };
                let name = OsStr::from_bytes(name.to_bytes());
                hints.extend(
                    paths
                        .iter()
                        .map(|path| Hint::Entry(path.clone(), name.to_owned())),
                );
            }
            hints.dedup();
            hints
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod none {
    use super::Hint;
    use std::path::Path;
    use std::time::Duration;

    /// Stands in where the system has no inotify.
    pub struct Notifier;

    impl Notifier {
        /// A notifier that is always silent.
        pub fn open() -> Self {
            Self
        }

        /// Watches nothing.
        pub fn watch(&mut self, _directory: &Path) {}

        /// Waits.
        pub fn wait(&mut self, limit: Duration) -> Vec<Hint> {
            std::thread::sleep(limit);
            Vec::new()
        }
    }
}
