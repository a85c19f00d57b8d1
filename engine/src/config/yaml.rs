//! YAML as a tree of JSON's values, of bounded depth and size. Aliases and merge keys (`<<`) are put in as what they stand
//! for, which is where a short text could grow without end.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use serde_json::{Map, Number, Value as Json};

/// Lists and mappings nested deeper than this are refused.
const DEEPEST: usize = 64;
/// Values in all, those behind aliases counted each time.
const MOST_NODES: usize = 100_000;

/// The first document of a text; of equal names the last.
pub fn parse(text: &str) -> Result<Json, String> {
    let mut tree = Tree::default();
    for event in Parser::new_from_str(text) {
        let (event, _) = event.map_err(|error| format!("it is no YAML: {error}"))?;
        if matches!(event, Event::DocumentEnd) {
            break;
        }
        tree.take(event)?;
    }
    Ok(tree.done.unwrap_or_default())
}

#[derive(Default)]
struct Tree {
    /// The lists and mappings that are open, the innermost last.
    open: Vec<Open>,
    anchors: HashMap<usize, Json>,
    nodes: usize,
    done: Option<Json>,
}

struct Open {
    anchor: usize,
    content: Content,
}

enum Content {
    List(Vec<Json>),
    /// With the name whose value is to come.
    Mapping(Map<String, Json>, Option<String>),
}

impl Tree {
    fn take(&mut self, event: Event<'_>) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.put(scalar(&text, style, tag.as_deref()), 1, anchor)
            }
            Event::Alias(anchor) => {
                let value = self.anchors.get(&anchor).cloned();
                let value = value.ok_or("an alias stands for what it is a part of")?;
                let nodes = count(&value);
                self.put(value, nodes, 0)
            }
            Event::SequenceStart(anchor, _) => self.enter(anchor, Content::List(Vec::new())),
            Event::MappingStart(anchor, _) => {
                self.enter(anchor, Content::Mapping(Map::new(), None))
            }
            Event::SequenceEnd | Event::MappingEnd => self.leave(),
            _ => Ok(()),
        }
    }

    fn enter(&mut self, anchor: usize, content: Content) -> Result<(), String> {
        if self.open.len() >= DEEPEST {
            return Err(format!("it is nested deeper than {DEEPEST}"));
        }
        self.open.push(Open { anchor, content });
        Ok(())
    }

    fn leave(&mut self) -> Result<(), String> {
        let Some(Open { anchor, content }) = self.open.pop() else {
            return Ok(());
        };
        let value = match content {
            Content::List(values) => Json::Array(values),
            Content::Mapping(values, _) => Json::Object(values),
        };
        self.put(value, 1, anchor)
    }

    /// Puts a value where it belongs; so many values come with it that were not counted before.
    fn put(&mut self, value: Json, nodes: usize, anchor: usize) -> Result<(), String> {
        self.nodes += nodes;
        if self.nodes > MOST_NODES {
            return Err(format!("it has more than {MOST_NODES} values"));
        }
        if anchor > 0 {
            self.anchors.insert(anchor, value.clone());
        }
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.done = Some(value),
            Some(Content::List(values)) => values.push(value),
            Some(Content::Mapping(values, name)) => match name.take() {
                None => {
                    *name = Some(
                        value
                            .as_str()
                            .map_or_else(|| value.to_string(), str::to_owned),
                    )
                }
                Some(name) if name == "<<" => merge(values, value),
                Some(name) => {
                    values.insert(name, value);
                }
            },
        }
        Ok(())
    }
}

/// Values in a value, itself included.
fn count(value: &Json) -> usize {
    match value {
        Json::Array(values) => 1 + values.iter().map(count).sum::<usize>(),
        Json::Object(values) => 1 + values.values().map(count).sum::<usize>(),
        _ => 1,
    }
}

/// Takes over the entries of a mapping, or of several, that are not there yet.
fn merge(values: &mut Map<String, Json>, others: Json) {
    match others {
        Json::Object(others) => {
            for (name, value) in others {
                values.entry(name).or_insert(value);
            }
        }
        Json::Array(several) => several.into_iter().for_each(|one| merge(values, one)),
        _ => {}
    }
}

/// Types as in YAML 1.2's core schema, and numbers as people write them (`1e-3`, `1_000`).
fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Json {
    let is_text = tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str");
    if style != ScalarStyle::Plain || is_text {
        return Json::String(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Json::Null,
        "true" | "True" | "TRUE" => Json::Bool(true),
        "false" | "False" | "FALSE" => Json::Bool(false),
        _ => number(text).unwrap_or_else(|| Json::String(text.to_owned())),
    }
}

fn number(text: &str) -> Option<Json> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    match unsigned {
        ".inf" | ".Inf" | ".INF" if text.starts_with('-') => return Some("-Infinity".into()),
        ".inf" | ".Inf" | ".INF" => return Some("Infinity".into()),
        ".nan" | ".NaN" | ".NAN" => return Some("NaN".into()),
        _ => {}
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            return i64::from_str_radix(digits, radix).ok().map(Json::from);
        }
    }
    let between_digits = |i: usize| {
        let digit = |i: Option<usize>| {
            i.and_then(|i| text.as_bytes().get(i))
                .is_some_and(u8::is_ascii_digit)
        };
        digit(i.checked_sub(1)) && digit(Some(i + 1))
    };
    let is_sound = text.bytes().enumerate().all(|(i, byte)| match byte {
        b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E' => true,
        b'_' => between_digits(i),
        _ => false,
    });
    if !is_sound || !unsigned.starts_with(|first: char| first == '.' || first.is_ascii_digit()) {
        return None;
    }
    let plain = text.replace('_', "");
    let plain = plain.strip_prefix('+').unwrap_or(&plain);
    match plain.parse::<i64>() {
        Ok(whole) => Some(whole.into()),
        Err(_) => Number::from_f64(plain.parse().ok()?).map(Json::Number),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn scalars_have_the_types_people_mean() {
        let text = "[1, -2, +3, 0x10, 0o17, 1.5, 1e-3, 1_000, .5, 5., .inf, -.inf, .nan, ~, null, True, FALSE, \
            yes, 'a', \"1\", !!str 1, 1.2.3, 2024-01-01, 1e, e1, _1, 1__0, 99999999999999999999, 1e999, '']";
        let expected = json!([
            1,
            -2,
            3,
            16,
            15,
            1.5,
            1e-3,
            1000,
            0.5,
            5.0,
            "Infinity",
            "-Infinity",
            "NaN",
            null,
            null,
            true,
            false,
            "yes",
            "a",
            "1",
            "1",
            "1.2.3",
            "2024-01-01",
            "1e",
            "e1",
            "_1",
            "1__0",
            1e20,
            "1e999",
            ""
        ]);
        assert_eq!(parse(text).unwrap(), expected);
    }

    #[test]
    fn aliases_and_merge_keys_are_what_they_stand_for() {
        let text = "base: &b {lr: 0.1, bs: 8}\nbig: {<<: *b, bs: 64}\nseveral: {<<: [{lr: 1}, *b]}\nsame: *b\n\
            tuple: !!python/tuple [1, 2]\nobj: !thing {a: 1}\n1: one\n";
        let base = json!({"lr": 0.1, "bs": 8});
        let expected = json!({"base": base, "big": {"lr": 0.1, "bs": 64}, "several": {"lr": 1, "bs": 8},
            "same": base, "tuple": [1, 2], "obj": {"a": 1}, "1": "one"});
        assert_eq!(parse(text).unwrap(), expected);
        assert_eq!(parse("a: 1\n---\na: 2\n").unwrap(), json!({"a": 1}));
        assert!(parse("a: &a [*a]").is_err());
    }

    #[test]
    fn neither_depth_nor_size_grow_without_end() {
        for levels in [100, 300, 100_000] {
            assert!(parse(&"[".repeat(levels)).is_err());
            assert!(parse(&"- ".repeat(levels)).is_err());
        }
        let mut bomb = "a0: &a0 [1,1,1,1,1,1,1,1,1]\n".to_owned();
        for i in 1..20 {
            let inner = vec![format!("*a{}", i - 1); 9].join(",");
            bomb += &format!("a{i}: &a{i} [{inner}]\n");
        }
        assert_eq!(
            parse(&bomb),
            Err("it has more than 100000 values".to_owned())
        );
        let blocks: String = (0..200).map(|i| format!("{}a:\n", " ".repeat(i))).collect();
        assert_eq!(
            parse(&blocks),
            Err("it is nested deeper than 64".to_owned())
        );
    }

    /// Pieces that mean something to a parser of YAML.
    fn pieces() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "a",
            ":",
            ": ",
            "\n",
            "\n  ",
            "\n\t",
            "- ",
            "-",
            "? ",
            "[",
            "]",
            "{",
            "}",
            ",",
            "&x ",
            "*x",
            "!",
            "!!str ",
            "!<a> ",
            "|",
            "|2-\n",
            ">\n",
            "'",
            "\"",
            "\\",
            "\\x4",
            "\\u00",
            "#",
            " # c\n",
            "---\n",
            "...\n",
            "%YAML 1.2\n",
            "%TAG ! x\n",
            "<<: ",
            "\u{feff}",
            "\u{85}",
            "é",
            "\0",
            "\r",
            " ",
            "1e-3",
            "~",
            "@",
            "`",
        ]);
        proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn no_text_is_a_failure(text in prop_oneof![9 => pieces(), 1 => any::<String>()]) {
            // Ends, and does not panic: the program would end with it.
            let _ = parse(&text);
        }
    }
}
