use std::fmt::Write as _;

/// Figures with their targets.
#[derive(Default)]
pub struct Table {
    rows: Vec<[String; 3]>,
}

impl Table {
    pub fn add(&mut self, what: impl Into<String>, measured: impl Into<String>, target: &str) {
        let row = [what.into(), measured.into(), target.to_owned()];
        eprintln!("{}: {} ({})", row[0], row[1], row[2]);
        self.rows.push(row);
    }

    pub fn markdown(&self) -> String {
        let mut text = String::from("| what | measured | target |\n|---|---|---|\n");
        for [what, measured, target] in &self.rows {
            writeln!(text, "| {what} | {measured} | {target} |").unwrap();
        }
        text
    }
}
