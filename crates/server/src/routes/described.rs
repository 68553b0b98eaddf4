//! The OpenAPI document: the catalogue's operations, and the few routes beside them that a caller may want.
//! `POST /invoke` has a document of its own, since what it takes hangs on the operation that it names.

use catalog::Directory;
use catalog::docs::{Access, Info};
use serde_json::{Value, json};

const DESCRIPTION: &str = "Explained LONG / SHORT / NEUTRAL signals for crypto perpetual futures, and the market \
     data behind them. `POST /invoke` calls any operation by its name: GET /invoke/schema describes it.";

/// The document of everything that is asked for by a path of its own.
#[must_use]
pub fn openapi(directory: &Directory, version: &str, base_url: &str, access: Access) -> Value {
    let info = Info { title: "perpsignal".into(), version: version.into(), description: DESCRIPTION.into() };
    directory.openapi(&info, base_url, access, Some(&beside()))
}

/// The routes that are no operations.
fn beside() -> Value {
    let text = json!({"text/plain": {"schema": {"type": "string"}}});
    let problem = json!({"$ref": "#/components/responses/Problem"});
    let get = |id: &str, summary: &str, parameters: Value, responses: Value| {
        json!({"get": {
            "operationId": id, "tags": ["service"], "summary": summary, "security": [],
            "parameters": parameters, "responses": responses
        }})
    };
    let facts = |id: &str, summary: &str, responses: Value| get(id, summary, json!([]), responses);
    let operations = get(
        "service_operations",
        "Every operation with its parameters, for POST /invoke",
        json!([{
            "name": "namespace", "in": "query", "description": "Those of one namespace alone.",
            "schema": {"type": "string", "minLength": 1}, "example": "signals"
        }]),
        json!({
            "200": {"description": "The operations", "content": {"application/json": {"schema": {
                "type": "object",
                "required": ["count", "namespaces", "operations"],
                "properties": {
                    "count": {"type": "integer"},
                    "namespaces": {
                        "type": "object",
                        "description": "How many each has.",
                        "additionalProperties": {"type": "integer"}
                    },
                    "operations": {"type": "array", "items": {"type": "object"}}
                }
            }}}},
            "4XX": problem
        }),
    );
    json!({
        "tags": [{"name": "service"}],
        "paths": {
            "/healthz": facts("service_alive", "Whether the process is alive", json!({
                "200": {"description": "It is", "content": text}
            })),
            "/readyz": facts("service_ready", "Whether rows can be promised", json!({
                "200": {"description": "They can", "content": text},
                "503": {"description": "Why they cannot", "content": text}
            })),
            "/metrics": facts("service_metrics", "Measures in Prometheus' text format", json!({
                "200": {"description": "The measures", "content": text}
            })),
            "/invoke/operations": operations
        }
    })
}
