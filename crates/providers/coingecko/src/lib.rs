//! CoinGecko: endpoints, wire rows, and their domain meaning.
