//! News, calendars and the account.

use super::params::{
    CALENDAR_END, CALENDAR_START, END, LANGUAGE, LANGUAGE_EN_ZH, LANGUAGE_ZH, PAGE, PER_PAGE, START,
};
use super::{MINUTE, TEN_MINUTES, endpoints};

endpoints! {
    /// News articles with title, text as HTML, source and release time (ms), in pages. The text is a third
    /// party's.
    NEWS_FEED = Startup, MINUTE, "news.feed",
        "/api/article/list", &[START, END, LANGUAGE, PAGE, PER_PAGE];

    /// News flashes in Chinese with title, text as HTML, source and release time (ms), in pages. The text
    /// is a third party's.
    NEWSFLASH_LIST = Startup, MINUTE, "newsflash.list",
        "/api/newsflash/list", &[START, END, LANGUAGE_ZH, PAGE, PER_PAGE];

    /// Economic calendar from 15 days back to 15 days ahead: event, country, importance 1-3, forecast,
    /// previous and published value as text, time in ms.
    CALENDAR_ECONOMIC = Startup, TEN_MINUTES, "calendar.economic",
        "/api/calendar/economic-data", &[CALENDAR_START, CALENDAR_END, LANGUAGE_EN_ZH];

    /// Central bank events from 15 days back to 15 days ahead: event, country, importance, time in ms.
    CALENDAR_CENTRAL_BANK_ACTIVITIES = Startup, TEN_MINUTES, "calendar.central_bank_activities",
        "/api/calendar/central-bank-activities", &[CALENDAR_START, CALENDAR_END, LANGUAGE_EN_ZH];

    /// Financial events from 15 days back to 15 days ahead: event, country, importance, time in ms.
    CALENDAR_FINANCIAL_EVENTS = Startup, TEN_MINUTES, "calendar.financial_events",
        "/api/calendar/financial-events", &[CALENDAR_START, CALENDAR_END, LANGUAGE_EN_ZH];

    /// The plan behind the configured key: its level, when it ends (ms) and whether it has ended. Some keys
    /// answer 404 here.
    USER_ACCOUNT_SUBSCRIPTION = Hobbyist, TEN_MINUTES, "user.account.subscription",
        "/api/user/account/subscription", &[];
}
