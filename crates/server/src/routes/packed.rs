//! Bodies that never change while the program runs, packed once for each encoding and kept.

use std::sync::{Arc, OnceLock};

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

use crate::compression::{Encoding, FROM_BYTES, preferred};

/// A body with its packed forms, each made when it is first asked for.
#[derive(Debug)]
pub(super) struct Packed {
    plain: Bytes,
    gzip: OnceLock<Bytes>,
    brotli: OnceLock<Bytes>,
}

impl Packed {
    /// A body that was not asked for yet.
    pub(super) const fn new(plain: Bytes) -> Self {
        Self { plain, gzip: OnceLock::new(), brotli: OnceLock::new() }
    }

    /// The body in the form that the client likes best, with what tells so.
    pub(super) async fn answer(self: &Arc<Self>, asked: &HeaderMap) -> Response {
        let encoding = if self.plain.len() < FROM_BYTES { Encoding::Plain } else { preferred(asked) };
        let kept = match encoding {
            Encoding::Plain => Some(&self.plain),
            Encoding::Gzip => self.gzip.get(),
            Encoding::Brotli => self.brotli.get(),
        };
        let body = if let Some(body) = kept {
            body.clone()
        } else {
            let body = Arc::clone(self);
            // Packing a megabyte takes long enough to hold up others.
            match tokio::task::spawn_blocking(move || body.packed(encoding)).await {
                Ok(packed) => packed,
                Err(_) => return with_vary(self.plain.clone().into_response()),
            }
        };
        let mut response = with_vary(body.into_response());
        if let Some(name) = encoding.name() {
            response.headers_mut().insert(header::CONTENT_ENCODING, name);
        }
        response
    }

    fn packed(&self, encoding: Encoding) -> Bytes {
        match encoding {
            Encoding::Plain => self.plain.clone(),
            Encoding::Gzip => self.gzip.get_or_init(|| encoding.pack(&self.plain)).clone(),
            Encoding::Brotli => self.brotli.get_or_init(|| encoding.pack(&self.plain)).clone(),
        }
    }
}

fn with_vary(mut response: Response) -> Response {
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_packed_body_is_made_once_and_comes_back_whole() {
        let text = "the same words again. ".repeat(200);
        let packed = Arc::new(Packed::new(Bytes::from(text.clone())));
        let asked = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static("br"))]);
        let first = packed.answer(&asked).await;
        assert_eq!(first.headers()[header::CONTENT_ENCODING], "br");
        let body = axum::body::to_bytes(first.into_body(), usize::MAX).await.unwrap();
        let kept = packed.brotli.get().unwrap().clone();
        assert_eq!(body, kept);
        let again = packed.answer(&asked).await;
        let again = axum::body::to_bytes(again.into_body(), usize::MAX).await.unwrap();
        assert_eq!(again.as_ptr(), kept.as_ptr());
        let mut plain = Vec::new();
        brotli::BrotliDecompress(&mut kept.as_ref(), &mut plain).unwrap();
        assert_eq!(plain, text.as_bytes());
        let small = Arc::new(Packed::new(Bytes::from_static(b"ok")));
        assert!(!small.answer(&asked).await.headers().contains_key(header::CONTENT_ENCODING));
    }
}
