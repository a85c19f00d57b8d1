//! What `POST /api/scalars` may ask for.

use serde::Deserialize;

use super::refusal::{Refusal, check_entries, check_number, check_range, read};
use super::smooth::Smoothing;
use super::x::{Scale, X};
use crate::series::Restarts;

/// Of one request.
pub const MAX_SERIES: usize = 4096;
const MAX_WIDTH_PX: usize = 16_384;

/// One curve that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AskedSeries {
    /// Repeated in the answer; its place in the list by default.
    pub id: Option<u32>,
    /// Run name.
    pub run: String,
    /// Tag name.
    pub tag: String,
}

/// The body of `POST /api/scalars`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ScalarsRequest {
    /// What to draw.
    pub series: Vec<AskedSeries>,
    /// What x is.
    #[serde(default)]
    pub x: X,
    /// First and last x; `None` spans all asked series.
    #[serde(default)]
    pub range: Option<(f64, f64)>,
    /// Pixel columns of the chart; `None` keeps every point.
    #[serde(default)]
    pub width_px: Option<i64>,
    /// In which pixel columns are equal.
    #[serde(default)]
    pub x_scale: Scale,
    /// How the lines are smoothed.
    #[serde(default)]
    pub smoothing: Smoothing,
    /// Which points.
    #[serde(default)]
    pub restarts: Restarts,
}

impl ScalarsRequest {
    /// Reads and checks a body.
    pub fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let request: Self = read(body, "scalars")?;
        request.check()?;
        Ok(request)
    }

    /// The width as a count of columns.
    pub fn columns(&self) -> Option<u32> {
        self.width_px
            .and_then(|width_px| u32::try_from(width_px).ok())
    }

    fn check(&self) -> Result<(), Refusal> {
        check_entries("series", self.series.len(), MAX_SERIES)?;
        if let Some(width_px) = self.width_px {
            check_width(width_px)?;
        }
        self.smoothing.check()?;
        self.x_scale.check(self.range)?;
        check_range(self.range)
    }
}

/// Refuses a width that no chart has.
pub fn check_width(width_px: i64) -> Result<(), Refusal> {
    let hint = "ask for the chart's own width in pixels";
    check_number("width_px", width_px, MAX_WIDTH_PX, hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_given_has_its_default() {
        let request =
            ScalarsRequest::parse(br#"{"series": [{"run": "a", "tag": "loss", "source": "x"}]}"#);
        let expected = ScalarsRequest {
            series: vec![AskedSeries {
                id: None,
                run: "a".into(),
                tag: "loss".into(),
            }],
            x: X::Step,
            range: None,
            width_px: None,
            x_scale: Scale::Linear,
            smoothing: Smoothing::default(),
            restarts: Restarts::Latest,
        };
        assert_eq!(request, Ok(expected));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_a_reason() {
        let refused = |fields: &str| {
            let body = format!(r#"{{"series": [{{"run": "a", "tag": "b"}}], {fields}}}"#);
            ScalarsRequest::parse(body.as_bytes())
                .map_err(|refusal| refusal.message)
                .err()
                .unwrap_or_default()
        };
        assert_eq!(
            refused(r#""width_px": 0"#),
            "width_px must be between 1 and 16384"
        );
        assert_eq!(
            refused(r#""width_px": 16385"#),
            "width_px must be between 1 and 16384"
        );
        assert!(refused(r#""smoothing": 1"#).starts_with("smoothing"));
        assert!(refused(r#""smoothing": -0.1"#).starts_with("smoothing"));
        assert!(
            refused(r#""smoothing": {"kind": "time_ema", "half_life": 0}"#).contains("half_life")
        );
        assert!(refused(r#""smoothing": {"kind": "gaussian", "sigma": -1}"#).contains("sigma"));
        assert!(refused(r#""smoothing": {"kind": "box"}"#).contains("unknown variant `box`"));
        assert!(refused(r#""smoothing": "much""#).contains("a weight, or a kind of smoothing"));
        assert!(refused(r#""x_scale": {"symlog": 0}"#).starts_with("symlog"));
        assert!(refused(r#""x_scale": "log", "range": [0, 1]"#).contains("log scale"));
        assert!(refused(r#""range": [2, 1]"#).starts_with("range"));
        assert!(refused(r#""x": "wall""#).contains("unknown variant `wall`"));
        assert!(refused(r#""restarts": "none""#).contains("unknown variant"));
        assert!(ScalarsRequest::parse(br#"{"series": []}"#).is_err());
        assert!(
            ScalarsRequest::parse(br#"{"series": [{"id": 4294967296, "run": "a", "tag": "b"}]}"#)
                .is_err()
        );
        assert!(ScalarsRequest::parse(b"").is_err());
    }
}
