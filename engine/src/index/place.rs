//! Where index files are, and how much room they may take.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustix::fs::{FlockOperation, flock};
use rustix::process::geteuid;

use super::file::hash;

/// What all index files of a user may take together, unless somebody says otherwise.
pub const LIMIT_BYTES: u64 = 8 << 30;
const EXTENSION: &str = "index";
/// Of files that are about to become an index, or never will.
const UNFINISHED: &str = "unfinished";

/// Where index files are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexOptions {
    /// The directory; made when it is missing.
    pub directory: PathBuf,
    /// What all of them may take together.
    pub limit_bytes: u64,
}

impl IndexOptions {
    /// In the user's cache directory, if there is one.
    pub fn of_user() -> Option<Self> {
        let absolute = |name| {
            let path = PathBuf::from(std::env::var_os(name)?);
            path.is_absolute().then_some(path)
        };
        let cache =
            absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
        Some(Self {
            directory: cache.join("farboard").join("index"),
            limit_bytes: LIMIT_BYTES,
        })
    }

    /// The index file of a logdir.
    pub fn path_of(&self, logdir: &[u8]) -> PathBuf {
        let name = format!("{:016x}", hash(logdir));
        self.directory.join(name).with_extension(EXTENSION)
    }

    /// Where a file is written that is to become the index at `path`, or to have no name at all.
    pub fn unfinished(path: &Path) -> PathBuf {
        path.with_extension(format!("{}.{UNFINISHED}", std::process::id()))
    }

    /// Makes the directory, for nobody else to look into or to write to.
    ///
    /// # Errors
    /// It cannot be made, or belongs to somebody else.
    pub fn make_directory(&self) -> io::Result<()> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.directory)?;
        let stat = fs::metadata(&self.directory)?;
        let others_may_write = stat.mode() & 0o022 != 0;
        if stat.uid() != geteuid().as_raw() || others_may_write {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "others may write there",
            ));
        }
        Ok(())
    }

    /// Removes index files, those first that were not used for longest, until the others have room beside one of `needed_bytes` at `keep`;
    /// also what engines left that were killed. Files that an engine uses stay. Gives what is left for `keep`.
    pub fn make_room(&self, keep: &Path) -> u64 {
        let mut others: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        for entry in fs::read_dir(&self.directory)
            .into_iter()
            .flatten()
            .flatten()
        {
            let path = entry.path();
            let Ok(stat) = entry.metadata() else { continue };
            let is = |extension| path.extension().is_some_and(|has| has == extension);
            if path == keep || !stat.is_file() {
                continue;
            }
            if is(UNFINISHED) {
                remove_unused(&path);
            } else if is(EXTENSION) {
                let used = stat.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                others.push((used, stat.len(), path));
            }
        }
        others.sort();
        let mut total: u64 = others.iter().map(|(_, size, _)| size).sum();
        let own = fs::metadata(keep).map_or(0, |stat| stat.len());
        for (_, size, path) in others {
            if total + own <= self.limit_bytes {
                break;
            }
            if remove_unused(&path) {
                total -= size;
            }
        }
        self.limit_bytes.saturating_sub(total)
    }
}

/// Removes a file that no engine holds a lock on.
fn remove_unused(path: &Path) -> bool {
    let Ok(file) = File::open(path) else {
        return false;
    };
    flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok() && fs::remove_file(path).is_ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use std::time::Duration;

    fn options(directory: &Path, limit_bytes: u64) -> IndexOptions {
        IndexOptions {
            directory: directory.join("a/b"),
            limit_bytes,
        }
    }

    #[test]
    fn the_directory_is_the_users_own() {
        let directory = tempfile::tempdir().unwrap();
        let options = options(directory.path(), 0);
        options.make_directory().unwrap();
        let mode = fs::metadata(&options.directory).unwrap().mode();
        assert_eq!(mode & 0o777, 0o700);
        fs::set_permissions(&options.directory, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(options.make_directory().is_err());
    }

    #[test]
    fn the_longest_unused_go_first_and_those_in_use_stay() {
        let directory = tempfile::tempdir().unwrap();
        let options = options(directory.path(), 250);
        options.make_directory().unwrap();
        let path = |name: &str| options.directory.join(name);
        let now = SystemTime::now();
        for (age, name) in [
            (40, "used.index"),
            (30, "old.index"),
            (20, "newer.index"),
            (10, "newest.index"),
            (0, "left.7.unfinished"),
            (0, "something.else"),
        ] {
            fs::write(path(name), [0; 100]).unwrap();
            let file = File::options().write(true).open(path(name)).unwrap();
            file.set_modified(now - Duration::from_secs(age)).unwrap();
        }
        let used = File::open(path("used.index")).unwrap();
        flock(&used, FlockOperation::LockExclusive).unwrap();
        assert_eq!(options.make_room(&path("newest.index")), 150);
        let mut left: Vec<_> = fs::read_dir(&options.directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(left, ["newest.index", "something.else", "used.index"]);
    }
}
