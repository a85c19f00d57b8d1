//! What the kernel says at once about changed files: inotify on Linux, nothing elsewhere.
//!
//! Only ever a hint: network file systems say nothing of what others do, and watches are a scarce good of the user. Everything is also polled,
//! and often where hints cannot be trusted.

use std::ffi::OsString;
use std::path::PathBuf;

/// Something changed in a watched directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// An entry of this directory was written, created, renamed or deleted, or may be read by others now.
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
    use rustix::fs::statfs;
    use std::collections::HashMap;
    use std::ffi::OsStr;
    use std::mem::MaybeUninit;
    use std::os::fd::OwnedFd;
    use std::os::unix::ffi::OsStrExt;
    use std::path::{Path, PathBuf};
    use std::time::Duration;

    /// How many watches a user may have, in all programs together; half of them we take at most.
    const USERS_WATCHES: &str = "/proc/sys/fs/inotify/max_user_watches";
    /// So many we take where the system does not say.
    const MOST_WATCHES: usize = 4096;
    /// File systems that only this machine writes to: ext2 to ext4, XFS, Btrfs, tmpfs, overlayfs, F2FS, ZFS, bcachefs, ramfs, ReiserFS, JFS, FAT,
    /// exFAT, NTFS. Hints of any other, known or yet to come, are not trusted.
    const LOCAL_FILE_SYSTEMS: [u32; 14] = [
        0xef53,
        0x5846_5342,
        0x9123_683e,
        0x0102_1994,
        0x794c_7630,
        0xf2f5_2010,
        0x2fc1_2fc1,
        0xca45_1a4e,
        0x8584_58f6,
        0x5265_4973,
        0x3153_464a,
        0x4d44,
        0x2011_bab0,
        0x7366_746e,
    ];

    /// Watches directories.
    pub struct Notifier {
        inotify: Option<OwnedFd>,
        /// One watch may stand for several paths that lead to the same directory.
        watched: HashMap<i32, Vec<PathBuf>>,
        most_watches: usize,
    }

    impl Notifier {
        /// A notifier that watches nothing yet; it stays silent if the system refuses one.
        pub fn open() -> Self {
            let inotify = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).ok();
            let allowed = std::fs::read_to_string(USERS_WATCHES).ok();
            let allowed = allowed.and_then(|text| text.trim().parse::<usize>().ok());
            Self {
                inotify,
                watched: HashMap::new(),
                most_watches: allowed.map_or(MOST_WATCHES, |allowed| allowed / 2),
            }
        }

        /// A notifier that stays silent, as if all files were on a network file system.
        pub fn silent() -> Self {
            Self {
                inotify: None,
                watched: HashMap::new(),
                most_watches: 0,
            }
        }

        /// Watches a directory, if the system allows one more. True if nothing can happen in it without a hint.
        pub fn watch(&mut self, directory: &Path) -> bool {
            let Some(inotify) = &self.inotify else {
                return false;
            };
            let flags = WatchFlags::CREATE
                | WatchFlags::MODIFY
                | WatchFlags::ATTRIB
                | WatchFlags::MOVED_FROM
                | WatchFlags::MOVED_TO
                | WatchFlags::DELETE
                | WatchFlags::DELETE_SELF
                | WatchFlags::MOVE_SELF
                | WatchFlags::ONLYDIR;
            let Ok(watch) = inotify::add_watch(inotify, directory, flags) else {
                return false;
            };
            if self.watched.len() >= self.most_watches && !self.watched.contains_key(&watch) {
                // What is left is for the user's other programs.
                let _ = inotify::remove_watch(inotify, watch);
                return false;
            }
            let paths = self.watched.entry(watch).or_default();
            if !paths.iter().any(|path| path == directory) {
                paths.push(directory.to_owned());
            }
            is_local(directory)
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

    /// True if the file system is one that only this machine writes to.
    fn is_local(directory: &Path) -> bool {
        // The kind has 32 bits; how wide the field is differs between machines, and its upper half may repeat the sign.
        statfs(directory).is_ok_and(|about| LOCAL_FILE_SYSTEMS.contains(&(about.f_type as u32)))
    }

    #[cfg(test)]
    #[allow(clippy::unwrap_used)]
    mod tests {
        use super::*;

        #[test]
        fn hints_are_trusted_where_only_this_machine_writes() {
            assert!(!is_local(Path::new("/proc")));
            assert!(!is_local(Path::new("/nowhere")));
            let directory = tempfile::tempdir().unwrap();
            let trusted = Notifier::open().watch(directory.path());
            assert_eq!(trusted, is_local(directory.path()));
            assert!(!Notifier::silent().watch(directory.path()));
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

        /// The same.
        pub fn silent() -> Self {
            Self
        }

        /// Watches nothing.
        pub fn watch(&mut self, _directory: &Path) -> bool {
            false
        }

        /// Waits.
        pub fn wait(&mut self, limit: Duration) -> Vec<Hint> {
            std::thread::sleep(limit);
            Vec::new()
        }
    }
}
