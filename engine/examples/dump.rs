//! Prints what stands in event files, one line per tag: `cargo run --release --example dump -- FILE…`.
//!
//! With `--points` every point follows, as `step wall_time value`, the floats as the hexadecimal digits of their float64 bits.
//! What is damaged goes to stderr.

use farboard_engine::intake::{Intake, RunMetadata};
use farboard_engine::record::{Cursor, RecordReader, Step, Window};
use std::fs::File;
use std::io::{self, Write};

fn main() -> io::Result<()> {
    let (options, files): (Vec<_>, Vec<_>) = std::env::args()
        .skip(1)
        .partition(|argument| argument.starts_with("--"));
    let points = options.iter().any(|option| option == "--points");
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut metadata = RunMetadata::default();
    for file in files {
        writeln!(out, "file\t{file}")?;
        dump(&file, &mut metadata, points, &mut out)?;
    }
    out.flush()
}

fn dump(
    path: &str,
    metadata: &mut RunMetadata,
    points: bool,
    out: &mut impl Write,
) -> io::Result<()> {
    let file = File::open(path)?;
    let (mut cursor, mut window) = (Cursor::default(), Window::default());
    let mut reader = RecordReader::new(&file, &mut cursor, &mut window);
    let mut intake = Intake::default();
    loop {
        match reader.next_step()? {
            Step::Record { offset_bytes } => {
                if let Err(fault) = intake.add(reader.payload(), offset_bytes, metadata) {
                    eprintln!("{path} at {offset_bytes}: {fault:?}");
                }
            }
            Step::Large { offset_bytes, .. } => {
                if let Err(fault) = intake.add(reader.skeleton(), offset_bytes, metadata) {
                    eprintln!("{path} at {offset_bytes}: {fault:?}");
                }
            }
            Step::NotYet => break,
            damage => eprintln!("{path}: {damage:?}"),
        }
    }
    for tag in intake
        .take_batch()
        .map_or_else(Vec::new, |batch| batch.tags)
    {
        let (kind, plugin) = (tag.kind.name(), &tag.meta.plugin);
        writeln!(
            out,
            "tag\t{kind}\t{plugin}\t{}\t{:?}\t{:?}",
            tag.steps.len(),
            tag.tag,
            tag.meta.display_name
        )?;
        if !points {
            continue;
        }
        for (index, (step, wall_time_s)) in tag.steps.iter().zip(&tag.wall_times_s).enumerate() {
            let value = tag.values.get(index).copied().unwrap_or_default();
            writeln!(
                out,
                "{step} {:016x} {:016x}",
                wall_time_s.to_bits(),
                value.to_bits()
            )?;
        }
    }
    Ok(())
}
