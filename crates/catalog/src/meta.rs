//! What an operation says about itself.

use std::borrow::Cow;
use std::fmt;
use std::ops::BitOr;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

/// The method of the operation's REST route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verb {
    /// Reads.
    Get,
    /// Does.
    Post,
    /// Replaces.
    Put,
    /// Removes.
    Delete,
}

impl Verb {
    /// `GET`, `POST`, `PUT`, `DELETE`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }

    /// Whether parameters travel in a JSON body.
    #[must_use]
    pub const fn has_body(self) -> bool {
        matches!(self, Self::Post | Self::Put)
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where an operation is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Surfaces(u8);

impl Surfaces {
    /// Its own REST route.
    pub const REST: Self = Self(1);
    /// `POST /invoke`.
    pub const RPC: Self = Self(2);
    /// The schema that a GPT imports.
    pub const GPT: Self = Self(4);
    /// The tools of the Model Context Protocol.
    pub const MCP: Self = Self(8);
    /// The command line.
    pub const CLI: Self = Self(16);
    /// Everywhere.
    pub const ALL: Self = Self(31);

    /// Whether all of `other` are among these.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The names, in a stable order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        [(Self::REST, "rest"), (Self::RPC, "rpc"), (Self::GPT, "gpt"), (Self::MCP, "mcp"), (Self::CLI, "cli")]
            .into_iter()
            .filter_map(move |(surface, name)| self.contains(surface).then_some(name))
    }
}

impl BitOr for Surfaces {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// What a caller's key must allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// No key needed.
    Public,
    /// Any key.
    Read,
    /// A key that may change things.
    Write,
    /// A key of an administrator.
    Admin,
}

impl Scope {
    /// `public`, `read`, `write`, `admin`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What an operation changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Nothing.
    Read,
    /// Our own state.
    Write,
    /// Something outside, such as a message sent.
    External,
}

impl Effect {
    /// `read`, `write`, `external`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::External => "external",
        }
    }
}

/// A call that works, for documents and for the test that runs every example.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// What it shows.
    pub title: Cow<'static, str>,
    /// Its arguments.
    pub args: Map<String, Value>,
}

/// Everything an operation says about itself besides its types.
#[derive(Clone, Debug)]
pub struct Meta {
    /// `namespace.action`: `signals.get`.
    pub name: Cow<'static, str>,
    /// Method of the REST route.
    pub verb: Verb,
    /// Path of the REST route, with `{name}` for path parameters.
    pub path: Cow<'static, str>,
    /// One line, at most 300 characters.
    pub summary: Cow<'static, str>,
    /// When to call it, units, ranges.
    pub description: Cow<'static, str>,
    /// Groups in documents; the namespace where none are given.
    pub tags: Vec<Cow<'static, str>>,
    /// Where it is offered.
    pub surfaces: Surfaces,
    /// What a key must allow.
    pub scope: Scope,
    /// What it changes.
    pub effect: Effect,
    /// How long it may take; enforced by whoever calls it.
    pub time_limit: Duration,
    /// What a call costs of the caller's rate limit.
    pub cost: u32,
    /// The list parameter whose every item costs that much, where one does.
    pub cost_by: Option<&'static str>,
    /// The flag with which a call does more than read, where one does: it then needs the scope `write`.
    pub writes_when: Option<&'static str>,
    /// How long an answer may be served again.
    pub cache: Option<Duration>,
    /// Calls that work.
    pub examples: Vec<Example>,
    /// What to use instead, where it should no longer be used.
    pub deprecated: Option<&'static str>,
    /// Whether the answer is a provider's own JSON, passed through.
    pub raw: bool,
    /// Whether rows can be had as CSV.
    pub csv: Csv,
}

/// Whether an operation gives its rows as CSV. As JSON such an answer is `{"csv": "…", "nextCursor": "…"}`, with
/// the names of the columns where no `cursor` was given; over REST it is the text itself, of all pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Csv {
    /// It does not.
    #[default]
    Never,
    /// With `format=csv`.
    Asked,
    /// Always.
    Always,
}

impl Meta {
    /// A description with the usual settings: on every surface, scope `read`, effect `read`,
    /// 30 seconds, cost 1, not cached.
    pub fn new(verb: Verb, name: impl Into<Cow<'static, str>>, path: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: name.into(),
            verb,
            path: path.into(),
            summary: Cow::Borrowed(""),
            description: Cow::Borrowed(""),
            tags: Vec::new(),
            surfaces: Surfaces::ALL,
            scope: Scope::Read,
            effect: Effect::Read,
            time_limit: Duration::from_secs(30),
            cost: 1,
            cost_by: None,
            writes_when: None,
            cache: None,
            examples: Vec::new(),
            deprecated: None,
            raw: false,
            csv: Csv::Never,
        }
    }

    /// A `GET` with the usual settings.
    pub fn get(name: impl Into<Cow<'static, str>>, path: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Verb::Get, name, path)
    }

    /// A `POST` with the usual settings.
    pub fn post(name: impl Into<Cow<'static, str>>, path: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Verb::Post, name, path)
    }

    /// A `PUT` with the usual settings.
    pub fn put(name: impl Into<Cow<'static, str>>, path: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Verb::Put, name, path)
    }

    /// A `DELETE` with the usual settings.
    pub fn delete(name: impl Into<Cow<'static, str>>, path: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Verb::Delete, name, path)
    }

    /// With this one-line summary.
    #[must_use]
    pub fn summary(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.summary = text.into();
        self
    }

    /// With this description.
    #[must_use]
    pub fn description(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.description = text.into();
        self
    }

    /// With one more tag.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<Cow<'static, str>>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// Offered there only.
    #[must_use]
    pub const fn surfaces(mut self, surfaces: Surfaces) -> Self {
        self.surfaces = surfaces;
        self
    }

    /// With this scope.
    #[must_use]
    pub const fn scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// With this effect.
    #[must_use]
    pub const fn effect(mut self, effect: Effect) -> Self {
        self.effect = effect;
        self
    }

    /// With this time limit.
    #[must_use]
    pub const fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// With this cost.
    #[must_use]
    pub const fn cost(mut self, cost: u32) -> Self {
        self.cost = cost;
        self
    }

    /// Costing that much for each item of this list parameter.
    #[must_use]
    pub const fn cost_each(mut self, list: &'static str) -> Self {
        self.cost_by = Some(list);
        self
    }

    /// Which does more than read where this flag is set.
    #[must_use]
    pub const fn writes_when(mut self, flag: &'static str) -> Self {
        self.writes_when = Some(flag);
        self
    }

    /// What a key must allow for a call with these arguments.
    #[must_use]
    pub fn scope_for(&self, args: &Map<String, Value>) -> Scope {
        let does_more = self.writes_when.and_then(|flag| args.get(flag)) == Some(&Value::Bool(true));
        if does_more { self.scope.max(Scope::Write) } else { self.scope }
    }

    /// How many times the cost a call with these arguments costs.
    #[must_use]
    pub fn items(&self, args: &Map<String, Value>) -> u32 {
        let list = self.cost_by.and_then(|name| args.get(name)).and_then(Value::as_array);
        list.map_or(1, |items| u32::try_from(items.len()).unwrap_or(u32::MAX).max(1))
    }

    /// Whose answers may be served again for this long.
    #[must_use]
    pub const fn cache(mut self, time: Duration) -> Self {
        self.cache = Some(time);
        self
    }

    /// Whose rows can be had as CSV, with `format=csv`.
    #[must_use]
    pub const fn csv(mut self) -> Self {
        self.csv = Csv::Asked;
        self
    }

    /// Whose rows are CSV always.
    #[must_use]
    pub const fn csv_only(mut self) -> Self {
        self.csv = Csv::Always;
        self
    }

    /// Whether the answer to a call with these arguments is CSV.
    #[must_use]
    pub fn is_csv(&self, args: &Map<String, Value>) -> bool {
        match self.csv {
            Csv::Never => false,
            Csv::Asked => args.get("format").and_then(Value::as_str) == Some("csv"),
            Csv::Always => true,
        }
    }

    /// With one more example.
    #[must_use]
    pub fn example(
        mut self,
        title: impl Into<Cow<'static, str>>,
        args: impl IntoIterator<Item = (&'static str, Value)>,
    ) -> Self {
        let args = args.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        self.examples.push(Example { title: title.into(), args });
        self
    }

    /// No longer to be used; `instead` says what to use.
    #[must_use]
    pub const fn deprecated(mut self, instead: &'static str) -> Self {
        self.deprecated = Some(instead);
        self
    }

    /// What stands before the first dot of the name.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.name.split('.').next().unwrap_or_default()
    }

    /// The name with underscores for dots, as OpenAPI, GPTs and MCP clients take it.
    #[must_use]
    pub fn operation_id(&self) -> String {
        self.name.replace('.', "_")
    }
}
