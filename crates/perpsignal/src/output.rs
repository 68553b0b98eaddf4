//! What is printed: stdout is data, stderr is talk. A closed pipe ends quietly.

use std::io::{self, IsTerminal, Write};

/// Prints data. A reader that went away is no error: the rest is not wanted.
pub fn data(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let outcome = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        other => other,
    }
}

/// Prints a line of data.
pub fn line(text: &str) -> io::Result<()> {
    data(&format!("{text}\n"))
}

/// Says something to the person at the terminal.
pub fn say(text: &str) {
    // Nobody to talk to is fine.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Whether data may be coloured.
pub fn colours() -> bool {
    io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// Paints a word when colours are wanted.
pub fn paint(text: &str, code: &str) -> String {
    if colours() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// Paints a word of talk when colours are wanted.
pub fn paint_talk(text: &str, code: &str) -> String {
    if colours_on_stderr() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// Whether talk may be coloured.
pub fn colours_on_stderr() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}
