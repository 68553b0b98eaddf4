use upstream::{Endpoint, Param, ParamKind};

use super::{INST_ID, limit, may, must, row};

const CCY: Param = must("ccy", ParamKind::Coin, "Coin, for example BTC; see the list of supported coins");
const BEGIN: Param = may("begin", ParamKind::TimeMs, "", "Only rows newer than this (Unix ms)");
const END: Param = may("end", ParamKind::TimeMs, "", "Only rows older than this (Unix ms)");
const COIN_PERIOD: Param = may(
    "period",
    ParamKind::OneOf(&["5m", "1H", "1D"]),
    "5m",
    "Row length: 5m reaches 2 days back, 1H 30 days, 1D 180 days",
);
const OPTION_PERIOD: Param = may("period", ParamKind::OneOf(&["8H", "1D"]), "8H", "Row length");
const CONTRACT_PERIOD: Param = may(
    "period",
    ParamKind::OneOf(&[
        "5m", "15m", "30m", "1H", "2H", "4H", "6H", "12H", "1D", "2D", "3D", "5D", "1W", "1M", "3M", "6Hutc",
        "12Hutc", "1Dutc", "2Dutc", "3Dutc", "5Dutc", "1Wutc", "1Mutc", "3Mutc",
    ]),
    "5m",
    "Row length; days are cut at UTC+8 unless the name ends in utc",
);

/// Coins with statistics.
pub const SUPPORT_COIN: Endpoint = row(
    "rubik.support_coin",
    "/api/v5/rubik/stat/trading-data/support-coin",
    &[],
    3_600,
    "Coins for which trading statistics exist, by market",
    "https://www.okx.com/docs-v5/en/#trading-statistics-rest-api-get-support-coin",
);

/// Open interest and volume of a coin.
pub const COIN_OPEN_INTEREST_VOLUME: Endpoint = row(
    "rubik.open_interest_volume",
    "/api/v5/rubik/stat/contracts/open-interest-volume",
    &[CCY, BEGIN, END, COIN_PERIOD],
    60,
    "Open interest and volume of a coin's contracts in dollars: [time, open interest, volume]",
    "https://www.okx.com/docs-v5/en/#trading-statistics-rest-api-get-contracts-open-interest-and-volume",
);

/// Account ratio of a coin.
pub const COIN_LONG_SHORT_ACCOUNT_RATIO: Endpoint = row(
    "rubik.long_short_account_ratio",
    "/api/v5/rubik/stat/contracts/long-short-account-ratio",
    &[CCY, BEGIN, END, COIN_PERIOD],
    60,
    "Accounts long over accounts short in a coin's contracts: [time, ratio]",
    "https://www.okx.com/docs-v5/en/#trading-statistics-rest-api-get-long-short-ratio",
);

/// Taker volume of a coin.
pub const COIN_TAKER_VOLUME: Endpoint = row(
    "rubik.taker_volume",
    "/api/v5/rubik/stat/taker-volume",
    &[CCY, must("instType", ParamKind::OneOf(&["SPOT", "CONTRACTS"]), "Market"), BEGIN, END, COIN_PERIOD],
    60,
    "Taker volume of a coin, sell before buy: [time, sell, buy]",
    "https://www.okx.com/docs-v5/en/#trading-statistics-rest-api-get-taker-volume",
);

/// Margin lending of a coin.
pub const MARGIN_LOAN_RATIO: Endpoint = row(
    "rubik.margin_loan_ratio",
    "/api/v5/rubik/stat/margin/loan-ratio",
    &[CCY, BEGIN, END, COIN_PERIOD],
    60,
    "Quote borrowed over base borrowed in margin trading: [time, ratio]",
    "https://www.okx.com/docs-v5/en/#trading-statistics-rest-api-get-margin-lending-ratio",
);

/// Option open interest and volume.
pub const OPTION_OPEN_INTEREST_VOLUME: Endpoint = row(
    "rubik.option_open_interest_volume",
    "/api/v5/rubik/stat/option/open-interest-volume",
    &[CCY, OPTION_PERIOD],
    300,
    "Open interest and volume of a coin's options: [time, open interest, volume]",
    "https://www.okx.com/docs-v5/en/#trading-statistics-rest-api-get-options-open-interest-and-volume",
);

/// Option put/call ratios.
pub const OPTION_OPEN_INTEREST_VOLUME_RATIO: Endpoint = row(
    "rubik.option_open_interest_volume_ratio",
    "/api/v5/rubik/stat/option/open-interest-volume-ratio",
    &[CCY, OPTION_PERIOD],
    300,
    "Put/call ratios of a coin's options: [time, by open interest, by volume]",
    "https://www.okx.com/docs-v5/en/#trading-statistics-rest-api-get-put-call-ratio",
);

/// Options by expiry.
pub const OPTION_OPEN_INTEREST_VOLUME_EXPIRY: Endpoint = row(
    "rubik.option_open_interest_volume_expiry",
    "/api/v5/rubik/stat/option/open-interest-volume-expiry",
    &[CCY, OPTION_PERIOD],
    300,
    "Option open interest and volume by expiry: [time, YYYYMMDD, call oi, put oi, call volume, put volume]",
    "https://www.okx.com/docs-v5/en/#trading-statistics-rest-api-get-open-interest-and-volume-expiry",
);

/// Options by strike.
pub const OPTION_OPEN_INTEREST_VOLUME_STRIKE: Endpoint = row(
    "rubik.option_open_interest_volume_strike",
    "/api/v5/rubik/stat/option/open-interest-volume-strike",
    &[CCY, must("expTime", ParamKind::Text, "Expiry, YYYYMMDD"), OPTION_PERIOD],
    300,
    "Option open interest and volume by strike: [time, strike, call oi, put oi, call volume, put volume]",
    "https://www.okx.com/docs-v5/en/#trading-statistics-rest-api-get-open-interest-and-volume-strike",
);

/// Option taker flow.
pub const OPTION_TAKER_BLOCK_VOLUME: Endpoint = row(
    "rubik.option_taker_block_volume",
    "/api/v5/rubik/stat/option/taker-block-volume",
    &[CCY, OPTION_PERIOD],
    300,
    "Option taker flow, one flat row: [time, call buy, call sell, put buy, put sell, call block, put block]",
    "https://www.okx.com/docs-v5/en/#trading-statistics-rest-api-get-taker-flow",
);

/// Open interest of a contract.
pub const OPEN_INTEREST_HISTORY: Endpoint = row(
    "rubik.open_interest_history",
    "/api/v5/rubik/stat/contracts/open-interest-history",
    &[INST_ID, CONTRACT_PERIOD, END, BEGIN, limit(100, "100")],
    60,
    "Open interest of a contract: [time, contracts, coins, dollars]",
    "https://www.okx.com/docs-v5/en/#trading-statistics-rest-api-get-contract-open-interest-history",
);

/// Taker volume of a contract.
pub const TAKER_VOLUME_CONTRACT: Endpoint = row(
    "rubik.taker_volume_contract",
    "/api/v5/rubik/stat/taker-volume-contract",
    &[
        INST_ID,
        CONTRACT_PERIOD,
        may("unit", ParamKind::OneOf(&["0", "1", "2"]), "1", "0 coins, 1 contracts, 2 dollars"),
        END,
        BEGIN,
        limit(100, "100"),
    ],
    60,
    "Taker volume of a contract, sell before buy: [time, sell, buy]",
    "https://www.okx.com/docs-v5/en/#trading-statistics-rest-api-get-contract-taker-volume",
);

/// Account ratio of a contract.
pub const LONG_SHORT_ACCOUNT_RATIO_CONTRACT: Endpoint = row(
    "rubik.long_short_account_ratio_contract",
    "/api/v5/rubik/stat/contracts/long-short-account-ratio-contract",
    &[INST_ID, CONTRACT_PERIOD, END, BEGIN, limit(100, "100")],
    60,
    "Accounts long over accounts short in a contract: [time, ratio]",
    "https://www.okx.com/docs-v5/en/#trading-statistics-rest-api-get-contract-long-short-ratio",
);

/// Top traders' accounts.
pub const TOP_TRADER_ACCOUNT_RATIO: Endpoint = row(
    "rubik.long_short_account_ratio_contract_top_trader",
    "/api/v5/rubik/stat/contracts/long-short-account-ratio-contract-top-trader",
    &[INST_ID, CONTRACT_PERIOD, END, BEGIN, limit(100, "100")],
    60,
    "Accounts long over accounts short among the top 5 % by position value: [time, ratio]",
    "https://www.okx.com/docs-v5/en/#trading-statistics-rest-api-get-top-traders-contract-long-short-ratio",
);

/// Top traders' positions.
pub const TOP_TRADER_POSITION_RATIO: Endpoint = row(
    "rubik.long_short_position_ratio_contract_top_trader",
    "/api/v5/rubik/stat/contracts/long-short-position-ratio-contract-top-trader",
    &[INST_ID, CONTRACT_PERIOD, END, BEGIN, limit(100, "100")],
    60,
    "Positions long over positions short of the top 5 %: [time, ratio]",
    "https://www.okx.com/docs-v5/en/#trading-statistics-rest-api-get-top-traders-contract-long-short-ratio-by-position",
);
