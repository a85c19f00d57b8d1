//! `POST /api/export`: every point, streamed.

use std::sync::Arc;

use bytes::Bytes;
use hyper::Response;
use tokio::sync::mpsc;

use super::body::{Body, PieceEncoder, stream};
use super::error::ApiError;
use super::router::Asked;
use super::server::Engine;
use crate::query::{Export, ExportRequest};

/// Pieces that are made before the asker takes them.
const PIECES_AHEAD: usize = 2;

/// Answers.
pub async fn answer(engine: Arc<Engine>, asked: Asked) -> Result<Response<Body>, ApiError> {
    let request = ExportRequest::parse(&asked.body)?;
    let media_type = request.format.media_type();
    let export = Export::new(Arc::clone(&engine.store), request);
    let (sender, pieces) = mpsc::channel(PIECES_AHEAD);
    tokio::spawn(send(engine, export, PieceEncoder::new(asked.gzip), sender));
    Ok(stream(media_type, asked.gzip, pieces))
}

/// Makes and sends piece after piece, each in its turn, until the end or until nobody takes them any more.
async fn send(
    engine: Arc<Engine>,
    mut export: Export,
    mut encoder: PieceEncoder,
    sender: mpsc::Sender<Bytes>,
) {
    loop {
        let piece = engine.work(move || {
            let piece = export.next_piece();
            let (bytes, more) = match piece {
                Some(piece) => (encoder.piece(&piece, false), true),
                None => (encoder.end(), false),
            };
            (export, encoder, bytes, more)
        });
        let Ok((next_export, next_encoder, bytes, more)) = piece.await else {
            return;
        };
        (export, encoder) = (next_export, next_encoder);
        let sent = bytes.is_empty() || sender.send(Bytes::from(bytes)).await.is_ok();
        if !more || !sent {
            return;
        }
    }
}
