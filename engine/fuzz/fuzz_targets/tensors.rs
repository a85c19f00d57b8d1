//! Any bytes as a value of any kind, in a file: it is listed, and it can be asked for.
#![no_main]

use std::io::Write;
use std::sync::atomic::AtomicBool;

use farboard_engine::intake::{Intake, RunMetadata};
use farboard_engine::progress::Progress;
use farboard_engine::record::{Cursor, RecordReader, Step, Window};
use farboard_engine::series::{FileStat, Kind, Restarts, Store};
use farboard_engine::values::{self, Blob, BlobName, ValuesRequest};
use farboard_engine::{tensor, values::Trouble};
use libfuzzer_sys::fuzz_target;

#[path = "../../tests/support/mod.rs"]
#[allow(dead_code)]
mod support;

const PLUGINS: [&str; 11] = [
    "scalars",
    "images",
    "audio",
    "text",
    "histograms",
    "pr_curves",
    "mesh",
    "hparams",
    "custom_scalars",
    "graph_keras_model",
    "something",
];
/// Image, histogram, audio, tensor, metadata.
const FIELDS: [u64; 5] = [4, 5, 6, 8, 9];
/// Enough of a blob.
const MOST_PIECES: usize = 10;

fn take_pieces(blob: Result<Blob, Trouble>) {
    let Ok(mut blob) = blob else { return };
    let _ = (blob.length_bytes(), blob.media_type());
    for _ in 0..MOST_PIECES {
        let Ok(Some(piece)) = blob.next_piece() else {
            return;
        };
        assert!(!piece.is_empty());
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((&choice, message)) = input.split_first() else {
        return;
    };
    let _ = tensor::scalar(message);
    let plugin = PLUGINS[usize::from(choice) % PLUGINS.len()];
    let field = FIELDS[usize::from(choice) / PLUGINS.len() % FIELDS.len()];
    let content = support::bytes(field, message);
    let value = [&support::bytes(1, "t")[..], &content, &support::metadata(plugin)].concat();
    let event = support::event(1, 2.0, &support::summary(&value));

    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(&support::framed(&event)).expect("room");
    let (mut cursor, mut window) = (Cursor::default(), Window::default());
    let (mut intake, mut metadata) = (Intake::default(), RunMetadata::default());
    let mut reader = RecordReader::new(file.as_file(), &mut cursor, &mut window);
    match reader.next_step().expect("a file can be read") {
        Step::Record { offset_bytes } => drop(intake.add(reader.payload(), offset_bytes, &mut metadata)),
        Step::Large { offset_bytes, .. } => drop(intake.add(reader.skeleton(), offset_bytes, &mut metadata)),
        _ => panic!("a whole record was written"),
    }
    let Some(batch) = intake.take_batch() else {
        return;
    };
    let (store, progress) = (Store::new(), Progress::default());
    store.touch_file("r", "f", file.path(), FileStat::default());
    // Scalars have a route of their own.
    let kinds = batch.tags.iter().map(|tag| tag.kind);
    let kinds: Vec<Kind> = kinds.filter(|&kind| kind != Kind::Scalar).collect();
    store.append("r", "f", batch);
    for kind in kinds {
        let body = format!(
            r#"{{"series": [{{"run": "r", "tag": "t", "kind": "{}"}}]}}"#,
            kind.name()
        );
        let request = ValuesRequest::parse(body.as_bytes());
        let request = request.unwrap_or_else(|refusal| panic!("{}", refusal.message));
        assert_eq!(request.restarts, Restarts::Latest);
        let answer = values::answer(&store, &progress, &request, &AtomicBool::new(false));
        assert!(answer.is_ok());
    }
    for name in ["0.0.0", "0.0.1", "0.0.value"] {
        if let Some(name) = BlobName::parse(name) {
            take_pieces(Blob::open(file.path(), name));
        }
    }
});
