//! What the file system says by which one file is told from another, and its content of now from that of before.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

/// When any of this differs, something happened to the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Device.
    pub device: u64,
    /// Inode.
    pub inode: u64,
    /// Length.
    pub size_bytes: u64,
    /// Last modification of the content: seconds since the epoch, nanoseconds.
    pub modified: (i64, i64),
    /// Last change of any kind, also of permissions, so that an unreadable file is tried again.
    pub changed: (i64, i64),
}

impl Identity {
    /// Of a file with this metadata.
    pub fn of(stat: &Metadata) -> Self {
        Self {
            device: stat.dev(),
            inode: stat.ino(),
            size_bytes: stat.size(),
            modified: (stat.mtime(), stat.mtime_nsec()),
            changed: (stat.ctime(), stat.ctime_nsec()),
        }
    }
}
