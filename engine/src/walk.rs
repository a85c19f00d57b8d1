//! Goes through directory trees a little at a time, so that nothing else has to wait for a large one.
//!
//! Symbolic links are followed, as TensorBoard does; a directory that lies inside itself by way of a link is entered once.

use crate::calls;
use crate::logdir;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::Arc;

/// Directories nested deeper than this are not entered: links among directories could make paths without end.
const DEEPEST: usize = 64;
/// Links followed on the way to one directory.
const MOST_LINKS: usize = 8;

/// A walk that is under way.
#[derive(Default)]
pub struct Walk {
    pending: Vec<Pending>,
}

struct Pending {
    path: PathBuf,
    above: Option<Arc<Ancestor>>,
    links: usize,
}

/// A directory on the way to another, known by device and inode.
struct Ancestor {
    id: (u64, u64),
    depth: usize,
    above: Option<Arc<Ancestor>>,
}

impl Ancestor {
    fn is_at_or_below(&self, id: (u64, u64)) -> bool {
        let mut ancestor = self;
        loop {
            if ancestor.id == id {
                return true;
            }
            match &ancestor.above {
                Some(above) => ancestor = above,
                None => return false,
            }
        }
    }
}

/// A directory and the names of everything in it but directories.
pub struct Listing {
    /// Where it is.
    pub path: PathBuf,
    /// Device and inode; none if it cannot be found.
    pub id: Option<(u64, u64)>,
    /// Names of its entries, or why it cannot be read.
    pub names: io::Result<Vec<OsString>>,
}

impl Walk {
    /// Adds a tree to go through.
    pub fn enter(&mut self, root: PathBuf) {
        self.pending.push(Pending {
            path: root,
            above: None,
            links: 0,
        });
    }

    /// True if nothing is left.
    pub fn is_over(&self) -> bool {
        self.pending.is_empty()
    }

    /// Lists one more directory; `None` if it was skipped or none is left.
    pub fn step(&mut self) -> Option<Listing> {
        let Pending { path, above, links } = self.pending.pop()?;
        let mut id = None;
        let names = self.list(&path, above, links, &mut id).transpose()?;
        Some(Listing { path, id, names })
    }

    fn list(
        &mut self,
        path: &PathBuf,
        above: Option<Arc<Ancestor>>,
        links: usize,
        found: &mut Option<(u64, u64)>,
    ) -> io::Result<Option<Vec<OsString>>> {
        let stat = fs::metadata(path)?;
        let id = (stat.dev(), stat.ino());
        *found = Some(id);
        let depth = above.as_ref().map_or(0, |above| above.depth + 1);
        if depth > DEEPEST || above.as_ref().is_some_and(|above| above.is_at_or_below(id)) {
            return Ok(None);
        }
        let here = Arc::new(Ancestor { id, depth, above });
        let mut names = Vec::new();
        let mut directories = Vec::new();
        for entry in fs::read_dir(path)?.flatten() {
            calls::returned();
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            let is_link = kind.is_symlink();
            if kind.is_dir() || is_link && entry.path().is_dir() {
                if logdir::is_passing_directory(&entry.file_name()) {
                    continue;
                }
                let links = links + usize::from(is_link);
                if links <= MOST_LINKS {
                    directories.push(Pending {
                        path: entry.path(),
                        above: Some(here.clone()),
                        links,
                    });
                }
            } else {
                names.push(entry.file_name());
            }
        }
        // The last is taken first: in the order of names, whatever order the file system has.
        directories.sort_by(|one, other| other.path.cmp(&one.path));
        self.pending.append(&mut directories);
        names.sort();
        Ok(Some(names))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn walk(root: &std::path::Path) -> Vec<String> {
        let mut walk = Walk::default();
        walk.enter(root.to_owned());
        let mut seen = Vec::new();
        while !walk.is_over() {
            let Some(listing) = walk.step() else { continue };
            let below = listing.path.strip_prefix(root).unwrap().to_owned();
            seen.extend(
                listing
                    .names
                    .unwrap()
                    .iter()
                    .map(|name| below.join(name).to_str().unwrap().to_owned()),
            );
        }
        seen
    }

    #[test]
    fn trees_are_walked_in_order() {
        let root = tempfile::tempdir().unwrap();
        for directory in ["b/c", "a"] {
            fs::create_dir_all(root.path().join(directory)).unwrap();
        }
        for file in ["b/c/2", "b/1", "a/0", "z"] {
            fs::write(root.path().join(file), b"").unwrap();
        }
        assert_eq!(walk(root.path()), ["z", "a/0", "b/1", "b/c/2"]);
    }

    #[test]
    fn links_are_followed_but_never_in_a_circle() {
        let root = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("far"), b"").unwrap();
        fs::create_dir_all(root.path().join("a/b")).unwrap();
        fs::write(root.path().join("a/b/1"), b"").unwrap();
        symlink(root.path().join("a"), root.path().join("a/b/up")).unwrap();
        symlink(root.path().join("a"), root.path().join("same")).unwrap();
        symlink(outside.path(), root.path().join("out")).unwrap();
        symlink("nowhere", root.path().join("dead")).unwrap();
        assert_eq!(walk(root.path()), ["dead", "a/b/1", "out/far", "same/b/1"]);
    }

    #[test]
    fn directories_that_point_at_each_other_end() {
        let root = tempfile::tempdir().unwrap();
        for one in ["a", "b", "c", "d"] {
            fs::create_dir(root.path().join(one)).unwrap();
            for other in ["a", "b", "c", "d"] {
                symlink(root.path().join(other), root.path().join(one).join(other)).unwrap();
            }
            fs::write(root.path().join(one).join("1"), b"").unwrap();
        }
        // Every way through the four without coming back: 4 + 12 + 24 + 24.
        assert_eq!(walk(root.path()).len(), 64);
    }
}
