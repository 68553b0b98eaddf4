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
        ConfigCommand::Print => Ok(output::line(&without_passwords(&format!("{config:#?}")))?),
        ConfigCommand::Check => {
            let mut text = String::from("the configuration is right\n\nvariables that are read:\n");
            for variable in VARIABLES {
                let state = match environment.get(variable.name) {
                    None => "not set".to_owned(),
                    Some(_) if variable.secret => "set, hidden".to_owned(),
                    Some(value) => without_passwords(value),
                };
                let _ = writeln!(text, "  {:<24} {} [{state}]", variable.name, variable.doc);
            }
            Ok(output::data(&text)?)
        }
    }
}

/// The text with user and password of every address in it hidden.
fn without_passwords(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        shown.push_str(before);
        shown.push_str("://");
        let end = after.find(|letter: char| letter == '"' || letter.is_whitespace()).unwrap_or(after.len());
        let (address, tail) = after.split_at(end);
        shown.push_str(&without_password(address));
        rest = tail;
    }
    shown.push_str(rest);
    shown
}

/// An address behind its scheme. What stands before an '@' is hidden where it may be a password: in the
/// authority, or where a password that should have been escaped has cut the authority short.
fn without_password(address: &str) -> String {
    let end = address.find(['/', '?', '#']).unwrap_or(address.len());
    let (authority, path) = address.split_at(end);
    if let Some((_, host)) = authority.rsplit_once('@') {
        return format!("***@{host}{path}");
    }
    let has_port = |port: &str| port.ends_with(']') || port.bytes().all(|byte| byte.is_ascii_digit());
    let is_whole = authority.rsplit_once(':').is_none_or(|(_, port)| has_port(port));
    match path.rsplit_once('@') {
        Some((_, host)) if !is_whole => format!("***@{host}"),
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_and_passwords_of_addresses_are_hidden_and_nothing_else() {
        for (text, shown) in [
            ("http://u:p@x/v1", "http://***@x/v1"),
            ("\"wss://u:p@q@x:1\", \"https://y\"", "\"wss://***@x:1\", \"https://y\""),
            ("http://token@[::1]:80/a@b", "http://***@[::1]:80/a@b"),
            ("http://u:p/w@x/v1", "http://***@x/v1"),
            ("http://x:80/@user http://[::1]/@user", "http://x:80/@user http://[::1]/@user"),
            ("plain @ text", "plain @ text"),
        ] {
            assert_eq!(without_passwords(text), shown);
        }
    }
}
