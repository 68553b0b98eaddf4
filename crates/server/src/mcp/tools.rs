//! Which tools there are: operations under the names of what people want done, a few that reach all other
//! operations, and the two that assistants search with.

use std::sync::Arc;

use catalog::{Directory, Surfaces};
use rmcp::model::{Tool, ToolAnnotations};
use serde_json::{Map, Value, json};

/// An operation offered as a tool of its own.
struct Pick {
    tool: &'static str,
    title: &'static str,
    operation: &'static str,
}

const fn pick(tool: &'static str, title: &'static str, operation: &'static str) -> Pick {
    Pick { tool, title, operation }
}

/// In the order in which they are listed. One whose operation does not exist is left out.
const PICKS: &[Pick] = &[
    pick("get_signal", "Signal of a coin", "signals.get"),
    pick("explain_signal", "How a signal comes about", "signals.debug"),
    pick("scan_market", "Scan of the whole market", "scan.market"),
    pick("get_market", "Raw market data of a coin", "market.get"),
    pick("get_liquidations", "Liquidations of a coin", "coinglass.liquidations.symbol"),
    pick("analyze_structure", "Smart Money Concepts of a coin", "smc.analyze"),
    pick("discover_coins", "Coins by social activity", "lunarcrush.coins_discovery"),
    pick("new_listings", "Contracts listed lately", "new_listings.multi_exchange"),
    pick("track_record", "How past signals did", "analytics.performance.summary"),
];

/// What a tool does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Runs this operation.
    Operation(String),
    /// Lists operations.
    List,
    /// Tells what one operation takes.
    Describe,
    /// Runs any operation that changes nothing.
    Invoke,
    /// Runs any operation.
    InvokeChange,
    /// Finds coins and operations.
    Search,
    /// Reads what was found.
    Fetch,
}

/// All tools, in a stable order.
#[derive(Debug)]
pub(super) struct Toolset {
    entries: Vec<(Tool, Action)>,
}

impl Toolset {
    /// The tools over these operations.
    pub(super) fn new(directory: &Directory) -> Self {
        let mut entries = Vec::new();
        for pick in PICKS {
            if directory.get(pick.operation, Surfaces::MCP).is_err() {
                continue;
            }
            for described in directory.mcp_tools(&[pick.operation]).unwrap_or_default() {
                let hints = described.annotations;
                let annotations = ToolAnnotations::from_raw(
                    Some(pick.title.to_owned()),
                    Some(hints.read_only_hint),
                    Some(hints.destructive_hint),
                    Some(hints.idempotent_hint),
                    Some(hints.open_world_hint),
                );
                let output = described.output_schema.unwrap_or_else(any_answer);
                let tool = Tool::new(pick.tool, described.description, object(described.input_schema))
                    .with_title(pick.title)
                    .with_raw_output_schema(object(output))
                    .with_annotations(annotations);
                entries.push((tool, Action::Operation(pick.operation.to_owned())));
            }
        }
        entries.extend(reaching_all());
        entries.extend(searching());
        Self { entries }
    }

    /// The tools as listed.
    pub(super) fn listed(&self) -> Vec<Tool> {
        self.entries.iter().map(|(tool, _)| tool.clone()).collect()
    }

    /// The tool of this name and what it does.
    pub(super) fn find(&self, name: &str) -> Option<&(Tool, Action)> {
        self.entries.iter().find(|(tool, _)| tool.name == name)
    }
}

/// The schema of an answer whose members are a provider's or an operation's own.
fn any_answer() -> Value {
    json!({"type": "object", "description": "The answer; what is no object stands in 'data'. 'truncated' tells which rows were cut."})
}

/// The tools that reach every operation.
fn reaching_all() -> Vec<(Tool, Action)> {
    let operation = json!({"type": "string", "description": "Name of the operation: signals.get. list_operations lists them."});
    let call = json!({
        "type": "object",
        "properties": {
            "operation": operation,
            "args": {"type": "object", "description": "Its arguments by name; describe_operation tells what it takes."},
            "fields": {"type": "string", "description": "Only these fields of the answer, separated by commas; dots for inner ones: price,metrics.fundingRate."},
            "limit": {"type": "integer", "minimum": 1, "description": "Most rows of a provider's list; 20 is a good start."}
        },
        "required": ["operation"],
        "additionalProperties": false
    });
    vec![
        (
            read_only(
                "list_operations",
                "All operations",
                "Lists the operations that invoke can call, with one line each; of one namespace when it is named. Use it when no other tool fits.",
                json!({
                    "type": "object",
                    "properties": {"namespace": {"type": "string", "description": "Only operations of this namespace: signals, coinglass, mss."}},
                    "additionalProperties": false
                }),
                json!({
                    "type": "object",
                    "properties": {
                        "count": {"type": "integer"},
                        "note": {"type": "string", "description": "What was left out, and how to get it."},
                        "namespaces": {"type": "object", "additionalProperties": {"type": "integer"}, "description": "How many operations each namespace has."},
                        "operations": {
                            "type": "array",
                            "items": {
                                "type": "object",
                                "properties": {
                                    "operation": {"type": "string"},
                                    "summary": {"type": "string"},
                                    "effect": {"type": "string", "enum": ["read", "write", "external"]}
                                },
                                "required": ["operation", "summary", "effect"]
                            }
                        }
                    },
                    "required": ["count", "namespaces", "operations"]
                }),
            ),
            Action::List,
        ),
        (
            read_only(
                "describe_operation",
                "What an operation takes",
                "Tells an operation's parameters with what each accepts, its cost, and examples. Call it before invoke.",
                json!({
                    "type": "object",
                    "properties": {"operation": operation},
                    "required": ["operation"],
                    "additionalProperties": false
                }),
                json!({
                    "type": "object",
                    "properties": {
                        "operation": {"type": "string"},
                        "summary": {"type": "string"},
                        "description": {"type": "string"},
                        "params": {"type": "array", "items": {"type": "object"}},
                        "examples": {"type": "array", "items": {"type": "object"}}
                    },
                    "required": ["operation", "summary", "params", "examples"]
                }),
            ),
            Action::Describe,
        ),
        (
            read_only(
                "invoke",
                "Call any reading operation",
                "Calls any operation that changes nothing, by its name and arguments.",
                call.clone(),
                any_answer(),
            ),
            Action::Invoke,
        ),
        (
            Tool::new(
                "invoke_change",
                "Calls any operation by its name and arguments, those included that change our state or send messages. For what only reads, use invoke.",
                object(call),
            )
            .with_title("Call an operation that changes something")
            .with_raw_output_schema(object(any_answer()))
            .with_annotations(ToolAnnotations::from_raw(
                Some("Call an operation that changes something".to_owned()),
                Some(false),
                Some(true),
                Some(false),
                Some(true),
            )),
            Action::InvokeChange,
        ),
    ]
}

/// The two tools that assistants search with.
fn searching() -> Vec<(Tool, Action)> {
    let result = json!({
        "type": "object",
        "properties": {"id": {"type": "string"}, "title": {"type": "string"}, "url": {"type": "string"}},
        "required": ["id", "title", "url"]
    });
    vec![
        (
            read_only(
                "search",
                "Search",
                "Finds coins with a perpetual contract, and operations of this service, by words. fetch reads what was found.",
                json!({
                    "type": "object",
                    "properties": {"query": {"type": "string", "description": "Words: a coin in any spelling, or what is wanted."}},
                    "required": ["query"],
                    "additionalProperties": false
                }),
                json!({"type": "object", "properties": {"results": {"type": "array", "items": result}}, "required": ["results"]}),
            ),
            Action::Search,
        ),
        (
            read_only(
                "fetch",
                "Fetch",
                "Reads what search found: the present signal of a coin, or what an operation does and takes.",
                json!({
                    "type": "object",
                    "properties": {"id": {"type": "string", "description": "An id from search: coin:BTC, operation:signals.get."}},
                    "required": ["id"],
                    "additionalProperties": false
                }),
                json!({
                    "type": "object",
                    "properties": {
                        "id": {"type": "string"},
                        "title": {"type": "string"},
                        "text": {"type": "string"},
                        "url": {"type": "string"},
                        "metadata": {"type": "object"}
                    },
                    "required": ["id", "title", "text", "url"]
                }),
            ),
            Action::Fetch,
        ),
    ]
}

fn read_only(
    name: &'static str,
    title: &'static str,
    description: &'static str,
    input: Value,
    output: Value,
) -> Tool {
    Tool::new(name, description, object(input))
        .with_title(title)
        .with_raw_output_schema(object(output))
        .with_annotations(ToolAnnotations::from_raw(
            Some(title.to_owned()),
            Some(true),
            Some(false),
            Some(true),
            Some(false),
        ))
}

fn object(schema: Value) -> Arc<Map<String, Value>> {
    match schema {
        Value::Object(members) => Arc::new(members),
        _ => Arc::new(Map::from_iter([("type".to_owned(), "object".into())])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_says_what_it_takes_gives_and_does() {
        let set = Toolset::new(ops::catalog().directory());
        let names: Vec<String> = set.listed().iter().map(|tool| tool.name.to_string()).collect();
        for expected in ["get_signal", "explain_signal", "scan_market", "invoke", "search", "fetch"] {
            assert!(names.iter().any(|name| name == expected), "{names:?}");
        }
        let mut unique = names.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), names.len(), "{names:?}");
        for tool in set.listed() {
            let hints = tool.annotations.clone().unwrap();
            assert!(hints.read_only_hint.is_some() && hints.open_world_hint.is_some(), "{}", tool.name);
            assert_eq!(tool.input_schema["type"], "object", "{}", tool.name);
            assert_eq!(tool.output_schema.unwrap()["type"], "object", "{}", tool.name);
            assert!(tool.description.is_some_and(|text| text.len() > 20), "{}", tool.name);
        }
        assert_eq!(set.listed(), Toolset::new(ops::catalog().directory()).listed());
    }

    #[test]
    fn only_the_tool_for_changes_is_not_read_only() {
        let set = Toolset::new(ops::catalog().directory());
        for tool in set.listed() {
            let reads = tool.annotations.unwrap().read_only_hint.unwrap();
            assert_eq!(reads, tool.name != "invoke_change", "{}", tool.name);
        }
    }
}
