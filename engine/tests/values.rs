//! Values of every kind, written to a real file and asked for.
#![allow(clippy::unwrap_used)]

mod support;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use farboard_engine::logdir::{LoadOptions, Loader};
use farboard_engine::progress::Progress;
use farboard_engine::series::Store;
use farboard_engine::values::{self, Blob, BlobName, Trouble, ValuesRequest};
use serde_json::{Value as Json, json};
use support::{bytes, double, event, float, framed, int, metadata, summary};
use tempfile::TempDir;

const FILE: &str = "events.out.tfevents.1700000000.host";

struct Loaded {
    directory: TempDir,
    store: Arc<Store>,
    progress: Arc<Progress>,
}

/// Writes records as one file of the run `.` and loads it.
fn load(records: &[Vec<u8>]) -> Loaded {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join(FILE), records.concat()).unwrap();
    let (store, progress) = (Arc::new(Store::new()), Arc::new(Progress::default()));
    let asked = directory.path().to_str().unwrap();
    let options = LoadOptions::default();
    let loader = Loader::start(asked, store.clone(), progress.clone(), options).unwrap();
    while !progress.live.load(Ordering::Acquire) {
        std::thread::sleep(Duration::from_millis(1));
    }
    drop(loader);
    Loaded {
        directory,
        store,
        progress,
    }
}

impl Loaded {
    fn path(&self) -> std::path::PathBuf {
        self.directory.path().join(FILE)
    }

    fn ask(&self, tag: &str, kind: &str, more: Json) -> Json {
        let mut request = json!({"series": [{"run": ".", "tag": tag, "kind": kind}]});
        let more = more.as_object().cloned().unwrap_or_default();
        request.as_object_mut().unwrap().extend(more);
        let request = ValuesRequest::parse(request.to_string().as_bytes()).unwrap();
        let answer = values::answer(
            &self.store,
            &self.progress,
            &request,
            &AtomicBool::new(false),
        );
        let answer: Json = serde_json::from_slice(&answer.unwrap()).unwrap();
        answer["series"][0].clone()
    }

    fn only(&self, tag: &str, kind: &str) -> Json {
        self.ask(tag, kind, json!({}))["value"][0].clone()
    }

    fn blob(&self, name: &Json) -> Result<Vec<u8>, Trouble> {
        blob(&self.path(), name, 0)
    }
}

fn blob(path: &Path, name: &Json, from: u64) -> Result<Vec<u8>, Trouble> {
    let (name, _) = name.as_str().unwrap().split_once('/').unwrap();
    let mut blob = Blob::open(path, BlobName::parse(name).unwrap())?;
    blob.skip(from);
    let mut content = Vec::new();
    while let Some(piece) = blob.next_piece()? {
        assert!(piece.len() <= 256 << 10);
        content.extend(piece);
    }
    assert_eq!(
        content.len() as u64,
        blob.length_bytes().saturating_sub(from)
    );
    Ok(content)
}

/// A record with one value at a step.
fn record(step: i64, tag: &str, value: &[Vec<u8>]) -> Vec<u8> {
    let value = [bytes(1, tag), value.concat()].concat();
    framed(&event(step, 1.7e9, &summary(&value)))
}

fn shape(sizes: &[i64]) -> Vec<u8> {
    let dimensions = sizes.iter().map(|&size| bytes(2, int(1, size)));
    bytes(2, dimensions.collect::<Vec<_>>().concat())
}

fn tensor(data_type: i64, sizes: &[i64], content: Vec<u8>) -> Vec<u8> {
    bytes(8, [int(1, data_type), shape(sizes), content].concat())
}

fn strings(items: &[&[u8]]) -> Vec<u8> {
    items
        .iter()
        .map(|item| bytes(8, item))
        .collect::<Vec<_>>()
        .concat()
}

fn png(length: usize) -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    png.extend((png.len()..length).map(|i| (i * i % 251) as u8));
    png
}

#[test]
fn images_of_both_encodings_large_and_small() {
    let (small, large) = (png(100), png(600_000));
    let old = bytes(
        4,
        [int(1, 4), int(2, 3), int(3, 3), bytes(4, &large)].concat(),
    );
    let new = [
        tensor(7, &[4], strings(&[b"3", b"4", &large, &small])),
        metadata("images"),
    ];
    let loaded = load(&[
        record(0, "old", &[old]),
        record(0, "new", &new),
        record(1, "after", &[float(2, 0.5)]),
    ]);
    assert_eq!(loaded.store.totals().points, 1);
    let old = loaded.only("old", "image");
    assert_eq!((&old["width"], &old["height"]), (&json!(3), &json!(4)));
    assert_eq!(old["items"][0]["type"], "image/png");
    assert_eq!(old["items"][0]["bytes"], large.len());
    assert_eq!(loaded.blob(&old["items"][0]["blob"]).unwrap(), large);
    let new = loaded.only("new", "image");
    assert_eq!((&new["width"], &new["height"]), (&json!(3), &json!(4)));
    assert_eq!(loaded.blob(&new["items"][0]["blob"]).unwrap(), large);
    assert_eq!(loaded.blob(&new["items"][1]["blob"]).unwrap(), small);
    let tail = blob(&loaded.path(), &new["items"][0]["blob"], 599_000).unwrap();
    assert_eq!(tail, large[599_000..]);
}

#[test]
fn a_damaged_large_record_is_told_when_it_is_looked_at_and_counts_once() {
    let image = bytes(4, bytes(4, png(100_000)));
    let mut first = record(0, "image", std::slice::from_ref(&image));
    first[50_000] ^= 1;
    let loaded = load(&[first, record(1, "image", &[image])]);
    assert_eq!(loaded.progress.losses_total().0, 0);
    for _ in 0..2 {
        let series = loaded.ask("image", "image", json!({}));
        assert_eq!(series["points"], 2);
        assert_eq!(series["value"][0]["error"]["code"], "damaged");
        assert_eq!(series["value"][1]["items"][0]["type"], "image/png");
        assert_eq!(loaded.progress.losses_total().0, 1);
    }
    let name = json!("0.0.0/x");
    assert!(matches!(loaded.blob(&name), Err(Trouble::Damaged(_))));
    std::fs::remove_file(loaded.path()).unwrap();
    let gone = loaded.ask("image", "image", json!({}));
    assert_eq!(gone["value"][1]["error"]["code"], "not_found");
}

#[test]
fn points_are_chosen_by_range_and_limit() {
    let text = |step| {
        let value = tensor(7, &[], strings(&[format!("{step}").as_bytes()]));
        record(step, "t", &[value, metadata("text")])
    };
    let records: Vec<_> = (0..100).map(text).collect();
    let loaded = load(&records);
    let series = loaded.ask("t", "text", json!({"range": [10, 20], "limit": 3}));
    assert_eq!(series["points"], 11);
    assert_eq!(series["step"], json!([10, 15, 20]));
    assert_eq!(series["value"][1], json!({"shape": [], "items": ["15"]}));
    assert_eq!(
        (&series["kind"], &series["plugin"]),
        (&json!("text"), &json!("text"))
    );
}

#[test]
fn long_texts_are_cut_and_wrong_ones_replaced() {
    let long = "ä".repeat(40_000);
    let value = tensor(
        7,
        &[3],
        strings(&[long.as_bytes(), b"a\xffb", b"\xef\xbf\xbd"]),
    );
    let loaded = load(&[record(0, "t", &[value, metadata("text")])]);
    let text = loaded.only("t", "text");
    assert_eq!(text["items"][0].as_str().unwrap(), "ä".repeat(32_768));
    assert_eq!(text["items"][1], "a\u{fffd}b");
    assert_eq!(text["truncated"], json!([0]));
    assert_eq!(text["bytes"], json!([80_000]));
    assert_eq!(loaded.blob(&text["blobs"][0]).unwrap(), long.as_bytes());
    // One that has the sign of replacement itself is as it was written.
    let replaced = text["replaced"].as_array().unwrap();
    assert_eq!(replaced.len(), 1);
    assert_eq!(
        (&replaced[0]["item"], &replaced[0]["bytes"]),
        (&json!(1), &json!(3))
    );
    assert_eq!(loaded.blob(&replaced[0]["blob"]).unwrap(), b"a\xffb");
}

#[test]
fn histograms_of_both_encodings() {
    let packed = |field, numbers: &[f64]| {
        let numbers = numbers.iter().flat_map(|number| number.to_le_bytes());
        bytes(field, numbers.collect::<Vec<_>>())
    };
    let old = [
        double(1, 0.1),
        double(2, 2.0),
        packed(6, &[0.0, 1.0, f64::MAX]),
        double(7, 0.0),
        packed(7, &[3.0, 1.0]),
    ];
    let new = packed(4, &[0.0, 1.0, 2.0, f64::NAN, 2.0, 1.0]);
    let loaded = load(&[
        record(0, "old", &[bytes(5, old.concat())]),
        record(0, "new", &[tensor(2, &[2, 3], new), metadata("histograms")]),
    ]);
    let narrow = f64::from(0.1f32);
    let expected = json!({"bins": [[narrow, 1.0, 3.0], [1.0, 2.0, 1.0]]});
    assert_eq!(loaded.only("old", "histogram"), expected);
    let expected = json!({"bins": [[0.0, 1.0, 2.0], ["NaN", 2.0, 1.0]]});
    assert_eq!(loaded.only("new", "histogram"), expected);
}

#[test]
fn curves_and_meshes() {
    let rows: Vec<f32> = (0..12u8).map(f32::from).collect();
    let rows = rows
        .iter()
        .map(|&number| float(5, number))
        .collect::<Vec<_>>();
    let about = [int(3, 2), bytes(5, "{}"), int(7, 14)].concat();
    let metadata_of_mesh = bytes(9, bytes(1, [bytes(1, "mesh"), bytes(2, about)].concat()));
    let faces = bytes(7, [0, 1, 2, 0x80, 1, 3]);
    let loaded = load(&[
        record(
            0,
            "curve",
            &[tensor(1, &[6, 2], rows.concat()), metadata("pr_curves")],
        ),
        record(0, "mesh", &[tensor(3, &[1, 2, 3], faces), metadata_of_mesh]),
    ]);
    let curve = loaded.only("curve", "pr_curve");
    assert_eq!(curve["thresholds"], 2);
    assert_eq!(curve["true_positives"], json!([0.0, 1.0]));
    assert_eq!(curve["recall"], json!([10.0, 11.0]));
    let mesh = loaded.only("mesh", "mesh");
    assert_eq!(
        (&mesh["content_type"], &mesh["dtype"]),
        (&json!("face"), &json!("int32"))
    );
    assert_eq!(
        (&mesh["components"], &mesh["json_config"]),
        (&json!(14), &json!("{}"))
    );
    // Five numbers for six elements: the last counts twice.
    let array = [0, 1, 2, 128, 3, 3].map(i32::to_le_bytes).concat();
    assert_eq!(loaded.blob(&mesh["blob"]).unwrap(), array);
    assert_eq!(blob(&loaded.path(), &mesh["blob"], 9).unwrap(), array[9..]);
}

#[test]
fn tensors_of_many_types() {
    let cases = [
        (
            tensor(19, &[2], bytes(13, [0x80, 0x78, 0x80, 0x7c])),
            "float16",
            json!([1.0, -0.0]),
        ),
        (
            tensor(8, &[1], bytes(9, [0; 8])),
            "complex64",
            json!([[0.0, 0.0]]),
        ),
        (
            tensor(23, &[], int(17, -1)),
            "uint64",
            json!([u64::MAX as f64]),
        ),
        (
            tensor(10, &[2], bytes(11, [1, 0])),
            "bool",
            json!([1.0, 0.0]),
        ),
        (
            tensor(6, &[2], bytes(4, [255, 1])),
            "int8",
            json!([-1.0, 1.0]),
        ),
        (tensor(1, &[2], vec![]), "float32", json!([0.0, 0.0])),
        (
            tensor(25, &[1], bytes(18, [0x38])),
            "float8_e4m3fn",
            json!([1.0]),
        ),
    ];
    let record_of = |(index, case): (usize, &(Vec<u8>, &str, Json))| {
        record(0, &format!("{index}"), std::slice::from_ref(&case.0))
    };
    let records: Vec<_> = cases.iter().enumerate().map(record_of).collect();
    let loaded = load(&records);
    for (index, (_, dtype, values)) in cases.iter().enumerate() {
        let value = loaded.only(&format!("{index}"), "tensor");
        assert_eq!(value["dtype"], *dtype);
        assert_eq!(
            value["bytes"].as_u64(),
            Some(loaded.blob(&value["blob"]).unwrap().len() as u64)
        );
        if *dtype != "float16" {
            assert_eq!(value["values"], *values, "{dtype}");
        }
    }
}

#[test]
fn a_claimed_shape_makes_no_bytes() {
    for (index, (sizes, content)) in [
        (vec![1 << 40], float(5, 1.0)),
        (vec![1 << 40, 1 << 40], float(5, 1.0)),
        (vec![-2], float(5, 1.0)),
        (vec![2], bytes(4, [0; 4])),
        (vec![1], [float(5, 1.0), float(5, 2.0)].concat()),
    ]
    .into_iter()
    .enumerate()
    {
        let loaded = load(&[record(0, "t", &[tensor(1, &sizes, content)])]);
        let value = loaded.only("t", "tensor");
        assert_eq!(value["error"]["code"], "damaged", "{index}: {value}");
        assert_eq!(loaded.progress.losses_total().0, 1);
    }
}

#[test]
fn graphs_traces_and_what_nobody_knows() {
    let graph = vec![7; 20_000];
    let trace = bytes(8, [bytes(1, "step1"), bytes(2, &graph)].concat());
    let loaded = load(&[
        framed(&event(0, 1.0, &bytes(4, &graph))),
        framed(&event(1, 2.0, &trace)),
        record(2, "odd", &[metadata("mine")]),
    ]);
    let value = loaded.only("__run_graph__", "graph");
    assert_eq!(
        (&value["format"], &value["bytes"]),
        (&json!("graph_def"), &json!(20_000))
    );
    assert_eq!(loaded.blob(&value["blob"]).unwrap(), graph);
    let value = loaded.only("step1", "run_metadata");
    assert_eq!(value["format"], "run_metadata");
    assert_eq!(loaded.blob(&value["blob"]).unwrap(), graph);
    let value = loaded.only("odd", "unknown");
    let message = [bytes(1, "odd"), metadata("mine")].concat();
    assert_eq!(loaded.blob(&value["blob"]).unwrap(), message);
}
