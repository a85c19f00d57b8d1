//! Files are told from each other by what is in them, whatever is done to them: no point is lost and none is there twice. Everything happens
//! once with the kernel's hints and once without, as on a network file system.
#![allow(clippy::unwrap_used)]

mod followed;
mod support;

use followed::{FILE, Followed, file};
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use support::{losses, scalar};

/// Lets something happen to a logdir, `logs`, that an engine follows; with hints and without.
fn follow(prepare: impl Fn(&Followed), happen: impl Fn(&Followed)) {
    for hints in [true, false] {
        let mut all = Followed::new();
        all.hints = hints;
        prepare(&all);
        all.start("logs");
        happen(&all);
    }
}

fn logs(run: &str) -> String {
    file(&Path::new("logs").join(run).display().to_string())
}

fn points(all: &Followed) -> usize {
    all.store.totals().points
}

fn rsync(all: &Followed, options: &[&str]) {
    let (from, to) = (all.path("source/"), all.path("logs/"));
    let mut command = Command::new("rsync");
    command.arg("--archive").args(options).arg(from).arg(to);
    assert!(command.status().unwrap().success());
}

#[test]
fn rsync_copies_are_followed() {
    if Command::new("rsync").arg("--version").output().is_err() {
        eprintln!("skipped: there is no rsync on this machine");
        return;
    }
    let ways: [&[&str]; 4] = [
        &[],
        &["--delay-updates"],
        &["--inplace"],
        &["--inplace", "--append"],
    ];
    for options in ways {
        follow(
            |all| {
                all.write(&file("source/a"), &losses(0..10));
                rsync(all, options);
            },
            |all| {
                assert_eq!(all.steps("a"), (0..10).collect::<Vec<_>>());
                let begun = all.store.reindexed_at();
                all.append(&file("source/a"), &losses(10..20));
                rsync(all, options);
                all.until_steps("a", 0..20);
                assert_eq!(all.store.reindexed_at(), begun, "nothing was forgotten");
                if options.contains(&"--append") {
                    return;
                }
                // The job was begun anew under the same name.
                all.write(&file("source/a"), &losses(50..55));
                rsync(all, options);
                all.until_steps("a", 50..55);
                assert_eq!(points(all), 5);
            },
        );
    }
}

#[test]
fn a_file_that_is_copied_and_truncated_goes_on() {
    follow(
        |all| all.write(&logs("a"), &losses(0..20)),
        |all| {
            let copy = format!("{}.1", logs("a"));
            fs::copy(all.path(&logs("a")), all.path(&copy)).unwrap();
            let file = File::options().write(true).open(all.path(&logs("a")));
            file.unwrap().set_len(0).unwrap();
            all.append(&logs("a"), &losses(20..25));
            // In the order of file names.
            all.until_steps("a", (20..25).chain(0..20));
            assert_eq!(points(all), 25);
        },
    );
}

#[test]
fn a_file_may_be_truncated_to_nothing() {
    follow(
        |all| all.write(&logs("a"), &losses(0..20)),
        |all| {
            all.write(&logs("a"), b"");
            all.until_steps("a", []);
            all.append(&logs("a"), &losses([7]));
            all.until_steps("a", [7]);
            assert_eq!(all.runs(), ["a"]);
        },
    );
}

#[test]
fn another_file_of_the_same_name_length_and_time_is_another_file() {
    follow(
        |all| all.write(&logs("a"), &losses(0..20)),
        |all| {
            let path = all.path(&logs("a"));
            let modified = fs::metadata(&path).unwrap().modified().unwrap();
            let new = losses(20..40);
            assert_eq!(new.len(), losses(0..20).len());
            fs::remove_file(&path).unwrap();
            fs::write(&path, &new).unwrap();
            let file = File::options().write(true).open(&path).unwrap();
            file.set_modified(modified).unwrap();
            all.until_steps("a", 20..40);
            // The same without deleting it.
            fs::write(&path, losses(40..60)).unwrap();
            file.set_modified(modified).unwrap();
            all.until_steps("a", 40..60);
            assert_eq!(points(all), 20);
        },
    );
}

#[test]
fn a_file_is_renamed_within_its_run_and_to_another() {
    follow(
        |all| {
            all.write("logs/a/tfevents.2", &losses(0..10));
            all.write("logs/b/tfevents.1", &losses([0]));
        },
        |all| {
            let rename = |from: &str, to: &str| {
                fs::rename(all.path(from), all.path(to)).unwrap();
            };
            rename("logs/a/tfevents.2", "logs/a/tfevents.1");
            all.until("one file", |all| {
                all.store.runs()[0].files == 1 && all.steps("a").len() == 10
            });
            all.append("logs/a/tfevents.1", &losses([10]));
            all.until_steps("a", 0..11);
            rename("logs/a/tfevents.1", "logs/b/tfevents.3");
            all.until_runs(&["b"]);
            all.until_steps("b", [0].into_iter().chain(0..11));
            assert_eq!(points(all), 12);
            // No longer a file of events.
            rename("logs/b/tfevents.3", "logs/b/notes");
            all.until_steps("b", [0]);
        },
    );
}

#[test]
fn directories_come_and_go() {
    follow(
        |all| {
            all.write(&logs("exp/a"), &losses(0..10));
            all.write(&file("elsewhere/deep/b"), &losses(0..5));
        },
        |all| {
            let rename = |from: &str, to: &str| {
                fs::rename(all.path(from), all.path(to)).unwrap();
            };
            rename("logs/exp", "logs/trial");
            all.until_runs(&["trial/a"]);
            all.until_steps("trial/a", 0..10);
            all.append(&logs("trial/a"), &losses([10]));
            all.until_steps("trial/a", 0..11);
            rename("elsewhere", "logs/moved");
            all.until_runs(&["moved/deep/b", "trial/a"]);
            all.until_steps("moved/deep/b", 0..5);
            rename("logs/trial", "outside");
            all.until_runs(&["moved/deep/b"]);
            assert_eq!(points(all), 5);
            fs::remove_dir_all(all.path("logs/moved")).unwrap();
            all.until_runs(&[]);
            // A file where a directory was, and the other way around.
            all.write("logs/moved", b"");
            all.write("logs/a/tfevents.1", &losses([1]));
            all.until_steps("a", [1]);
            fs::remove_dir_all(all.path("logs/a")).unwrap();
            all.write("logs/a", b"");
            all.until_runs(&[]);
        },
    );
}

#[test]
fn a_directory_that_is_put_in_the_place_of_another_is_looked_through() {
    follow(
        |all| {
            all.write(&logs("a"), &losses(0..10));
            all.write(&file("new"), &losses(20..30));
        },
        |all| {
            fs::rename(all.path("logs/a"), all.path("old")).unwrap();
            fs::rename(all.path("new"), all.path("logs/a")).unwrap();
            all.until_steps("a", 20..30);
            assert_eq!(points(all), 10);
        },
    );
}

#[test]
fn links_are_followed_to_where_they_lead_now() {
    follow(
        |all| {
            all.write(&file("first"), &losses(0..5));
            all.write(&file("second"), &losses(5..12));
            fs::create_dir_all(all.path("logs/file")).unwrap();
            symlink(all.path("first"), all.path("logs/directory")).unwrap();
            symlink(all.path(&file("first")), all.path(&logs("file"))).unwrap();
        },
        |all| {
            all.append(&file("first"), &losses([5]));
            all.until_steps("directory", 0..6);
            all.until_steps("file", 0..6);
            fs::remove_file(all.path("logs/directory")).unwrap();
            symlink(all.path("second"), all.path("logs/directory")).unwrap();
            all.until_steps("directory", 5..12);
            symlink(all.path(&file("second")), all.path("link")).unwrap();
            fs::rename(all.path("link"), all.path(&logs("file"))).unwrap();
            all.until_steps("file", 5..12);
            all.append(&file("second"), &losses([12]));
            all.until_steps("directory", 5..13);
            all.until_steps("file", 5..13);
            fs::remove_file(all.path(&file("second"))).unwrap();
            all.until_runs(&[]);
        },
    );
}

#[test]
fn a_file_with_a_second_name_grows_under_either() {
    follow(
        |all| {
            all.write(&file("outside"), &losses(0..5));
            fs::create_dir_all(all.path("logs/a")).unwrap();
            fs::hard_link(all.path(&file("outside")), all.path(&logs("a"))).unwrap();
        },
        |all| {
            for step in 5..8 {
                all.append(&file("outside"), &losses([step]));
                all.until_steps("a", 0..=step);
            }
        },
    );
}

#[test]
fn a_half_written_file_that_is_replaced_loses_nothing() {
    follow(
        |all| {
            let whole = losses(0..10);
            all.write(&logs("a"), &whole[..whole.len() - 7]);
        },
        |all| {
            assert_eq!(all.steps("a"), (0..9).collect::<Vec<_>>());
            all.write("logs/a/.part", &losses(0..12));
            fs::rename(all.path("logs/a/.part"), all.path(&logs("a"))).unwrap();
            all.until_steps("a", 0..12);
            assert!(all.progress.losses().is_empty());
        },
    );
}

#[test]
fn the_logdir_may_be_a_file_first() {
    follow(
        |all| all.write("logs", b"notes"),
        |all| {
            assert_eq!(all.progress.logdir().state, "not_a_directory");
            fs::remove_file(all.path("logs")).unwrap();
            all.until("missing", |all| all.progress.logdir().state == "missing");
            all.write(&logs("a"), &losses(0..3));
            all.until_steps("a", 0..3);
            assert_eq!(all.progress.logdir().state, "ok");
        },
    );
}

#[test]
fn the_logdir_may_be_a_link_that_is_moved_on() {
    follow(
        |all| {
            all.write(&file("first/a"), &losses(0..3));
            all.write(&file("second/b"), &losses(3..6));
            symlink("first", all.path("logs")).unwrap();
        },
        |all| {
            assert_eq!(all.runs(), ["a"]);
            fs::remove_file(all.path("logs")).unwrap();
            symlink("second", all.path("logs")).unwrap();
            all.until_runs(&["b"]);
            all.until_steps("b", 3..6);
        },
    );
}

#[test]
fn what_is_appended_at_any_moment_is_read_once() {
    follow(
        |all| all.write(&logs("a"), b""),
        |all| {
            // In pieces that do not end where records do.
            let content: Vec<u8> = (0..2000)
                .flat_map(|step| scalar(step, "loss", 0.5))
                .collect();
            for piece in content.chunks(997) {
                all.append(&logs("a"), piece);
            }
            all.until_steps("a", 0..2000);
            assert!(all.progress.losses().is_empty());
            assert!(all.path("logs/a").join(FILE).exists());
        },
    );
}
