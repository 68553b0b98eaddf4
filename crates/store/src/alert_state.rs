//! When an alert rule last fired for a coin, so that one event makes one alert, whichever instance
//! sees it first.

use domain::UtcMs;

use crate::signals::Json;
use crate::signals::record::{check_text, storable};
use crate::{Store, StoreError};

/// The last firing of a rule for a coin.
#[derive(Clone, Debug)]
pub struct AlertState {
    /// The rule.
    pub rule: String,
    /// The coin.
    pub symbol: String,
    /// When it fired.
    pub fired_at: UtcMs,
    /// With what.
    pub detail: Option<Json>,
}

impl Store {
    /// Whether the rule may fire for the coin now, which it then has: `true` for exactly one caller
    /// within `cooldown_ms`.
    pub async fn try_fire(
        &self,
        rule: &str,
        symbol: &str,
        now: UtcMs,
        cooldown_ms: i64,
        detail: Option<Json>,
    ) -> Result<bool, StoreError> {
        check_text("rule", rule)?;
        check_text("symbol", symbol)?;
        let detail = detail.map(storable).transpose()?.flatten();
        let sql = "INSERT INTO alert_state (data_source, rule, symbol, fired_at, detail) VALUES ($1, $2, $3, $4, $5) \
            ON CONFLICT (data_source, rule, symbol) DO UPDATE SET fired_at = excluded.fired_at, \
            detail = excluded.detail WHERE alert_state.fired_at <= $6";
        let values = vec![
            self.data_source().as_str().into(),
            rule.into(),
            symbol.into(),
            now.into(),
            detail.into(),
            now.plus_ms(cooldown_ms.saturating_neg()).into(),
        ];
        Ok(self.db().execute(sql, values).await? == 1)
    }

    /// Every rule's last firing for every coin, newest first.
    pub async fn alert_states(&self) -> Result<Vec<AlertState>, StoreError> {
        let sql = "SELECT rule, symbol, fired_at, CAST(detail AS TEXT) AS detail FROM alert_state \
            WHERE data_source = $1 ORDER BY fired_at DESC, rule, symbol";
        let rows = self.db().fetch(sql, vec![self.data_source().as_str().into()]).await?;
        rows.iter()
            .map(|row| {
                Ok(AlertState {
                    rule: row.get("rule")?,
                    symbol: row.get("symbol")?,
                    fired_at: row.instant("fired_at")?,
                    detail: row.json("detail")?,
                })
            })
            .collect()
    }
}
