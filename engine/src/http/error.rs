//! The one shape of an error: `{"error": {"code", "message", "hint"}}`, and the status of each code.

use hyper::StatusCode;
use serde::Serialize;

use crate::query::Refusal;
use crate::values::Trouble;

/// A request that gets no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// What kind.
    pub code: Code,
    /// What happened.
    pub message: String,
    /// What to do.
    pub hint: &'static str,
}

/// The kinds of errors the engine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Code {
    BadRequest,
    NotFound,
    MethodNotAllowed,
    TooLarge,
    RangeNotSatisfiable,
    Damaged,
    Internal,
}

impl Code {
    /// Its HTTP status.
    pub fn status(self) -> StatusCode {
        match self {
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::RangeNotSatisfiable => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::Damaged => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

#[derive(Serialize)]
struct Envelope<'a> {
    error: Content<'a>,
}

#[derive(Serialize)]
struct Content<'a> {
    code: Code,
    message: &'a str,
    hint: &'a str,
}

impl ApiError {
    /// Of a kind.
    pub fn new(code: Code, message: impl Into<String>, hint: &'static str) -> Self {
        Self {
            code,
            message: message.into(),
            hint,
        }
    }

    /// Something went wrong on our side.
    pub fn internal(what: impl std::fmt::Display) -> Self {
        Self::new(
            Code::Internal,
            format!("the engine failed to answer: {what}"),
            "this is a bug, please report it",
        )
    }

    /// Its JSON.
    pub fn to_json(&self) -> Vec<u8> {
        let content = Content {
            code: self.code,
            message: &self.message,
            hint: self.hint,
        };
        serde_json::to_vec(&Envelope { error: content }).unwrap_or_default()
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let code = if refusal.too_large {
            Code::TooLarge
        } else {
            Code::BadRequest
        };
        Self::new(code, refusal.message, refusal.hint)
    }
}

impl From<Trouble> for ApiError {
    fn from(trouble: Trouble) -> Self {
        let (code, hint) = match trouble {
            Trouble::Unreadable(_) | Trouble::Missing(_) => {
                (Code::NotFound, "ask /api/values for what there is now")
            }
            Trouble::Damaged(_) | Trouble::BadValue(_) => (
                Code::Damaged,
                "the bytes on the disk are wrong; the rest of the file is not",
            ),
            Trouble::TooLarge(_) => (Code::TooLarge, "ask for less at once"),
        };
        Self::new(code, trouble.message(), hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_the_documented_shape() {
        let error = ApiError::from(Refusal::bad(
            "width_px must be between 1 and 16384",
            "ask for less",
        ));
        let json: serde_json::Value = serde_json::from_slice(&error.to_json()).unwrap_or_default();
        let expected = serde_json::json!({"error": {"code": "bad_request",
            "message": "width_px must be between 1 and 16384", "hint": "ask for less"}});
        assert_eq!(json, expected);
        assert_eq!(error.code.status(), 400);
    }
}
