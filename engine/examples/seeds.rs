//! Writes what the fuzzers begin with: `cargo run --example seeds -- fuzz/corpus`, one directory per target.
#![allow(clippy::unwrap_used)]

#[path = "../tests/support/mod.rs"]
mod support;

use farboard_engine::index::IndexOptions;
use farboard_engine::index::file::{IndexFile, Kind};
use farboard_engine::logdir::{LoadOptions, Loader};
use farboard_engine::progress::Progress;
use farboard_engine::series::Store;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::{
    bytes, double, event, float, framed, int, losses, metadata, scalar, summary, version,
};

fn main() {
    let to = std::env::args().nth(1).unwrap_or("fuzz/corpus".to_owned());
    let to = Path::new(&to);
    write(to, "records", records());
    write(to, "events", events());
    write(to, "tensors", values());
    write(to, "requests", requests());
    write(to, "index", index());
    write(to, "thumbnails", thumbnails());
}

fn write(to: &Path, target: &str, seeds: Vec<Vec<u8>>) {
    let directory = to.join(target);
    fs::create_dir_all(&directory).unwrap();
    println!("{target}: {} seeds", seeds.len());
    for (number, seed) in seeds.into_iter().enumerate() {
        fs::write(directory.join(format!("seed{number:02}")), seed).unwrap();
    }
}

/// The first byte says in how many pieces the rest arrives.
fn records() -> Vec<Vec<u8>> {
    let whole = [version(), losses(0..4)].concat();
    let mut damaged = whole.clone();
    damaged[60] ^= 1;
    let mut wrong_length = whole.clone();
    wrong_length[1] ^= 1;
    let claims_much = [losses(0..1), framed(b"")[..8].to_vec(), vec![0xff; 30]].concat();
    let zeros = [whole.clone(), vec![0; 40]].concat();
    let all = [
        whole.clone(),
        whole[..90].to_vec(),
        damaged,
        wrong_length,
        claims_much,
        zeros,
    ];
    let pieces = (0..).map(|pieces: u8| pieces % 8);
    all.into_iter()
        .zip(pieces)
        .map(|(file, pieces)| [vec![pieces], file].concat())
        .collect()
}

/// Events with 0xfe between them.
fn events() -> Vec<Vec<u8>> {
    let plain = &scalar(3, "loss", 0.5)[12..];
    let plain = &plain[..plain.len() - 4];
    let tensor = |plugin: &str| {
        let value = [bytes(1, "t"), bytes(8, &tensors()[0]), metadata(plugin)].concat();
        event(1, 2.0, &summary(&value))
    };
    let image = bytes(
        4,
        [int(1, 2), int(2, 3), int(3, 3), bytes(4, b"\x89PNG")].concat(),
    );
    let histogram = bytes(
        5,
        [
            double(1, 0.0),
            double(2, 1.0),
            bytes(6, [0; 16]),
            bytes(7, [0; 16]),
        ]
        .concat(),
    );
    let audio = bytes(
        6,
        [
            float(1, 8000.0),
            int(2, 1),
            bytes(4, b"RIFF"),
            bytes(5, "audio/wav"),
        ]
        .concat(),
    );
    let of = |content: &[u8]| event(1, 2.0, &summary(&[&bytes(1, "x")[..], content].concat()));
    let mut all: Vec<Vec<u8>> = vec![
        plain.to_vec(),
        of(&image),
        of(&histogram),
        of(&audio),
        event(0, 1.0, &bytes(4, b"graph")),
        event(0, 1.0, &bytes(9, b"meta graph")),
        event(0, 1.0, &bytes(3, "brain.Event:2")),
        event(0, 1.0, &bytes(6, [int(1, 40), bytes(2, "oh")].concat())),
        event(
            0,
            1.0,
            &bytes(7, [int(1, 1), bytes(2, "path"), bytes(3, "why")].concat()),
        ),
        event(
            0,
            1.0,
            &bytes(8, [bytes(1, "step1"), bytes(2, b"trace")].concat()),
        ),
    ];
    for plugin in [
        "scalars",
        "images",
        "audio",
        "text",
        "histograms",
        "pr_curves",
        "mesh",
        "hparams",
        "custom_scalars",
        "other",
    ] {
        all.push(tensor(plugin));
    }
    let several = all.join(&0xfe);
    all.push(several);
    all
}

/// A byte that chooses plugin and field, and the message in it.
fn values() -> Vec<Vec<u8>> {
    const PLUGINS: u8 = 11;
    let mut all = Vec::new();
    for tensor in tensors() {
        all.extend((0..PLUGINS).map(|plugin| [&[3 * PLUGINS + plugin], &tensor[..]].concat()));
    }
    let image = [int(1, 2), int(2, 3), bytes(4, b"\x89PNG")].concat();
    let histogram = [
        double(1, 0.0),
        double(2, 1.0),
        bytes(6, [0; 16]),
        bytes(7, [0; 16]),
    ]
    .concat();
    let audio = [float(1, 8000.0), bytes(4, b"RIFF")].concat();
    let hparams = bytes(
        1,
        [
            bytes(1, "hparams"),
            bytes(2, bytes(3, bytes(1, bytes(1, "lr")))),
        ]
        .concat(),
    );
    let messages = [image, histogram, audio, Vec::new(), hparams];
    for (field, message) in (0..).zip(messages) {
        all.push([&[field * PLUGINS], &message[..]].concat());
    }
    all
}

/// Messages of the type `TensorProto`.
fn tensors() -> Vec<Vec<u8>> {
    let shape = |sizes: &[i64]| {
        let dimensions: Vec<u8> = sizes
            .iter()
            .flat_map(|&size| bytes(2, int(1, size)))
            .collect();
        bytes(2, dimensions)
    };
    vec![
        [int(1, 1), shape(&[]), bytes(5, 1.5f32.to_le_bytes())].concat(),
        [int(1, 2), shape(&[2]), bytes(4, [0; 16])].concat(),
        [int(1, 7), shape(&[1]), bytes(8, "text")].concat(),
        [int(1, 9), shape(&[1, 1]), int(10, -1)].concat(),
        [int(1, 19), shape(&[]), int(13, 0x3c00)].concat(),
        [int(1, 10), shape(&[3]), bytes(11, [1, 0, 1])].concat(),
        [int(1, 18), shape(&[1]), bytes(12, [0; 16])].concat(),
        [int(1, 24), shape(&[2]), bytes(18, [1, 2])].concat(),
        [int(1, 1), shape(&[i64::MAX, i64::MAX]), float(5, 0.0)].concat(),
    ]
}

/// Path, body and `Accept`, with zeros between them.
fn requests() -> Vec<Vec<u8>> {
    let scalars = r#"{"series":[{"id":0,"run":"a","tag":"loss"}],"x":"relative","range":[0,10],"width_px":600,"smoothing":0.6,"restarts":"all"}"#;
    let values = r#"{"series":[{"id":0,"run":"a","tag":"pic","kind":"image"}],"restarts":"latest","range":[0,10],"limit":5}"#;
    let histograms = r#"{"series":[{"run":"a","tag":"w"}],"x":"wall_time","columns":9,"bins":7,"y_range":[-1,1],"restarts":"all"}"#;
    let statistics =
        r#"{"series":[{"run":"a","tag":"loss"}],"range":[0,null],"mean_of_last":5,"slope":true}"#;
    let bands = r#"{"groups":[{"series":[{"run":"a","tag":"loss"}]}],"width_px":600,"smoothing":{"kind":"gaussian","sigma":2}}"#;
    let all = [
        "GET\0/api/status\0\0",
        "GET\0/api/runs\0\0",
        "GET\0/api/tags\0\0",
        &format!("POST\0/api/scalars\0{scalars}\0application/json"),
        &format!("POST\0/api/scalars\0{scalars}\0text/csv"),
        &format!("POST\0/api/values\0{values}\0"),
        "GET\0/api/blob/12.0.0/a%2Fevents.out.tfevents.1\0\0bytes=1-2",
        "GET\0/api/asset/a%2Fprojector_config.pbtxt\0\0",
        "GET\0/api/thumbnail/12.0.0/a%2Fevents.out.tfevents.1?px=256\0\0",
        &format!("POST\0/api/histograms\0{histograms}\0"),
        &format!("POST\0/api/statistics\0{statistics}\0"),
        &format!("POST\0/api/bands\0{bands}\0"),
        "GET\0/api/hparams\0\0",
        "GET\0/api/assets\0\0",
        "GET\0/api/files\0\0",
        "POST\0/api/export\0{\"series\":null,\"restarts\":\"all\",\"format\":\"jsonl\"}\0",
    ];
    all.iter()
        .map(|request| request.as_bytes().to_vec())
        .collect()
}

/// Whole index files behind a 0, their entries behind a 1.
fn index() -> Vec<Vec<u8>> {
    let directory = tempfile::tempdir().unwrap();
    let logs = directory.path().join("logs");
    fs::create_dir_all(logs.join("a")).unwrap();
    let mut all = events();
    all.pop();
    let kinds: Vec<u8> = all.iter().flat_map(|event| framed(event)).collect();
    fs::write(
        logs.join("a/tfevents.1"),
        [losses(0..70), losses(60..200)].concat(),
    )
    .unwrap();
    fs::write(logs.join("a/tfevents.2"), kinds).unwrap();
    let cache = directory.path().join("cache");
    let options = LoadOptions {
        index: Some(IndexOptions {
            directory: cache.clone(),
            limit_bytes: 1 << 30,
        }),
        ..LoadOptions::default()
    };
    let (store, progress) = (Arc::new(Store::new()), Arc::new(Progress::default()));
    let loader = Loader::start(logs.to_str().unwrap(), store, progress, options).unwrap();
    let started = Instant::now();
    let is_saved = || {
        let state = loader.index().state();
        state.bytes > 1000 && state.unsaved_runs == 0
    };
    while !is_saved() && started.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(50));
    }
    drop(loader);
    let path = fs::read_dir(cache).unwrap().next().unwrap().unwrap().path();
    let logdir = logs.as_os_str().as_encoded_bytes();
    let (file, frames) = IndexFile::open_to_read(&path, logdir, 1).unwrap();
    let mut seeds = vec![[vec![0], fs::read(&path).unwrap()].concat()];
    for frame in frames.iter().filter(|frame| frame.kind == Kind::Entry) {
        let payload = file.read(frame).unwrap().unwrap();
        let described = &payload[frame.name_bytes as usize..];
        seeds.push([&[1], described].concat());
    }
    seeds
}

/// One small image of each format.
fn thumbnails() -> Vec<Vec<u8>> {
    use image::ImageFormat::{Bmp, Gif, Jpeg, Png, WebP};
    let image = image::RgbImage::from_fn(80, 70, |x, y| image::Rgb([x as u8, y as u8, 128]));
    let encoded = |format| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    };
    [Bmp, Gif, Jpeg, Png, WebP].map(encoded).to_vec()
}
