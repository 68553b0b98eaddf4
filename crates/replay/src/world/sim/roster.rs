#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Amounts are bounded far below the edges.

use std::collections::HashMap;

use domain::{DAY_MS, UtcMs, Venue};

use super::hash::{at, join, mix, unit};

/// How one venue trades a coin.
#[derive(Clone, Debug)]
pub(crate) struct Contract {
    /// `1000PEPEUSDT`, `PEPE-USDT-SWAP`, `SHIB1000USDT`.
    pub symbol: String,
    /// The venue's name of the base: `1000PEPE`.
    pub base: String,
    /// Coins per unit of price.
    pub multiplier: f64,
    /// Price decimals; the tick is one of the last.
    pub price_decimals: i32,
    /// Quantity decimals; the lot is one of the last. Counted in units, at OKX in contracts.
    pub lot_decimals: i32,
    /// Units per contract of quantity (OKX `ctVal`; 1 elsewhere).
    pub face_value: f64,
}

/// One simulated coin.
#[derive(Clone, Debug)]
pub(crate) struct Coin {
    /// Place by turnover, from 0.
    pub rank: usize,
    pub ticker: String,
    pub name: String,
    /// CoinGecko's id.
    pub id: String,
    /// The price that it swings around, in dollars.
    pub base_price: f64,
    /// How much of the market's move it makes.
    pub beta: f64,
    /// Deviation of its own daily move.
    pub own_sigma: f64,
    /// Dollars traded on an average day on all three venues.
    pub daily_usd: f64,
    pub supply: f64,
    /// First trading moment, 00:00 UTC of a day.
    pub onboard_ms: i64,
    pub funding_interval_h: u32,
    pub key: u64,
    pub binance: Contract,
    pub okx: Contract,
    pub bybit: Contract,
}

impl Coin {
    pub(crate) const fn contract(&self, venue: Venue) -> &Contract {
        match venue {
            Venue::Binance => &self.binance,
            Venue::Okx => &self.okx,
            Venue::Bybit => &self.bybit,
        }
    }
}

impl Contract {
    /// A coin's price on the venue's tick.
    pub(crate) fn price(&self, coin_price: f64) -> f64 {
        let scale = 10_f64.powi(self.price_decimals);
        let ticks = (coin_price * self.multiplier * scale).round().max(1.0);
        ticks / scale
    }

    /// A number of lots as the venue's quantity.
    pub(crate) fn quantity(&self, lots: u64) -> f64 {
        lots as f64 / 10_f64.powi(self.lot_decimals)
    }

    /// Coins in one lot.
    pub(crate) fn coins_per_lot(&self) -> f64 {
        self.face_value * self.multiplier / 10_f64.powi(self.lot_decimals)
    }

    pub(crate) fn tick(&self) -> f64 {
        1.0 / 10_f64.powi(self.price_decimals)
    }
}

/// All simulated coins and their names on each venue.
#[derive(Debug)]
pub(crate) struct Roster {
    coins: Vec<Coin>,
    by_symbol: HashMap<(Venue, String), usize>,
    by_ticker: HashMap<String, usize>,
}

/// Coins in the simulated market.
pub(crate) const COINS: usize = 500;

/// Ticker, name, price in dollars; the first ones are the most traded.
const FAMOUS: [(&str, &str, f64); 32] = [
    ("BTC", "Bitcoin", 88_000.0),
    ("ETH", "Ethereum", 3_200.0),
    ("SOL", "Solana", 165.0),
    ("XRP", "XRP", 2.3),
    ("DOGE", "Dogecoin", 0.21),
    ("BNB", "BNB", 720.0),
    ("ADA", "Cardano", 0.72),
    ("PEPE", "Pepe", 0.000_011),
    ("SHIB", "Shiba Inu", 0.000_013),
    ("SUI", "Sui", 3.1),
    ("LINK", "Chainlink", 17.0),
    ("AVAX", "Avalanche", 24.0),
    ("TRX", "TRON", 0.27),
    ("LTC", "Litecoin", 95.0),
    ("BCH", "Bitcoin Cash", 460.0),
    ("DOT", "Polkadot", 4.6),
    ("NEAR", "NEAR Protocol", 2.8),
    ("XLM", "Stellar", 0.31),
    ("ETC", "Ethereum Classic", 19.0),
    ("FIL", "Filecoin", 2.9),
    ("ARB", "Arbitrum", 0.42),
    ("OP", "Optimism", 0.81),
    ("INJ", "Injective", 12.5),
    ("UNI", "Uniswap", 7.4),
    ("BONK", "Bonk", 0.000_018),
    ("FLOKI", "FLOKI", 0.000_082),
    ("SATS", "SATS", 0.000_000_05),
    ("LUNC", "Terra Classic", 0.000_061),
    ("XEC", "eCash", 0.000_021),
    ("MOG", "Mog Coin", 0.000_000_9),
    ("BABYDOGE", "Baby Doge Coin", 0.000_000_001_3),
    ("1INCH", "1inch", 0.23),
];

/// More tickers that traders know.
const KNOWN: &str = "AAVE HBAR TON ICP APT ATOM ALGO VET KAS RENDER WLD ENA TAO JUP SEI TIA STX IMX GRT FET \
    LDO QNT PYTH MKR THETA RUNE FLOW SAND MANA AXS EGLD EOS XTZ NEO IOTA KAVA CRV SNX COMP DYDX GMX PENDLE \
    ONDO STRK ZRO ZK BLUR JTO DYM MANTA ALT PIXEL PORTAL AEVO ETHFI ENS LRC ZEC DASH XMR ZIL ONT QTUM BAT ZRX \
    KNC OMG SUSHI YFI BAL UMA BAND REN STORJ ANKR CHZ HOT ICX IOST RVN SKL COTI CELO ONE CTSI OGN ALPHA ROSE \
    AUDIO MASK LPT API3 GTC PEOPLE ANT DUSK WOO JASMY APE GAL MAGIC HOOK HIGH FXS T RDNT SSV PHB ASTR ACH AGIX \
    CFX MINA ID EDU RPL MAV XVG WAVES STMX LINA TRU CYBER ARKM YGG OCEAN SNT POWR BICO AMB ORDI MEME TOKEN \
    WIF BOME NOT TURBO MEW POPCAT BRETT DOGS CATI HMSTR EIGEN SCR NEIRO GOAT MOODENG PNUT ACT VIRTUAL PENGU \
    USUAL MOVE ME ORCA RAY DRIFT KMNO CETUS TRUMP MELANIA BERA KAITO IP LAYER SHELL BIO COOKIE SWARMS PROMPT \
    INIT HYPER WCT BABY GUN PARTI NIL RED FORM SIGN SXT HAEDAL MERL STO DOLO BANK MLN FIO VANA SONIC ANIME \
    SPX FARTCOIN AIXBT GRIFFAIN ZEREBRO ALCH ARC VINE SOLV PLUME PIPPIN AVAAI CHILLGUY HIPPO LUMIA SAFE SYN \
    NMR HIVE STEEM GLM ARDR LSK SUPER RIF ARPA CHR VIC REEF C98 DENT MTL CELR SFP TLM ALICE LIT UNFI BEL";

/// Syllables of the tickers that nobody knows yet.
const HEADS: [&str; 20] = [
    "ZO", "KI", "LU", "VE", "MI", "RA", "TE", "NO", "XA", "PO", "BU", "DI", "FE", "GA", "HY", "JO", "QU",
    "SI", "WA", "YU",
];
const TAILS: [&str; 20] = [
    "RA", "TO", "MIX", "NEX", "DA", "LO", "VA", "PAD", "GEN", "FI", "ZEN", "LY", "KO", "BIT", "NET", "RU",
    "SA", "X", "TEC", "MU",
];

/// Prefix multipliers on Binance.
const BINANCE_FACTORS: [(&str, &str, f64); 9] = [
    ("SHIB", "1000SHIB", 1e3),
    ("PEPE", "1000PEPE", 1e3),
    ("BONK", "1000BONK", 1e3),
    ("FLOKI", "1000FLOKI", 1e3),
    ("LUNC", "1000LUNC", 1e3),
    ("XEC", "1000XEC", 1e3),
    ("SATS", "1000SATS", 1e3),
    ("MOG", "1000000MOG", 1e6),
    ("BABYDOGE", "1MBABYDOGE", 1e6),
];

/// Bybit's own ones.
const BYBIT_FACTORS: [(&str, &str, f64); 10] = [
    ("SHIB", "SHIB1000", 1e3),
    ("PEPE", "1000PEPE", 1e3),
    ("BONK", "1000BONK", 1e3),
    ("FLOKI", "1000FLOKI", 1e3),
    ("LUNC", "1000LUNC", 1e3),
    ("XEC", "1000XEC", 1e3),
    ("SATS", "10000SATS", 1e4),
    ("TURBO", "1000TURBO", 1e3),
    ("MOG", "1000000MOG", 1e6),
    ("BABYDOGE", "1000000BABYDOGE", 1e6),
];

/// OKX contract sizes that are published; others are a power of ten near ten dollars.
const OKX_SIZES: [(&str, f64); 10] = [
    ("BTC", 0.01),
    ("ETH", 0.1),
    ("SOL", 1.0),
    ("DOGE", 1e3),
    ("FLOKI", 1e5),
    ("BONK", 1e5),
    ("SHIB", 1e6),
    ("PEPE", 1e7),
    ("SATS", 1e7),
    ("1INCH", 1.0),
];

impl Roster {
    pub(crate) fn new(seed: u64) -> Self {
        let coins: Vec<Coin> =
            tickers().into_iter().enumerate().map(|(rank, ticker)| coin(seed, rank, ticker)).collect();
        let mut by_symbol = HashMap::new();
        let mut by_ticker = HashMap::new();
        for (place, coin) in coins.iter().enumerate() {
            by_ticker.insert(coin.ticker.clone(), place);
            for venue in Venue::ALL {
                by_symbol.insert((venue, coin.contract(venue).symbol.clone()), place);
            }
        }
        Self { coins, by_symbol, by_ticker }
    }

    pub(crate) fn coins(&self) -> &[Coin] {
        &self.coins
    }

    /// Coins that trade at `now`.
    pub(crate) fn trading(&self, now: UtcMs) -> impl Iterator<Item = &Coin> {
        self.coins.iter().filter(move |coin| coin.onboard_ms <= now.0)
    }

    pub(crate) fn by_symbol(&self, venue: Venue, symbol: &str) -> Option<&Coin> {
        self.coins.get(*self.by_symbol.get(&(venue, symbol.to_owned()))?)
    }

    /// By the plain ticker, in any case.
    pub(crate) fn by_ticker(&self, ticker: &str) -> Option<&Coin> {
        self.coins.get(*self.by_ticker.get(&ticker.to_ascii_uppercase())?)
    }
}

fn tickers() -> Vec<String> {
    let mut tickers: Vec<String> = Vec::with_capacity(COINS);
    let made = TAILS.iter().flat_map(|tail| HEADS.iter().map(move |head| format!("{head}{tail}")));
    let all = FAMOUS
        .iter()
        .map(|(ticker, _, _)| (*ticker).to_owned())
        .chain(KNOWN.split_whitespace().map(str::to_owned))
        .chain(made);
    for ticker in all {
        if tickers.len() == COINS {
            break;
        }
        if !tickers.contains(&ticker) {
            tickers.push(ticker);
        }
    }
    tickers
}

fn coin(seed: u64, rank: usize, ticker: String) -> Coin {
    let key = join(mix(seed), ticker.bytes().fold(0xc01_u64, |key, byte| join(key, u64::from(byte))));
    let draw = |n: i64| unit(at(key, n));
    let famous = FAMOUS.get(rank);
    let name = famous.map_or_else(|| title(&ticker), |(_, name, _)| (*name).to_owned());
    let base_price = famous.map_or_else(|| 10_f64.powf(draw(1).mul_add(4.2, -2.7)), |(_, _, price)| *price);
    // Turnover falls with the rank as on real venues.
    let daily_usd = 2.4e10 / (1.0 + rank as f64).powf(1.35) * draw(2).mul_add(0.6, 0.7);
    let supply = (daily_usd * draw(3).mul_add(40.0, 10.0) / base_price).round();
    // Most have traded for years, the last of the list for weeks.
    let begin = super::FIRST_MS
        + match rank {
            0..=15 => 250,
            16..=420 => 300 + (draw(4) * 1_400.0) as i64,
            _ => 1_800 + (draw(4) * 1_050.0) as i64,
        } * DAY_MS;
    let funding_interval_h = match rank {
        0..=12 => 8,
        _ if draw(5) < 0.02 => 1,
        _ if draw(5) < 0.6 => 4,
        _ => 8,
    };
    let factor = |table: &[(&str, &str, f64)]| {
        table
            .iter()
            .find(|(coin, _, _)| *coin == ticker)
            .map_or_else(|| (ticker.clone(), 1.0), |(_, base, factor)| ((*base).to_owned(), *factor))
    };
    let (binance_base, binance_factor) = factor(&BINANCE_FACTORS);
    let (bybit_base, bybit_factor) = factor(&BYBIT_FACTORS);
    let size = OKX_SIZES
        .iter()
        .find(|(coin, _)| *coin == ticker)
        .map_or_else(|| 10_f64.powi((10.0 / base_price).log10().round() as i32), |(_, size)| *size);
    Coin {
        rank,
        binance: Contract {
            symbol: format!("{binance_base}USDT"),
            price_decimals: price_decimals(base_price * binance_factor),
            lot_decimals: lot_decimals(base_price * binance_factor),
            base: binance_base,
            multiplier: binance_factor,
            face_value: 1.0,
        },
        okx: Contract {
            symbol: format!("{ticker}-USDT-SWAP"),
            base: ticker.clone(),
            multiplier: 1.0,
            price_decimals: price_decimals(base_price),
            lot_decimals: if rank < 16 { 2 } else { 0 },
            face_value: size,
        },
        bybit: Contract {
            symbol: format!("{bybit_base}USDT"),
            price_decimals: price_decimals(base_price * bybit_factor),
            lot_decimals: lot_decimals(base_price * bybit_factor),
            base: bybit_base,
            multiplier: bybit_factor,
            face_value: 1.0,
        },
        id: name.to_lowercase().replace(' ', "-"),
        name,
        base_price,
        beta: if rank == 0 { 1.0 } else { draw(6).mul_add(0.7, 0.85) },
        own_sigma: if rank == 0 { 0.004 } else { draw(7).mul_add(0.03, 0.012) },
        daily_usd,
        supply,
        onboard_ms: begin,
        funding_interval_h,
        key,
        ticker,
    }
}

/// A ticker as a name: `Zora`.
fn title(ticker: &str) -> String {
    let mut letters = ticker.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_string() + &letters.as_str().to_ascii_lowercase())
}

/// Five to six significant digits, as exchanges choose their ticks.
fn price_decimals(price: f64) -> i32 {
    (4 - price.log10().floor() as i32).clamp(1, 14)
}

/// Lots worth about a dollar or less, down to a thousandth of a unit.
fn lot_decimals(price: f64) -> i32 {
    (price.log10().ceil() as i32).clamp(0, 3)
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // Exactness is what is tested.
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_coins_as_promised_under_unique_names() {
        let roster = Roster::new(7);
        assert_eq!(roster.coins().len(), COINS);
        assert_eq!(roster.by_symbol.len(), 3 * COINS);
        let pepe = roster.by_ticker("pepe").unwrap();
        assert_eq!(pepe.binance.symbol, "1000PEPEUSDT");
        assert_eq!(pepe.okx.symbol, "PEPE-USDT-SWAP");
        assert_eq!(roster.by_ticker("SHIB").unwrap().bybit.symbol, "SHIB1000USDT");
        assert_eq!(roster.by_symbol(Venue::Binance, "BTCUSDT").unwrap().binance.tick(), 0.1);
        for coin in roster.coins() {
            for venue in Venue::ALL {
                let contract = coin.contract(venue);
                let ticks = coin.base_price * contract.multiplier / contract.tick();
                assert!(ticks > 900.0, "{} has too coarse a tick on {venue}", coin.ticker);
            }
        }
    }
}
