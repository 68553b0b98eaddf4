//! CoinAPI market data: endpoints, wire rows, and their domain meaning.
