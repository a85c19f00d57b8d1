//! Configuration files beside the logs: where they are, and what they say.
//!
//! Training scripts write down what they were started with: `hparams.yaml`, `config.json` … The watcher tells what it
//! hears of such files; they are read when somebody asks for hyper-parameters, and then kept as long as they are the same.

mod file;
mod yaml;

pub use file::{Config, flattened, value};

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::calls;
use crate::identity::Identity;

/// What such files are called, the first ones first; `/` for Hydra's, which are a directory below.
const NAMES: [&str; 7] = [
    "hparams.yaml",
    "hparams.yml",
    "hparams.json",
    "config.yaml",
    "config.yml",
    "config.json",
    ".hydra/config.yaml",
];
const HYDRA: &str = ".hydra";
/// What is kept of files that were read, about; the rest is read anew each time.
const MOST_KEPT_BYTES: usize = 32 << 20;

/// All files that were heard of, by directory and place among [`NAMES`].
#[derive(Default)]
pub struct Configs(Mutex<Known>);

#[derive(Default)]
struct Known {
    files: BTreeMap<PathBuf, BTreeMap<usize, Seen>>,
    kept_bytes: usize,
}

/// What was last seen of a file.
#[derive(Clone)]
struct Seen {
    identity: Identity,
    read: Option<Arc<Config>>,
}

/// A file with what it says.
#[derive(Clone, Debug)]
pub struct Found {
    /// Where it is.
    pub path: PathBuf,
    /// Length.
    pub bytes: u64,
    /// Time of the last modification, seconds since the epoch.
    pub modified_at_s: f64,
    /// What it says.
    pub config: Arc<Config>,
}

impl Configs {
    /// Takes in what stands in a directory, whose entries have these sorted names. Says whether a file is new, gone or
    /// another one.
    pub fn heard(&self, directory: &Path, names: &[OsString]) -> bool {
        let (directory, prefix) = owner(directory);
        let candidates = NAMES.iter().enumerate().filter_map(|(place, name)| {
            let rest = name.strip_prefix(prefix)?;
            (!rest.contains('/')).then_some((place, OsStr::new(rest)))
        });
        let mut news = false;
        for (place, name) in candidates {
            let is_there = names
                .binary_search_by(|one| one.as_os_str().cmp(name))
                .is_ok();
            news |= self.looked(directory, place, is_there);
        }
        news
    }

    /// Takes in that something happened to an entry of a directory. Says whether it is such a file, and new, gone or
    /// another one.
    pub fn heard_of(&self, directory: &Path, name: &OsStr) -> bool {
        let (directory, prefix) = owner(directory);
        let is_it = |known: &str| known.strip_prefix(prefix).is_some_and(|rest| name == rest);
        let place = NAMES.iter().position(|known| is_it(known));
        place.is_some_and(|place| self.looked(directory, place, true))
    }

    fn looked(&self, directory: &Path, place: usize, is_there: bool) -> bool {
        let path = directory.join(NAMES[place]);
        let identity = is_there.then(|| identity_of(directory, &path)).flatten();
        let mut known = self.lock();
        let before = known
            .files
            .get(directory)
            .and_then(|files| files.get(&place));
        if before.map(|seen| seen.identity) == identity {
            return false;
        }
        known.forget(directory, place);
        if let Some(identity) = identity {
            let files = known.files.entry(directory.to_owned()).or_default();
            files.insert(
                place,
                Seen {
                    identity,
                    read: None,
                },
            );
        }
        true
    }

    /// The files that hold for what is logged in a directory: those beside it, or else those of the nearest directory
    /// above it, up to `base`, that has some. What cannot be found any more is left out.
    pub fn of(&self, base: &Path, directory: &Path) -> Vec<Found> {
        let mut above = directory
            .ancestors()
            .take_while(|above| above.starts_with(base));
        let owner = above.find(|above| self.lock().files.contains_key(*above));
        let Some(owner) = owner else {
            return Vec::new();
        };
        let files = self.lock().files.get(owner).cloned().unwrap_or_default();
        files
            .into_iter()
            .map(|(place, seen)| self.found(owner, place, seen))
            .collect()
    }

    fn found(&self, directory: &Path, place: usize, seen: Seen) -> Found {
        let path = directory.join(NAMES[place]);
        let Identity {
            size_bytes,
            modified,
            ..
        } = seen.identity;
        let config = seen.read.unwrap_or_else(|| {
            let read = Arc::new(calls::call(|| Config::read(&path)));
            self.lock().keep(directory, place, seen.identity, &read);
            read
        });
        Found {
            path,
            bytes: size_bytes,
            modified_at_s: modified.0 as f64 + modified.1 as f64 / 1e9,
            config,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn forget(&mut self, directory: &Path, place: usize) {
        let Some(files) = self.files.get_mut(directory) else {
            return;
        };
        let gone = files.remove(&place).and_then(|seen| seen.read);
        self.kept_bytes -= gone.map_or(0, |config| config.size_bytes());
        if files.is_empty() {
            self.files.remove(directory);
        }
    }

    /// Keeps what a file says, if it is still that one.
    fn keep(&mut self, directory: &Path, place: usize, identity: Identity, read: &Arc<Config>) {
        let kept_bytes = self.kept_bytes + read.size_bytes();
        let files = self.files.get_mut(directory);
        if let Some(seen) = files.and_then(|files| files.get_mut(&place))
            && seen.identity == identity
            && seen.read.is_none()
            && kept_bytes <= MOST_KEPT_BYTES
        {
            seen.read = Some(Arc::clone(read));
            self.kept_bytes = kept_bytes;
        }
    }
}

/// The directory whose logs files in this one are about, and what their names begin with.
fn owner(directory: &Path) -> (&Path, &'static str) {
    match directory.parent() {
        Some(parent) if directory.file_name() == Some(OsStr::new(HYDRA)) => (parent, ".hydra/"),
        _ => (directory, ""),
    }
}

/// What a file is now; `None` if it is none, or leads out of its directory by way of a link.
fn identity_of(directory: &Path, path: &Path) -> Option<Identity> {
    calls::call(|| {
        let stat = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
        let (real, inside) = (path.canonicalize().ok()?, directory.canonicalize().ok()?);
        real.starts_with(inside).then(|| Identity::of(&stat))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::os::unix::fs::symlink;

    fn listed(directory: &Path) -> Vec<OsString> {
        let entries = fs::read_dir(directory).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    }

    fn hears(configs: &Configs, directory: &Path) -> bool {
        configs.heard(directory, &listed(directory))
    }

    fn said(configs: &Configs, base: &Path, directory: &Path) -> Vec<serde_json::Value> {
        let found = configs.of(base, directory).into_iter();
        found.map(|found| json!(found.config.values)).collect()
    }

    #[test]
    fn the_nearest_files_above_hold() {
        let base = tempfile::tempdir().unwrap();
        let run = base.path().join("a/train");
        fs::create_dir_all(&run).unwrap();
        fs::create_dir(base.path().join("a/.hydra")).unwrap();
        fs::write(base.path().join("config.json"), r#"{"of": "all"}"#).unwrap();
        fs::write(base.path().join("a/.hydra/config.yaml"), "of: hydra").unwrap();
        fs::write(base.path().join("a/.hydra/hydra.yaml"), "of: nobody").unwrap();
        fs::write(base.path().join("a/hparams.yaml"), "of: a").unwrap();
        let configs = Configs::default();
        for directory in [
            base.path(),
            &base.path().join("a"),
            &base.path().join("a/.hydra"),
            &run,
        ] {
            let has_some = directory != run;
            assert_eq!(
                hears(&configs, directory),
                has_some,
                "{}",
                directory.display()
            );
            assert!(!hears(&configs, directory));
        }
        let of_a = [json!({"of": "a"}), json!({"of": "hydra"})];
        assert_eq!(said(&configs, base.path(), &run), of_a);
        assert_eq!(said(&configs, base.path(), &base.path().join("a")), of_a);
        assert_eq!(
            said(&configs, base.path(), &base.path().join("b")),
            [json!({"of": "all"})]
        );
        assert!(said(&configs, &base.path().join("b"), &base.path().join("b")).is_empty());
    }

    #[test]
    fn what_changes_is_news_and_read_again() {
        let base = tempfile::tempdir().unwrap();
        let file = base.path().join("config.yaml");
        let configs = Configs::default();
        assert!(!configs.heard_of(base.path(), OsStr::new("config.yaml")));
        fs::write(&file, "lr: 1").unwrap();
        assert!(configs.heard_of(base.path(), OsStr::new("config.yaml")));
        assert!(!configs.heard_of(base.path(), OsStr::new("other.yaml")));
        assert_eq!(said(&configs, base.path(), base.path()), [json!({"lr": 1})]);
        fs::write(&file, "lr: 0.25").unwrap();
        assert!(hears(&configs, base.path()));
        assert_eq!(
            said(&configs, base.path(), base.path()),
            [json!({"lr": 0.25})]
        );
        fs::remove_file(&file).unwrap();
        assert!(hears(&configs, base.path()));
        assert!(said(&configs, base.path(), base.path()).is_empty());
        assert_eq!(configs.lock().kept_bytes, 0);
    }

    #[test]
    fn links_that_lead_out_and_directories_are_no_files() {
        let (base, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(outside.path().join("secret"), "key: 1").unwrap();
        symlink(
            outside.path().join("secret"),
            base.path().join("config.yaml"),
        )
        .unwrap();
        fs::create_dir(base.path().join("config.json")).unwrap();
        let configs = Configs::default();
        assert!(!hears(&configs, base.path()));
        // A directory that is itself a link is what was asked for.
        fs::write(outside.path().join("hparams.json"), "{}").unwrap();
        symlink(outside.path(), base.path().join("run")).unwrap();
        assert!(hears(&configs, &base.path().join("run")));
    }
}
