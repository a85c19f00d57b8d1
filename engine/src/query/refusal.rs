//! Requests that are not answered, and what all of them are looked at for.

use serde::de::DeserializeOwned;

/// A request that is not answered, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// True when the answer would be too large, false when the request makes no sense.
    pub too_large: bool,
    /// What is wrong.
    pub message: String,
    /// What to do instead.
    pub hint: &'static str,
}

impl Refusal {
    /// For a request that makes no sense.
    pub fn bad(message: impl Into<String>, hint: &'static str) -> Self {
        Self {
            too_large: false,
            message: message.into(),
            hint,
        }
    }
}

/// Reads a body that asks for `what`.
pub fn read<T: DeserializeOwned>(body: &[u8], what: &str) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| {
        let message = format!("the body is not a request for {what}: {error}");
        Refusal::bad(message, "see docs/http-api.md")
    })
}

/// Refuses a number that is less than 1 or greater than `most`.
pub fn check_number(
    what: &str,
    number: impl TryInto<usize>,
    most: usize,
    hint: &'static str,
) -> Result<(), Refusal> {
    if number
        .try_into()
        .is_ok_and(|number| (1..=most).contains(&number))
    {
        return Ok(());
    }
    let message = format!("{what} must be between 1 and {most}");
    Err(Refusal::bad(message, hint))
}

/// Refuses a list with too many entries, and one without any.
pub fn check_entries(what: &str, count: usize, most: usize) -> Result<(), Refusal> {
    if (1..=most).contains(&count) {
        return Ok(());
    }
    let message = format!("{what} must have between 1 and {most} entries");
    Err(Refusal::bad(message, "ask for the rest in another request"))
}

/// Refuses a range that goes back.
pub fn check_range(range: Option<(f64, f64)>) -> Result<(), Refusal> {
    if range.is_none_or(|(from, to)| from <= to) {
        return Ok(());
    }
    Err(Refusal::bad(
        "range must not end before it begins",
        "give it as [from, to]",
    ))
}
