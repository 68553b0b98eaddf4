//! The protocol's own conformance suite, over HTTP, in both eras. Every scenario that a revision requires of a
//! server is run; those that need what this server has not are named here with the reason, and must fail: one
//! that passes no longer belongs on the list.

use std::collections::BTreeMap;

use serde_json::Value;

use super::tools::{Tools, ran, text};
use crate::program::{Place, SIMULATED};

const SUITE: &str = "@modelcontextprotocol/conformance@0.2.0-alpha.12";
const PROGRAM: &str = "@modelcontextprotocol/conformance/dist/index.js";

/// Why a scenario, or a check of one (`scenario:check`), does not apply.
const NOT_APPLICABLE: &[(&str, &[&str])] = &[
    (
        "calls tools that only a server made for the suite has",
        &[
            "tools-call-simple-text",
            "tools-call-image",
            "tools-call-audio",
            "tools-call-embedded-resource",
            "tools-call-mixed-content",
            "tools-call-error",
            "tools-call-with-progress",
            "tools-call-with-logging",
            "json-schema-2020-12",
            "server-stateless:sep-2575-server-rejects-undeclared-capability",
            "server-stateless:sep-2575-missing-capability-http-400",
            "server-stateless:sep-2575-http-server-no-independent-requests-on-stream",
            "server-stateless:sep-2575-server-no-log-without-loglevel",
        ],
    ),
    ("no tool takes an argument from a header", &["http-custom-header-server-validation"]),
    (
        "no tool asks the client for anything: no sampling, no elicitation, no roots",
        &[
            "tools-call-sampling",
            "tools-call-elicitation",
            "elicitation-sep1034-defaults",
            "elicitation-sep1330-enums",
            "input-required-result-basic-elicitation",
            "input-required-result-basic-sampling",
            "input-required-result-basic-list-roots",
            "input-required-result-request-state",
            "input-required-result-multiple-input-requests",
            "input-required-result-multi-round",
            "input-required-result-missing-input-response",
            "input-required-result-non-tool-request",
            "input-required-result-result-type",
            "input-required-result-tampered-state",
            "input-required-result-capability-check",
            "input-required-result-ignore-extra-params",
        ],
    ),
    (
        "no resources",
        &[
            "resources-read-text",
            "resources-read-binary",
            "resources-templates-read",
            "resources-subscribe",
            "resources-unsubscribe",
        ],
    ),
    (
        "no prompts",
        &[
            "prompts-get-simple",
            "prompts-get-with-args",
            "prompts-get-embedded-resource",
            "prompts-get-with-image",
        ],
    ),
    ("no log messages to clients", &["logging-set-level"]),
    (
        "no sessions and no streams: every answer is one JSON object",
        &["server-sse-multiple-streams:server-sse-multiple-streams-session", "server-sse-polling"],
    ),
    (
        "no tasks: a tool answers within its time limit",
        &[
            "tasks-lifecycle",
            "tasks-capability-negotiation",
            "tasks-wire-fields",
            "tasks-request-state-removal",
            "tasks-mrtr-input",
            "tasks-request-headers",
            "tasks-dispatch-and-envelope",
            "tasks-required-task-error",
            "tasks-mrtr-composition",
        ],
    ),
];

/// The checks of each scenario with how each went.
fn checks(dir: &std::path::Path) -> BTreeMap<String, Vec<Value>> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let scenario = &name["server-".len()..name.len() - "-2026-01-01T00-00-00-000Z".len()];
        let checks = std::fs::read_to_string(path.join("checks.json")).unwrap();
        all.insert(scenario.to_owned(), serde_json::from_str(&checks).unwrap());
    }
    all
}

fn not_applicable(scenario: &str, check: &str) -> bool {
    NOT_APPLICABLE.iter().flat_map(|(_, names)| names.iter()).any(|name| {
        *name == scenario || name.split_once(':').is_some_and(|(of, id)| of == scenario && id == check)
    })
}

async fn conforms(revision: &str, applicable: &[&str]) {
    let Some(tools) = Tools::with(&format!("conformance-{revision}"), &[], &[SUITE]).await else { return };
    let place = Place::new();
    let server = place.serve(&SIMULATED).await;
    let out = place.path().join("checks");
    let mut suite = tools.node_with(PROGRAM).await;
    suite.args(["server", "--url", &server.url("/mcp"), "--requirements", revision, "-o"]).arg(&out);
    // It ends badly, since scenarios fail that do not apply.
    let said = text(&ran(SUITE, suite).await.stdout);
    let all = checks(&out);
    let (mut faults, mut passed) = (Vec::new(), 0);
    for (scenario, checks) in &all {
        let mut failing = 0;
        for check in checks {
            let (id, status) = (check["id"].as_str().unwrap(), check["status"].as_str().unwrap());
            let fails = matches!(status, "FAILURE" | "WARNING");
            passed += usize::from(status == "SUCCESS");
            failing += usize::from(fails);
            if fails && !not_applicable(scenario, id) {
                faults.push(format!("{scenario}: {id}: {}", check["errorMessage"]));
            }
        }
        if failing == 0 && NOT_APPLICABLE.iter().any(|(_, names)| names.contains(&scenario.as_str())) {
            faults.push(format!("{scenario} passes and is on the list of those that do not apply"));
        }
    }
    assert!(faults.is_empty(), "{}\n{said}", faults.join("\n"));
    for scenario in applicable {
        assert!(all.contains_key(*scenario), "{scenario} was not run: {said}");
    }
    eprintln!("{revision}: {} scenarios, {passed} checks passed", all.len());
}

#[tokio::test]
async fn the_present_protocol_is_spoken_as_its_suite_wants_it() {
    let applicable = [
        "server-stateless",
        "tools-list",
        "caching",
        "http-header-validation",
        "dns-rebinding-protection",
        "prompts-list",
        "resources-list",
        "sep-2164-resource-not-found",
        "completion-complete",
        "input-required-result-unsupported-methods",
        "input-required-result-validate-input",
    ];
    conforms("2026-07-28", &applicable).await;
}

#[tokio::test]
async fn the_older_protocol_is_spoken_as_its_suite_wants_it() {
    let applicable =
        ["server-initialize", "tools-list", "ping", "dns-rebinding-protection", "server-session-lifecycle"];
    conforms("2025-11-25", &applicable).await;
}
