//! Files beside the logs: projector configurations with the files they name, and what plugins keep in `plugins/NAME/` of a run.
//!
//! Nothing outside of the logdir is listed, however it is written: every path is resolved, links and all, and has to lie below it then.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::calls;
use crate::logdir::shown;

/// Directories below `plugins/NAME/` are entered so deep.
const DEEPEST: usize = 8;
/// Files listed in all.
const MOST_FILES: usize = 10_000;
/// Longer configurations are no configurations.
const CONFIG_BYTES: u64 = 1 << 20;

const CONFIG: &str = "projector_config.pbtxt";
const PROJECTOR: &str = "projector";
const PROJECTOR_DIRECTORY: &str = "org_tensorflow_tensorboard_projector";

/// A file beside the logs.
#[derive(Clone, Debug, PartialEq)]
pub struct Asset {
    /// The run it belongs to.
    pub run: String,
    /// The path below the logdir, as it is shown.
    pub path: String,
    /// The plugin it is for.
    pub plugin: String,
    /// Length.
    pub bytes: u64,
    /// Time of the last modification, seconds since the epoch.
    pub modified_at_s: f64,
    /// Where it really is.
    pub file: PathBuf,
}

/// All assets of these runs, each with its directory, and of the logdir itself; in the order of paths.
pub fn list(base: &Path, runs: &[(String, PathBuf)]) -> Vec<Asset> {
    let Ok(root) = base.canonicalize() else {
        return Vec::new();
    };
    let mut assets = Assets {
        base,
        root,
        found: BTreeMap::new(),
    };
    let logdir = (".".to_owned(), base.to_owned());
    for (run, directory) in runs.iter().chain([&logdir]) {
        assets.add_run(run, directory);
    }
    assets.found.into_values().collect()
}

struct Assets<'a> {
    base: &'a Path,
    /// `base` without links.
    root: PathBuf,
    found: BTreeMap<PathBuf, Asset>,
}

impl Assets<'_> {
    fn add_run(&mut self, run: &str, directory: &Path) {
        self.add_projector(run, directory);
        let plugins = directory.join("plugins");
        self.add_projector(run, &plugins.join(PROJECTOR_DIRECTORY));
        for (name, path) in self.entries(&plugins) {
            let plugin = if name == PROJECTOR_DIRECTORY {
                PROJECTOR
            } else {
                &name
            };
            self.add_tree(run, plugin, &path);
        }
    }

    fn add_projector(&mut self, run: &str, directory: &Path) {
        let config = directory.join(CONFIG);
        if !self.add(run, PROJECTOR, &config) {
            return;
        }
        let mut text = Vec::new();
        let Ok(file) = fs::File::open(&config) else {
            return;
        };
        if file.take(CONFIG_BYTES).read_to_end(&mut text).is_err() {
            return;
        }
        for named in named_paths(&String::from_utf8_lossy(&text)) {
            self.add(run, PROJECTOR, &directory.join(named));
        }
    }

    fn add_tree(&mut self, run: &str, plugin: &str, top: &Path) {
        let mut pending = vec![(top.to_owned(), 0)];
        let mut entered = HashSet::new();
        while let Some((path, depth)) = pending.pop() {
            if self.found.len() >= MOST_FILES {
                return;
            }
            if !path.is_dir() {
                self.add(run, plugin, &path);
            } else if depth < DEEPEST && path.canonicalize().is_ok_and(|real| entered.insert(real))
            {
                let inner = self.entries(&path).into_iter();
                pending.extend(inner.map(|(_, path)| (path, depth + 1)));
            }
        }
    }

    /// What is in a directory of the logdir, if there is one.
    fn entries(&self, directory: &Path) -> Vec<(String, PathBuf)> {
        if !self.confines(directory) {
            return Vec::new();
        }
        let entries = fs::read_dir(directory).into_iter().flatten().flatten();
        let entries = entries.inspect(|_| calls::returned());
        let named = entries.map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, entry.path())
        });
        named.take(MOST_FILES).collect()
    }

    fn confines(&self, path: &Path) -> bool {
        path.canonicalize()
            .is_ok_and(|real| real.starts_with(&self.root))
    }

    /// Lists a file if it is one, and inside.
    fn add(&mut self, run: &str, plugin: &str, path: &Path) -> bool {
        let Some(path) = without_dots(path) else {
            return false;
        };
        calls::returned();
        let Ok(stat) = path.metadata() else {
            return false;
        };
        if !stat.is_file() || !path.starts_with(self.base) || !self.confines(&path) {
            return false;
        }
        if self.found.len() < MOST_FILES || self.found.contains_key(&path) {
            let modified = stat.modified().ok();
            let since = modified.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
            let asset = Asset {
                run: run.to_owned(),
                path: shown(self.base, &path),
                plugin: plugin.to_owned(),
                bytes: stat.len(),
                modified_at_s: since.map_or(0.0, |since| since.as_secs_f64()),
                file: path.clone(),
            };
            self.found.entry(path).or_insert(asset);
        }
        true
    }
}

/// A path without `.`; `None` if it has `..`, which with links may lead anywhere.
fn without_dots(path: &Path) -> Option<PathBuf> {
    use std::path::Component;
    let up = path
        .components()
        .any(|component| component == Component::ParentDir);
    (!up).then(|| path.components().collect())
}

/// The paths that a projector configuration (a protobuf in text form) names.
fn named_paths(config: &str) -> Vec<String> {
    const KEYS: [&str; 4] = [
        "metadata_path",
        "bookmarks_path",
        "image_path",
        "tensor_path",
    ];
    let mut paths = Vec::new();
    for key in KEYS {
        for (at, _) in config.match_indices(key) {
            let rest = config[at + key.len()..].trim_start();
            let quoted = rest.strip_prefix(':').map(str::trim_start);
            paths.extend(quoted.and_then(unquoted));
        }
    }
    paths
}

/// The content of a string in quotes at the beginning of `text`.
fn unquoted(text: &str) -> Option<String> {
    let mut characters = text.chars();
    let quote = characters.next().filter(|quote| "\"'".contains(*quote))?;
    let mut content = String::new();
    loop {
        match characters.next()? {
            '\\' => content.push(characters.next()?),
            end if end == quote => return Some(content),
            character => content.push(character),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn paths(base: &Path) -> Vec<(String, String)> {
        let runs = [("a".to_owned(), base.join("a"))];
        let assets = list(base, &runs).into_iter();
        assets.map(|asset| (asset.path, asset.plugin)).collect()
    }

    fn write(path: &Path, content: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    #[test]
    fn configurations_and_what_plugins_keep_are_listed() {
        let base = tempfile::tempdir().unwrap();
        let config = "embeddings {\n tensor_path: 't.tsv'\n metadata_path : \"deep/m\\\".tsv\"\n sprite { image_path: \"none.png\" } }";
        write(&base.path().join("a/projector_config.pbtxt"), config);
        for path in [
            "a/t.tsv",
            "a/deep/m\".tsv",
            "a/other.txt",
            "a/plugins/mine/x/y.bin",
        ] {
            write(&base.path().join(path), "content");
        }
        let expected = [
            ("a/deep/m\".tsv", PROJECTOR),
            ("a/plugins/mine/x/y.bin", "mine"),
            ("a/projector_config.pbtxt", PROJECTOR),
            ("a/t.tsv", PROJECTOR),
        ];
        let expected = expected.map(|(path, plugin)| (path.to_owned(), plugin.to_owned()));
        assert_eq!(paths(base.path()), expected);
    }

    #[test]
    fn nothing_outside_is_listed() {
        let base = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        write(&outside.path().join("secret"), "secret");
        let secret = outside.path().join("secret");
        let up = format!("../../{}", secret.display());
        let config = format!(
            "metadata_path: \"{}\" tensor_path: \"{up}\" image_path: \"link\" bookmarks_path: \"../b/in\"",
            secret.display()
        );
        write(&base.path().join("a/projector_config.pbtxt"), &config);
        write(&base.path().join("b/in"), "");
        write(&base.path().join("a/plugins/mine/own"), "");
        symlink(&secret, base.path().join("a/link")).unwrap();
        symlink(&secret, base.path().join("a/plugins/mine/link")).unwrap();
        symlink(outside.path(), base.path().join("a/plugins/mine/directory")).unwrap();
        symlink(outside.path(), base.path().join("a/plugins/other")).unwrap();
        symlink(
            base.path().join("a"),
            base.path().join("a/plugins/mine/round"),
        )
        .unwrap();
        let listed: Vec<String> = paths(base.path())
            .into_iter()
            .map(|(path, _)| path)
            .collect();
        assert!(listed.contains(&"a/plugins/mine/own".to_owned()));
        assert!(listed.contains(&"a/projector_config.pbtxt".to_owned()));
        assert!(
            !listed
                .iter()
                .any(|path| path.ends_with("link") || path.contains("secret"))
        );
    }
}
