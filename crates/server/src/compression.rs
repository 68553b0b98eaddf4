//! Smaller bodies for those who ask. Bodies that fit into a packet or two stay as they are, and a request
//! that names no encoding costs a look at its headers.

use tower_http::compression::predicate::{And, NotForContentType, Predicate, SizeAbove};
use tower_http::compression::{CompressionLayer, CompressionLevel};

/// Bytes below which a body is not compressed.
const FROM_BYTES: u16 = 1_024;

/// gzip and Brotli, as the client prefers.
pub(crate) fn layer() -> CompressionLayer<And<SizeAbove, NotForContentType>> {
    // Level 4 of either is where more time stops giving much smaller text.
    CompressionLayer::new()
        .gzip(true)
        .br(true)
        .quality(CompressionLevel::Precise(4))
        .compress_when(SizeAbove::new(FROM_BYTES).and(NotForContentType::SSE))
}
