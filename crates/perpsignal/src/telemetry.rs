//! Logs and metrics of the process.

use anyhow::{Context, Result};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, LogSettings};

/// Logs go to stderr: stdout is data. `quiet` keeps one-shot commands silent but for warnings.
pub fn logs(settings: &LogSettings, quiet: bool) -> Result<()> {
    let level = if quiet && settings.level == "info" { "error" } else { settings.level.as_str() };
    let filter = EnvFilter::try_new(level).with_context(|| format!("'{level}' is not a log filter"))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match settings.format {
        LogFormat::Pretty => builder.with_ansi(crate::output::colours_on_stderr()).init(),
        LogFormat::Json => builder.json().flatten_event(true).init(),
    }
    Ok(())
}

/// Bounds of the histograms, in seconds.
const SECONDS: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// The process's metrics, rendered by `/metrics`.
pub fn metrics() -> Result<PrometheusHandle> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)?
        .install_recorder()
        .context("the metrics cannot be installed")?;
    upstream::telemetry::describe();
    Ok(handle)
}
