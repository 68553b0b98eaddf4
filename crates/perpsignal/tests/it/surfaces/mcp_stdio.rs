use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};

use crate::program::{Place, SIMULATED};

/// Longest time for an answer.
const PATIENCE: Duration = Duration::from_mins(1);

/// An assistant's side of the conversation.
struct Assistant {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Assistant {
    fn start(place: &Place) -> Self {
        let mut command = place.command(SIMULATED.iter().chain(&["mcp"]));
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, input, output: BufReader::new(output).lines() }
    }

    async fn say(&mut self, message: &Value) {
        self.input.write_all(format!("{message}\n").as_bytes()).await.unwrap();
    }

    async fn ask(&mut self, method: &str, params: Value) -> Value {
        self.say(&json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})).await;
        let line = tokio::time::timeout(PATIENCE, self.output.next_line()).await.expect("no answer").unwrap();
        serde_json::from_str(&line.expect("stdout was closed")).expect("stdout is the protocol's alone")
    }

    /// Closes the input, upon which the program ends well and says nothing more on stdout.
    async fn leave(mut self) {
        drop(self.input);
        let status =
            tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("it did not end").unwrap();
        assert!(status.success(), "{status}");
        assert_eq!(self.output.next_line().await.unwrap(), None);
    }
}

#[tokio::test]
async fn an_older_assistant_at_standard_input_gets_a_signal() {
    let place = Place::new();
    let mut assistant = Assistant::start(&place);
    let hello = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}});
    let greeting = assistant.ask("initialize", hello).await;
    assert_eq!(greeting["result"]["protocolVersion"], "2025-06-18", "{greeting}");
    assistant.say(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await;
    let tools = assistant.ask("tools/list", json!({})).await;
    assert!(tools["result"]["tools"].as_array().unwrap().len() >= 11);
    let call = json!({"name": "get_signal", "arguments": {"symbol": "BTC"}});
    let signal = assistant.ask("tools/call", call).await;
    assert_eq!(signal["result"]["structuredContent"]["symbol"], "BTC", "{signal}");
    let wrong = assistant
        .ask("tools/call", json!({"name": "get_signal", "arguments": {"symbol": "NOSUCHCOIN"}}))
        .await;
    assert_eq!(wrong["result"]["isError"], true);
    assistant.leave().await;
}

#[tokio::test]
async fn an_assistant_of_today_needs_no_handshake_there_either() {
    let place = Place::new();
    let mut assistant = Assistant::start(&place);
    let with_meta = |mut params: Value| {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"}
        });
        params
    };
    let found = assistant.ask("server/discover", with_meta(json!({}))).await;
    assert!(found["result"]["capabilities"]["tools"].is_object(), "{found}");
    let call = with_meta(json!({"name": "search", "arguments": {"query": "solana"}}));
    let results = assistant.ask("tools/call", call).await;
    assert_eq!(results["result"]["structuredContent"]["results"][0]["id"], "coin:SOL", "{results}");
    assistant.leave().await;
}

#[tokio::test]
async fn an_assistant_that_leaves_at_once_is_no_failure() {
    let place = Place::new();
    Assistant::start(&place).leave().await;
}
