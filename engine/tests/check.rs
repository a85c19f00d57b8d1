//! A check of real files: what is in them, and what of it is lost.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use farboard_engine::check::{Check, Count, FileCheck, LossCount, Total, Word};
use farboard_engine::progress::LossKind;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use support::{
    bytes, double, event, float, framed, int, losses, metadata, scalar, summary, version,
};

const FILE: &str = "events.out.tfevents.1700000000.host";

/// Checks a directory. Gives all files and the last word.
fn check(directory: &Path) -> (Vec<FileCheck>, Total) {
    let mut files = Vec::new();
    for word in Check::of(directory.to_str().unwrap()).unwrap() {
        match word {
            Word::Progress(_) => {}
            Word::File(file) => files.push(*file),
            Word::Total(total) => return (files, total),
        }
    }
    panic!("no last word");
}

/// Checks one file with this content.
fn check_file(content: &[u8]) -> FileCheck {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join(FILE), content).unwrap();
    let (mut files, total) = check(directory.path());
    assert_eq!(total.files, 1);
    files.remove(0)
}

fn session(step: i64, status: i64) -> Vec<u8> {
    framed(&event(step, 1.7e9 + step as f64, &bytes(7, int(1, status))))
}

#[test]
fn a_file_is_described() {
    let source = bytes(10, bytes(1, "a.writer"));
    let first = [bytes(3, "brain.Event:2"), source].concat();
    let text = [bytes(1, "notes"), bytes(8, int(1, 7)), metadata("text")].concat();
    let content = [
        framed(&event(0, 1.7e9, &first)),
        session(0, 1),
        losses(0..10),
        scalar(3, "accuracy", 0.5),
        framed(&event(20, 1.7e9 + 20.0, &summary(&text))),
    ];
    let file = check_file(&content.concat());
    let count = |tags, values| Count { tags, values };
    assert_eq!(
        file.kinds,
        [("scalar", count(2, 11)), ("text", count(1, 1))].into()
    );
    assert_eq!((file.run.as_str(), file.file.as_str()), (".", FILE));
    assert_eq!(file.bytes, content.concat().len() as u64);
    assert_eq!((file.records, file.sessions, file.restarts), (14, 1, 0));
    assert_eq!(file.steps, Some((0, 20)));
    assert_eq!(file.wall_times_s, Some((1.7e9, 1.7e9 + 20.0)));
    assert_eq!(file.file_version.as_deref(), Some("brain.Event:2"));
    assert_eq!(file.writer.as_deref(), Some("a.writer"));
    assert_eq!(file.losses_total, LossCount::default());
    assert_eq!(file.unfinished_tail_bytes, 0);
}

#[test]
fn every_loss_is_told_with_its_place() {
    let mut damaged = scalar(1, "loss", 1.0);
    *damaged.last_mut().unwrap() ^= 1;
    let no_event = framed(b"\xff\xff");
    let bad_scalar = [
        bytes(1, "tensor"),
        // Claims two numbers and has half of one.
        bytes(8, [int(1, 1), bytes(4, b"\0\0")].concat()),
        metadata("scalars"),
    ];
    let bad_value = framed(&event(2, 1.7e9, &summary(&bad_scalar.concat())));
    let garbage = [0xa5; 40];
    let pieces = [
        version(),
        losses(0..3),
        damaged.clone(),
        no_event.clone(),
        bad_value.clone(),
        losses(3..4),
        garbage.to_vec(),
        losses(4..5),
    ];
    let file = check_file(&pieces.concat());
    let begins = |piece: usize| {
        pieces[..piece]
            .iter()
            .map(|piece| piece.len() as u64)
            .sum::<u64>()
    };
    let found: Vec<_> = file
        .losses
        .iter()
        .map(|loss| (loss.kind, loss.offset_bytes, loss.length_bytes))
        .collect();
    let expected = [
        (LossKind::PayloadChecksum, begins(2), damaged.len() as u64),
        (LossKind::BadEvent, begins(3), no_event.len() as u64),
        (LossKind::BadValue, begins(4), bad_value.len() as u64),
        (LossKind::LengthChecksum, begins(6), garbage.len() as u64),
    ];
    assert_eq!(found, expected);
    let bytes = expected.iter().map(|(_, _, length)| length).sum();
    assert_eq!(file.losses_total, LossCount { count: 4, bytes });
    assert_eq!(file.kinds["scalar"], Count { tags: 1, values: 5 });
}

#[test]
fn the_first_hundred_losses_are_told_and_all_counted() {
    let mut damaged = scalar(1, "loss", 1.0);
    *damaged.last_mut().unwrap() ^= 1;
    let file = check_file(&damaged.repeat(150));
    assert_eq!(file.losses.len(), 100);
    assert_eq!(file.losses_total.count, 150);
    assert_eq!(file.losses_total.bytes, 150 * damaged.len() as u64);
}

/// Loading may pass over what is long; a check may not.
#[test]
fn damage_inside_a_long_record_is_found() {
    let image = [int(1, 9), int(2, 9), bytes(4, vec![7; 100_000])].concat();
    let value = [bytes(1, "picture"), bytes(4, image)].concat();
    let long = framed(&event(1, 1.7e9, &summary(&value)));
    let mut damaged = long.clone();
    damaged[60_000] ^= 1;
    let length = long.len() as u64;
    let file = check_file(&[long, damaged, losses(0..3)].concat());
    let [loss] = file.losses.as_slice() else {
        panic!("{:?}", file.losses);
    };
    assert_eq!(loss.kind, LossKind::PayloadChecksum);
    assert_eq!((loss.offset_bytes, loss.length_bytes), (length, length));
    assert_eq!(file.kinds["image"], Count { tags: 1, values: 1 });
}

#[test]
fn an_unfinished_tail_is_no_loss() {
    let content = losses(0..5);
    let file = check_file(&content[..content.len() - 7]);
    assert_eq!(file.losses_total, LossCount::default());
    assert_eq!(file.unfinished_tail_bytes, losses(4..5).len() as u64 - 7);
    assert_eq!(file.records, 4);
}

#[test]
fn restarts_are_those_of_the_tag_that_had_most() {
    let both = |step| [scalar(step, "a", 0.0), scalar(step, "b", 0.0)].concat();
    let run = |steps: std::ops::Range<i64>| steps.flat_map(both).collect::<Vec<_>>();
    let content = [run(0..10), run(5..8), session(8, 1), run(7..9), run(8..10)];
    // Back to 5; back to 7 with a new session; the last merely repeats a step.
    assert_eq!(check_file(&content.concat()).restarts, 2);
}

#[test]
fn damage_after_many_turns_and_wall_times_that_are_none() {
    let odd = framed(
        &[
            double(1, f64::NAN),
            int(2, -5),
            summary(&[bytes(1, "x"), float(2, 1.0)].concat()),
        ]
        .concat(),
    );
    let mut content = losses(0..150_000);
    content.extend(&odd);
    content.extend(b"tail");
    let file = check_file(&content);
    assert_eq!((file.records, file.steps), (150_001, Some((-5, 149_999))));
    assert_eq!(file.wall_times_s, Some((1.7e9, 1.7e9 + 149_999.0)));
    assert_eq!(file.unfinished_tail_bytes, 4);
}

#[test]
fn runs_come_in_natural_order_and_metadata_reaches_over_their_files() {
    let directory = tempfile::tempdir().unwrap();
    let path = |below: &str| directory.path().join(below);
    for run in ["run10", "run2"] {
        fs::create_dir(path(run)).unwrap();
    }
    let tensor = [int(1, 1), float(5, 0.5)].concat();
    let value = [bytes(1, "x"), bytes(8, &tensor)].concat();
    let described = [value.clone(), metadata("scalars")].concat();
    let record = |value: &[u8]| framed(&event(1, 1.7e9, &summary(value)));
    fs::write(path("run2/tfevents.1"), record(&described)).unwrap();
    fs::write(path("run2/tfevents.2"), record(&value)).unwrap();
    fs::write(path("run10/tfevents.1"), record(&value)).unwrap();
    fs::write(path("run10/notes.txt"), b"no event file").unwrap();
    let (files, total) = check(directory.path());
    let kinds: Vec<_> = files
        .iter()
        .map(|file| {
            (
                file.file.as_str(),
                file.kinds.keys().copied().collect::<Vec<_>>(),
            )
        })
        .collect();
    let expected = [
        ("run2/tfevents.1", vec!["scalar"]),
        ("run2/tfevents.2", vec!["scalar"]),
        ("run10/tfevents.1", vec!["tensor"]),
    ];
    assert_eq!(kinds, expected);
    assert_eq!((total.files, total.records, total.values), (3, 3, 3));
}

#[test]
fn what_cannot_be_read_is_lost_and_what_is_no_file_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("tfevents.directory")).unwrap();
    let closed = directory.path().join(FILE);
    fs::write(&closed, losses(0..3)).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(&closed).is_ok() {
        // Root may read everything.
        let (files, total) = check(directory.path());
        assert_eq!((files.len(), total.files_with_losses), (1, 0));
        return;
    }
    let (files, total) = check(directory.path());
    assert_eq!(files[0].losses[0].kind, LossKind::Unreadable);
    assert_eq!(total.files_with_losses, 1);
}

#[test]
fn what_is_missing_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let asked = directory.path().join("missing");
    assert!(Check::of(asked.to_str().unwrap()).is_err());
    let (files, total) = check(directory.path());
    assert_eq!((files.len(), total.files), (0, 0));
}
