//! What happens to real files while the engine follows them.
#![allow(clippy::unwrap_used)]

mod followed;
mod support;

use farboard_engine::progress::LossKind;
use followed::{FILE, Followed, file};
use std::fs;
use std::os::unix::fs::symlink;
use support::{losses, scalar, version};

#[test]
fn runs_are_directories_with_event_files() {
    let mut all = Followed::new();
    all.write(FILE, &losses([0]));
    all.write(&file("a"), &losses(0..3));
    all.write(&file("a/b c/ü"), &losses(5..7));
    all.write("only/notes.txt", b"");
    all.write("empty/events.out.tfevents.1", b"");
    all.write("profile/events.out.tfevents.1.profile-empty", &losses([0]));
    all.start("");
    assert_eq!(all.runs(), [".", "a", "a/b c/ü", "empty"]);
    assert_eq!(all.steps("a"), [0, 1, 2]);
    assert_eq!(all.steps("a/b c/ü"), [5, 6]);
    let bytes = 6 * losses([0]).len() as u64;
    assert_eq!(all.counted(), [4, 4, bytes, bytes]);
}

#[test]
fn files_of_a_run_are_read_in_order_of_name() {
    let mut all = Followed::new();
    all.write("a/tfevents.2", &losses(3..6));
    all.write("a/tfevents.1", &losses(0..3));
    all.start("");
    assert_eq!(all.steps("a"), [0, 1, 2, 3, 4, 5]);
}

#[test]
fn a_growing_file_is_read_on() {
    let mut all = Followed::new();
    all.write(&file("a"), &version());
    all.start("");
    assert!(all.steps("a").is_empty());
    for step in 0..5 {
        all.append(&file("a"), &losses([step]));
        all.until_steps("a", 0..=step);
    }
    let (begin, end) = (&losses([5])[..20], &losses([5])[20..]);
    all.append(&file("a"), begin);
    let size = (version().len() + losses(0..5).len() + begin.len()) as u64;
    all.until("the half record was seen", |all| {
        all.counted() == [1, 1, size, size]
    });
    all.append(&file("a"), end);
    all.until_steps("a", 0..6);
    assert!(all.progress.losses().is_empty());
}

#[test]
fn new_files_and_runs_appear() {
    let mut all = Followed::new();
    all.write("a/tfevents.1", &losses([0]));
    all.start("");
    all.write("a/tfevents.2", &losses([1]));
    all.until_steps("a", [0, 1]);
    all.write("b/deep/tfevents.1", &losses([7]));
    all.until_steps("b/deep", [7]);
    assert_eq!(all.runs(), ["a", "b/deep"]);
    assert!(all.store.runs().iter().all(|run| run.run.as_ref() != "b"));
}

#[test]
fn a_truncated_file_is_read_anew() {
    let mut all = Followed::new();
    all.write(&file("a"), &losses(0..10));
    all.start("");
    assert_eq!(all.steps("a").len(), 10);
    all.write(&file("a"), &losses(3..5));
    all.until_steps("a", 3..5);
}

#[test]
fn a_file_rewritten_to_the_same_or_a_greater_length_is_read_anew() {
    let mut all = Followed::new();
    all.write(&file("a"), &losses(0..10));
    all.start("");
    all.write(&file("a"), &losses(20..30));
    all.until_steps("a", 20..30);
    all.write(&file("a"), &losses(40..80));
    all.until_steps("a", 40..80);
}

#[test]
fn a_file_replaced_by_renaming_is_read_anew() {
    let mut all = Followed::new();
    all.write(&file("a"), &losses(0..10));
    all.start("");
    all.write("a/.new", &losses(5..50));
    fs::rename(all.path("a/.new"), all.path(&file("a"))).unwrap();
    all.until_steps("a", 5..50);
}

#[test]
fn a_grown_copy_renamed_into_place_is_read_on() {
    let mut all = Followed::new();
    all.write(&file("a"), &losses(0..10));
    all.start("");
    let version = all.store.reindexed_at();
    all.write("a/.new", &losses(0..12));
    fs::rename(all.path("a/.new"), all.path(&file("a"))).unwrap();
    all.until_steps("a", 0..12);
    assert_eq!(all.store.reindexed_at(), version, "nothing was forgotten");
}

#[test]
fn deleted_files_and_runs_go_and_may_come_back() {
    let mut all = Followed::new();
    all.write("a/tfevents.1", &losses(0..3));
    all.write("a/tfevents.2", &losses(3..6));
    all.write("b/tfevents.1", &losses(0..3));
    all.start("");
    fs::remove_file(all.path("a/tfevents.2")).unwrap();
    all.until_steps("a", 0..3);
    fs::remove_dir_all(all.path("b")).unwrap();
    all.until_runs(&["a"]);
    let bytes = losses(0..3).len() as u64;
    all.until("counted", |all| all.counted() == [1, 1, bytes, bytes]);
    all.write("b/tfevents.1", &losses(7..9));
    all.until_steps("b", 7..9);
}

#[test]
fn a_renamed_directory_is_another_run() {
    let mut all = Followed::new();
    all.write("a/tfevents.1", &losses(0..3));
    all.start("");
    fs::rename(all.path("a"), all.path("b")).unwrap();
    all.until_runs(&["b"]);
    all.append("b/tfevents.1", &losses([3]));
    all.until_steps("b", 0..4);
}

#[test]
fn damage_is_counted_and_the_rest_read() {
    let mut all = Followed::new();
    let mut content = losses(0..10);
    let record = losses([0]).len();
    content[3 * record + 20] ^= 1;
    content[6 * record] ^= 1;
    content.extend(support::framed(b"\xff no event"));
    content.extend(losses([10]));
    all.write(&file("a"), &content);
    all.write(&file("b"), &losses([0]));
    all.start("");
    assert_eq!(all.steps("a"), [0, 1, 2, 4, 5, 7, 8, 9, 10]);
    assert_eq!(all.steps("b"), [0]);
    let seen: Vec<_> = all
        .progress
        .losses()
        .into_iter()
        .map(|loss| (loss.kind, loss.offset_bytes, loss.length_bytes))
        .collect();
    let record = record as u64;
    let expected = [
        (LossKind::PayloadChecksum, 3 * record, record),
        (LossKind::LengthChecksum, 6 * record, record),
        (LossKind::BadEvent, 10 * record, 16 + 10),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn metadata_reaches_over_the_files_of_a_run() {
    let tensor = |step, metadata: &[u8]| {
        let tensor = [support::int(1, 1), support::float(5, step as f32)].concat();
        let value = [
            support::bytes(1, "loss"),
            support::bytes(8, tensor),
            metadata.to_vec(),
        ];
        support::framed(&support::event(
            step,
            1.7e9,
            &support::summary(&value.concat()),
        ))
    };
    let mut all = Followed::new();
    all.write("a/tfevents.1", &tensor(0, &support::metadata("scalars")));
    all.write("a/tfevents.2", &tensor(1, b""));
    all.start("");
    assert_eq!(all.steps("a"), [0, 1]);
}

#[test]
fn links_are_followed() {
    let mut all = Followed::new();
    all.write(&file("elsewhere/a"), &losses(0..3));
    all.write(&file("logs/b"), &losses(0..3));
    symlink(all.path("elsewhere/a"), all.path("logs/linked")).unwrap();
    symlink(all.path("logs"), all.path("logs/b/circle")).unwrap();
    all.start("logs");
    assert_eq!(all.runs(), ["b", "linked"]);
}

#[test]
fn an_entry_that_is_no_file_is_left_alone() {
    let mut all = Followed::new();
    all.write(&file("a"), &losses(0..3));
    fs::create_dir(all.path("a/tfevents.directory")).unwrap();
    symlink("nowhere", all.path("a/tfevents.dead")).unwrap();
    all.start("");
    assert_eq!(all.runs(), ["a"]);
    assert_eq!(all.counted()[..2], [1, 1]);
}

#[test]
fn a_missing_logdir_is_waited_for() {
    let mut all = Followed::new();
    all.start("later/logs");
    assert_eq!(all.progress.logdir().state, "missing");
    all.write(&file("later/logs/a"), &losses(0..3));
    all.until_steps("a", 0..3);
    assert_eq!(all.progress.logdir().state, "ok");
}

#[test]
fn a_deleted_logdir_is_empty_until_it_is_back() {
    let mut all = Followed::new();
    all.write(&file("logs/a"), &losses(0..3));
    all.start("logs");
    fs::remove_dir_all(all.path("logs")).unwrap();
    all.until_runs(&[]);
    all.until("missing", |all| all.progress.logdir().state == "missing");
    all.write(&file("logs/a"), &losses(2..4));
    all.until_steps("a", 2..4);
}

#[test]
fn a_single_file_may_be_asked_for() {
    let mut all = Followed::new();
    all.write("a/tfevents.1", &losses(0..3));
    all.write("a/tfevents.2", &losses(3..6));
    all.write("a/b/tfevents.1", &losses(0..3));
    all.start("a/tfevents.1");
    assert_eq!(
        (all.runs(), all.steps(".")),
        (vec![".".to_owned()], vec![0, 1, 2])
    );
    all.append("a/tfevents.2", &losses([6]));
    all.append("a/tfevents.1", &losses([3]));
    all.until_steps(".", 0..4);
    assert_eq!(all.runs(), ["."]);
}

#[test]
fn patterns_are_followed_as_their_matches_change() {
    let mut all = Followed::new();
    all.write(&file("exp1/a"), &losses(0..3));
    all.write(&file("other"), &losses(0..3));
    all.start("exp*");
    assert_eq!(all.runs(), ["a"]);
    all.write(&file("exp2"), &losses(0..3));
    all.until_runs(&["exp1/a", "exp2"]);
    assert_eq!(all.steps("exp1/a"), [0, 1, 2]);
}

#[test]
fn many_files_and_a_large_one_are_all_read() {
    let mut all = Followed::new();
    for run in 0..100 {
        for part in 0..3 {
            all.write(
                &format!("r{run}/tfevents.{part}"),
                &losses(part * 10..part * 10 + 10),
            );
        }
    }
    let many: Vec<u8> = (0..200_000)
        .flat_map(|step| scalar(step, "loss", 1.0))
        .collect();
    all.write("large/tfevents.1", &many);
    all.start("");
    for run in 0..100 {
        assert_eq!(all.steps(&format!("r{run}")), (0..30).collect::<Vec<_>>());
    }
    assert_eq!(all.steps("large").len(), 200_000);
    let [files, files_read, bytes, bytes_read] = all.counted();
    assert_eq!((files, bytes), (files_read, bytes_read));
    assert_eq!(files, 301);
}

#[test]
fn losses_go_with_the_bytes_they_are_about() {
    let mut all = Followed::new();
    let mut damaged = losses(0..10);
    let record = losses([0]).len();
    damaged[3 * record + 20] ^= 1;
    for run in ["a", "b", "c"] {
        all.write(&file(run), &damaged);
    }
    all.start("");
    let affected = |all: &Followed| -> Vec<String> {
        let files = all.progress.losses_by_file().into_iter();
        files.map(|(_, losses)| losses.run).collect()
    };
    assert_eq!(affected(&all), ["a", "b", "c"]);
    fs::remove_file(all.path(&file("a"))).unwrap();
    all.until("a's loss is gone", |all| affected(all) == ["b", "c"]);
    all.write("other", &losses(20..23));
    fs::rename(all.path("other"), all.path(&file("b"))).unwrap();
    all.until_steps("b", 20..23);
    all.until("b's loss is gone", |all| affected(all) == ["c"]);
    assert_eq!(all.progress.losses_total(), (1, record as u64));
    assert_eq!(all.loss_kinds(), [LossKind::PayloadChecksum]);
}

#[test]
fn files_give_account_of_themselves() {
    let session = |step, status| {
        let said = [
            support::int(1, status),
            support::bytes(2, "model.ckpt"),
            support::bytes(3, "said"),
        ];
        support::framed(&support::event(
            step,
            1.7e9,
            &support::bytes(7, said.concat()),
        ))
    };
    let warning = [support::int(1, 30), support::bytes(2, "low \u{1b} disk")].concat();
    let first = [
        support::bytes(3, "brain.Event:2"),
        support::bytes(10, support::bytes(1, "a.writer")),
    ];
    let content = [
        support::framed(&support::event(0, 1.7e9, &first.concat())),
        session(0, 1),
        losses(0..10),
        support::framed(&support::event(9, 1.7e9, &support::bytes(6, warning))),
        session(9, 3),
        session(5, 1),
        losses(5..8),
    ];
    let mut all = Followed::new();
    all.write(&file("a"), &content.concat());
    all.append(&file("a"), b"tail");
    all.start("");
    let report = |all: &Followed| all.store.files().remove(0).1.remove(0);
    let found = report(&all);
    let bytes = content.concat().len() as u64;
    assert_eq!(
        (found.bytes_read, found.stat.size_bytes),
        (bytes, bytes + 4)
    );
    assert_eq!((found.restarts, found.notes.sessions), (1, 2));
    assert_eq!(found.notes.records, 18);
    assert_eq!(found.notes.file_version.as_deref(), Some("brain.Event:2"));
    assert_eq!(found.notes.writer.as_deref(), Some("a.writer"));
    let messages = found.notes.messages.iter();
    let said: Vec<_> = messages
        .map(|message| {
            (
                message.kind,
                message.level,
                message.step,
                message.message.as_str(),
            )
        })
        .collect();
    let expected = [
        ("session", "START", 0, "said"),
        ("log", "WARN", 9, "low \u{1b} disk"),
        ("session", "CHECKPOINT", 9, "said"),
        ("session", "START", 5, "said"),
    ];
    assert_eq!(said, expected);
    assert_eq!(found.notes.messages[2].checkpoint_path, "model.ckpt");
    assert_eq!(
        found.notes.messages[0].offset_bytes,
        content[0].len() as u64
    );
    all.write(&file("a"), &losses(0..2));
    all.until_steps("a", 0..2);
    let found = report(&all);
    assert_eq!((found.notes.records, found.notes.messages.len()), (2, 0));
    assert_eq!(found.bytes_read, losses(0..2).len() as u64);
}
