//! Coinglass as the market reads it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::{
    Clock, CoinId, DAY_MS, ErrorKind, Funding, HOUR_MS, Instrument, Interval, LiquidationBar, Observed,
    OpenInterestHistory, ProviderError, Series, Source, UtcMs, Venue,
};
use serde::Deserialize;
use upstream::{Args, Ask, Call, Endpoint, Fetched, Lane};

use crate::convert;
use crate::convert::exchange_name;
use crate::endpoints::{flow, funding, indexes, liquidations, markets, open_interest, positioning};
use crate::overview::{CoinLiquidations, CoinMarket, ExchangeLiquidations};
use crate::plan::Plan;
use crate::rows::{
    CoinFunding, CoinLiquidated, CoinMarketRow, ExchangeLiquidated, FearGreed, Liquidated, LongShort, Ohlc,
    TakerVolume,
};

/// The shortest bars that every plan serves; all histories here are read in them.
const BAR: Interval = Interval::H4;
/// Rows that one call gives at most.
const PAGE_ROWS: i64 = 1_000;
/// How long a "not in your plan" is believed before it is asked for again.
const REFUSAL_MS: i64 = 6 * HOUR_MS;
/// Coins asked for on one page of the market list, and pages at most.
const MARKET_ROWS: usize = 100;
const MARKET_PAGES: u32 = 30;

/// Coinglass v4.
///
/// Coin-level calls take the bare ticker (`PEPE`). How the provider spells coins whose contracts carry a
/// multiplier is not known for sure; [`Coinglass::supported_coins`] tells.
#[derive(Debug)]
pub struct Coinglass {
    lane: Lane,
    clock: Arc<dyn Clock>,
    plan: Plan,
    /// Calls that the provider said lie above the plan, by endpoint and interval, and when.
    refused: Mutex<BTreeMap<(&'static str, String), UtcMs>>,
}

/// Where a history begins and how many bars there are from there to now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reach {
    start: UtcMs,
    rows: i64,
}

impl Reach {
    /// From the bar that holds `since`, as far as one call reaches back. It begins on the grid, so that
    /// the same question within a bar is the same call.
    fn new(since: UtcMs, now: UtcMs, bar_ms: i64) -> Self {
        let earliest = now.plus_ms(-(PAGE_ROWS - 2) * bar_ms);
        let start = since.max(earliest).floor(bar_ms);
        let rows = (now.since(start) / bar_ms + 2).clamp(1, PAGE_ROWS);
        Self { start, rows }
    }
}

impl Coinglass {
    /// On a lane, with the plan that the key belongs to.
    #[must_use]
    pub fn new(lane: Lane, clock: Arc<dyn Clock>, plan: Plan) -> Self {
        Self { lane, clock, plan, refused: Mutex::default() }
    }

    /// The way out, for its state.
    pub const fn lane(&self) -> &Lane {
        &self.lane
    }

    /// The configured plan.
    pub const fn plan(&self) -> Plan {
        self.plan
    }

    /// Any endpoint; the data inside the envelope as JSON text.
    ///
    /// What lies above the configured plan is refused at once with `PlanLimited`, and what the provider
    /// refused so is not asked for again for some hours, unless a fresh answer is asked for.
    pub async fn raw(&self, endpoint: &Endpoint, args: Args, ask: Ask) -> Result<Fetched, ProviderError> {
        if let Some(reason) = self.plan.refusal(endpoint, &args) {
            return Err(failure(ErrorKind::PlanLimited, reason));
        }
        let key = (endpoint.id, args.get("interval").unwrap_or_default().to_owned());
        let now = self.clock.now();
        if !ask.fresh && self.refusals().get(&key).is_some_and(|at| now.since(*at) < REFUSAL_MS) {
            let text = format!("{} is not in the key's plan, as the provider said before", endpoint.id);
            return Err(failure(ErrorKind::PlanLimited, text));
        }
        let answer = self.lane.get(Call::new(endpoint, args).ask(ask)).await;
        if matches!(&answer, Err(error) if error.kind == ErrorKind::PlanLimited) {
            self.refusals().insert(key, now);
        }
        answer
    }

    /// Liquidations of a coin on one venue in bars of 4 hours, ascending, from `since` on: the longest
    /// run without a hole up to the newest closed bar. One call reaches back 166 days.
    pub async fn liquidation_history(
        &self,
        coin: &CoinId,
        venue: Venue,
        since: UtcMs,
        ask: Ask,
    ) -> Result<Observed<Vec<LiquidationBar>>, ProviderError> {
        let args = Args::new().with("exchange_list", exchange_name(venue)).with("symbol", coin);
        let endpoint = &liquidations::LIQUIDATION_AGGREGATED_HISTORY;
        let answer = self.history(endpoint, args, BAR, since, ask).await?;
        let rows: Vec<Liquidated> = read(&answer)?;
        let bars = convert::liquidation_bars(&rows, BAR.ms(), since, self.clock.now());
        let last = bars.last().map(|bar| bar.end);
        observed(bars, last, Some(venue), &answer, || format!("no closed bar of liquidations for {coin}"))
    }

    /// Open interest of a contract at the ends of 4-hour bars, in coins and USD: two calls at once.
    pub async fn open_interest_history(
        &self,
        instrument: &Instrument,
        since: UtcMs,
        ask: Ask,
    ) -> Result<Observed<OpenInterestHistory>, ProviderError> {
        let endpoint = &open_interest::OPEN_INTEREST_HISTORY;
        let in_unit =
            |unit: &str| self.history(endpoint, pair(instrument).with("unit", unit), BAR, since, ask);
        let (usd, coins) = futures_util::future::try_join(in_unit("usd"), in_unit("coin")).await?;
        let points = convert::open_interest_points(
            &read::<Vec<Ohlc>>(&usd)?,
            &read::<Vec<Ohlc>>(&coins)?,
            BAR.ms(),
            instrument.multiplier,
            since,
            self.clock.now(),
        );
        let last = points.last().map(|point| point.at);
        let history = OpenInterestHistory { cadence_ms: BAR.ms(), points, own_candles_4h: None };
        observed(history, last, Some(instrument.venue), &usd, || nothing("open interest", instrument))
    }

    /// Long/short ratio of all accounts every 4 hours; a value holds at its own time.
    pub async fn account_ratio(
        &self,
        instrument: &Instrument,
        since: UtcMs,
        ask: Ask,
    ) -> Result<Observed<Series>, ProviderError> {
        let endpoint = &positioning::GLOBAL_LONG_SHORT_ACCOUNT_RATIO_HISTORY;
        self.long_short(endpoint, "account ratio", instrument, since, ask).await
    }

    /// Long/short ratio of the top traders' positions every 4 hours; a value holds at its own time.
    pub async fn top_position_ratio(
        &self,
        instrument: &Instrument,
        since: UtcMs,
        ask: Ask,
    ) -> Result<Observed<Series>, ProviderError> {
        let endpoint = &positioning::LONG_SHORT_RATIO_POSITION_HISTORY;
        self.long_short(endpoint, "top position ratio", instrument, since, ask).await
    }

    /// Taker buy over sell volume in bars of 4 hours, at their ends. A ratio, since the unit of the
    /// volumes is not sure.
    pub async fn taker_ratio(
        &self,
        instrument: &Instrument,
        since: UtcMs,
        ask: Ask,
    ) -> Result<Observed<Series>, ProviderError> {
        let endpoint = &flow::TAKER_BUY_SELL_VOLUME_HISTORY;
        let answer = self.history(endpoint, pair(instrument), BAR, since, ask).await?;
        let rows: Vec<TakerVolume> = read(&answer)?;
        let series = convert::taker_series(&rows, BAR.ms(), since, self.clock.now());
        of_series(series, instrument, &answer, "taker volume")
    }

    /// Funding at the ends of bars as long as the funding interval (4 hours where the plan or the
    /// provider has no such bars), as fractions. These are running estimates, never settlements, and
    /// marked so.
    pub async fn funding_history(
        &self,
        instrument: &Instrument,
        since: UtcMs,
        ask: Ask,
    ) -> Result<Observed<Vec<Funding>>, ProviderError> {
        let interval_h = match instrument.funding_interval_h {
            Some(hours) if hours > 0 => f64::from(hours),
            _ => self.funding_now(instrument, ask).await?.value.interval_h,
        };
        let bar = if interval_h >= 8.0 {
            Interval::H8
        } else if interval_h < 4.0 && self.plan >= Plan::Startup {
            Interval::H1
        } else {
            Interval::H4
        };
        let endpoint = &funding::FUNDING_RATE_HISTORY;
        let answer = self.history(endpoint, pair(instrument), bar, since, ask).await?;
        let rows: Vec<Ohlc> = read(&answer)?;
        let history = convert::funding_history(&rows, bar.ms(), interval_h, since, self.clock.now());
        let last = history.last().map(|funding| funding.at);
        observed(history, last, Some(instrument.venue), &answer, || nothing("funding", instrument))
    }

    /// The running funding rate of a contract margined in stablecoins, as a fraction, out of the list of
    /// all coins.
    pub async fn funding_now(
        &self,
        instrument: &Instrument,
        ask: Ask,
    ) -> Result<Observed<Funding>, ProviderError> {
        let answer = self.raw(&funding::FUNDING_RATE_EXCHANGE_LIST, Args::new(), ask).await?;
        let rows: Vec<CoinFunding<'_>> = read(&answer)?;
        let names = [instrument.base.0.as_str(), instrument.native_base.as_str()];
        let at = answer.received_at.min(self.clock.now());
        let now = convert::funding_entry(&rows, &names, instrument.venue)
            .and_then(|entry| convert::running_funding(entry, instrument.funding_interval_h, at));
        let now = now.ok_or_else(|| failure(ErrorKind::NoData, nothing("funding rate", instrument)))?;
        observed(now, Some(at), Some(instrument.venue), &answer, String::new)
    }

    /// The Crypto Fear & Greed Index of the last days, daily.
    pub async fn fear_greed(&self, days: u32, ask: Ask) -> Result<Observed<Series>, ProviderError> {
        let answer = self.raw(&indexes::INDICATORS_FEAR_GREED, Args::new(), ask).await?;
        let now = self.clock.now();
        let since = now.plus_ms(-i64::from(days).saturating_mul(DAY_MS));
        // Live it is an object; documented, that object in a list of one.
        let lists = match answer.data().first() {
            Some(b'[') => read::<Vec<FearGreed>>(&answer)?.into_iter().next().unwrap_or_default(),
            _ => read(&answer)?,
        };
        let series = convert::fear_greed_series(&lists, since, now);
        let last = series.points.last().map(|point| point.at);
        observed(series, last, None, &answer, || "no day of Fear & Greed".to_owned())
    }

    /// All coins over all exchanges, page after page; for scans. Needs the Standard plan.
    pub async fn coins_markets(&self, ask: Ask) -> Result<Observed<Vec<CoinMarket>>, ProviderError> {
        let mut coins: BTreeMap<String, CoinMarket> = BTreeMap::new();
        let mut order: Vec<String> = Vec::new();
        let mut received_at = None;
        let mut full_page = 0;
        for page in 1..=MARKET_PAGES {
            let args = Args::new().with("per_page", MARKET_ROWS).with("page", page);
            let answer = self.raw(&markets::MARKETS, args, ask).await?;
            let rows: Vec<CoinMarketRow<'_>> = read(&answer)?;
            let before = order.len();
            for row in &rows {
                let coin = CoinMarket::from_row(row);
                if !coin.symbol.is_empty() && !coins.contains_key(&coin.symbol) {
                    order.push(coin.symbol.clone());
                    coins.insert(coin.symbol.clone(), coin);
                }
            }
            received_at = received_at.max(Some(answer.received_at));
            full_page = full_page.max(rows.len());
            // The server may give fewer rows a page than asked for: a page is the last when it is shorter
            // than those before it, or brings nothing new.
            if order.len() == before || rows.len() < full_page {
                break;
            }
        }
        let value: Vec<CoinMarket> = order.iter().filter_map(|symbol| coins.remove(symbol)).collect();
        let (Some(received_at), false) = (received_at, value.is_empty()) else {
            return Err(failure(ErrorKind::NoData, "the list of markets is empty"));
        };
        let as_of = received_at.min(self.clock.now());
        Ok(Observed { value, source: Source::Coinglass, venue: None, as_of, received_at })
    }

    /// Tickers of the coins with a futures market, as the provider spells them.
    pub async fn supported_coins(&self, ask: Ask) -> Result<Observed<Vec<String>>, ProviderError> {
        let answer = self.raw(&markets::SUPPORTED_COINS, Args::new(), ask).await?;
        let coins: Vec<String> = read(&answer)?;
        let at = (!coins.is_empty()).then(|| answer.received_at.min(self.clock.now()));
        observed(coins, at, None, &answer, || "the list of coins is empty".to_owned())
    }

    /// Liquidations on every exchange over the last 1, 4, 12 or 24 hours, the total first; of one coin,
    /// or of the whole market.
    pub async fn exchange_liquidations(
        &self,
        coin: Option<&CoinId>,
        span: &str,
        ask: Ask,
    ) -> Result<Observed<Vec<ExchangeLiquidations>>, ProviderError> {
        let args = Args::new().with_opt("symbol", coin).with("range", span);
        let answer = self.raw(&liquidations::LIQUIDATION_EXCHANGE_LIST, args, ask).await?;
        let rows: Vec<ExchangeLiquidated<'_>> = read(&answer)?;
        let rows: Vec<_> = rows.iter().filter_map(ExchangeLiquidations::from_row).collect();
        let at = (!rows.is_empty()).then(|| answer.received_at.min(self.clock.now()));
        observed(rows, at, None, &answer, || "no liquidations told".to_owned())
    }

    /// Liquidations of every coin on one venue over 1 to 24 hours.
    pub async fn coin_liquidations(
        &self,
        venue: Venue,
        ask: Ask,
    ) -> Result<Observed<Vec<CoinLiquidations>>, ProviderError> {
        let args = Args::new().with("exchange", exchange_name(venue));
        let answer = self.raw(&liquidations::LIQUIDATION_COIN_LIST, args, ask).await?;
        let rows: Vec<CoinLiquidated<'_>> = read(&answer)?;
        let rows: Vec<_> = rows.iter().map(CoinLiquidations::from_row).collect();
        let at = (!rows.is_empty()).then(|| answer.received_at.min(self.clock.now()));
        observed(rows, at, Some(venue), &answer, || "no liquidations told".to_owned())
    }

    async fn long_short(
        &self,
        endpoint: &Endpoint,
        what: &str,
        instrument: &Instrument,
        since: UtcMs,
        ask: Ask,
    ) -> Result<Observed<Series>, ProviderError> {
        let answer = self.history(endpoint, pair(instrument), BAR, since, ask).await?;
        let rows: Vec<LongShort> = read(&answer)?;
        let series = convert::long_short_series(&rows, BAR.ms(), since, self.clock.now());
        of_series(series, instrument, &answer, what)
    }

    async fn history(
        &self,
        endpoint: &Endpoint,
        args: Args,
        bar: Interval,
        since: UtcMs,
        ask: Ask,
    ) -> Result<Fetched, ProviderError> {
        let reach = Reach::new(since, self.clock.now(), bar.ms());
        let args = args.with("interval", bar).with("limit", reach.rows).with("start_time", reach.start.0);
        self.raw(endpoint, args, ask).await
    }

    fn refusals(&self) -> std::sync::MutexGuard<'_, BTreeMap<(&'static str, String), UtcMs>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn pair(instrument: &Instrument) -> Args {
    Args::new().with("exchange", exchange_name(instrument.venue)).with("symbol", &instrument.native_symbol)
}

fn failure(kind: ErrorKind, message: impl Into<String>) -> ProviderError {
    ProviderError::new(Source::Coinglass, kind, message)
}

fn nothing(what: &str, instrument: &Instrument) -> String {
    format!("no {what} for {} on {}", instrument.native_symbol, exchange_name(instrument.venue))
}

fn read<'a, T: Deserialize<'a>>(answer: &'a Fetched) -> Result<T, ProviderError> {
    serde_json::from_slice(answer.data())
        .map_err(|error| failure(ErrorKind::Malformed, format!("the data are not as documented: {error}")))
}

fn of_series(
    series: Series,
    instrument: &Instrument,
    answer: &Fetched,
    what: &str,
) -> Result<Observed<Series>, ProviderError> {
    let last = series.points.last().map(|point| point.at);
    observed(series, last, Some(instrument.venue), answer, || nothing(what, instrument))
}

/// The value with its origin, or `NoData` where it stands for no instant.
fn observed<T>(
    value: T,
    as_of: Option<UtcMs>,
    venue: Option<Venue>,
    answer: &Fetched,
    empty: impl FnOnce() -> String,
) -> Result<Observed<T>, ProviderError> {
    let Some(as_of) = as_of else {
        return Err(failure(ErrorKind::NoData, empty()));
    };
    Ok(Observed { value, source: Source::Coinglass, venue, as_of, received_at: answer.received_at })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_begins_on_the_grid_and_holds_every_bar_to_now() {
        let bar = BAR.ms();
        let now = UtcMs(1_741_003_200_000 + 5_000);
        let month = Reach::new(now.plus_ms(-30 * DAY_MS), now, bar);
        assert_eq!(month.start.0 % bar, 0);
        assert_eq!(month.rows, 182);
        // The same question a minute later is the same call.
        assert_eq!(month, Reach::new(now.plus_ms(60_000 - 30 * DAY_MS), now.plus_ms(60_000), bar));
        let years = Reach::new(UtcMs(0), now, bar);
        assert!(years.rows <= PAGE_ROWS && now.since(years.start) / bar < PAGE_ROWS);
        assert!(Reach::new(now.plus_ms(9 * bar), now, bar).rows >= 1);
    }
}
