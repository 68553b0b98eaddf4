//! The environment: each variable a documented row.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use secrecy::SecretString;

use super::alerts::chats;
use super::judge::{seconds, switch};
use super::{Config, LogFormat};

/// One variable.
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it sets.
    pub doc: &'static str,
    /// Whether its value must never be shown.
    pub secret: bool,
    set: fn(&mut Config, &str) -> Result<()>,
}

/// Every variable that is read.
pub const VARIABLES: &[Variable] = &[
    secret("COINGLASS_API_KEY", "Key of Coinglass v4", |config, value| {
        config.providers.coinglass.key = Some(value.into());
        Ok(())
    }),
    plain(
        "COINGLASS_PLAN",
        "Plan of that key: hobbyist, startup, standard, professional, enterprise",
        |config, value| {
            config.providers.coinglass.plan = Some(value.into());
            Ok(())
        },
    ),
    secret("LUNARCRUSH_API_KEY", "Key of LunarCrush v4", |config, value| {
        config.providers.lunarcrush.key = Some(value.into());
        Ok(())
    }),
    plain("LUNARCRUSH_PLAN", "Plan of that key: hobby, individual, builder, scale", |config, value| {
        config.providers.lunarcrush.plan = Some(value.into());
        Ok(())
    }),
    secret("COINAPI_KEY", "Key of CoinAPI", |config, value| {
        config.providers.coinapi.key = Some(value.into());
        Ok(())
    }),
    secret("COINGECKO_API_KEY", "Key of CoinGecko", |config, value| {
        config.providers.coingecko.key = Some(value.into());
        Ok(())
    }),
    plain("COINGECKO_PLAN", "Plan of that key: keyless, demo, pro", |config, value| {
        config.providers.coingecko.plan = Some(value.into());
        Ok(())
    }),
    secret("OPENAI_API_KEY", "Key of the model that judges beside the rules", |config, value| {
        config.judge.key = Some(value.into());
        Ok(())
    }),
    plain("OPENAI_BASE_URL", "Where the model server is; any OpenAI-compatible one", |config, value| {
        config.judge.base_url = Some(value.trim_end_matches('/').to_owned());
        Ok(())
    }),
    plain("OPENAI_MODEL", "Name of the model, as its server knows it", |config, value| {
        value.clone_into(&mut config.judge.model.model);
        Ok(())
    }),
    plain("ENABLE_AI_JUDGE", "true: the model judges first, within the rules' limits", |config, value| {
        config.judge.enabled = switch(value)?;
        Ok(())
    }),
    plain("AI_JUDGE_TIMEOUT", "Longest time for the model's verdict, in seconds", |config, value| {
        config.judge.timeout_s = seconds(value)?;
        Ok(())
    }),
    secret("TELEGRAM_BOT_TOKEN", "Token of the bot that sends the alerts", |config, value| {
        config.alerts.token = Some(value.into());
        Ok(())
    }),
    plain("TELEGRAM_CHAT_ID", "Comma-separated chats that are told of every coin", |config, value| {
        config.alerts.chats = chats(value)?;
        Ok(())
    }),
    plain("TELEGRAM_BASE_URL", "Where the bot API is, if not at Telegram's", |config, value| {
        config.alerts.base_url = Some(value.trim_end_matches('/').to_owned());
        Ok(())
    }),
    plain(
        "TELEGRAM_WEBHOOK_URL",
        "Public address of /telegram/webhook here; the bot polls where it is not set",
        |config, value| {
            config.alerts.webhook_url = Some(value.to_owned());
            Ok(())
        },
    ),
    secret(
        "TELEGRAM_WEBHOOK_SECRET",
        "What Telegram shows there; made of the token where it is not set",
        |config, value| {
            config.alerts.webhook_secret = Some(value.into());
            Ok(())
        },
    ),
    plain("AUTO_SKIP_AVOID_SIGNALS", "true: SKIP and AVOID make no alerts", |config, value| {
        config.alerts.skip_avoided = switch(value)?;
        Ok(())
    }),
    secret(
        "DATABASE_URL",
        "postgres://… or sqlite:///path; SQLite in the data folder by default",
        |config, value| {
            config.database.url = Some(value.into());
            Ok(())
        },
    ),
    secret(
        "DATABASE_DIRECT_URL",
        "PostgreSQL's direct address where DATABASE_URL is a pooler's",
        |config, value| {
            config.database.direct_url = Some(value.into());
            Ok(())
        },
    ),
    plain(
        "PERPSIGNAL_DATA_DIR",
        "Folder of the embedded database and of the backup lines",
        |config, value| {
            config.database.data_dir = Some(PathBuf::from(value));
            Ok(())
        },
    ),
    secret(
        "API_KEYS",
        "Comma-separated keys that open the API, each KEY or KEY:read|write|admin, of 8 characters or more",
        |config, value| {
            config.server.api_keys = value
                .split(',')
                .map(str::trim)
                .filter(|key| !key.is_empty())
                .map(SecretString::from)
                .collect();
            Ok(())
        },
    ),
    plain("BASE_URL", "The public address, for documents", |config, value| {
        config.server.base_url = Some(value.trim_end_matches('/').to_owned());
        Ok(())
    }),
    plain("PERPSIGNAL_LISTEN", "Address and port of the server", |config, value| {
        config.server.listen = value.parse().context("not an address with a port")?;
        Ok(())
    }),
    plain(
        "PERPSIGNAL_SCAN_EVERY",
        "Seconds between two rounds of the background scan; off where not set",
        |config, value| {
            config.background.every_s = Some(value.parse().context("not a number of seconds")?);
            Ok(())
        },
    ),
    plain(
        "PERPSIGNAL_LOG",
        "Filter of the log: info, debug, perpsignal=debug,upstream=trace",
        |config, value| {
            value.clone_into(&mut config.log.level);
            Ok(())
        },
    ),
    plain("PERPSIGNAL_LOG_FORMAT", "pretty or json", |config, value| {
        config.log.format = match value {
            "pretty" => LogFormat::Pretty,
            "json" => LogFormat::Json,
            _ => bail!("pretty or json"),
        };
        Ok(())
    }),
];

const fn plain(name: &'static str, doc: &'static str, set: fn(&mut Config, &str) -> Result<()>) -> Variable {
    Variable { name, doc, secret: false, set }
}

const fn secret(name: &'static str, doc: &'static str, set: fn(&mut Config, &str) -> Result<()>) -> Variable {
    Variable { name, doc, secret: true, set }
}

/// Further variables, which name customary folders.
const FOLDERS: [&str; 2] = ["XDG_DATA_HOME", "HOME"];

/// A snapshot of the environment, `.env` beneath it.
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The process's variables, over those of `.env` in this folder.
    pub fn read() -> Result<Self> {
        let mut variables = match std::fs::read_to_string(".env") {
            Ok(text) => parse_dotenv(&text).context(".env")?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error).context("cannot read .env"),
        };
        for (name, value) in std::env::vars_os() {
            // A name that is not UTF-8 is none of ours.
            let Ok(name) = name.into_string() else { continue };
            match value.into_string() {
                Ok(value) => drop(variables.insert(name, value)),
                Err(_) if is_read(&name) => bail!("variable {name} is not UTF-8"),
                Err(_) => {}
            }
        }
        Ok(Self(variables))
    }

    /// A variable that is set and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Puts every variable that is set over the configuration.
    pub fn apply(&self, config: &mut Config) -> Result<()> {
        for variable in VARIABLES {
            if let Some(value) = self.get(variable.name) {
                (variable.set)(config, value).with_context(|| format!("variable {}", variable.name))?;
            }
        }
        Ok(())
    }

    /// The customary folder for this program's data.
    pub fn default_data_dir(&self) -> PathBuf {
        let [data, home] = FOLDERS.map(|name| self.get(name));
        if let Some(dir) = data {
            return PathBuf::from(dir).join("perpsignal");
        }
        match home {
            Some(home) => PathBuf::from(home).join(".local/share/perpsignal"),
            None => PathBuf::from("perpsignal-data"),
        }
    }
}

fn is_read(name: &str) -> bool {
    FOLDERS.contains(&name) || VARIABLES.iter().any(|variable| variable.name == name)
}

/// `NAME=value` lines; `export` before and quotes around are allowed, `#` begins a comment line.
fn parse_dotenv(text: &str) -> Result<BTreeMap<String, String>> {
    let mut variables = BTreeMap::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let line = line.strip_prefix("export ").unwrap_or(line);
        let (name, value) =
            line.split_once('=').with_context(|| format!("line {} is not NAME=value", index + 1))?;
        let value = value.trim();
        let bare = ['"', '\'']
            .into_iter()
            .find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote))
            .unwrap_or(value);
        variables.insert(name.trim().to_owned(), bare.to_owned());
    }
    Ok(variables)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dotenv_lines_may_be_quoted_exported_and_commented() {
        let read = parse_dotenv("# keys\nexport A=\"x y\"\nB = 'z'\n\nC=a=b\n").unwrap();
        assert_eq!(read["A"], "x y");
        assert_eq!(read["B"], "z");
        assert_eq!(read["C"], "a=b");
        assert!(parse_dotenv("nonsense").is_err());
    }

    #[test]
    fn a_variable_is_put_over_the_file_and_a_wrong_one_is_named() {
        let mut config = Config::default();
        let environment = Environment([("PERPSIGNAL_LISTEN".to_owned(), "0.0.0.0:1".to_owned())].into());
        environment.apply(&mut config).unwrap();
        assert_eq!(config.server.listen.port(), 1);
        let wrong = Environment([("PERPSIGNAL_LISTEN".to_owned(), "nowhere".to_owned())].into());
        assert!(format!("{:#}", wrong.apply(&mut config).unwrap_err()).contains("PERPSIGNAL_LISTEN"));
    }
}
