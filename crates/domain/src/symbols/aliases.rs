//! What no exchange's list tells: names of yesterday, names of goods, tickers that several tokens share.

use crate::Venue;

/// What an alias is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AliasKind {
    /// The same token under a new ticker, one for one: also read backwards, also joined across venues.
    Renamed,
    /// Exchanged for another token at a factor.
    Replaced,
    /// Another word for the same good.
    Word,
    /// Looks like a renaming but is not confirmed: mentioned, never followed.
    Unconfirmed,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Alias {
    /// The name typed.
    pub(super) from: &'static str,
    /// The names listed today; several are a question back.
    pub(super) to: &'static [&'static str],
    /// What it is.
    pub(super) kind: AliasKind,
    /// The sentence for the note.
    pub(super) note: &'static str,
}

const fn renamed(from: &'static str, to: &'static [&'static str], note: &'static str) -> Alias {
    Alias { from, to, kind: AliasKind::Renamed, note }
}

const fn word(from: &'static str, to: &'static [&'static str], note: &'static str) -> Alias {
    Alias { from, to, kind: AliasKind::Word, note }
}

/// Dates are the first trading day of the new name's perpetual.
const ALIASES: [Alias; 12] = [
    renamed("RNDR", &["RENDER"], "RNDR became RENDER (2024-07-26, one for one)"),
    renamed("MATIC", &["POL"], "MATIC became POL (2024-09-13, one for one)"),
    renamed("EOS", &["A"], "EOS became A (Vaulta, 2025-05-28, one for one)"),
    renamed("FTM", &["S"], "FTM became S (Sonic, 2025-01-16, one for one)"),
    renamed("TON", &["GRAM"], "TON became GRAM (2026-07-02, one for one)"),
    Alias {
        from: "MKR",
        to: &["SKY"],
        kind: AliasKind::Replaced,
        note: "MKR became SKY (2025-09-09, 1 MKR = 24,000 SKY)",
    },
    Alias {
        from: "IP",
        to: &["DATAIP"],
        kind: AliasKind::Unconfirmed,
        note: "DATAIP (2026-07-03) looks like its successor, not confirmed",
    },
    word("GOLD", &["XAU"], "GOLD is listed as XAU"),
    word("SILVER", &["XAG"], "SILVER is listed as XAG"),
    word("OIL", &["CL", "BZ"], "OIL is listed as CL (WTI) and BZ (Brent)"),
    word("WTI", &["CL"], "WTI is listed as CL"),
    word("BRENT", &["BZ"], "BRENT is listed as BZ"),
];

/// The alias of a name, if it has one.
pub(super) fn alias_of(name: &str) -> Option<&'static Alias> {
    ALIASES.iter().find(|alias| alias.from == name)
}

/// Other tickers of the same token, one for one: `GRAM` for `TON` and the other way round.
pub(super) fn same_token(coin: &str) -> impl Iterator<Item = (&'static str, &'static Alias)> {
    ALIASES.iter().filter(|alias| alias.kind == AliasKind::Renamed).filter_map(move |alias| {
        match alias.to.first() {
            Some(to) if alias.from == coin => Some((*to, alias)),
            Some(to) if *to == coin => Some((alias.from, alias)),
            _ => None,
        }
    })
}

/// Tickers that different tokens share, with the base assets known to be one token. A base asset of such
/// a ticker that is not named here is joined with nothing.
const CONTESTED: [(&str, &[(Venue, &str)]); 3] = [
    ("BOB", &[]),
    ("CAT", &[(Venue::Binance, "1000CAT"), (Venue::Bybit, "1000CAT")]),
    ("NEIRO", &[(Venue::Binance, "NEIRO"), (Venue::Bybit, "1000NEIROCTO")]),
];

/// For a contested ticker: the base assets known to be one token.
pub(super) fn contested(coin: &str) -> Option<&'static [(Venue, &'static str)]> {
    CONTESTED.iter().find(|(ticker, _)| *ticker == coin).map(|(_, known)| *known)
}

/// Companies whose ticker is also a traded coin's, for the note.
const COMPANIES: [(&str, &str); 1] = [("CAT", "Caterpillar")];

/// The company behind a share's ticker, where a coin of that ticker trades too.
pub(super) fn company(ticker: &str) -> Option<&'static str> {
    COMPANIES.iter().find(|(known, _)| *known == ticker).map(|(_, name)| *name)
}

/// Coins pegged to a currency: their perpetuals carry no signal.
#[must_use]
pub fn is_stablecoin(coin: &str) -> bool {
    matches!(coin, "USDC" | "USDT" | "USD1" | "BUSD" | "FDUSD" | "TUSD" | "DAI" | "USDE" | "U")
}

/// Quotes worth a dollar, more or less: one may answer for another, with a note.
pub(crate) fn is_dollar(quote: &str) -> bool {
    matches!(quote, "USDT" | "USDC" | "USD" | "USD1" | "BUSD" | "U")
}
