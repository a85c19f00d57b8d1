//! Why a value cannot be shown.

use std::io;

use serde_json::{Value as Json, json};

use crate::progress::{Loss, LossKind, Progress};

/// Why a value cannot be shown, with a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The file is gone or cannot be read.
    Unreadable(String),
    /// The record is not, or no longer, as its checksums say.
    Damaged(String),
    /// The record is whole, but the value in it cannot be decoded.
    BadValue(String),
    /// It has more than an answer may.
    TooLarge(String),
    /// There is nothing of this number.
    Missing(String),
}

impl Trouble {
    /// The value cannot be decoded.
    pub fn bad(message: impl Into<String>) -> Self {
        Self::BadValue(message.into())
    }

    /// The code used in the API.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) | Self::Missing(_) => "not_found",
            Self::Damaged(_) | Self::BadValue(_) => "damaged",
            Self::TooLarge(_) => "too_large",
        }
    }

    /// A sentence for people.
    pub fn message(&self) -> &str {
        match self {
            Self::Unreadable(message)
            | Self::Damaged(message)
            | Self::BadValue(message)
            | Self::TooLarge(message)
            | Self::Missing(message) => message,
        }
    }

    /// What stands in the place of the value.
    pub fn to_json(&self) -> Json {
        json!({"error": {"code": self.code(), "message": self.message()}})
    }

    /// Counts what is lost by it, once however often somebody looks.
    pub fn report(&self, progress: &Progress, run: &str, file: &str, offset_bytes: u64) {
        let kind = match self {
            Self::Unreadable(_) => LossKind::Unreadable,
            Self::Damaged(_) => LossKind::PayloadChecksum,
            Self::BadValue(_) => LossKind::BadValue,
            Self::TooLarge(_) | Self::Missing(_) => return,
        };
        progress.lose_once(Loss {
            run: run.to_owned(),
            file: file.to_owned(),
            offset_bytes,
            length_bytes: 0,
            kind,
            message: self.message().to_owned(),
        });
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::InvalidData {
            Self::bad("the value is not a valid message")
        } else {
            Self::Unreadable(format!("the file cannot be read: {error}"))
        }
    }
}
