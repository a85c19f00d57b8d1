//! Shell patterns in paths: `*`, `?`, `[a-z]`, `[!a-z]`, and `**` for any number of directories.
//!
//! As in a shell, a leading dot has to be written out, and `**` does not go through symbolic links.

use crate::calls;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

/// True if the path has anything to expand.
pub fn is_pattern(path: &Path) -> bool {
    path.as_os_str()
        .as_bytes()
        .iter()
        .any(|byte| b"*?[".contains(byte))
}

/// All existing paths that match, sorted.
pub fn expand(pattern: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::new()];
    for component in pattern.components() {
        found = match component {
            Component::Normal(name) if name == "**" => {
                found.iter().flat_map(|path| below(path)).collect()
            }
            Component::Normal(name) if is_pattern(Path::new(name)) => {
                found.iter().flat_map(|path| entries(path, name)).collect()
            }
            _ => found.iter().map(|path| path.join(component)).collect(),
        };
    }
    found.retain(|path| {
        calls::returned();
        path.exists()
    });
    found.sort();
    found.dedup();
    found
}

/// The entries of a directory whose names match.
fn entries(directory: &Path, pattern: &OsStr) -> Vec<PathBuf> {
    calls::returned();
    let Ok(entries) = directory.read_dir() else {
        return Vec::new();
    };
    let names = entries
        .flatten()
        .inspect(|_| calls::returned())
        .map(|entry| entry.file_name());
    names
        .filter(|name| matches(pattern.as_bytes(), name.as_bytes()))
        .map(|name| directory.join(name))
        .collect()
}

/// A directory and all directories below it.
fn below(directory: &Path) -> Vec<PathBuf> {
    let mut found = vec![directory.to_owned()];
    let mut next = 0;
    while let Some(directory) = found.get(next) {
        next += 1;
        calls::returned();
        let Ok(entries) = directory.read_dir() else {
            continue;
        };
        let visible = entries
            .flatten()
            .inspect(|_| calls::returned())
            .filter(|entry| !entry.file_name().as_bytes().starts_with(b"."));
        let directories = visible.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        let paths: Vec<_> = directories.map(|entry| entry.path()).collect();
        found.extend(paths);
    }
    found
}

/// True if a name matches a pattern.
pub fn matches(pattern: &[u8], name: &[u8]) -> bool {
    if name.first() == Some(&b'.') && pattern.first() != Some(&b'.') {
        return false;
    }
    let (mut pattern, mut name) = (pattern, name);
    // Where to try again: what follows the last star, and what of the name it has not swallowed yet.
    let mut again: Option<(&[u8], &[u8])> = None;
    loop {
        if let Some(rest) = pattern.strip_prefix(b"*") {
            again = Some((rest, name));
            pattern = rest;
            continue;
        }
        let Some((&byte, name_rest)) = name.split_first() else {
            return pattern.is_empty();
        };
        if let Some(rest) = one(pattern, byte) {
            (pattern, name) = (rest, name_rest);
            continue;
        }
        let Some((after_star, [_, left @ ..])) = again else {
            return false;
        };
        again = Some((after_star, left));
        (pattern, name) = (after_star, left);
    }
}

/// What is left of the pattern when its first element matches `byte`.
fn one(pattern: &[u8], byte: u8) -> Option<&[u8]> {
    match pattern.split_first()? {
        (b'?', rest) => Some(rest),
        (b'[', rest) => match class(rest, byte) {
            Some((true, rest)) => Some(rest),
            Some((false, _)) => None,
            // Never closed: an ordinary character.
            None => (byte == b'[').then_some(rest),
        },
        (&literal, rest) => (literal == byte).then_some(rest),
    }
}

/// Reads a character class up to its `]`; whether `byte` is in it, and what follows. `None` if it is never closed.
fn class(pattern: &[u8], byte: u8) -> Option<(bool, &[u8])> {
    let (negated, members) = match pattern.split_first()? {
        (b'!' | b'^', rest) => (true, rest),
        _ => (false, pattern),
    };
    // A `]` in the first place stands for itself.
    let end = 1 + members
        .get(1..)?
        .iter()
        .position(|&member| member == b']')?;
    let (mut members, rest) = (&members[..end], &members[end + 1..]);
    let mut found = false;
    while let [first, others @ ..] = members {
        if let [b'-', last, others @ ..] = others {
            found |= (first..=last).contains(&&byte);
            members = others;
        } else {
            found |= *first == byte;
            members = others;
        }
    }
    Some((found != negated, rest))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_match_as_in_a_shell() {
        for (pattern, name) in [
            ("*", "run"),
            ("r*n", "run"),
            ("*u*", "run"),
            ("run?", "run1"),
            ("run[0-9]", "run7"),
            ("run[!0-9]", "runx"),
            ("run[]x]", "run]"),
            ("run[ab-]", "run-"),
            ("[x", "[x"),
            (".*", ".hidden"),
            ("a*b*c", "aXbXbYc"),
        ] {
            assert!(
                matches(pattern.as_bytes(), name.as_bytes()),
                "{pattern} {name}"
            );
        }
        for (pattern, name) in [
            ("*", ".hidden"),
            ("r*x", "run"),
            ("run?", "run"),
            ("run[0-9]", "runx"),
            ("run[!0-9]", "run7"),
            ("run", "runs"),
        ] {
            assert!(
                !matches(pattern.as_bytes(), name.as_bytes()),
                "{pattern} {name}"
            );
        }
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        assert!(!matches(&b"*a".repeat(50), &b"a".repeat(49)));
        assert!(!matches(
            &[b"*a".repeat(50), b"b".to_vec()].concat(),
            &b"a".repeat(1000)
        ));
    }

    #[test]
    fn paths_expand_sorted() {
        let directory = tempfile::tempdir().unwrap();
        let at = |path: &str| directory.path().join(path);
        for path in ["b/x1", "a/x2", "a/y/x3", ".h/x4"] {
            std::fs::create_dir_all(at(path)).unwrap();
        }
        assert_eq!(expand(&at("*/x?")), [at("a/x2"), at("b/x1")]);
        assert_eq!(expand(&at("**/x*")), [at("a/x2"), at("a/y/x3"), at("b/x1")]);
        assert_eq!(expand(&at("[!a]/x1")), [at("b/x1")]);
        assert!(expand(&at("none*")).is_empty());
        assert!(expand(&at("*/none")).is_empty());
    }
}
