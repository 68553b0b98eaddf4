//! An alert as it reads in Telegram.

use std::fmt::Write as _;

use telegram::html::{CAPTION_MAX, TEXT_MAX, escape, length};

use crate::signals::SignalAnswer;

/// Most phrases of one list.
const LIST_MAX: usize = 4;
/// Longest phrase, in characters.
const PHRASE_MAX: usize = 200;
/// Longest caption that leaves room for a word on how late it is.
const CAPTION_LIMIT: usize = CAPTION_MAX - 40;
/// For a caption, phrases of each list and their longest, from the fullest to the barest.
const FITS: [(usize, usize); 7] =
    [(LIST_MAX, PHRASE_MAX), (3, 110), (2, 90), (2, 60), (1, 60), (1, 40), (0, 40)];

/// The end of a signal's id, by which its alert is known: an alert that comes twice has it twice.
pub(super) fn short_id(id: &str) -> String {
    let skip = id.chars().count().saturating_sub(6);
    id.chars().skip(skip).collect()
}

/// The alert of a signal, in Telegram's HTML, never longer than Telegram takes.
pub(super) fn render(answer: &SignalAnswer) -> String {
    let head = head(answer, PHRASE_MAX);
    let foot = foot(answer, LIST_MAX, PHRASE_MAX);
    let verdict = &answer.ai_verdict_layer;
    let mut body = String::new();
    let lists = [
        ("Why", &answer.reasons),
        ("For", &verdict.layer_checks.agreements),
        ("Against", &verdict.layer_checks.conflicts),
    ];
    for (title, phrases) in lists {
        let block = list(title, phrases, LIST_MAX, PHRASE_MAX);
        if length(&head) + length(&body) + length(&block) + length(&foot) <= TEXT_MAX {
            body.push_str(&block);
        }
    }
    format!("{head}{body}{foot}")
}

/// The same as the caption of a picture, which is shorter: with fewer and shorter phrases where it must be.
pub(super) fn caption(answer: &SignalAnswer) -> String {
    let verdict = &answer.ai_verdict_layer;
    let mut text = String::new();
    for (most, longest) in FITS {
        text = head(answer, longest);
        let lists = [
            ("Why", &answer.reasons),
            ("For", &verdict.layer_checks.agreements),
            ("Against", &verdict.layer_checks.conflicts),
        ];
        for (title, phrases) in lists {
            text.push_str(&list(title, phrases, most, longest));
        }
        text.push_str(&foot(answer, most, longest));
        if length(&text) <= CAPTION_LIMIT {
            break;
        }
    }
    text
}

fn head(answer: &SignalAnswer, longest: usize) -> String {
    let cut = |phrase: &str| cut(phrase, longest);
    let verdict = &answer.ai_verdict_layer;
    let plan = &verdict.volatility_metrics;
    let mut text = String::new();
    if answer.data_source != "live" {
        let _ = writeln!(text, "<b>{} data, not the live market</b>", cut(&answer.data_source));
    }
    let _ = writeln!(
        text,
        "<b>{} {}</b> · {} · {}",
        cut(&answer.signal),
        cut(&answer.symbol),
        cut(&verdict.verdict),
        cut(&verdict.risk_mode)
    );
    let _ = writeln!(
        text,
        "Score <b>{:.1}</b> ({}) at {} · {}",
        answer.score,
        cut(&answer.confidence),
        answer.price,
        answer.mode
    );
    let by_volatility = plan
        .recommended_position_multiplier
        .map_or_else(String::new, |multiplier| format!(" · ×{multiplier:.2} by volatility"));
    let _ = writeln!(text, "Size ×{:.2} by risk{by_volatility}", verdict.risk_multiplier);
    if let (Some(stop), Some(target)) = (plan.stop_loss_price, plan.take_profit_price) {
        let pct = |value: Option<f64>| value.map_or_else(String::new, |pct| format!(" ({pct:.2} %)"));
        let ratio = plan.risk_reward_ratio.map_or_else(String::new, |ratio| format!(" · {ratio:.1} : 1"));
        let _ = writeln!(
            text,
            "Stop {stop}{} · Target {target}{}{ratio}",
            pct(plan.stop_loss_distance_pct),
            pct(plan.take_profit_distance_pct)
        );
    }
    let _ = writeln!(text, "{}", cut(&verdict.ai_summary));
    text
}

fn foot(answer: &SignalAnswer, most: usize, longest: usize) -> String {
    let cut = |phrase: &str| cut(phrase, longest);
    let quality = &answer.data_quality;
    let verdict = &answer.ai_verdict_layer;
    let mut text = String::new();
    let oldest =
        quality.oldest_seconds.map_or_else(String::new, |seconds| format!(", oldest figure {seconds} s old"));
    let _ = writeln!(text, "\nInputs: {} ({:.0} %){oldest}", cut(&quality.level), 100.0 * quality.coverage);
    let judge = match &verdict.model {
        Some(model) => format!("{} ({})", cut(&verdict.source), cut(model)),
        None => cut(&verdict.source),
    };
    let _ = writeln!(
        text,
        "Judged by {judge} · {} data of {} {}",
        cut(&answer.data_source),
        cut(&answer.venue),
        cut(&answer.instrument)
    );
    let _ = writeln!(text, "Made {} · expires {}", answer.timestamp, answer.expires_at);
    for line in answer.attribution.iter().take(most) {
        let _ = writeln!(text, "{}", cut(line));
    }
    let _ = write!(text, "<i>{}</i> · <code>#{}</code>", cut(&answer.disclaimer), cut(&short_id(&answer.id)));
    text
}

fn list(title: &str, phrases: &[String], most: usize, longest: usize) -> String {
    let mut text = String::new();
    for (index, phrase) in phrases.iter().take(most).enumerate() {
        if index == 0 {
            let _ = writeln!(text, "\n<b>{title}</b>");
        }
        let _ = writeln!(text, "• {}", cut(phrase, longest));
    }
    text
}

/// A phrase of bounded length on one line, escaped.
fn cut(phrase: &str, longest: usize) -> String {
    let line: String = phrase.chars().map(|c| if c.is_control() { ' ' } else { c }).take(longest).collect();
    if phrase.chars().nth(longest).is_some() {
        let shorter: String = line.chars().take(longest.saturating_sub(1)).collect();
        return escape(&format!("{}…", shorter.trim_end()));
    }
    escape(&line)
}

#[cfg(test)]
pub(super) mod tests {
    use domain::{Mode, UtcMs};
    use proptest::prelude::*;
    use serde_json::Map;
    use telegram::html::plain;

    use super::*;
    use crate::signals::{DataQuality, LayerChecks, Metrics, VerdictAnswer, VolatilityMetrics};

    /// A LONG of Bitcoin with a CONFIRM.
    pub(in crate::alerts) fn answer() -> SignalAnswer {
        SignalAnswer {
            id: "01JD0000000000000000ABCDEF".to_owned(),
            symbol: "BTC".to_owned(),
            venue: "binance".to_owned(),
            instrument: "BTCUSDT".to_owned(),
            price_multiplier: 1,
            timestamp: UtcMs(1_763_640_007_000),
            candle_closed_at: Some(UtcMs(1_763_640_000_000)),
            expires_at: UtcMs(1_763_654_400_000),
            engine_version: "1".to_owned(),
            weights_id: "default-1".to_owned(),
            data_source: "live".to_owned(),
            signal: "LONG".to_owned(),
            score: 63.4,
            confidence: "medium".to_owned(),
            price: 91_250.5,
            mode: Mode::Aggressive,
            reasons: vec!["Funding is <low> & falls".to_owned()],
            factors: Vec::new(),
            data_quality: DataQuality {
                coverage: 0.95,
                level: "excellent".to_owned(),
                missing: Vec::new(),
                oldest_seconds: Some(41),
            },
            metrics: Metrics {
                funding_rate: None,
                open_interest: None,
                social_score: None,
                price_trend: None,
            },
            comprehensive_metrics: Map::new(),
            premium_metrics: None,
            lunar_crush_metrics: None,
            coin_api_metrics: None,
            notes: Vec::new(),
            smc_analysis: None,
            ai_verdict_layer: VerdictAnswer {
                verdict: "CONFIRM".to_owned(),
                risk_mode: "NORMAL".to_owned(),
                risk_multiplier: 1.0,
                ai_confidence: 72,
                ai_summary: "LONG at 63.4 is confirmed.".to_owned(),
                layer_checks: LayerChecks {
                    agreements: vec!["95 % of the inputs are there".to_owned()],
                    conflicts: vec!["volatility is high".to_owned()],
                },
                source: "rules".to_owned(),
                model: None,
                volatility_metrics: VolatilityMetrics {
                    recommended_position_multiplier: Some(1.11),
                    stop_loss_price: Some(88_130.1),
                    stop_loss_distance_pct: Some(3.42),
                    take_profit_price: Some(99_051.5),
                    take_profit_distance_pct: Some(8.55),
                    risk_reward_ratio: Some(2.5),
                    atr_value: Some(1_560.2),
                    atr_percentage: Some(1.71),
                    volatility_classification: Some("LOW".to_owned()),
                    timeframe: "4h".to_owned(),
                    trade_plan_summary: String::new(),
                    position_size: None,
                },
            },
            attribution: vec!["Crypto Fear & Greed Index by alternative.me".to_owned()],
            disclaimer: "Not financial advice.".to_owned(),
            debug: None,
        }
    }

    #[test]
    fn an_alert_tells_everything_in_few_lines() {
        let expected = "\
<b>LONG BTC</b> · CONFIRM · NORMAL
Score <b>63.4</b> (medium) at 91250.5 · aggressive
Size ×1.00 by risk · ×1.11 by volatility
Stop 88130.1 (3.42 %) · Target 99051.5 (8.55 %) · 2.5 : 1
LONG at 63.4 is confirmed.

<b>Why</b>
• Funding is &lt;low&gt; &amp; falls

<b>For</b>
• 95 % of the inputs are there

<b>Against</b>
• volatility is high

Inputs: excellent (95 %), oldest figure 41 s old
Judged by rules · live data of binance BTCUSDT
Made 2025-11-20T12:00:07Z · expires 2025-11-20T16:00:00Z
Crypto Fear &amp; Greed Index by alternative.me
<i>Not financial advice.</i> · <code>#ABCDEF</code>";
        assert_eq!(render(&answer()), expected);
    }

    #[test]
    fn a_caption_says_the_same_and_is_shortened_only_where_it_must_be() {
        assert_eq!(caption(&answer()), render(&answer()));
        let mut wordy = answer();
        let phrase =
            "Top traders hold 2.31 longs to a short, more than on 91 % of the last 30 days".to_owned();
        wordy.reasons = vec![phrase.clone(); 3];
        wordy.ai_verdict_layer.layer_checks.agreements = vec![phrase.clone(); 4];
        wordy.ai_verdict_layer.layer_checks.conflicts = vec![phrase; 4];
        let text = caption(&wordy);
        assert!(length(&text) <= CAPTION_MAX, "{}", length(&text));
        for part in
            ["LONG BTC", "CONFIRM", "Stop 88130.1", "Target", "Why", "For", "Against", "expires", "#ABCDEF"]
        {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(length(&render(&wordy)) > CAPTION_MAX);
    }

    #[test]
    fn simulated_data_is_called_so_first() {
        let simulated = SignalAnswer { data_source: "simulated".to_owned(), ..answer() };
        assert!(render(&simulated).starts_with("<b>simulated data, not the live market</b>\n"));
    }

    /// Only the tags that Telegram takes, each closed, none inside another.
    fn well_formed(html: &str) -> bool {
        let mut rest = html;
        let mut open: Option<String> = None;
        while let Some(at) = rest.find('<') {
            let Some((tag, after)) = rest[at + 1..].split_once('>') else { return false };
            match (tag.strip_prefix('/'), &open) {
                (None, None) if ["b", "i", "code"].contains(&tag) => open = Some(tag.to_owned()),
                (Some(name), Some(opened)) if name == opened => open = None,
                _ => return false,
            }
            rest = after;
        }
        open.is_none()
    }

    proptest! {
        #[test]
        fn whatever_a_text_holds_the_alert_is_well_formed_and_short(
            symbol in "\\PC{0,30}", phrase in "\\PC{0,400}", summary in "[<>&\"a-z\\n]{0,600}", count in 0_usize..12,
        ) {
            let mut hostile = answer();
            hostile.symbol = symbol;
            hostile.reasons = vec![phrase.clone(); count];
            hostile.ai_verdict_layer.layer_checks.agreements = vec![phrase.clone(); count];
            hostile.ai_verdict_layer.layer_checks.conflicts = vec![phrase.clone(); count];
            hostile.ai_verdict_layer.ai_summary = summary;
            hostile.attribution = vec![phrase; count];
            let html = render(&hostile);
            prop_assert!(well_formed(&html), "{}", html);
            prop_assert!(length(&html) <= TEXT_MAX);
            prop_assert!(plain(&html).ends_with("#ABCDEF"));
            let caption = caption(&hostile);
            prop_assert!(well_formed(&caption), "{}", caption);
            prop_assert!(length(&caption) <= CAPTION_LIMIT, "{}", length(&caption));
            prop_assert!(plain(&caption).ends_with("#ABCDEF"));
        }
    }
}
