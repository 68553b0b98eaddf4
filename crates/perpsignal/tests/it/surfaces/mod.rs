/// Allowances and scopes.
mod allowances;
/// The protocol's conformance suite.
mod conformance;
/// Smaller bodies, tags, documents and pages.
mod documents;
/// Every documented example of every operation.
mod examples;
/// The document against the server.
mod fuzzed;
/// What GPT Actions import and call.
mod gpt;
/// The Model Context Protocol over HTTP.
mod mcp;
/// The protocol's public clients.
mod mcp_clients;
/// The Model Context Protocol over standard input and output.
mod mcp_stdio;
/// What a wrong request is told, whatever is wrong with it.
mod refusals;
/// Programs of others.
mod tools;
