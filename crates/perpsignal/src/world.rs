//! Which world the program lives in: the live markets, recorded history, or a simulated market. All base
//! URLs and the clock come from here.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use domain::{Clock, Source, UtcMs};
use market::StreamBases;
use replay::{Fault, Replay, ReplayConfig};
use secrecy::SecretString;
use serde::Deserialize;
use std::collections::BTreeMap;
use store::DataSource;

use crate::cli::WorldArgs;
use crate::clock::{ReplayClock, SystemClock};
use crate::commands::{Failure, USAGE};
use crate::config::Config;

/// The world, and what of it must stay alive.
pub struct World {
    /// Its clock.
    pub clock: Arc<dyn Clock>,
    /// live, replay or simulated.
    pub data_source: DataSource,
    /// Where the exchanges' streams are.
    pub streams: StreamBases,
    /// A folder name for this world's own rows; `None` for the live one.
    pub own_folder: Option<String>,
    replay: Option<Replay>,
}

/// What a replay server says of itself.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Announcement {
    service: String,
    data_source: String,
    clock: AnnouncedClock,
    providers: BTreeMap<String, AnnouncedProvider>,
}

#[derive(Deserialize)]
struct AnnouncedClock {
    now: i64,
    speed: f64,
}

#[derive(Deserialize)]
struct AnnouncedProvider {
    rest: String,
    #[serde(default)]
    stream: Option<String>,
}

/// Longest time for a replay server to say who it is.
const ANNOUNCE_LIMIT: Duration = Duration::from_secs(5);

impl World {
    /// The world that the flags ask for. A replay or the simulator is started inside this process, unless
    /// the address of a running one is given. The configuration's providers are pointed at it.
    pub async fn enter(args: &WorldArgs, config: &mut Config) -> Result<Self> {
        if args.replay.is_none() && args.simulate.is_none() && args.replay_url.is_none() {
            if args.at.is_some() || args.speed.is_some() || !args.fault.is_empty() {
                return Err(usage("--at, --speed and --fault belong to --replay or --simulate"));
            }
            return Ok(Self::live(config));
        }
        if args.replay_url.is_some() && (args.at.is_some() || args.speed.is_some() || !args.fault.is_empty())
        {
            return Err(usage("--at, --speed and --fault are for 'perpsignal replay' where --replay-url is"));
        }
        let faults = faults(&args.fault)?;
        let (replay, url) = match (&args.replay, args.simulate, &args.replay_url) {
            (_, _, Some(url)) => (None, url.trim_end_matches('/').to_owned()),
            (Some(dir), _, _) => {
                let at = args.at.ok_or_else(|| usage("--replay needs --at TIME"))?;
                let world = replay::World::Files { dir: dir.clone(), at, speed: args.speed.unwrap_or(0.0) };
                let replay = start(world, faults, any_port()).await?;
                let url = replay.base_url().to_owned();
                (Some(replay), url)
            }
            (None, seed, None) => {
                let world = replay::World::Simulated {
                    seed: seed.unwrap_or_default(),
                    at: args.at,
                    speed: args.speed.unwrap_or(1.0),
                };
                let replay = start(world, faults, any_port()).await?;
                let url = replay.base_url().to_owned();
                (Some(replay), url)
            }
        };
        let mut world = Self::of(&url, config).await?;
        world.own_folder = Some(folder(args, world.data_source));
        if let Some(replay) = &replay {
            world.clock = replay.clock();
        }
        world.replay = replay;
        Ok(world)
    }

    fn live(config: &Config) -> Self {
        let defaults = StreamBases::default();
        let chosen = |setting: &Option<String>, default: String| {
            setting.clone().map_or(default, |url| url.trim_end_matches('/').to_owned())
        };
        Self {
            clock: Arc::new(SystemClock),
            data_source: DataSource::Live,
            streams: StreamBases {
                binance: chosen(&config.providers.binance.stream_url, defaults.binance),
                okx: chosen(&config.providers.okx.stream_url, defaults.okx),
                bybit: chosen(&config.providers.bybit.stream_url, defaults.bybit),
                accept_replay: false,
            },
            own_folder: None,
            replay: None,
        }
    }

    /// The world that a replay server shows, with every provider pointed at it.
    async fn of(url: &str, config: &mut Config) -> Result<Self> {
        let client = upstream::http_client();
        let read_at = Instant::now();
        let answer = client
            .get(format!("{url}/"))
            .timeout(ANNOUNCE_LIMIT)
            .send()
            .await
            .with_context(|| format!("no replay server answers at {url}"))?;
        let announcement: Announcement = serde_json::from_slice(&answer.bytes().await?)
            .with_context(|| format!("{url} does not say that it is a replay server"))?;
        if announcement.service != "perpsignal-replay" {
            bail!("{url} is no replay server of perpsignal");
        }
        let data_source: DataSource = announcement.data_source.parse()?;
        if data_source == DataSource::Live {
            bail!("{url} calls its data live, which a replay server never may");
        }
        let mut streams = StreamBases { accept_replay: true, ..StreamBases::default() };
        let providers = &mut config.providers;
        for (name, place) in announcement.providers {
            let stream = place.stream.unwrap_or_default();
            let settings = match name.as_str() {
                "binance" => {
                    streams.binance = stream;
                    &mut providers.binance
                }
                "okx" => {
                    streams.okx = stream;
                    &mut providers.okx
                }
                "bybit" => {
                    streams.bybit = stream;
                    &mut providers.bybit
                }
                "coinglass" => &mut providers.coinglass,
                "lunarcrush" => &mut providers.lunarcrush,
                "coinapi" => &mut providers.coinapi,
                "coingecko" => &mut providers.coingecko,
                name if name == Source::AlternativeMe.as_str() => &mut providers.fear_greed,
                _ => continue,
            };
            settings.base_url = Some(place.rest);
            // In a replay every provider counts as keyed, and real keys stay at home.
            settings.key = Some(SecretString::from("replay"));
            // So do the limits of a real account.
            settings.calls_per_minute = None;
            settings.calls_per_day = None;
            settings.calls_per_month = None;
            settings.credits_per_day = None;
        }
        providers.coinglass.plan = Some("professional".to_owned());
        providers.lunarcrush.plan = Some("scale".to_owned());
        providers.coingecko.plan = Some("pro".to_owned());
        let AnnouncedClock { now, speed } = announcement.clock;
        Ok(Self {
            clock: Arc::new(ReplayClock { base: UtcMs(now), read_at, speed }),
            data_source,
            streams,
            own_folder: Some(format!("{data_source}-served")),
            replay: None,
        })
    }

    /// Whether providers' answers must carry the replay's mark.
    pub const fn is_replay(&self) -> bool {
        self.streams.accept_replay
    }

    /// The address of the replay inside this process.
    pub fn replay_url(&self) -> Option<&str> {
        self.replay.as_ref().map(Replay::base_url)
    }

    /// Leaves the world.
    pub async fn leave(self) {
        if let Some(replay) = self.replay {
            replay.stop().await;
        }
    }
}

/// Starts a replay server.
pub async fn start(world: replay::World, faults: Vec<Fault>, listen: SocketAddr) -> Result<Replay> {
    let config = ReplayConfig { world, listen, faults, enforce_limits: true };
    replay::start(config).await.context("the replay could not be started")
}

/// Faults as written on the command line.
pub fn faults(texts: &[String]) -> Result<Vec<Fault>> {
    texts.iter().map(|text| text.parse::<Fault>().with_context(|| format!("--fault {text}"))).collect()
}

fn usage(message: &str) -> anyhow::Error {
    Failure::with(USAGE, message)
}

const fn any_port() -> SocketAddr {
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0)
}

/// A name of its own for each replayed or simulated world, so that what one run learned of its market never
/// enters another's.
fn folder(args: &WorldArgs, data_source: DataSource) -> String {
    let mut hasher = DefaultHasher::new();
    args.replay.as_ref().map(|dir| dir.canonicalize().unwrap_or_else(|_| dir.clone())).hash(&mut hasher);
    (args.simulate, &args.replay_url, args.at).hash(&mut hasher);
    format!("{data_source}-{:016x}", hasher.finish())
}
