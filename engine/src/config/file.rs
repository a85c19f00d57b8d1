//! What one configuration file says: names and values, without nesting.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde_json::{Map, Value as Json};

use super::yaml;
use crate::series::text;

/// Longer files are no configurations.
const MOST_BYTES: u64 = 1 << 20;
/// Values of one file, or of one session.
const MOST_VALUES: usize = 1000;

/// Names, with `/` between those of nested mappings, and their values: numbers, booleans, texts and nulls.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// Empty when nothing could be read.
    pub values: Map<String, Json>,
    /// What is wrong; empty when nothing is.
    pub error: String,
}

impl Config {
    /// Reads a file. Whatever it has in it, this is no failure.
    pub fn read(path: &Path) -> Self {
        let is_json = path
            .extension()
            .is_some_and(|extension| extension == "json");
        match read_text(path).and_then(|text| parse(&text, is_json)) {
            Ok(values) => flattened(values),
            Err(error) => Self {
                values: Map::new(),
                error,
            },
        }
    }

    /// What it needs in memory, about.
    pub fn size_bytes(&self) -> usize {
        let value = |value: &Json| value.as_str().map_or(0, str::len) + size_of::<Json>();
        let values = self
            .values
            .iter()
            .map(|(name, one)| name.len() + value(one) + 64);
        values.sum::<usize>() + self.error.len() + size_of::<Self>()
    }
}

fn read_text(path: &Path) -> Result<String, String> {
    let unreadable = |error| format!("it cannot be read: {error}");
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(format!("it has more than {MOST_BYTES} bytes"));
    }
    String::from_utf8(bytes).map_err(|_| "it is no text in UTF-8".to_owned())
}

fn parse(text: &str, is_json: bool) -> Result<Map<String, Json>, String> {
    let tree = if is_json {
        serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"))?
    } else {
        yaml::parse(text)?
    };
    match tree {
        Json::Object(values) => Ok(values),
        Json::Null => Ok(Map::new()),
        _ => Err("it has no names and values".to_owned()),
    }
}

/// Without nesting, and of bounded size.
pub fn flattened(nested: Map<String, Json>) -> Config {
    let mut config = Config::default();
    let mut left_out = 0;
    add(&mut config.values, &mut left_out, "", nested);
    if left_out > 0 {
        config.error = format!("{left_out} more than {MOST_VALUES} values are left out");
    }
    config
}

fn add(
    values: &mut Map<String, Json>,
    left_out: &mut usize,
    above: &str,
    nested: Map<String, Json>,
) {
    for (name, one) in nested {
        let name = if above.is_empty() {
            name
        } else {
            format!("{above}/{name}")
        };
        match one {
            Json::Object(inner) if !inner.is_empty() => add(values, left_out, &name, inner),
            _ if values.len() >= MOST_VALUES => *left_out += 1,
            one => {
                values.insert(text(name.as_bytes()), value(one));
            }
        }
    }
}

/// A value as it can stand in a table: lists and what else is nested as JSON's text, of bounded length.
pub fn value(value: Json) -> Json {
    match value {
        Json::String(long) => Json::String(text(long.as_bytes())),
        nested @ (Json::Array(_) | Json::Object(_)) => {
            Json::String(text(nested.to_string().as_bytes()))
        }
        plain => plain,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(name: &str, content: &[u8]) -> Config {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(name);
        std::fs::write(&path, content).unwrap();
        Config::read(&path)
    }

    #[test]
    fn nested_names_are_joined_and_lists_are_text() {
        let yaml = b"model:\n  depth: 4\n  act: gelu\n  none: {}\nsizes: [224, 224.5, a]\nbn: true\nseed: ~\n";
        let json = br#"{"model": {"depth": 4, "act": "gelu", "none": {}}, "sizes": [224, 224.5, "a"], "bn": true, "seed": null}"#;
        let expected = json!({"model/depth": 4, "model/act": "gelu", "model/none": "{}",
            "sizes": "[224,224.5,\"a\"]", "bn": true, "seed": null});
        for config in [read("c.yaml", yaml), read("c.json", json)] {
            assert_eq!(
                (json!(config.values), config.error.as_str()),
                (expected.clone(), "")
            );
        }
        assert_eq!(read("c.yaml", b""), Config::default());
    }

    #[test]
    fn what_is_damaged_says_why() {
        let error = |name, content: &[u8]| {
            let config = read(name, content);
            assert!(config.values.is_empty());
            config.error
        };
        assert!(error("c.json", b"{").starts_with("it is no JSON: "));
        assert!(error("c.yaml", b"a: [").starts_with("it is no YAML: "));
        assert_eq!(error("c.yaml", b"- 1"), "it has no names and values");
        assert_eq!(error("c.yaml", b"a: \xff"), "it is no text in UTF-8");
        let long = vec![b' '; 2 << 20];
        assert_eq!(error("c.yaml", &long), "it has more than 1048576 bytes");
        assert!(
            Config::read(Path::new("/nowhere"))
                .error
                .starts_with("it cannot be read")
        );
    }

    #[test]
    fn many_and_long_values_are_bounded() {
        let lines: Vec<String> = (0..1005)
            .map(|i| format!("n{i}: {}", "x".repeat(2000)))
            .collect();
        let config = read("c.yaml", lines.join("\n").as_bytes());
        assert!(config.error.is_empty() || config.error.contains("more than"));
        let short: Vec<String> = (0..1005).map(|i| format!("n{i}: 1")).collect();
        let config = read("c.yaml", short.join("\n").as_bytes());
        assert_eq!(config.values.len(), MOST_VALUES);
        assert_eq!(config.error, "5 more than 1000 values are left out");
        let long = read(
            "c.json",
            json!({"a": "x".repeat(5000)}).to_string().as_bytes(),
        );
        assert!(long.values["a"].as_str().unwrap().len() < 1100);
    }
}
