//! The one program: command line, configuration, telemetry, wiring.
fn main() {}
