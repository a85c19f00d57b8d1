//! What nobody should write, and somebody does: each has the result that docs/event-files.md states.
#![allow(clippy::unwrap_used)]

mod followed;
mod support;

use farboard_engine::progress::LossKind;
use farboard_engine::series::{Kind, Restarts};
use followed::{Followed, file};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::os::unix::net::UnixListener;
use support::{bytes, event, float, framed, losses, scalar, summary, version};

fn tagged(tag: &[u8], step: i64) -> Vec<u8> {
    let value = [bytes(1, tag), float(2, 1.0)].concat();
    framed(&event(step, 1.7e9, &summary(&value)))
}

fn tags(all: &Followed, run: &str) -> Vec<(String, usize)> {
    let runs = all.store.series(0).into_iter();
    let series = runs.filter(|(name, _)| name.as_ref() == run);
    let mut tags: Vec<_> = series
        .flat_map(|(_, series)| series)
        .map(|series| (series.tag.to_string(), series.figures.points))
        .collect();
    tags.sort();
    tags
}

#[test]
fn wall_times_that_are_no_times_stay_with_their_points() {
    let times_s = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 0.0, 1e300];
    let at = |step: usize, time_s| {
        let value = [bytes(1, "loss"), float(2, 1.0)].concat();
        framed(&event(step as i64, time_s, &summary(&value)))
    };
    let mut all = Followed::new();
    let records = times_s.iter().enumerate();
    let content: Vec<u8> = records.flat_map(|(i, time_s)| at(i, *time_s)).collect();
    all.write(&file("a"), &content);
    all.write(&file("b"), &at(0, f64::NAN));
    all.start("");
    let snapshot = all.store.snapshot("a", "loss", Kind::Scalar).unwrap();
    let column = snapshot.view(Restarts::Latest).column;
    for (i, time_s) in times_s.iter().enumerate() {
        assert_eq!(column.wall_time_s(i).to_bits(), time_s.to_bits());
    }
    let spans: Vec<_> = all.store.runs().iter().map(|run| run.wall_span_s).collect();
    assert_eq!(spans, [Some((-1.0, 1e300)), None]);
    assert!(all.progress.losses().is_empty());
}

#[test]
fn steps_may_be_anything() {
    let extremes = [i64::MIN, -5, -5, 0, i64::MAX];
    let back = [0, 1, 2, 1, 2, 3];
    let mut all = Followed::new();
    all.write(&file("extremes"), &losses(extremes));
    all.write(&file("back"), &losses(back));
    all.start("");
    assert_eq!(all.steps("extremes"), extremes);
    assert_eq!(all.steps("back"), back);
    let superseded: Vec<_> = all.store.runs().iter().map(|run| run.superseded).collect();
    assert_eq!(superseded, [2, 0]);
}

#[test]
fn tags_that_look_alike_are_not_the_same() {
    let mut all = Followed::new();
    let names: [&[u8]; 7] = [
        b"",
        b"caf\xe9",
        b"caf\xe8",
        b"caf\\xe9",
        "caf\u{fffd}".as_bytes(),
        b"a\nb\x1b[31m\0",
        b"a/../b",
    ];
    let content: Vec<u8> = names.iter().flat_map(|name| tagged(name, 0)).collect();
    all.write(&file("a"), &content);
    all.start("");
    let mut expected = [
        "",
        "caf\\xe9",
        "caf\\xe8",
        "caf\\x5cxe9",
        "caf\u{fffd}",
        "a\nb\x1b[31m\0",
        "a/../b",
    ];
    expected.sort_unstable();
    let listed = tags(&all, "a");
    let listed: Vec<_> = listed.iter().map(|(tag, _)| tag.as_str()).collect();
    assert_eq!(listed, expected);
}

#[test]
fn very_long_tags_are_cut_and_stay_apart() {
    let mut one = vec![b'x'; 10 << 20];
    let content = [tagged(&one, 0), tagged(&one, 1), tagged(&one, 2)];
    let mut all = Followed::new();
    all.write(&file("a"), &content.concat());
    one[5 << 20] = b'y';
    all.append(&file("a"), &tagged(&one, 0));
    all.start("");
    let tags = tags(&all, "a");
    let mut points: Vec<_> = tags.iter().map(|(_, points)| *points).collect();
    points.sort_unstable();
    assert_eq!(points, [1, 3]);
    for (tag, _) in &tags {
        assert!(tag.len() < 400 && tag.contains("…[10485760 bytes, "));
    }
}

#[test]
fn a_file_may_have_very_many_tags() {
    const TAGS: usize = 200_000;
    let mut all = Followed::new();
    let content: Vec<u8> = (0..TAGS)
        .flat_map(|i| scalar(0, &format!("tag/{i}"), 1.0))
        .collect();
    all.write(&file("a"), &content);
    all.start("");
    let totals = all.store.totals();
    assert_eq!((totals.series, totals.points), (TAGS, TAGS));
}

#[test]
fn empty_and_barely_begun_files_make_a_run() {
    let mut all = Followed::new();
    all.write(&file("empty"), b"");
    all.write(&file("version"), &version());
    all.write(&file("torn"), &version()[..5]);
    all.write(&file("zeros"), &[0; 64]);
    all.start("");
    assert_eq!(all.runs(), ["empty", "torn", "version", "zeros"]);
    assert!(all.progress.losses().is_empty());
    all.append(&file("torn"), &version()[5..]);
    all.append(&file("torn"), &losses([1]));
    all.until_steps("torn", [1]);
}

#[test]
fn what_is_no_file_is_never_opened() {
    let mut all = Followed::new();
    all.write("logs/a/tfevents.1", &losses([0]));
    all.write("logs/tfevents.directory/tfevents.1", &losses([1]));
    let fifo = all.path("logs/a/tfevents.fifo");
    mknodat(CWD, &fifo, FileType::Fifo, Mode::RUSR, 0).unwrap();
    let _socket = UnixListener::bind(all.path("logs/a/tfevents.socket")).unwrap();
    symlink("/dev/zero", all.path("logs/a/tfevents.device")).unwrap();
    symlink("tfevents.itself", all.path("logs/a/tfevents.itself")).unwrap();
    symlink("nowhere", all.path("logs/a/tfevents.dead")).unwrap();
    all.start("logs");
    assert_eq!(all.runs(), ["a", "tfevents.directory"]);
    assert_eq!(all.counted()[..2], [2, 2]);
    assert!(all.progress.losses().is_empty());
    // A pipe in the place of a file is as good as none.
    fs::rename(fifo, all.path("logs/a/tfevents.1")).unwrap();
    all.until_runs(&["tfevents.directory"]);
}

#[test]
fn names_of_runs_are_any_bytes() {
    let mut all = Followed::new();
    let names: [&[u8]; 6] = [
        b"a\xff",
        b"a\xfe",
        b"a\\xff",
        b"new\nline",
        b"\x1b[2J",
        b" ",
    ];
    for name in names {
        let directory = all.path("logs").join(OsStr::from_bytes(name));
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("tfevents.1"), losses([0])).unwrap();
    }
    all.start("logs");
    let mut expected = ["a\\xff", "a\\xfe", "a\\x5cxff", "new\nline", "\x1b[2J", " "];
    expected.sort_unstable();
    let mut runs = all.runs();
    runs.sort_unstable();
    assert_eq!(runs, expected);
    assert!(all.runs().iter().all(|run| all.steps(run) == [0]));
}

#[test]
fn trees_are_followed_to_a_depth() {
    let mut all = Followed::new();
    let deep = |depth: usize| vec!["d"; depth].join("/");
    all.write(&file(&format!("logs/{}", deep(64))), &losses([0]));
    all.write(&file(&format!("logs/{}", deep(65))), &losses([0]));
    all.start("logs");
    assert_eq!(all.runs(), [deep(64)]);
}

/// Starts the engine with the rights of nobody, if this is run by root, who may read everything.
fn start_as_nobody(all: &mut Followed) {
    const NOBODY: u32 = 65534;
    let root = rustix::process::geteuid().is_root();
    fs::set_permissions(all.directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
    if !root {
        return all.start("logs");
    }
    chown(all.path("logs"), Some(NOBODY), None).unwrap();
    std::thread::scope(|scope| {
        // The rights of a thread are its own, and those it starts inherit them.
        let started = scope.spawn(|| {
            let nobody = rustix::process::Uid::from_raw(NOBODY);
            rustix::thread::set_thread_res_uid(nobody, nobody, nobody).unwrap();
            all.start("logs");
        });
        started.join().unwrap();
    });
}

fn set_mode(all: &Followed, below: &str, mode: u32) {
    fs::set_permissions(all.path(below), fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn what_may_not_be_read_is_told_and_read_when_it_may() {
    for hints in [true, false] {
        let mut all = Followed::new();
        all.hints = hints;
        for run in ["file", "directory", "open"] {
            all.write(&file(&format!("logs/{run}")), &losses(0..3));
        }
        set_mode(&all, &file("logs/file"), 0);
        set_mode(&all, "logs/directory", 0);
        start_as_nobody(&mut all);
        all.until_steps("open", 0..3);
        all.until("two losses", |all| {
            all.loss_kinds() == [LossKind::Unreadable; 2]
        });
        assert!(all.steps("file").is_empty() && all.steps("directory").is_empty());
        set_mode(&all, &file("logs/file"), 0o644);
        set_mode(&all, "logs/directory", 0o755);
        all.until_steps("file", 0..3);
        all.until_steps("directory", 0..3);
        all.until("no losses", |all| all.loss_kinds().is_empty());
        // What was read before stays, and goes on.
        let mut open = File::options()
            .append(true)
            .open(all.path(&file("logs/open")));
        set_mode(&all, &file("logs/open"), 0);
        open.as_mut().unwrap().write_all(&losses([3])).unwrap();
        set_mode(&all, &file("logs/open"), 0o644);
        all.until_steps("open", 0..4);
    }
}

#[test]
fn the_logdir_itself_may_be_closed_for_a_while() {
    for hints in [true, false] {
        let mut all = Followed::new();
        all.hints = hints;
        all.write(&file("logs/a"), &losses(0..3));
        set_mode(&all, "logs", 0);
        start_as_nobody(&mut all);
        assert_eq!(all.progress.logdir().state, "unreadable");
        set_mode(&all, "logs", 0o755);
        all.until_steps("a", 0..3);
        all.until("ok", |all| all.progress.logdir().state == "ok");
        set_mode(&all, "logs", 0);
        all.until("unreadable", |all| {
            all.progress.logdir().state == "unreadable"
        });
        assert_eq!(all.steps("a"), [0, 1, 2]);
    }
}
