//! What `POST /api/histograms` may ask for.

use serde::Deserialize;

use crate::query::{AskedSeries, Refusal, X, check_entries, check_number, check_range, read};
use crate::series::Restarts;

const MOST_SERIES: usize = 256;
const MOST_COLUMNS: usize = 2000;
const MOST_BINS: usize = 1000;

/// The body of `POST /api/histograms`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct HistogramsRequest {
    /// What to show.
    pub series: Vec<AskedSeries>,
    /// What x is.
    #[serde(default)]
    pub x: X,
    /// First and last x; `None`: all of each series.
    #[serde(default)]
    pub range: Option<(f64, f64)>,
    /// Columns at most.
    #[serde(default = "default_columns")]
    pub columns: usize,
    /// Bins of each column.
    #[serde(default = "default_bins")]
    pub bins: usize,
    /// What the bins divide; `None`: from the smallest to the greatest of each series.
    #[serde(default)]
    pub y_range: Option<(f64, f64)>,
    /// Which points.
    #[serde(default)]
    pub restarts: Restarts,
}

fn default_columns() -> usize {
    100
}

fn default_bins() -> usize {
    30
}

impl HistogramsRequest {
    /// Reads and checks a body.
    pub fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let request: Self = read(body, "histograms")?;
        let hint = "ask for less at once";
        check_entries("series", request.series.len(), MOST_SERIES)?;
        check_number("columns", request.columns, MOST_COLUMNS, hint)?;
        check_number("bins", request.bins, MOST_BINS, hint)?;
        check_range(request.range)?;
        if request.y_range.is_some_and(|(from, to)| from >= to) {
            return Err(Refusal::bad(
                "y_range must end above where it begins",
                "give it as [from, to]",
            ));
        }
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_sense_is_refused_with_a_reason() {
        let refused = |fields: &str| {
            let body = format!(r#"{{"series": [{{"run": "a", "tag": "b"}}]{fields}}}"#);
            HistogramsRequest::parse(body.as_bytes())
                .map_err(|refusal| refusal.message)
                .err()
                .unwrap_or_default()
        };
        assert_eq!(refused(""), "");
        assert_eq!(
            refused(r#", "columns": 0"#),
            "columns must be between 1 and 2000"
        );
        assert_eq!(
            refused(r#", "bins": 1001"#),
            "bins must be between 1 and 1000"
        );
        assert!(refused(r#", "range": [2, 1]"#).starts_with("range"));
        assert!(refused(r#", "y_range": [1, 1]"#).starts_with("y_range"));
        assert!(refused(r#", "x": "wall""#).contains("unknown variant `wall`"));
        assert!(HistogramsRequest::parse(br#"{"series": []}"#).is_err());
    }
}
