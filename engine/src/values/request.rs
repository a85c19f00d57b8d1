//! What `POST /api/values` may ask for.

use serde::Deserialize;

use crate::query::{MAX_SERIES, Refusal, check_entries, check_number, check_range, read};
use crate::series::{Kind, Restarts};

const MAX_LIMIT: usize = 10_000;
const DEFAULT_LIMIT: usize = 100;
/// Steps alone are small and in memory.
const MAX_STEPS: usize = 1_000_000;

/// One series that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AskedValues {
    /// Repeated in the answer; its place in the list by default.
    pub id: Option<u32>,
    /// Run name.
    pub run: String,
    /// Tag name.
    pub tag: String,
    /// Kind.
    pub kind: Kind,
}

/// The body of `POST /api/values`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ValuesRequest {
    /// What to show.
    pub series: Vec<AskedValues>,
    /// Which points.
    #[serde(default)]
    pub restarts: Restarts,
    /// First and last step.
    #[serde(default)]
    pub range: Option<(f64, f64)>,
    /// Points of each series at most; by default [`DEFAULT_LIMIT`], or all when only steps are asked for.
    #[serde(default)]
    pub limit: Option<usize>,
    /// Where values stand, and not what they are.
    #[serde(default)]
    pub steps_only: bool,
}

impl ValuesRequest {
    /// Points of each series at most.
    pub fn limit(&self) -> usize {
        match (self.limit, self.steps_only) {
            (Some(limit), _) => limit,
            (None, true) => usize::MAX,
            (None, false) => DEFAULT_LIMIT,
        }
    }

    /// Reads and checks a body.
    pub fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let request: Self = read(body, "values")?;
        request.check()?;
        Ok(request)
    }

    fn check(&self) -> Result<(), Refusal> {
        check_entries("series", self.series.len(), MAX_SERIES)?;
        let most = if self.steps_only {
            MAX_STEPS
        } else {
            MAX_LIMIT
        };
        if let Some(limit) = self.limit {
            check_number("limit", limit, most, "ask for a range of steps")?;
        }
        check_range(self.range)?;
        if self.series.iter().any(|series| series.kind == Kind::Scalar) {
            return Err(Refusal::bad(
                "scalars are no values of this route",
                "ask /api/scalars for them",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_sense_is_refused_with_a_reason() {
        let refused = |kind: &str, fields: &str| {
            let body =
                format!(r#"{{"series": [{{"run": "a", "tag": "b", "kind": "{kind}"}}]{fields}}}"#);
            ValuesRequest::parse(body.as_bytes())
                .map_err(|refusal| refusal.message)
                .err()
                .unwrap_or_default()
        };
        assert_eq!(refused("pr_curve", ""), "");
        assert_eq!(refused("scalar", ""), "scalars are no values of this route");
        assert!(refused("picture", "").contains("unknown variant `picture`"));
        assert!(refused("image", r#", "limit": 0"#).starts_with("limit must be"));
        assert!(refused("image", r#", "limit": 10001"#).starts_with("limit must be"));
        assert_eq!(
            refused("image", r#", "limit": 10001, "steps_only": true"#),
            ""
        );
        assert!(
            refused("image", r#", "limit": 1000001, "steps_only": true"#).contains("1 and 1000000")
        );
        assert!(refused("image", r#", "range": [2, 1]"#).starts_with("range"));
        assert!(ValuesRequest::parse(br#"{"series": []}"#).is_err());
    }
}
