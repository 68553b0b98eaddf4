//! What is sent: only what every model takes, and what the operator set; less of it once the server said
//! what it does not take.

use serde_json::{Map, Value, json};

use crate::learned::Learned;
use crate::settings::{Api, ModelSettings, Question, Structured};

/// The body of a call.
pub(crate) fn body(settings: &ModelSettings, question: &Question<'_>, learned: &Learned) -> Value {
    match settings.api {
        Api::Chat => chat(settings, question, learned),
        Api::Responses => responses(settings, question, learned),
    }
}

/// How the shape can be asked for at this server: one step down when it refused the format.
fn structured(wanted: Structured, field: &str, learned: &Learned) -> Structured {
    if learned.refuses(field) { Structured::Prompt } else { wanted }
}

/// The instructions; with the schema in them where the server does not enforce one.
fn rules(question: &Question<'_>, structured: Structured) -> String {
    match structured {
        Structured::JsonSchema => question.rules.to_owned(),
        Structured::JsonObject | Structured::Prompt => format!(
            "{}\nAnswer with one JSON object and nothing else. It must fit this JSON schema: {}",
            question.rules, question.schema
        ),
    }
}

fn chat(settings: &ModelSettings, question: &Question<'_>, learned: &Learned) -> Value {
    let structured = structured(settings.structured, "response_format", learned);
    let rules = rules(question, structured);
    // "system" is known to every server but a few models, which take instructions from the user only.
    let messages = if learned.refuses("messages") {
        json!([{"role": "user", "content": format!("{rules}\n\n{}", question.data)}])
    } else {
        json!([{"role": "system", "content": rules}, {"role": "user", "content": question.data}])
    };
    let mut body = Map::new();
    body.insert("model".into(), json!(settings.model));
    body.insert("messages".into(), messages);
    match structured {
        Structured::JsonSchema => {
            let schema = json!({"name": question.name, "strict": true, "schema": question.schema});
            body.insert("response_format".into(), json!({"type": "json_schema", "json_schema": schema}));
        }
        Structured::JsonObject => {
            body.insert("response_format".into(), json!({"type": "json_object"}));
        }
        Structured::Prompt => {}
    }
    for field in ["max_completion_tokens", "max_tokens"] {
        if !learned.refuses(field) {
            body.insert(field.into(), json!(settings.max_output_tokens));
            break;
        }
    }
    let mut optional = |field: &str, value: Value| {
        if !value.is_null() && !learned.refuses(field) {
            body.insert(field.into(), value);
        }
    };
    optional("store", json!(false));
    optional("temperature", json!(settings.temperature));
    optional("reasoning_effort", json!(settings.reasoning_effort));
    optional("verbosity", json!(settings.verbosity));
    Value::Object(body)
}

fn responses(settings: &ModelSettings, question: &Question<'_>, learned: &Learned) -> Value {
    let structured = structured(settings.structured, "text.format", learned);
    let mut text = Map::new();
    match structured {
        Structured::JsonSchema => {
            let format = json!({
                "type": "json_schema", "name": question.name, "strict": true, "schema": question.schema,
            });
            text.insert("format".into(), format);
        }
        Structured::JsonObject => {
            text.insert("format".into(), json!({"type": "json_object"}));
        }
        Structured::Prompt => {}
    }
    if let Some(verbosity) = &settings.verbosity
        && !learned.refuses("text.verbosity")
    {
        text.insert("verbosity".into(), json!(verbosity));
    }
    let mut body = Map::new();
    body.insert("model".into(), json!(settings.model));
    body.insert("instructions".into(), json!(rules(question, structured)));
    body.insert("input".into(), json!(question.data));
    let mut optional = |field: &str, value: Value| {
        if !value.is_null() && !learned.refuses(field) {
            body.insert(field.into(), value);
        }
    };
    optional("store", json!(false));
    optional("max_output_tokens", json!(settings.max_output_tokens));
    optional("temperature", json!(settings.temperature));
    let effort = settings.reasoning_effort.as_ref().map(|effort| json!({"effort": effort}));
    optional("reasoning", json!(effort));
    if !text.is_empty() {
        body.insert("text".into(), Value::Object(text));
    }
    Value::Object(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(settings: &ModelSettings, learned: &Learned) -> Value {
        let schema = json!({"type": "object"});
        let question = Question { name: "verdict", schema: &schema, rules: "judge", data: "{}" };
        body(settings, &question, learned)
    }

    #[test]
    fn only_what_every_model_takes_is_sent_unasked() {
        let body = ask(&ModelSettings::default(), &Learned::default());
        let mut fields: Vec<&String> = body.as_object().unwrap().keys().collect();
        fields.sort();
        assert_eq!(fields, ["max_completion_tokens", "messages", "model", "response_format", "store"]);
        assert_eq!(body["response_format"]["json_schema"]["strict"], true);
        assert_eq!(body["store"], false);
    }

    #[test]
    fn what_was_refused_is_not_sent_again() {
        let settings = ModelSettings { temperature: Some(0.0), ..ModelSettings::default() };
        let learned = Learned::default();
        assert_eq!(ask(&settings, &learned)["temperature"], 0.0);
        learned.refuse("temperature");
        learned.refuse("max_completion_tokens");
        learned.refuse("messages[0].role");
        learned.refuse("response_format");
        let body = ask(&settings, &learned);
        assert!(body.get("temperature").is_none() && body.get("response_format").is_none());
        assert_eq!(body["max_tokens"], 2_000);
        assert_eq!(body["messages"].as_array().unwrap().len(), 1);
        assert!(body["messages"][0]["content"].as_str().unwrap().contains("JSON schema"));
    }

    #[test]
    fn responses_have_a_flat_format() {
        let settings = ModelSettings {
            api: Api::Responses,
            reasoning_effort: Some("low".to_owned()),
            ..ModelSettings::default()
        };
        let body = ask(&settings, &Learned::default());
        assert_eq!(body["text"]["format"]["name"], "verdict");
        assert_eq!(body["reasoning"]["effort"], "low");
        assert_eq!((&body["store"], &body["max_output_tokens"]), (&json!(false), &json!(2_000)));
        assert!(body.get("temperature").is_none());
    }
}
