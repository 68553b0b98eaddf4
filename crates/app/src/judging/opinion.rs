//! The model's answer, read strictly; and its words, of which only harmless ones are passed on.

use engine::{RiskMode, Verdict, VerdictKind};
use serde::Deserialize;

use super::prompt::{MOST_MULTIPLIER, MOST_POINTS};

/// Longest summary, in characters.
const SUMMARY_MAX: usize = 400;
/// Longest phrase, in characters.
const PHRASE_MAX: usize = 160;
/// Whole numbers that need no source: small counts, hours, the ends and the middle of scales.
const COMMON: [f64; 5] = [24.0, 30.0, 50.0, 90.0, 100.0];
/// Whole numbers up to this are counts.
const COUNT_MAX: f64 = 10.0;

/// The answer's shape. Anything else is outside of the schema.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Opinion {
    agreements: Vec<String>,
    conflicts: Vec<String>,
    verdict: VerdictKind,
    risk_mode: RiskMode,
    risk_multiplier: f64,
    confidence: u8,
    summary: String,
}

/// What the model said, before any limits; `ours` are the numbers it was told.
///
/// An error says what is outside of the schema.
pub(super) fn read(answer: &str, ours: &[f64]) -> Result<Verdict, String> {
    // The words of the fault are the parser's, and may repeat the model's: only the place is told.
    let opinion: Opinion = serde_json::from_str(answer)
        .map_err(|fault| format!("the answer does not fit the schema (at column {})", fault.column()))?;
    if !(0.0..=MOST_MULTIPLIER).contains(&opinion.risk_multiplier) {
        return Err("risk_multiplier is not within 0 to 1.5".to_owned());
    }
    if opinion.confidence > 100 {
        return Err("confidence is not within 0 to 100".to_owned());
    }
    if opinion.agreements.len() > MOST_POINTS || opinion.conflicts.len() > MOST_POINTS {
        return Err(format!("more than {MOST_POINTS} agreements or conflicts"));
    }
    let phrases = |said: Vec<String>| {
        said.iter().filter_map(|phrase| fit_to_print(phrase, PHRASE_MAX, ours)).collect::<Vec<_>>()
    };
    let summary = fit_to_print(&opinion.summary, SUMMARY_MAX, ours).unwrap_or_else(|| {
        "The model's own words are withheld: they are empty, or hold more than the figures it was told."
            .to_owned()
    });
    Ok(Verdict {
        verdict: opinion.verdict,
        risk_mode: opinion.risk_mode,
        risk_multiplier: opinion.risk_multiplier,
        confidence: opinion.confidence,
        summary,
        agreements: phrases(opinion.agreements),
        conflicts: phrases(opinion.conflicts),
        objections: Vec::new(),
    })
}

/// Words without control characters, links, markup or figures that are not ours; cut to a length.
fn fit_to_print(words: &str, most: usize, ours: &[f64]) -> Option<String> {
    let clean: String = words
        .chars()
        .map(|character| if character.is_whitespace() { ' ' } else { character })
        .filter(|character| !character.is_control() && !is_invisible(*character))
        .collect();
    let clean = clean.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let lower = clean.to_lowercase();
    let suspicious = ["://", "www.", ".com", ".io", ".me", "@", "<", ">", "`", "]("];
    let bad = clean.is_empty()
        || suspicious.iter().any(|mark| lower.contains(mark))
        || !stated(&clean).all(|figure| is_ours(figure, ours));
    if bad {
        return None;
    }
    let cut: String = clean.chars().take(most).collect();
    Some(if cut.len() < clean.len() { format!("{}…", cut.trim_end()) } else { cut })
}

/// Characters that change how text reads without being seen.
const fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A number in a text, as it is written.
#[derive(Clone, Copy, Debug)]
struct Stated {
    value: f64,
    decimals: i32,
}

/// The numbers in a text: `1,234.5`, `63.4 %`, `-0.82`; their signs do not matter.
fn stated(text: &str) -> impl Iterator<Item = Stated> + '_ {
    text.split(|character: char| !(character.is_ascii_digit() || character == '.' || character == ','))
        .map(|token| token.trim_matches(['.', ',']).replace(',', ""))
        .filter(|token| !token.is_empty())
        .map(|token| {
            let decimals = token.split_once('.').map_or(0, |(_, digits)| digits.len());
            Stated {
                // What reads as no number, such as 1.2.3, is nobody's.
                value: token.parse().unwrap_or(f64::INFINITY),
                decimals: i32::try_from(decimals).unwrap_or(i32::MAX),
            }
        })
}

/// Whether a number is one of ours, as it is or in percent, rounded as it is written.
fn is_ours(figure: Stated, ours: &[f64]) -> bool {
    let Stated { value, decimals } = figure;
    if !value.is_finite() || decimals > 8 {
        return false;
    }
    let whole = decimals == 0;
    if whole && (value <= COUNT_MAX || COMMON.iter().any(|common| (common - value).abs() < 0.5)) {
        return true;
    }
    let tolerance = 0.500_001 * 10_f64.powi(-decimals);
    ours.iter().any(|own| {
        (own.abs() - value).abs() <= tolerance
            || (100.0 * own.abs() - value).abs() <= tolerance
            // Where a rank of -1 to 1 stands among 100.
            || (50.0 * (own + 1.0) - value).abs() <= tolerance
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const OURS: [f64; 3] = [63.4, -0.8213, 0.95];

    fn printed(words: &str) -> Option<String> {
        fit_to_print(words, 60, &OURS)
    }

    #[test]
    fn only_words_about_our_figures_are_printed() {
        for words in [
            "Score 63.4 with 95 % coverage",
            "funding rank -0.82 against it",
            "two of 8 factors, 24h",
            "rank of 9 percent",
        ] {
            assert_eq!(printed(words).as_deref(), Some(words));
        }
        for words in [
            "target 250000 soon",
            "score 64",
            "coverage of 96 %",
            "join https://t.me/pump",
            "see evil.com",
            "<b>buy</b>",
            "@admin says so",
            "1.2.3",
            "",
            " \u{200b} ",
        ] {
            assert_eq!(printed(words), None, "{words}");
        }
        assert_eq!(printed(" a\n\tb \u{202e}c\u{7}").as_deref(), Some("a b c"));
        assert_eq!(printed(&"word ".repeat(40)).map(|text| text.chars().count()), Some(60));
    }

    #[test]
    fn anything_outside_of_the_schema_is_refused() {
        let good = json!({
            "agreements": [], "conflicts": ["thin"], "verdict": "DOWNSIZE", "risk_mode": "NORMAL",
            "risk_multiplier": 0.75, "confidence": 60, "summary": "Fine at 63.4.",
        });
        let verdict = read(&good.to_string(), &OURS).unwrap();
        assert_eq!((verdict.verdict, verdict.confidence), (VerdictKind::Downsize, 60));
        let with = |field: &str, value: serde_json::Value| {
            let mut answer = good.clone();
            answer[field] = value;
            answer.to_string()
        };
        for bad in [
            with("verdict", json!("BUY")),
            with("verdict", json!("confirm")),
            with("risk_mode", json!(null)),
            with("risk_multiplier", json!(1.51)),
            with("risk_multiplier", json!(-0.1)),
            with("risk_multiplier", json!("1.0")),
            with("confidence", json!(101)),
            with("confidence", json!(72.5)),
            with("signal", json!("SHORT")),
            with("agreements", json!("all")),
            with("conflicts", json!(["x", "x", "x", "x", "x", "x", "x"])),
            "{}".to_owned(),
            r#"{"verdict":"SKIP","verdict":"CONFIRM"}"#.to_owned(),
        ] {
            assert!(read(&bad, &OURS).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_answer_upsets_the_reader(answer in "\\PC{0,200}") {
            let _ = read(&answer, &OURS);
            let _ = fit_to_print(&answer, 50, &OURS);
        }
    }
}
