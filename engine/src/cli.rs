//! The command line: `serve` with its options, or `--version`.

use std::ffi::OsString;
use std::time::Duration;

use crate::index::{IndexOptions, LIMIT_BYTES};

/// What the engine says when it is asked wrongly.
pub const USAGE: &str =
    "usage: farboard-engine serve (--logdir PATH | --logdir-hex HEX) [--threads N] [--no-hints] [--nice] \
[--silence-timeout SECONDS] [--index PATH | --no-index] [--index-limit BYTES]
       farboard-engine --version";

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Print the version.
    Version,
    /// Read and answer.
    Serve(Serve),
}

/// How to serve.
#[derive(Clone, Debug, PartialEq)]
pub struct Serve {
    /// The directory, as it was typed.
    pub logdir: String,
    /// Threads that read files; by default as many as the machine has processors.
    pub threads: Option<usize>,
    /// Do not listen to what the kernel says about changed files: poll them all.
    pub no_hints: bool,
    /// Give way to everything else on the machine.
    pub nice: bool,
    /// End when nothing was heard for so long.
    pub silence_timeout: Option<Duration>,
    /// Where the index is kept; `None`: nowhere.
    pub index: Option<IndexOptions>,
}

/// Reads the arguments after the program's name. The error is a sentence.
pub fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Command, String> {
    let mut arguments = arguments.map(|argument| {
        argument
            .into_string()
            .map_err(|argument| format!("{} is not UTF-8", argument.to_string_lossy()))
    });
    match arguments.next().transpose()?.as_deref() {
        Some("--version") => Ok(Command::Version),
        Some("serve") => parse_serve(arguments).map(Command::Serve),
        Some(other) => Err(format!("there is no command {other}")),
        None => Err("a command is missing".to_owned()),
    }
}

fn parse_serve(
    mut arguments: impl Iterator<Item = Result<String, String>>,
) -> Result<Serve, String> {
    let mut logdir = None;
    let mut serve = Serve {
        logdir: String::new(),
        threads: None,
        no_hints: false,
        nice: false,
        silence_timeout: None,
        index: IndexOptions::of_user(),
    };
    while let Some(option) = arguments.next().transpose()? {
        let mut value = || {
            arguments
                .next()
                .unwrap_or_else(|| Err(format!("{option} needs a value")))
        };
        match option.as_str() {
            "--logdir" => logdir = Some(value()?),
            "--logdir-hex" => logdir = Some(from_hex(&value()?)?),
            "--threads" => serve.threads = Some(positive(&option, &value()?)?),
            "--no-hints" => serve.no_hints = true,
            "--nice" => serve.nice = true,
            "--silence-timeout" => {
                let seconds = positive(&option, &value()?)?;
                serve.silence_timeout = Some(Duration::from_secs(seconds as u64));
            }
            "--index" => {
                let limit_bytes = serve.index.map_or(LIMIT_BYTES, |index| index.limit_bytes);
                serve.index = Some(IndexOptions {
                    directory: value()?.into(),
                    limit_bytes,
                });
            }
            "--index-limit" => {
                let limit_bytes = positive(&option, &value()?)? as u64;
                serve.index = serve.index.map(|index| IndexOptions {
                    limit_bytes,
                    ..index
                });
            }
            "--no-index" => serve.index = None,
            _ => return Err(format!("there is no option {option}")),
        }
    }
    serve.logdir = logdir.ok_or("--logdir or --logdir-hex is missing")?;
    Ok(serve)
}

fn positive(option: &str, value: &str) -> Result<usize, String> {
    let number = value.parse().ok().filter(|&number| number > 0);
    number.ok_or_else(|| format!("{option} needs a whole number above 0, not {value}"))
}

/// Decodes a path that no shell may touch: two hexadecimal digits for each byte of its UTF-8.
fn from_hex(text: &str) -> Result<String, String> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|c| c.to_digit(16).map(|digit| digit as u8))
        .collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2));
    let digits = digits
        .ok_or_else(|| format!("--logdir-hex needs pairs of hexadecimal digits, not {text}"))?;
    let bytes = digits
        .chunks_exact(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect();
    String::from_utf8(bytes).map_err(|_| "--logdir-hex is not UTF-8".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_line(line: &str) -> Result<Command, String> {
        parse(
            line.split(' ')
                .filter(|word| !word.is_empty())
                .map(OsString::from),
        )
    }

    #[test]
    fn every_option_is_read() {
        let expected = Serve {
            logdir: "~/ü x".to_owned(),
            threads: Some(2),
            no_hints: true,
            nice: true,
            silence_timeout: Some(Duration::from_secs(60)),
            index: Some(IndexOptions {
                directory: "/cache".into(),
                limit_bytes: 7,
            }),
        };
        let line = "serve --logdir-hex 7e2fc3bc2078 --threads 2 --no-hints --nice --silence-timeout 60 --index /cache --index-limit 7";
        assert_eq!(parse_line(line), Ok(Command::Serve(expected)));
        assert_eq!(parse_line("--version"), Ok(Command::Version));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let error = |line| parse_line(line).err().unwrap_or_default();
        assert_eq!(error(""), "a command is missing");
        assert_eq!(error("run"), "there is no command run");
        assert_eq!(error("serve"), "--logdir or --logdir-hex is missing");
        assert_eq!(error("serve --logdir"), "--logdir needs a value");
        assert_eq!(
            error("serve --logdir x --port 1"),
            "there is no option --port"
        );
        assert_eq!(
            error("serve --logdir x --threads 0"),
            "--threads needs a whole number above 0, not 0"
        );
        assert_eq!(
            error("serve --logdir-hex 7e2"),
            "--logdir-hex needs pairs of hexadecimal digits, not 7e2"
        );
        assert_eq!(error("serve --logdir-hex ff"), "--logdir-hex is not UTF-8");
    }
}
