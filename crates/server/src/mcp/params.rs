//! What the protocol's requests take. Its library reads a request whose parameters do not fit as one of a method
//! that it does not know; here such a caller is told which parameter is wrong.

use rmcp::ErrorData;
use rmcp::model::{CustomRequest, ProtocolVersion};
use serde_json::Value;

/// What a parameter must be.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Object,
}

/// A parameter, by its path within `params`.
struct Param {
    path: &'static str,
    kind: Kind,
    is_required: bool,
}

const fn required(path: &'static str, kind: Kind) -> Param {
    Param { path, kind, is_required: true }
}

const fn optional(path: &'static str, kind: Kind) -> Param {
    Param { path, kind, is_required: false }
}

/// The method that later revisions do without.
const HANDSHAKE: &str = "initialize";

/// The methods that are served, each with its parameters.
const METHODS: &[(&str, &[Param])] = &[
    (
        HANDSHAKE,
        &[
            required("protocolVersion", Kind::Text),
            required("capabilities", Kind::Object),
            required("clientInfo", Kind::Object),
            required("clientInfo.name", Kind::Text),
            required("clientInfo.version", Kind::Text),
        ],
    ),
    ("server/discover", &[]),
    ("tools/list", &[]),
    ("tools/call", &[required("name", Kind::Text), optional("arguments", Kind::Object)]),
    ("prompts/list", &[]),
    ("prompts/get", &[required("name", Kind::Text), optional("arguments", Kind::Object)]),
    ("resources/list", &[]),
    ("resources/templates/list", &[]),
    ("resources/read", &[required("uri", Kind::Text)]),
];

/// The revision from which on there is no handshake, as requests name it.
pub(super) const MODERN: &str = "2026-07-28";

/// The refusal of a request that was read as one of an unknown method, where the method is known after all to
/// this revision of the protocol.
pub(super) fn misfit(request: &CustomRequest, revision: Option<&ProtocolVersion>) -> Option<ErrorData> {
    let (method, takes) = METHODS.iter().find(|(method, _)| *method == request.method)?;
    if *method == HANDSHAKE && revision.is_some_and(|revision| revision.as_str() >= MODERN) {
        return None;
    }
    let none = Value::Null;
    let params = request.params.as_ref().unwrap_or(&none);
    let wrong = takes.iter().find_map(|param| param.fault(params));
    let detail = wrong.unwrap_or_else(|| format!("a member of 'params' is not as {method} takes it"));
    Some(ErrorData::invalid_params(format!("Invalid params: {detail}"), None))
}

impl Param {
    /// What is wrong with this parameter, if anything.
    fn fault(&self, params: &Value) -> Option<String> {
        let given = self.path.split('.').try_fold(params, |value, name| value.get(name));
        let given = given.filter(|value| self.is_required || !value.is_null());
        let (fits, accepted) = match self.kind {
            Kind::Text => (given.is_none_or(Value::is_string), "a string"),
            Kind::Object => (given.is_none_or(Value::is_object), "an object"),
        };
        match given {
            None if self.is_required => Some(format!("'{}' is missing; it must be {accepted}", self.path)),
            _ if fits => None,
            _ => Some(format!("'{}' must be {accepted}", self.path)),
        }
    }
}

#[cfg(test)]
mod tests {
    use rmcp::model::{ClientJsonRpcMessage, ClientRequest, ErrorCode};
    use serde_json::json;

    use super::*;

    /// The refusal of a message as the library reads it.
    fn refused(method: &str, params: &Value, revision: Option<&ProtocolVersion>) -> Option<ErrorData> {
        let mut message = json!({"jsonrpc": "2.0", "id": 1, "method": method});
        if !params.is_null() {
            message["params"] = params.clone();
        }
        match serde_json::from_value(message).unwrap() {
            ClientJsonRpcMessage::Request(request) => match request.request {
                ClientRequest::CustomRequest(request) => misfit(&request, revision),
                _ => None,
            },
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_request_that_does_not_fit_is_told_which_parameter() {
        let hello = |name: &str, value: Value| {
            let mut hello = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
            hello[name] = value;
            hello
        };
        for (method, params, named) in [
            ("tools/call", json!({"name": "get_signal", "arguments": [1]}), "'arguments' must be an object"),
            ("tools/call", json!({"name": "get_signal", "arguments": "BTC"}), "'arguments'"),
            ("tools/call", json!({"arguments": {}}), "'name' is missing"),
            ("tools/call", json!({"name": 7}), "'name' must be a string"),
            ("tools/call", json!(null), "'name' is missing"),
            ("initialize", json!(null), "'protocolVersion' is missing"),
            ("initialize", json!({}), "'protocolVersion' is missing"),
            ("initialize", hello("capabilities", json!(7)), "'capabilities' must be an object"),
            ("initialize", hello("clientInfo", json!({"name": "t"})), "'clientInfo.version' is missing"),
            ("resources/read", json!({}), "'uri' is missing"),
        ] {
            let error =
                refused(method, &params, None).unwrap_or_else(|| panic!("{method} {params} was taken"));
            assert_eq!(error.code, ErrorCode::INVALID_PARAMS, "{method} {params}");
            assert!(error.message.contains(named), "{method} {params}: {}", error.message);
        }
    }

    #[test]
    fn what_fits_or_is_unknown_is_no_matter_of_parameters() {
        for (method, params) in [
            ("tools/call", json!({"name": "get_signal", "arguments": null})),
            ("tools/list", json!(null)),
            ("foo/bar", json!({"arguments": [1]})),
        ] {
            assert!(refused(method, &params, None).is_none(), "{method} {params}");
        }
        let modern = ProtocolVersion::V_2026_07_28;
        assert_eq!(modern.as_str(), MODERN);
        assert!(refused(HANDSHAKE, &json!({}), Some(&modern)).is_none(), "there is no handshake any more");
        assert!(refused("tools/call", &json!({}), Some(&modern)).is_some());
    }
}
