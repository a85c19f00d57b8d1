//! From a request to its answer.

use std::error::Error;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Body as HttpBody;
use hyper::header::{ACCEPT, ALLOW, HeaderValue};
use hyper::{HeaderMap, Method, Request, Response, StatusCode};

use super::body::{Body, takes_gzip, whole};
use super::error::{ApiError, Code};
use super::server::Engine;
use super::{
    assets, bands, blob, changes, check, export, files, histograms, hparams, runs, scalars,
    statistics, status, tags, thumbnail, values,
};
use crate::series::Store;

/// The largest body of a request: 4096 series with long names.
const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

/// JSON's media type.
pub const JSON: &str = "application/json";

/// A request whose body has been read.
pub struct Asked {
    /// The path, as it came.
    pub path: String,
    /// What stands behind `?`; empty without one.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// The asker takes gzip.
    pub gzip: bool,
}

impl Asked {
    /// The first of `media_types` that the asker names, or the first of all when none is named.
    pub fn accepts<'a>(&self, media_types: &[&'a str]) -> Option<&'a str> {
        let accept = self
            .headers
            .get(ACCEPT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let named = accept
            .split(',')
            .map(|entry| entry.split(';').next().unwrap_or_default().trim());
        let mut chosen = named.filter_map(|name| {
            media_types
                .iter()
                .find(|kind| kind.eq_ignore_ascii_case(name))
        });
        chosen.next().or(media_types.first()).copied()
    }

    /// A JSON answer.
    pub fn json(&self, content: Vec<u8>) -> Response<Body> {
        whole(StatusCode::OK, JSON, content, self.gzip)
    }

    /// A JSON answer that is made from the store, away from the thread that answers pings.
    pub async fn json_of_store(
        self,
        engine: &Engine,
        to_json: fn(&Store) -> Result<Vec<u8>, ApiError>,
    ) -> Result<Response<Body>, ApiError> {
        let store = Arc::clone(&engine.store);
        engine.work(move || Ok(self.json(to_json(&store)?))).await?
    }
}

/// Answers a request.
pub async fn route(engine: Arc<Engine>, request: Request<impl Arriving>) -> Response<Body> {
    let answer = dispatch(engine, request).await;
    answer.unwrap_or_else(|(error, allowed)| {
        let mut response = whole(error.code.status(), JSON, error.to_json(), false);
        if let Some(method) = allowed {
            response
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static(method));
        }
        response
    })
}

/// The body of a request, which may yet fail to come.
pub trait Arriving: HttpBody<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> {}

impl<B: HttpBody<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>>> Arriving for B {}

type Failure = (ApiError, Option<&'static str>);

async fn dispatch(
    engine: Arc<Engine>,
    request: Request<impl Arriving>,
) -> Result<Response<Body>, Failure> {
    let path = request.uri().path();
    let Some((route, wanted)) = find(path) else {
        let message = format!("there is no {path}");
        let error = ApiError::new(Code::NotFound, message, "see docs/http-api.md");
        return Err((error, None));
    };
    if request.method() != wanted {
        let allowed = if wanted == Method::GET { "GET" } else { "POST" };
        let error = ApiError::new(
            Code::MethodNotAllowed,
            format!("{path} takes {allowed} only"),
            "see docs/http-api.md",
        );
        return Err((error, Some(allowed)));
    }
    let asked = read(request).await.map_err(|error| (error, None))?;
    let answer = match route {
        Route::Status => status::answer(engine, asked).await,
        Route::Runs => runs::answer(engine, asked).await,
        Route::Tags => tags::answer(engine, asked).await,
        Route::Files => files::answer(engine, asked).await,
        Route::Hparams => hparams::answer(engine, asked).await,
        Route::Check => check::answer(engine, asked).await,
        Route::Scalars => scalars::answer(engine, asked).await,
        Route::Bands => bands::answer(engine, asked).await,
        Route::Statistics => statistics::answer(engine, asked).await,
        Route::Values => values::answer(engine, asked).await,
        Route::Histograms => histograms::answer(engine, asked).await,
        Route::Blob => blob::answer(engine, asked).await,
        Route::Thumbnail => thumbnail::answer(engine, asked).await,
        Route::Assets => assets::answer(engine, asked).await,
        Route::Asset => assets::answer_one(engine, asked).await,
        Route::Export => export::answer(engine, asked).await,
        Route::Changes => changes::answer(engine, asked).await,
    };
    answer.map_err(|error| (error, None))
}

enum Route {
    Status,
    Runs,
    Tags,
    Files,
    Hparams,
    Check,
    Scalars,
    Bands,
    Statistics,
    Values,
    Histograms,
    Blob,
    Thumbnail,
    Assets,
    Asset,
    Export,
    Changes,
}

/// The route of a path, and the method it takes. Those that end with a slash are the beginning of many paths.
fn find(path: &str) -> Option<(Route, Method)> {
    Some(match path {
        "/api/status" => (Route::Status, Method::GET),
        "/api/runs" => (Route::Runs, Method::GET),
        "/api/tags" => (Route::Tags, Method::GET),
        "/api/files" => (Route::Files, Method::GET),
        "/api/hparams" => (Route::Hparams, Method::GET),
        "/api/check" => (Route::Check, Method::GET),
        "/api/assets" => (Route::Assets, Method::GET),
        "/api/changes" => (Route::Changes, Method::GET),
        "/api/scalars" => (Route::Scalars, Method::POST),
        "/api/bands" => (Route::Bands, Method::POST),
        "/api/statistics" => (Route::Statistics, Method::POST),
        "/api/values" => (Route::Values, Method::POST),
        "/api/histograms" => (Route::Histograms, Method::POST),
        "/api/export" => (Route::Export, Method::POST),
        _ if path.starts_with(blob::PREFIX) => (Route::Blob, Method::GET),
        _ if path.starts_with(thumbnail::PREFIX) => (Route::Thumbnail, Method::GET),
        _ if path.starts_with(assets::PREFIX) => (Route::Asset, Method::GET),
        _ => return None,
    })
}

async fn read(request: Request<impl Arriving>) -> Result<Asked, ApiError> {
    let (head, body) = request.into_parts();
    let gzip = takes_gzip(&head.headers);
    let body = Limited::new(body, MAX_BODY_BYTES)
        .collect()
        .await
        .map_err(|error| {
            if error.is::<LengthLimitError>() {
                let message = format!("the body has more than {MAX_BODY_BYTES} bytes");
                ApiError::new(Code::TooLarge, message, "ask for fewer series at once")
            } else {
                ApiError::new(
                    Code::BadRequest,
                    format!("the body did not arrive: {error}"),
                    "send it again",
                )
            }
        })?;
    Ok(Asked {
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body: body.to_bytes(),
        gzip,
    })
}
