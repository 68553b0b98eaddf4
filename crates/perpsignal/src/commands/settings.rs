//! `config`: what is in force.

use std::fmt::Write as _;

use anyhow::Result;

use crate::cli::{ConfigCommand, WorldArgs};
use crate::config::{Config, Environment, VARIABLES};
use crate::output;

pub fn run(command: ConfigCommand, world: &WorldArgs) -> Result<()> {
    let environment = Environment::read()?;
    let config = Config::load(world.config.as_deref(), &environment)?;
    match command {
        // Secrets are of a type that shows itself as hidden.
        ConfigCommand::Print => Ok(output::line(&format!("{config:#?}"))?),
        ConfigCommand::Check => {
            let mut text = String::from("the configuration is right\n\nvariables that are read:\n");
            for variable in VARIABLES {
                let state = match environment.get(variable.name) {
                    None => "not set".to_owned(),
                    Some(_) if variable.secret => "set, hidden".to_owned(),
                    Some(value) => value.to_owned(),
                };
                let _ = writeln!(text, "  {:<24} {} [{state}]", variable.name, variable.doc);
            }
            Ok(output::data(&text)?)
        }
    }
}
