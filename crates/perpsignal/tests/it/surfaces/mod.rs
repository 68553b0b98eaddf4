/// Allowances and scopes.
mod allowances;
/// Smaller bodies, tags, documents and pages.
mod documents;
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
