//! `call` and `operations`: the catalogue from the command line.

use std::fmt::Write as _;

use anyhow::Result;
use catalog::docs::parse_cli_args;
use catalog::shape::shape;
use catalog::{ErrorCode, OpError};
use ops::Ctx;

use super::{Failure, INSUFFICIENT, NOT_FOUND, Once, USAGE};
use crate::cli::{CallArgs, OperationsArgs, WorldArgs};
use crate::output;

pub async fn run(args: CallArgs, world: &WorldArgs) -> Result<()> {
    let catalog = ops::catalog();
    let operation =
        catalog.directory().get(&args.operation, catalog::Surfaces::CLI).map_err(|error| failure(&error))?;
    if args.describe {
        return Ok(output::line(&operation.cli_help())?);
    }
    let (call, selection) = parse_cli_args(operation, &args.arguments).map_err(|error| {
        output::say(&operation.cli_help());
        failure(&error)
    })?;
    let once = Once::start(world).await?;
    let deadline = std::time::Instant::now() + operation.meta.time_limit;
    let ctx = Ctx {
        app: std::sync::Arc::clone(&once.service.app),
        deadline: Some(deadline),
        caller: "command line".into(),
    };
    let outcome = match tokio::time::timeout_at(deadline.into(), catalog.run(ctx, call)).await {
        Ok(outcome) => outcome.and_then(|body| shape(body, &selection, None)),
        Err(_) => Err(OpError::timed_out(
            u64::try_from(operation.meta.time_limit.as_millis()).unwrap_or(u64::MAX),
            "a smaller limit or fewer symbols",
        )),
    };
    let printed = match outcome {
        Ok(shaped) => super::signal::pretty(&String::from_utf8_lossy(&shaped.body))
            .and_then(|text| output::line(&text).map_err(Into::into)),
        Err(error) => Err(failure(&error)),
    };
    once.end().await;
    printed
}

fn failure(error: &OpError) -> anyhow::Error {
    let code = match error.code {
        ErrorCode::BadArgument | ErrorCode::MalformedRequest => USAGE,
        ErrorCode::InsufficientData => INSUFFICIENT,
        ErrorCode::UnknownOperation | ErrorCode::UnknownSymbol | ErrorCode::NotFound => NOT_FOUND,
        _ => 1,
    };
    let mut text = format!("{}: {}", error.code, error.detail);
    for field in &error.fields {
        // Writing into a String cannot fail.
        let _ = write!(text, "\n  {field}");
    }
    Failure::with(code, text)
}

pub fn operations(args: &OperationsArgs) -> Result<()> {
    let catalog = ops::catalog();
    let directory = catalog.directory();
    if args.count {
        let counts = directory.count_by_namespace();
        let mut text = String::new();
        for (namespace, count) in &counts {
            let _ = writeln!(text, "{count:>5}  {namespace}");
        }
        let total: usize = counts.iter().map(|(_, count)| count).sum();
        return Ok(output::line(&format!("{text}{total:>5}  total"))?);
    }
    let listing = directory.listing(args.namespace.as_deref()).map_err(|error| failure(&error))?;
    if args.json {
        return Ok(output::line(&serde_json::to_string_pretty(&listing)?)?);
    }
    let mut text = String::new();
    for operation in directory {
        if args.namespace.as_deref().is_none_or(|wanted| operation.meta.namespace() == wanted) {
            let _ = writeln!(text, "{:<44} {}", operation.name(), operation.meta.summary);
        }
    }
    Ok(output::data(&text)?)
}
