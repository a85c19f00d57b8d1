//! Reading ahead gives exactly what reading in order does, whatever the file holds and wherever it is cut.
#![allow(clippy::unwrap_used)]

mod support;

use farboard_engine::event_file::{EventFile, Sink, Visit};
use farboard_engine::index::Index;
use farboard_engine::intake::RunMetadata;
use farboard_engine::logdir::{LoadOptions, Loader};
use farboard_engine::progress::{Account, Loss, Progress};
use farboard_engine::record::Window;
use farboard_engine::segment::{Helpers, Segment};
use farboard_engine::series::{Kind, Notes, Restarts, SeriesInfo, Store};
use proptest::prelude::*;
use std::cell::{Cell, RefCell};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use support::{bytes, event, float, framed, int, metadata, scalar, summary};

const FIRST_VISIT_BYTES: u64 = 100;
const SEGMENT_BYTES: u64 = 300;

/// Reads the segments ahead at once whose turn `reads` says, again and again; the others it leaves to the reader.
struct Eager {
    reads: Vec<bool>,
    offered: Cell<usize>,
    left: RefCell<Vec<Arc<Segment>>>,
}

impl Eager {
    fn new(reads: Vec<bool>) -> Self {
        Self {
            reads,
            offered: Cell::new(0),
            left: RefCell::default(),
        }
    }
}

impl Helpers for Eager {
    fn workers(&self) -> usize {
        2
    }

    fn idle(&self) -> usize {
        usize::from(!self.reads.is_empty())
    }

    fn help(&self, segment: Arc<Segment>) {
        let offered = self.offered.replace(self.offered.get() + 1);
        if self.reads[offered % self.reads.len()] {
            assert!(segment.read(&mut Window::default()));
        } else {
            self.left.borrow_mut().push(segment);
        }
    }

    fn segment_bytes(&self) -> u64 {
        SEGMENT_BYTES
    }
}

/// Step, and the bits of wall time and value.
type Point = (i64, u64, u64);

/// Everything that can be seen of a file that was read; of each series all points, and those of the default view.
#[derive(Debug, PartialEq)]
struct Seen {
    offset: u64,
    losses: Vec<Loss>,
    notes: Vec<Notes>,
    series: Vec<(SeriesInfo, [Vec<Point>; 2])>,
}

/// Reads a file in visits between which it grows from each of `lengths` to the next.
fn read(path: &Path, content: &[u8], lengths: &[usize], helpers: &Eager) -> Seen {
    let (store, progress) = (Store::new(), Arc::new(Progress::default()));
    let account = Account::open(progress.clone(), 0);
    let mut file = EventFile::new(path.to_owned(), "run", "run/file".to_owned(), account);
    let (mut known, mut window) = (RunMetadata::default(), Window::default());
    let index = Index::new(None);
    let sink = Sink {
        store: &store,
        progress: &progress,
        index: &index,
        helpers,
    };
    for &length in lengths {
        std::fs::write(path, &content[..length]).unwrap();
        let mut budget_bytes = FIRST_VISIT_BYTES;
        while file.visit(sink, &mut known, &mut window, budget_bytes) == Visit::More {
            budget_bytes = 2000;
        }
    }
    let points = |series: &SeriesInfo| {
        let snapshot = store.snapshot("run", &series.tag, series.kind).unwrap();
        let view = |restarts| {
            let view = snapshot.view(restarts);
            let point = |i| {
                let point = view.column.point(i);
                (
                    point.step,
                    point.wall_time_s.to_bits(),
                    point.value.to_bits(),
                )
            };
            (0..view.column.len()).map(point).collect()
        };
        [view(Restarts::All), view(Restarts::Latest)]
    };
    let series = store.series(0).into_iter().flat_map(|(_, series)| series);
    let mut series: Vec<_> = series.map(|info| (info.clone(), points(&info))).collect();
    series.sort_by(|(a, _), (b, _)| (&a.tag, a.kind).cmp(&(&b.tag, b.kind)));
    let files = store.files().into_iter().flat_map(|(_, files)| files);
    let notes = files.map(|file| file.notes);
    Seen {
        offset: file.offset(),
        losses: progress.losses(),
        notes: notes.collect(),
        series,
    }
}

fn tensor(tag: &str, value: f32, described: Option<&str>) -> Vec<u8> {
    let tensor = [int(1, 1), float(5, value)].concat();
    let described = described.map_or(Vec::new(), metadata);
    summary(&[bytes(1, tag), bytes(8, tensor), described].concat())
}

/// One piece of a file: records of every sort, and damage.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let tag = || prop::sample::select(vec!["a", "loss", "a/longer/name"]);
    let plain = (tag(), 0i64..40, any::<f32>());
    prop_oneof![
        20 => prop::collection::vec(plain, 1..12).prop_map(|points| {
            points.into_iter().flat_map(|(tag, step, value)| scalar(step, tag, value)).collect()
        }),
        3 => (tag(), 0i64..40, any::<f32>(), prop::sample::select(vec!["scalars", "text", "images"]))
            .prop_map(|(tag, step, value, plugin)| framed(&event(step, 2.0e9, &tensor(tag, value, Some(plugin))))),
        3 => (tag(), 0i64..40, any::<f32>())
            .prop_map(|(tag, step, value)| framed(&event(step, f64::NAN, &tensor(tag, value, None)))),
        1 => (tag(), 0i64..40, 7000usize..20_000).prop_map(|(tag, step, length)| {
            let image = bytes(4, bytes(4, vec![7; length]));
            framed(&event(step, 2.0e9, &summary(&[bytes(1, tag), image].concat())))
        }),
        1 => (1i64..3).prop_map(|status| framed(&event(0, 1.8e9, &bytes(7, int(1, status))))),
        1 => prop::sample::select(vec![4, 9]).prop_map(|field| framed(&event(0, 1.8e9, &bytes(field, "graph")))),
        1 => prop::collection::vec(any::<u8>(), 0..60).prop_map(|payload| framed(&payload)),
        1 => prop::collection::vec(any::<u8>(), 0..60),
        1 => (0usize..58, any::<u8>()).prop_map(|(place, byte)| {
            let mut record = scalar(3, "loss", 0.5);
            let place = place % record.len();
            record[place] ^= byte;
            record
        }),
        // A record inside a record, which is none.
        1 => Just(framed(&event(1, 1.0, &bytes(99, scalar(9, "inner", 1.0).repeat(12))))),
        1 => (1u64..400).prop_map(|length| {
            let length = length.to_le_bytes();
            [&length[..], &farboard_engine::record::masked_crc32c(&length).to_le_bytes()].concat()
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_file_holds(
        pieces in prop::collection::vec(piece(), 1..40),
        reads in prop::collection::vec(any::<bool>(), 1..5),
        cuts in prop::collection::vec(0.0..1.0, 0..3),
    ) {
        let content = pieces.concat();
        let mut lengths: Vec<_> = cuts.iter().map(|cut| (cut * content.len() as f64) as usize).collect();
        lengths.push(content.len());
        lengths.sort();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tfevents");
        let in_order = read(&path, &content, &lengths, &Eager::new(Vec::new()));
        let ahead = read(&path, &content, &lengths, &Eager::new(reads));
        prop_assert_eq!(format!("{ahead:?}"), format!("{in_order:?}"));
    }
}

#[test]
fn what_is_read_ahead_counts() {
    let content: Vec<u8> = (0..200)
        .flat_map(|step| scalar(step, "loss", 0.5))
        .collect();
    let directory = tempfile::tempdir().unwrap();
    let helpers = Eager::new(vec![true]);
    let seen = read(
        &directory.path().join("tfevents"),
        &content,
        &[content.len()],
        &helpers,
    );
    assert_eq!(seen.series[0].0.figures.points, 200);
    // Each stretch was offered once: none was thrown away and offered again.
    let stretches = content.len() as u64 / SEGMENT_BYTES;
    assert!((stretches - 2..=stretches).contains(&(helpers.offered.get() as u64)));
}

#[test]
fn workers_share_one_file() {
    let directory = tempfile::tempdir().unwrap();
    let tags = ["loss", "accuracy", "rate"];
    let records = (0..80_000).flat_map(|step| tags.map(|tag| scalar(step, tag, step as f32)));
    let content: Vec<u8> = records.flatten().collect();
    std::fs::write(directory.path().join("events.out.tfevents.1.host"), content).unwrap();
    let (store, progress) = (Arc::new(Store::new()), Arc::new(Progress::default()));
    let asked = directory.path().to_str().unwrap();
    let options = LoadOptions {
        threads: 3,
        ..LoadOptions::default()
    };
    let _loader = Loader::start(asked, store.clone(), progress.clone(), options).unwrap();
    let began = Instant::now();
    while !progress.live.load(Ordering::Acquire) {
        assert!(began.elapsed() < Duration::from_secs(60), "never live");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(
        (progress.losses(), store.totals().points),
        (vec![], 240_000)
    );
    for tag in tags {
        let snapshot = store.snapshot(".", tag, Kind::Scalar).unwrap();
        let view = snapshot.view(Restarts::Latest);
        assert_eq!(view.column.len(), 80_000);
        assert!((0..80_000).all(|i| view.column.point(i).value == i as f64));
    }
}
