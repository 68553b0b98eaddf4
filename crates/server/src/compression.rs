//! Smaller bodies for those who ask. Bodies that fit into a packet or two stay as they are; and an
//! answer that is served again is compressed once.

use std::convert::Infallible;
use std::future::ready;
use std::io::Write as _;

use axum::http::{HeaderMap, HeaderValue, Request, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression as Level;
use flate2::write::GzEncoder;
use moka::sync::Cache;
use tower::{Layer, ServiceExt};
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::compression::{CompressionLayer, CompressionLevel};

/// Bytes below which a body is not compressed.
pub(crate) const FROM_BYTES: usize = 1_024;
/// Where more time stops giving much smaller text.
const BROTLI_QUALITY: u32 = 5;
/// Window of Brotli, as a power of two: the largest that every reader knows.
const BROTLI_WINDOW: u32 = 22;
/// Bytes above which a body is compressed as it is sent: in one piece it would hold up other requests.
const IN_ONE_PIECE: usize = 32 * 1_024;
/// Bytes of compressed answers kept.
const KEPT_BYTES: u64 = 8 << 20;

/// The answer in gzip or Brotli, as `accepted` prefers, where that makes it smaller and nobody did so before.
pub(crate) async fn where_asked(accepted: HeaderValue, response: Response) -> Response {
    if response.headers().contains_key(header::CONTENT_ENCODING) {
        return response;
    }
    // Level 4 of either is where more time stops giving much smaller text.
    let layer = CompressionLayer::new()
        .gzip(true)
        .br(true)
        .quality(CompressionLevel::Precise(4))
        .compress_when(SizeAbove::new(1_024).and(NotForContentType::SSE));
    let mut request = Request::new(());
    request.headers_mut().insert(header::ACCEPT_ENCODING, accepted);
    let mut response = Some(response);
    let answered = tower::service_fn(move |_: Request<()>| {
        ready(Ok::<_, Infallible>(response.take().unwrap_or_default()))
    });
    match layer.layer(answered).oneshot(request).await {
        Ok(response) => response.into_response(),
        Err(never) => match never {},
    }
}

/// How a body travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Encoding {
    /// As it is.
    Plain,
    /// gzip.
    Gzip,
    /// Brotli.
    Brotli,
}

impl Encoding {
    /// Its name in `Content-Encoding`.
    pub(crate) const fn name(self) -> Option<HeaderValue> {
        match self {
            Self::Plain => None,
            Self::Gzip => Some(HeaderValue::from_static("gzip")),
            Self::Brotli => Some(HeaderValue::from_static("br")),
        }
    }

    /// The bytes in this encoding. Writing into a vector cannot fail; should it, the body would be empty and
    /// no reader would take it.
    pub(crate) fn pack(self, plain: &Bytes) -> Bytes {
        match self {
            Self::Plain => plain.clone(),
            Self::Gzip => {
                let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 3), Level::default());
                let _ = encoder.write_all(plain);
                encoder.finish().unwrap_or_default().into()
            }
            Self::Brotli => {
                let mut packed = Vec::with_capacity(plain.len() / 3);
                let mut encoder =
                    brotli::CompressorWriter::new(&mut packed, 4_096, BROTLI_QUALITY, BROTLI_WINDOW);
                let _ = encoder.write_all(plain);
                drop(encoder);
                packed.into()
            }
        }
    }
}

/// What `Accept-Encoding` likes best; Brotli where it likes both alike.
pub(crate) fn preferred(asked: &HeaderMap) -> Encoding {
    let mut best = (Encoding::Plain, 0.0);
    let texts = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    for item in texts.flat_map(|text| text.split(',')) {
        let (name, quality) = item.split_once(';').unwrap_or((item, ""));
        let encoding = match name.trim() {
            name if name.eq_ignore_ascii_case("br") => Encoding::Brotli,
            name if name.eq_ignore_ascii_case("gzip") => Encoding::Gzip,
            _ => continue,
        };
        let quality =
            quality.trim().strip_prefix("q=").map_or(1.0, |text| text.parse::<f32>().unwrap_or(0.0));
        if quality > best.1 || (quality > 0.0 && quality >= best.1 && encoding == Encoding::Brotli) {
            best = (encoding, quality);
        }
    }
    best.0
}

/// Compressed answers, by the hash of what they were made from. The hash may collide, so each is kept with what it
/// was made from.
#[derive(Debug)]
pub(crate) struct Compressed(Cache<(u64, Encoding), Pair>);

#[derive(Clone, Debug)]
struct Pair {
    plain: Bytes,
    packed: Bytes,
}

impl Default for Compressed {
    fn default() -> Self {
        let weight = |_: &(u64, Encoding), pair: &Pair| {
            u32::try_from(pair.plain.len() + pair.packed.len()).unwrap_or(u32::MAX)
        };
        Self(Cache::builder().max_capacity(KEPT_BYTES).weigher(weight).build())
    }
}

impl Compressed {
    /// The body in this encoding, made once; `None` where it is better sent by other means.
    pub(crate) fn of(&self, hash: u64, body: &Bytes, encoding: Encoding) -> Option<Bytes> {
        if encoding == Encoding::Plain || !(FROM_BYTES..=IN_ONE_PIECE).contains(&body.len()) {
            return None;
        }
        let make = || Pair { plain: body.clone(), packed: encoding.pack(body) };
        let pair = self.0.get_with((hash, encoding), make);
        (pair.plain == body).then_some(pair.packed)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn the_liked_encoding_is_chosen() {
        let chosen = |text: &'static str| {
            preferred(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(text))]))
        };
        for (text, encoding) in [
            ("gzip, deflate, br, zstd", Encoding::Brotli),
            ("br;q=0.5, gzip", Encoding::Gzip),
            ("br, gzip;q=0.5", Encoding::Brotli),
            ("GZIP", Encoding::Gzip),
            ("gzip;q=0, br;q=0", Encoding::Plain),
            ("identity", Encoding::Plain),
            ("", Encoding::Plain),
        ] {
            assert_eq!(chosen(text), encoding, "{text}");
        }
        assert_eq!(preferred(&HeaderMap::new()), Encoding::Plain);
    }

    #[test]
    fn a_body_is_compressed_once_and_comes_back_whole() {
        let compressed = Compressed::default();
        let body = Bytes::from("a figure, a reason, ".repeat(200));
        for encoding in [Encoding::Gzip, Encoding::Brotli] {
            let first = compressed.of(7, &body, encoding).unwrap();
            let again = compressed.of(7, &body, encoding).unwrap();
            assert_eq!(first.as_ptr(), again.as_ptr());
            let mut text = Vec::new();
            match encoding {
                Encoding::Gzip => {
                    flate2::read::GzDecoder::new(&*first).read_to_end(&mut text).unwrap();
                }
                _ => brotli::BrotliDecompress(&mut first.as_ref(), &mut text).unwrap(),
            }
            assert_eq!(text, body);
        }
        let other = Bytes::from("a figure, a reason. ".repeat(200));
        assert!(compressed.of(7, &other, Encoding::Gzip).is_none(), "a hash is no proof");
        assert!(compressed.of(7, &body, Encoding::Plain).is_none());
        assert!(compressed.of(1, &Bytes::from_static(b"short"), Encoding::Gzip).is_none());
    }
}
