//! The replay over real HTTP and WebSockets.

#[cfg(test)]
mod clients;
#[cfg(test)]
mod files;
#[cfg(test)]
mod folder;
#[cfg(test)]
mod misbehaviour;
#[cfg(test)]
mod simulator;
