//! The document against the server: two validators that share no code read it, and schemathesis makes requests
//! of it, right ones and wrong ones, and holds every answer against it.

use super::tools::{Tools, ran_well};
use crate::program::{Place, SIMULATED};

const SCHEMATHESIS: &str = "schemathesis==4.32.5";
const PYTHON_VALIDATOR: &str = "openapi-spec-validator==0.9.0";
const NODE_VALIDATOR: &str = "@seriousme/openapi-schema-validator@2.11.0";
const KEYS: &str = "reader-secret:read,chief-secret:admin";
/// Namespaces whose operations are rows of providers' tables: one machinery, so a few requests to each are
/// enough here. `CONTRIBUTING.md` has the command for all.
const PASSED_THROUGH: &str = "coinglass,coingecko,lunarcrush,coinapi,binance,okx,bybit";

#[tokio::test]
async fn two_validators_accept_the_documents() {
    let Some(tools) = Tools::with("validators", &[PYTHON_VALIDATOR], &[NODE_VALIDATOR]).await else { return };
    for place in [Place::new(), Place::new().with("API_KEYS", KEYS)] {
        let server = place.serve(&SIMULATED).await;
        for path in ["/openapi.json", "/gpt/action-schema", "/invoke/schema"] {
            let file = place.write("document.json", &server.get(path).await.ok().to_string());
            let mut python = tools.command("bin/python");
            python.args(["-m", "openapi_spec_validator"]).arg(&file);
            let said = ran_well(path, python).await;
            assert!(said.contains("OK"), "{path}: {said}");
            let mut node =
                tools.node_with("@seriousme/openapi-schema-validator/bin/validate-api-cli.js").await;
            node.arg(&file);
            let said = ran_well(path, node).await;
            assert!(said.contains("\"valid\": true"), "{path}: {said}");
        }
    }
}

/// On a machine that other tests keep busy a provider may answer too late, which 503 and 504 tell; 500 is a
/// fault of ours anywhere.
const SETTINGS: &str = r#"
request-timeout = 60

[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", 503, 504]
"#;

/// Schemathesis with every check, over the operations that `choice` leaves.
async fn agrees(tools: &Tools, place: &Place, phases: &str, examples: &str, choice: &[String]) {
    let server = place.serve(&SIMULATED).await;
    let mut run = tools.command("bin/schemathesis");
    run.arg("--config-file").arg(place.write("schemathesis.toml", SETTINGS));
    run.args(["run", &server.url("/openapi.json"), "--checks", "all", "--phases", phases]);
    run.args(["--max-examples", examples, "--continue-on-failure", "--no-shrink", "--seed", "1"]);
    let said = ran_well("schemathesis", {
        run.args(choice);
        run
    })
    .await;
    assert!(!said.contains("Empty test suite") && said.contains("Test cases:"), "{said}");
}

fn each(flag: &str) -> Vec<String> {
    PASSED_THROUGH.split(',').flat_map(|tag| [flag.to_owned(), tag.to_owned()]).collect()
}

#[tokio::test]
async fn our_own_operations_do_what_the_document_says() {
    let Some(tools) = Tools::with("schemathesis-own", &[SCHEMATHESIS], &[]).await else { return };
    let place = Place::new();
    agrees(&tools, &place, "examples,coverage,fuzzing,stateful", "4", &each("--exclude-tag")).await;
}

#[tokio::test]
async fn operations_of_the_providers_do_what_the_document_says() {
    let Some(tools) = Tools::with("schemathesis-providers", &[SCHEMATHESIS], &[]).await else { return };
    let place = Place::new();
    // Right requests alone: some of the wrong ones that are made of lists are right once they are written into a
    // query, and are then taken, as they should be.
    let right = ["--mode", "positive"].map(str::to_owned);
    let choice: Vec<String> = right.into_iter().chain(each("--include-tag")).collect();
    agrees(&tools, &place, "examples,fuzzing", "3", &choice).await;
}

#[tokio::test]
async fn a_server_with_keys_asks_for_them_where_the_document_says_so() {
    let Some(tools) = Tools::with("schemathesis-keyed", &[SCHEMATHESIS], &[]).await else { return };
    let place = Place::new().with("API_KEYS", KEYS);
    place.write("perpsignal.toml", "[server]\nkey_units_per_minute = 0\naddress_units_per_minute = 0\n");
    let choice = ["--header", "Authorization: Bearer chief-secret"]
        .map(str::to_owned)
        .into_iter()
        .chain(each("--exclude-tag"));
    agrees(&tools, &place, "examples,fuzzing", "1", &choice.collect::<Vec<_>>()).await;
}
