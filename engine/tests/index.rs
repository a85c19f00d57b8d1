//! What the index gives the next start, whatever happened to it or to the files meanwhile.
#![allow(clippy::unwrap_used)]

mod support;

use farboard_engine::index::{IndexOptions, IndexState};
use farboard_engine::logdir::{LoadOptions, Loader};
use farboard_engine::progress::Progress;
use farboard_engine::series::{Kind, Restarts, Store};
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime};
use support::{bytes, event, float, framed, int, losses, metadata, scalar, summary, version};
use tempfile::TempDir;

const FILE: &str = "a/events.out.tfevents.1700000000.host";
const SECOND: &str = "a/events.out.tfevents.1700000001.host";
const PATIENCE: Duration = Duration::from_secs(30);

/// A logdir and a cache directory.
struct Place {
    directory: TempDir,
    limit_bytes: u64,
}

/// An engine that follows the logdir.
struct Following {
    store: Arc<Store>,
    progress: Arc<Progress>,
    loader: Loader,
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("logs")).unwrap();
        Self {
            directory,
            limit_bytes: 1 << 30,
        }
    }

    fn path(&self, below: &str) -> PathBuf {
        self.directory.path().join("logs").join(below)
    }

    fn cache(&self) -> PathBuf {
        self.directory.path().join("cache")
    }

    fn index_file(&self) -> PathBuf {
        let mut entries = fs::read_dir(self.cache()).unwrap();
        entries.next().unwrap().unwrap().path()
    }

    fn write(&self, below: &str, content: &[u8]) {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn append(&self, below: &str, content: &[u8]) {
        let options = File::options().append(true).open(self.path(below));
        options.unwrap().write_all(content).unwrap();
    }

    /// Starts an engine and waits until it has read everything.
    fn start(&self) -> Following {
        let (store, progress) = (Arc::new(Store::new()), Arc::new(Progress::default()));
        let options = LoadOptions {
            threads: 2,
            index: Some(IndexOptions {
                directory: self.cache(),
                limit_bytes: self.limit_bytes,
            }),
            ..LoadOptions::default()
        };
        let asked = self.path("").into_os_string().into_string().unwrap();
        let loader = Loader::start(&asked, store.clone(), progress.clone(), options).unwrap();
        let following = Following {
            store,
            progress,
            loader,
        };
        following.until("live", |all| all.progress.live.load(Ordering::Acquire));
        following
    }

    /// What an engine without an index finds.
    fn truth(&self) -> Vec<String> {
        let (store, progress) = (Arc::new(Store::new()), Arc::new(Progress::default()));
        let asked = self.path("").into_os_string().into_string().unwrap();
        let options = LoadOptions::default();
        let loader = Loader::start(&asked, store.clone(), progress.clone(), options).unwrap();
        let started = Instant::now();
        while !progress.live.load(Ordering::Acquire) && started.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(5));
        }
        drop(loader);
        everything(&store)
    }
}

impl Following {
    fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let started = Instant::now();
        while !holds(self) {
            assert!(
                started.elapsed() < PATIENCE,
                "never: {what}: {:?}",
                self.state()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn state(&self) -> IndexState {
        self.loader.index().state()
    }

    fn restored_bytes(&self) -> u64 {
        self.loader.index().restored_bytes()
    }

    /// Waits until the index has all of this logdir's bytes, and ends.
    fn save(self, before_bytes: u64) -> u64 {
        self.until("saved", |all| {
            let state = all.state();
            state.state == "on" && state.unsaved_runs == 0 && state.bytes > before_bytes
        });
        self.state().bytes
    }
}

/// Every point of every series, with what is said about it, as text: NaN equals NaN that way.
fn everything(store: &Store) -> Vec<String> {
    let mut all = Vec::new();
    for (run, files) in store.files() {
        all.extend(files.into_iter().map(|file| format!("{run} {file:?}")));
    }
    for (run, series) in store.series(0) {
        for info in series {
            let Some(snapshot) = store.snapshot(&run, &info.tag, info.kind) else {
                continue;
            };
            all.push(format!(
                "{run} {} {:?} {:?} {:?}",
                info.tag, info.kind, info.meta, info.figures
            ));
            for restarts in [Restarts::Latest, Restarts::All] {
                let view = snapshot.view(restarts);
                view.column.each_point(0..view.column.len(), |i, point| {
                    let at = if info.kind == Kind::Scalar {
                        format!("{}", point.value)
                    } else {
                        format!("{:?}", snapshot.place(point.value))
                    };
                    let (step, time_s) = (point.step, point.wall_time_s);
                    all.push(format!("{step} {time_s} {at} {}", view.is_superseded(i)));
                });
            }
        }
    }
    all.sort();
    all
}

/// A scalar tensor that only says what it is when it is the first of its tag.
fn tensor(step: i64, tag: &str, plugin: Option<&str>, value: f32) -> Vec<u8> {
    let content = bytes(8, [int(1, 1), bytes(2, b""), float(5, value)].concat());
    let mut whole = [bytes(1, tag), content].concat();
    if let Some(plugin) = plugin {
        whole.extend(metadata(plugin));
    }
    framed(&event(step, 1.7e9 + step as f64, &summary(&whole)))
}

/// Many chunks, odd steps, wide values, restarts, images, and damage.
fn rich() -> Vec<u8> {
    let mut all = version();
    let session = [int(1, 1), bytes(3, "restored")].concat();
    all.extend(framed(&event(0, 1.7e9, &bytes(7, session))));
    for step in 0..10_000 {
        all.extend(scalar(step, "loss", (step as f32).sin()));
        all.extend(scalar(step * step % 1000, "odd", step as f32));
    }
    all.extend(scalar(9_000, "loss", f32::NAN));
    for step in 0..50 {
        all.extend(tensor(step, "t", (step == 0).then_some("scalars"), 0.1));
        let image = [bytes(1, "pic"), bytes(4, [int(1, 2), int(2, 3)].concat())].concat();
        all.extend(framed(&event(step, f64::NAN, &summary(&image))));
    }
    let damaged = all.len() - 20;
    all[damaged] ^= 1;
    all
}

#[test]
fn the_next_start_reads_nothing_and_has_everything() {
    let place = Place::new();
    place.write(FILE, &rich());
    place.write("b/tfevents", &losses(0..5000));
    let following = place.start();
    assert_eq!(following.restored_bytes(), 0);
    let before = everything(&following.store);
    let lost = following.progress.losses_by_file();
    assert_eq!(lost.len(), 1);
    let total = following.progress.losses_total();
    following.save(100);
    for _ in 0..2 {
        let again = place.start();
        let size = |below| fs::metadata(place.path(below)).unwrap().len();
        assert_eq!(again.restored_bytes(), size(FILE) + size("b/tfevents"));
        assert_eq!(everything(&again.store), before);
        assert_eq!(again.progress.losses_by_file(), lost);
        assert_eq!(again.progress.losses_total(), total);
        assert_eq!(again.progress.losses(), lost[0].1.first);
    }
    assert_eq!(before, place.truth());
}

#[test]
fn chunks_that_were_written_are_read_from_the_index() {
    let place = Place::new();
    place.write(FILE, &rich());
    let following = place.start();
    let before = everything(&following.store);
    following.until("saved", |all| {
        all.state().bytes > 100 && all.state().unsaved_runs == 0
    });
    assert_eq!(everything(&following.store), before);
    // Were they not mapped from it, nothing would be noticed.
    let index = File::options()
        .write(true)
        .open(place.index_file())
        .unwrap();
    index.write_all_at(&[0xff; 4096], 8192).unwrap();
    assert_ne!(everything(&following.store), before);
}

#[test]
fn what_was_added_is_read_and_added_to_the_index() {
    let place = Place::new();
    place.write(FILE, &losses(0..6000));
    let saved = place.start().save(100);
    let before = fs::metadata(place.path(FILE)).unwrap().len();
    place.append(FILE, &losses(6000..6100));
    place.append(FILE, &losses(5990..6200)[..40]);
    let again = place.start();
    assert_eq!(again.restored_bytes(), before);
    assert_eq!(everything(&again.store), place.truth());
    let more = again.save(saved);
    // It goes on where the half record began.
    place.append(FILE, &losses(5990..6200)[40..]);
    let third = place.start();
    assert!(third.restored_bytes() > before);
    assert_eq!(everything(&third.store), place.truth());
    third.save(more);
}

/// What is done to a file between two starts; whether the index may still be used for it.
type Deed = (&'static str, fn(&Place), bool);

fn set_modified(path: &Path, time: SystemTime) {
    File::options()
        .write(true)
        .open(path)
        .unwrap()
        .set_modified(time)
        .unwrap();
}

const DEEDS: [Deed; 8] = [
    ("nothing", |_| {}, true),
    (
        "copied with its times",
        |place| {
            let (path, copy) = (place.path(FILE), place.path("copy"));
            let modified = fs::metadata(&path).unwrap().modified().unwrap();
            fs::copy(&path, &copy).unwrap();
            set_modified(&copy, modified);
            fs::rename(copy, path).unwrap();
        },
        true,
    ),
    (
        "grown in a copy",
        |place| {
            let mut content = fs::read(place.path(FILE)).unwrap();
            content.extend(losses(7000..7100));
            fs::remove_file(place.path(FILE)).unwrap();
            place.write(FILE, &content);
        },
        true,
    ),
    (
        "written again with the same length",
        |place| place.write(FILE, &losses(1..6001)),
        false,
    ),
    (
        "changed in the middle, and grown",
        |place| {
            let mut content = losses((0..2000).chain(9000..9500).chain(2500..6000));
            content.extend(losses(6000..6001));
            place.write(FILE, &content);
        },
        false,
    ),
    (
        "other content, and longer",
        |place| place.write(FILE, &losses(1..9000)),
        false,
    ),
    (
        "shortened",
        |place| place.write(FILE, &losses(0..10)),
        false,
    ),
    (
        "touched",
        |place| set_modified(&place.path(FILE), SystemTime::now()),
        false,
    ),
];

#[test]
fn whatever_happened_to_a_file_the_answer_is_right() {
    for (deed, act, is_believed) in DEEDS {
        let place = Place::new();
        place.write(FILE, &losses(0..6000));
        place.start().save(100);
        std::thread::sleep(Duration::from_millis(20));
        act(&place);
        let again = place.start();
        assert_eq!(again.restored_bytes() > 0, is_believed, "{deed}");
        assert_eq!(everything(&again.store), place.truth(), "{deed}");
    }
}

#[test]
fn what_leaned_on_another_file_is_read_anew_when_that_changed() {
    let place = Place::new();
    place.write(FILE, &tensor(0, "t", Some("scalars"), 1.0));
    place.write(SECOND, &[tensor(1, "t", None, 2.0), losses(0..3)].concat());
    place.start().save(100);
    std::thread::sleep(Duration::from_millis(20));
    place.write(FILE, &tensor(0, "t", Some("something else"), 1.0));
    let again = place.start();
    assert_eq!(again.restored_bytes(), 0);
    assert_eq!(everything(&again.store), place.truth());
}

#[test]
fn cut_anywhere_or_flipped_anywhere_the_answer_is_right() {
    let place = Place::new();
    place.write(FILE, &rich());
    place.write("b/tfevents", &losses(0..100));
    let truth = place.truth();
    let saved = place.start().save(100);
    let whole = fs::read(place.index_file()).unwrap();
    assert_eq!(whole.len() as u64, saved);
    let mut random = 1u64;
    for round in 0..60 {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let at = (random >> 20) as usize % whole.len();
        let mut damaged = whole.clone();
        match round % 3 {
            0 => damaged.truncate(at),
            1 => damaged[at] ^= 1 << (round % 8),
            // The end, where the entries are.
            _ => {
                let at = whole.len() - 1 - at % 2000;
                damaged[at] ^= 0x10;
            }
        }
        fs::write(place.index_file(), damaged).unwrap();
        let again = place.start();
        // A damaged chunk is noticed when somebody asks, and read anew.
        again.until("the truth", |all| {
            for (run, series) in all.store.series(0) {
                for info in series {
                    all.store.snapshot(&run, &info.tag, info.kind);
                }
            }
            everything(&all.store) == truth
        });
    }
}

#[test]
fn two_engines_at_once_are_both_right() {
    let place = Place::new();
    place.write(FILE, &losses(0..6000));
    let first = place.start();
    first.until("saved", |all| {
        all.state().bytes > 100 && all.state().unsaved_runs == 0
    });
    place.append(FILE, &losses(6000..6010));
    let second = place.start();
    assert_eq!(second.state().state, "shared");
    assert!(second.restored_bytes() > 0);
    first.until("grown", |all| all.store.totals().points == 6010);
    assert_eq!(everything(&first.store), everything(&second.store));
    drop(first);
    drop(second);
    assert_eq!(everything(&place.start().store), place.truth());
    assert_eq!(fs::read_dir(place.cache()).unwrap().count(), 1);
}

#[test]
fn without_room_it_goes_on_without_an_index() {
    let mut place = Place::new();
    place.limit_bytes = 20_000;
    place.write(FILE, &losses(0..6000));
    let following = place.start();
    following.until("full", |all| all.state().state == "full");
    assert!(following.state().message.contains("not written any more"));
    assert_eq!(everything(&following.store), place.truth());
    place.append(FILE, &losses(6000..6010));
    following.until("grown", |all| all.store.totals().points == 6010);
    drop(following);
    assert_eq!(everything(&place.start().store), place.truth());
}

#[test]
fn a_directory_that_cannot_be_made_is_told() {
    let place = Place::new();
    place.write(FILE, &losses(0..10));
    fs::write(place.cache(), b"a file").unwrap();
    let following = place.start();
    let state = following.state();
    assert_eq!(state.state, "unwritable");
    assert!(
        state.message.contains("cannot be used"),
        "{}",
        state.message
    );
    assert_eq!(everything(&following.store), place.truth());
}
