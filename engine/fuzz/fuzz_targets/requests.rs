//! Any words as a request to an engine that has a little of everything: there is always an answer.
#![no_main]

use std::cell::OnceCell;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use farboard_engine::http::{Engine, route};
use farboard_engine::logdir::{LoadOptions, Loader};
use farboard_engine::progress::Progress;
use farboard_engine::series::Store;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use libfuzzer_sys::fuzz_target;

#[path = "../../tests/support/mod.rs"]
#[allow(dead_code)]
mod support;

/// Enough of an answer: some have no end.
const MOST_FRAMES: usize = 20;

struct Bench {
    engine: Arc<Engine>,
    runtime: tokio::runtime::Runtime,
    _loader: Loader,
    _directory: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let run = directory.path().join("a");
        std::fs::create_dir_all(run.join("plugins/some")).expect("a run");
        std::fs::write(run.join("plugins/some/asset"), b"asset").expect("room");
        std::fs::write(run.join("events.out.tfevents.1"), logs()).expect("room");
        let (store, progress) = (Arc::new(Store::new()), Arc::new(Progress::default()));
        let asked = directory.path().to_str().expect("UTF-8");
        let options = LoadOptions::default();
        let loader = Loader::start(asked, store.clone(), progress.clone(), options).expect("threads");
        while !progress.live.load(Ordering::Acquire) {
            std::thread::sleep(Duration::from_millis(1));
        }
        let (index, queue) = (Arc::clone(loader.index()), Arc::clone(loader.queue()));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime");
        Self {
            engine: Arc::new(Engine::new(store, progress, index, queue, 1)),
            runtime,
            _loader: loader,
            _directory: directory,
        }
    }

    fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }
}

fn logs() -> Vec<u8> {
    let image = [support::bytes(1, "pic"), support::bytes(4, support::bytes(4, b"\x89PNG"))].concat();
    let image = support::framed(&support::event(1, 2.0, &support::summary(&image)));
    let numbers = [support::double(1, 0.0), support::double(2, 1.0), support::bytes(6, [0; 16]), support::bytes(7, [63; 16])];
    let histogram = [support::bytes(1, "w"), support::bytes(5, numbers.concat())].concat();
    let histogram = support::framed(&support::event(1, 2.0, &support::summary(&histogram)));
    let losses = [support::losses(0..300), support::losses(200..250)].concat();
    [support::version(), losses, image, histogram].concat()
}

thread_local! {
    static BENCH: OnceCell<Bench> = const { OnceCell::new() };
}

/// Method, path, body and the value of three headers, with zeros between them.
fn ask(bench: &Bench, input: &[u8]) {
    let mut parts = input.split(|&byte| byte == 0);
    let mut part = || parts.next().unwrap_or_default();
    let (method, path, body, header) = (part(), part(), part(), part());
    if path == b"/api/changes" {
        return;
    }
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("accept", header)
        .header("range", header)
        .header("if-none-match", header)
        .body(Full::new(Bytes::copy_from_slice(body)));
    let Ok(request) = request else { return };
    bench.wait(async {
        let response = route(Arc::clone(&bench.engine), request).await;
        assert!(response.status().as_u16() < 500, "{response:?}", response = response.status());
        let mut body = response.into_body();
        for _ in 0..MOST_FRAMES {
            if body.frame().await.is_none() {
                break;
            }
        }
    });
}

fuzz_target!(|input: &[u8]| {
    BENCH.with(|bench| ask(bench.get_or_init(Bench::new), input));
});
