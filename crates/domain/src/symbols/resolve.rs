//! The rules, in their order: exact name, base asset and coin together, typed quote, class, status, quote.

use std::cmp::Reverse;
use std::sync::Arc;

use super::aliases::{Alias, AliasKind, alias_of, company, contested, is_dollar, is_stablecoin, same_token};
use super::clean::{forms, is_coin_margined};
use super::directory::{Resolved, VenueIndex};
use super::error::{SymbolError, day};
use super::multiplier::multiplier_of;
use super::near::nearest;
use crate::{Class, Instrument, Kind, Status, Venue};

/// Most near names that an error tells.
const MOST_NEAR: usize = 5;

/// Quotes that people write besides those listed, after which a listed one is sought.
const WRITTEN_QUOTES: [&str; 5] = ["USDT", "USDC", "BTC", "USD", "BUSD"];

/// One question: what `typed` means on a venue.
struct Question<'a> {
    venue: Venue,
    index: &'a VenueIndex,
    typed: &'a str,
}

/// Perpetuals under a name, and the alias that led to them.
struct Hits {
    instruments: Vec<Arc<Instrument>>,
    alias: Option<&'static Alias>,
}

pub(super) fn resolve(
    venue: Venue,
    index: &VenueIndex,
    typed: &str,
    upper: &str,
) -> Result<Resolved, SymbolError> {
    let question = Question { venue, index, typed };
    let forms = forms(upper);
    for form in &forms {
        if let Some(instrument) = index.native(&form.text) {
            return question.exact(instrument);
        }
        if is_coin_margined(&form.text) {
            return Err(SymbolError::CoinMargined { input: typed.to_owned() });
        }
        let separated = form.pair.as_ref().is_some_and(|(_, quote)| question.is_quote(quote));
        if !separated && let Some(hits) = question.named(&form.text) {
            return question.choose(hits, None);
        }
    }
    let barest = forms.last();
    if let Some((base, quote)) = barest.and_then(|form| form.pair.as_ref())
        && question.is_quote(quote)
        && let Some(hits) = question.named(base)
    {
        return question.choose(hits, Some(quote));
    }
    for form in forms.iter().rev() {
        for (base, quote) in question.splits(&form.text) {
            if let Some(hits) = question.named(base) {
                return question.choose(hits, Some(quote));
            }
        }
    }
    Err(question.unknown(barest.map_or(upper, |form| form.text.as_str())))
}

/// Order of preference of quotes.
pub(super) fn quote_rank(quote: &str) -> u8 {
    match quote {
        "USDT" => 0,
        "USDC" => 1,
        "USD" => 2,
        other if is_dollar(other) => 3,
        _ => 4,
    }
}

impl Question<'_> {
    fn is_quote(&self, text: &str) -> bool {
        WRITTEN_QUOTES.contains(&text) || self.index.quotes.iter().any(|quote| quote == text)
    }

    /// The ways to split a quote off, listed quotes first, the longest of them first. `U` and `USD1` are
    /// only ever read as quotes in a listed name or behind a separator.
    fn splits<'t>(&'t self, text: &'t str) -> impl Iterator<Item = (&'t str, &'t str)> {
        let listed = self.index.quotes.iter().map(String::as_str);
        listed.chain(WRITTEN_QUOTES).filter(|quote| quote.len() > 2 && *quote != "USD1").filter_map(|quote| {
            let base = text.strip_suffix(quote)?;
            (!base.is_empty()).then_some((base, quote))
        })
    }

    /// Perpetuals of a base asset or coin, through an alias where the name itself does not trade.
    fn named(&self, name: &str) -> Option<Hits> {
        let mut own = self.index.of_name(name);
        if own.is_empty() {
            own = self.respelled(name);
        }
        if own.iter().any(|instrument| instrument.status == Status::Trading) {
            return Some(Hits { instruments: own, alias: None });
        }
        let forward = alias_of(name)
            .filter(|alias| alias.kind != AliasKind::Unconfirmed)
            .map(|alias| (alias.to.to_vec(), alias));
        let backward = same_token(name).map(|(other, alias)| (vec![other], alias));
        for (names, alias) in forward.into_iter().chain(backward) {
            let instruments = self.targets(&names, alias);
            if !instruments.is_empty() {
                return Some(Hits { instruments, alias: Some(alias) });
            }
        }
        (!own.is_empty()).then_some(Hits { instruments: own, alias: None })
    }

    /// Perpetuals of a multiplied coin that another venue spells otherwise (`SHIB1000` for `1000SHIB`).
    /// With a ticker that several tokens share, only of those known to be one token.
    fn respelled(&self, name: &str) -> Vec<Arc<Instrument>> {
        let (coin, factor) = multiplier_of(name);
        if factor == 1 && coin.0 == name {
            return Vec::new();
        }
        let known = contested(&coin.0);
        let same = |hit: &Instrument| match known {
            None => true,
            Some(bases) => {
                bases.iter().any(|(_, base)| base.ends_with(name))
                    && bases.iter().any(|(at, base)| *at == self.venue && *base == hit.native_base)
            }
        };
        let hits = self.index.of_coin(&coin.0).iter();
        hits.filter(|hit| hit.class == Class::Crypto && same(hit)).cloned().collect()
    }

    /// What trades under an alias's names; a token's successor is a token, never a share of that ticker.
    fn targets(&self, names: &[&str], alias: &Alias) -> Vec<Arc<Instrument>> {
        names
            .iter()
            .flat_map(|name| self.index.of_name(name))
            .filter(|target| target.status == Status::Trading)
            .filter(|target| alias.kind == AliasKind::Word || target.class == Class::Crypto)
            .collect()
    }

    /// The contract was named in full.
    fn exact(&self, instrument: &Arc<Instrument>) -> Result<Resolved, SymbolError> {
        match instrument.status {
            Status::Trading => {
                let mut notes = about(instrument);
                let namesakes = self.namesakes(instrument);
                notes.extend(clash_note(instrument, &namesakes));
                let others = natives(&namesakes);
                Ok(Resolved { instrument: Arc::clone(instrument), notes, others })
            }
            _ => Err(self.closed(instrument)),
        }
    }

    /// Perpetuals of the same ticker that are another asset.
    fn namesakes(&self, instrument: &Instrument) -> Vec<Arc<Instrument>> {
        let same = |other: &Instrument| {
            other.class == instrument.class && other.native_base == instrument.native_base
        };
        self.index.of_coin(&instrument.base.0).iter().filter(|other| !same(other)).cloned().collect()
    }

    /// Class, then the typed quote, then status, then the preference among quotes.
    fn choose(&self, hits: Hits, typed_quote: Option<&str>) -> Result<Resolved, SymbolError> {
        let Hits { instruments: all, alias } = hits;
        let class = all.iter().map(|hit| hit.class).min_by_key(|class| class_rank(*class));
        let of_class: Vec<_> = all.iter().filter(|hit| Some(hit.class) == class).cloned().collect();
        let quoted: Vec<_> = match typed_quote {
            Some(quote) => of_class.iter().filter(|hit| hit.quote == quote).cloned().collect(),
            None => Vec::new(),
        };
        let mut notes: Vec<String> = alias.map(|alias| alias.note.to_owned()).into_iter().collect();
        let mut replaced_quote = false;
        let pool = match typed_quote {
            Some(_) if !quoted.is_empty() => quoted,
            Some(quote) if is_dollar(quote) => {
                replaced_quote = true;
                of_class
            }
            Some(quote) => return Err(self.not_in_quote(&of_class, quote)),
            None => of_class,
        };
        let best = self.best_of(&pool, alias)?;
        if best.status != Status::Trading {
            return Err(self.closed(&best));
        }
        if replaced_quote {
            notes
                .push(format!("{} has no contract of its own; answering {}", self.typed, best.native_symbol));
        }
        notes.extend(about(&best));
        let namesakes = self.namesakes(&best);
        notes.extend(clash_note(&best, &namesakes));
        let mut others: Vec<_> =
            all.into_iter().filter(|hit| hit.native_symbol != best.native_symbol).collect();
        others.extend(namesakes);
        Ok(Resolved { others: natives(&others), instrument: best, notes })
    }

    /// The best by status and quote; several equals are a question back.
    fn best_of(
        &self,
        pool: &[Arc<Instrument>],
        alias: Option<&Alias>,
    ) -> Result<Arc<Instrument>, SymbolError> {
        let rank = |hit: &Instrument| (status_rank(hit.status), quote_rank(&hit.quote));
        let Some(best) = pool.iter().min_by_key(|hit| (rank(hit), Reverse(hit.delivery_at))) else {
            return Err(self.unknown(self.typed));
        };
        let equals: Vec<_> = pool.iter().filter(|hit| rank(hit) == rank(best)).cloned().collect();
        let undecided = best.status == Status::Trading && equals.len() > 1;
        if undecided || (alias.is_some() && equals.len() > 1) {
            return Err(SymbolError::Ambiguous {
                input: self.typed.to_owned(),
                candidates: natives(&equals),
            });
        }
        Ok(Arc::clone(best))
    }

    fn closed(&self, instrument: &Instrument) -> SymbolError {
        if instrument.status == Status::Pending {
            return SymbolError::NotOpen { symbol: instrument.native_symbol.clone() };
        }
        SymbolError::Delisted {
            symbol: instrument.native_symbol.clone(),
            at: instrument.delivery_at,
            instead: self.successor(instrument),
        }
    }

    /// What may be meant today by one who names a contract of yesterday.
    fn successor(&self, instrument: &Instrument) -> Option<String> {
        if let Some(alias) = alias_of(&instrument.base.0) {
            let targets = self.targets(alias.to, alias);
            let same_quote = targets.iter().find(|target| target.quote == instrument.quote);
            if let Some(target) = same_quote.or_else(|| targets.first()) {
                return Some(format!("{}: {}", alias.note, target.native_symbol));
            }
        }
        let other = self
            .index
            .of_coin(&instrument.base.0)
            .iter()
            .filter(|other| other.status == Status::Trading)
            .min_by_key(|other| quote_rank(&other.quote))?;
        let same = other.native_base == instrument.native_base && other.class == instrument.class;
        let what = if same { "trades" } else { "trades, but is another asset of the same ticker" };
        Some(format!("{} {what}", other.native_symbol))
    }

    fn not_in_quote(&self, hits: &[Arc<Instrument>], quote: &str) -> SymbolError {
        let mut near: Vec<_> = hits.iter().filter(|hit| hit.status == Status::Trading).collect();
        near.sort_by_key(|hit| quote_rank(&hit.quote));
        SymbolError::Unknown {
            input: format!("{} (quoted in {quote})", self.typed),
            venue: self.venue,
            near: near.into_iter().take(MOST_NEAR).map(|hit| hit.native_symbol.clone()).collect(),
        }
    }

    fn unknown(&self, text: &str) -> SymbolError {
        let (name, quote) = self.splits(text).next().unwrap_or((text, "USDT"));
        let perps = self.index.instruments.iter();
        let trading: Vec<&Arc<Instrument>> =
            perps.filter(|perp| perp.kind == Kind::Perp && perp.status == Status::Trading).collect();
        let quoted = |wanted: &str| {
            let mut names: Vec<&str> = Vec::new();
            for perp in trading.iter().filter(|perp| perp.quote == wanted) {
                names.extend([perp.base.0.as_str(), perp.native_base.as_str()]);
            }
            names.dedup();
            nearest(name, names.into_iter(), MOST_NEAR)
        };
        let names = quoted(if self.index.quotes.iter().any(|known| known == quote) { quote } else { "USDT" });
        let mut near: Vec<String> = Vec::new();
        for name in names {
            let best = trading
                .iter()
                .filter(|perp| perp.base.0 == name || perp.native_base == name)
                .min_by_key(|perp| quote_rank(&perp.quote));
            if let Some(best) = best
                && !near.contains(&best.native_symbol)
            {
                near.push(best.native_symbol.clone());
            }
        }
        SymbolError::Unknown { input: self.typed.to_owned(), venue: self.venue, near }
    }
}

/// The sentence on another asset of the same ticker.
fn clash_note(instrument: &Instrument, namesakes: &[Arc<Instrument>]) -> Option<String> {
    let trading_first = |other: &&Arc<Instrument>| (status_rank(other.status), quote_rank(&other.quote));
    let other = namesakes.iter().min_by_key(trading_first)?;
    let share = |side: &Instrument| {
        let name = company(&side.base.0).unwrap_or("an asset of the old markets");
        format!("{} is {name} (a share)", side.native_symbol)
    };
    let mine = &instrument.native_symbol;
    let text = match (instrument.class, other.class) {
        (Class::TradFi, _) => format!("{}; the coin is {}", share(instrument), other.native_symbol),
        (_, Class::TradFi) => format!("{}; the coin is {mine}", share(other)),
        _ => format!(
            "{} is another token of the same ticker{}",
            other.native_symbol,
            if other.status == Status::Delisted { delisted_words(other) } else { String::new() }
        ),
    };
    Some(text)
}

const fn class_rank(class: Class) -> u8 {
    match class {
        Class::Crypto => 0,
        Class::TradFi => 1,
        Class::Index => 2,
    }
}

const fn status_rank(status: Status) -> u8 {
    match status {
        Status::Trading => 0,
        Status::Pending => 1,
        Status::Delisted => 2,
    }
}

fn natives(instruments: &[Arc<Instrument>]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for instrument in instruments {
        if !names.contains(&instrument.native_symbol) {
            names.push(instrument.native_symbol.clone());
        }
    }
    names
}

fn delisted_words(instrument: &Instrument) -> String {
    instrument.delivery_at.map_or_else(|| ", delisted".to_owned(), |at| format!(", delisted on {}", day(at)))
}

/// What one should know of a contract whatever was typed.
fn about(instrument: &Instrument) -> Vec<String> {
    let name = &instrument.native_symbol;
    let mut notes = Vec::new();
    if instrument.multiplier > 1 {
        notes.push(format!("one unit of {name} is {} {}", instrument.multiplier, instrument.base));
    }
    match instrument.class {
        Class::Crypto => {}
        Class::TradFi => notes.push(format!("{name} follows an asset of the old markets, not a coin")),
        Class::Index => notes.push(format!("{name} is a basket of coins")),
    }
    if instrument.kind == Kind::Quarterly {
        notes.push(format!("{name} is a dated future"));
    }
    if !is_dollar(&instrument.quote) {
        notes.push(format!("{name} is quoted in {}, not in dollars", instrument.quote));
    }
    if instrument.class == Class::Crypto && is_stablecoin(&instrument.base.0) {
        notes.push(format!("{name} is a pair of stablecoins and carries no signal"));
    }
    notes
}
