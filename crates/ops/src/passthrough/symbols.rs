//! Coins and contracts as each provider spells them.

use app::AppError;
use catalog::OpError;
use domain::Venue;
use domain::symbols::SymbolError;
use upstream::Ask;

use super::Provider;
use crate::{Ctx, op_error};

/// The ticker of a coin. One that no exchange lists goes as typed where the provider may know it.
pub(crate) async fn coin(ctx: &Ctx, provider: Provider, typed: &str, ask: Ask) -> Result<String, OpError> {
    let error = match ctx.app.resolve(typed, ask).await {
        Ok(resolved) => return Ok(resolved.instrument.base.0.clone()),
        Err(AppError::Symbol(error)) => error,
        // Without any exchange's list the provider decides.
        Err(_) => return Ok(typed.trim().to_ascii_uppercase()),
    };
    if matches!(error, SymbolError::Empty | SymbolError::TooLong | SymbolError::BadCharacters { .. }) {
        return Err(op_error(AppError::Symbol(error)));
    }
    let upper = typed.trim().to_ascii_uppercase();
    // Its list is one cheap call, and a mistyped coin is better told than sent.
    if provider == Provider::Coinglass
        && let Ok(coins) = ctx.app.market.coinglass.supported_coins(ask).await
        && !coins.value.iter().any(|known| known.eq_ignore_ascii_case(&upper))
    {
        return Err(op_error(AppError::Symbol(error)));
    }
    Ok(upper)
}

/// A contract by the exchange's own name: as typed, or the contract that a bare coin means there.
pub(crate) async fn pair(ctx: &Ctx, venue: Option<Venue>, typed: &str, ask: Ask) -> String {
    let typed = typed.trim();
    let Some(venue) = venue else { return typed.to_owned() };
    let upper = typed.to_ascii_uppercase();
    let Ok(listing) = ctx.app.market.listing(ask).await else { return upper };
    if listing.directory.get(venue, &upper).is_some() {
        return upper;
    }
    match listing.directory.resolve(venue, typed) {
        Ok(resolved) if resolved.instrument.base.0 == upper || resolved.instrument.native_base == upper => {
            resolved.instrument.native_symbol.clone()
        }
        _ => upper,
    }
}

/// The exchange that a Coinglass exchange name means, where it is one whose contracts are known here.
pub(super) fn venue_named(name: &str) -> Option<Venue> {
    Venue::ALL.into_iter().find(|venue| venue.as_str().eq_ignore_ascii_case(name))
}
