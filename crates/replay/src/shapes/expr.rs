//! Formulas of the shape tables: `round(price * supply, 2)`, `change(oi, 24h)`, `if(bought > sold, 'up', 'down')`.

use std::iter::Peekable;
use std::str::Chars;

/// What stands between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Plus,
    Minus,
    Times,
    Over,
    Above,
    Below,
}

/// A formula. Lengths of time (`15m`, `4h`, `7d`, `1w`) are milliseconds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    Number(f64),
    Whole(i64),
    Text(String),
    Name(String),
    Call(String, Vec<Expr>),
    Two(Op, Box<Expr>, Box<Expr>),
}

impl Expr {
    /// Reads a whole formula.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut reader = Reader { rest: text.chars().peekable() };
        let formula = reader.comparison()?;
        reader.blanks();
        match reader.rest.next() {
            None => Ok(formula),
            Some(surplus) => Err(format!("'{surplus}' is too much in: {text}")),
        }
    }
}

/// Milliseconds of `15m`, `4h`, `7d`; the unit alone counts once.
pub(super) const fn unit_ms(unit: char) -> Option<i64> {
    Some(match unit {
        's' => 1_000,
        'm' => 60_000,
        'h' => 3_600_000,
        'd' => 86_400_000,
        'w' => 604_800_000,
        'y' => 31_536_000_000,
        _ => return None,
    })
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
}

impl Reader<'_> {
    fn blanks(&mut self) {
        while self.rest.next_if(|c| c.is_whitespace()).is_some() {}
    }

    fn takes(&mut self, wanted: char) -> bool {
        self.blanks();
        self.rest.next_if_eq(&wanted).is_some()
    }

    fn comparison(&mut self) -> Result<Expr, String> {
        let left = self.sum()?;
        let op = if self.takes('>') {
            Op::Above
        } else if self.takes('<') {
            Op::Below
        } else {
            return Ok(left);
        };
        Ok(Expr::Two(op, Box::new(left), Box::new(self.sum()?)))
    }

    fn sum(&mut self) -> Result<Expr, String> {
        let mut left = self.product()?;
        loop {
            let op = if self.takes('+') {
                Op::Plus
            } else if self.takes('-') {
                Op::Minus
            } else {
                return Ok(left);
            };
            left = Expr::Two(op, Box::new(left), Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Result<Expr, String> {
        let mut left = self.one()?;
        loop {
            let op = if self.takes('*') {
                Op::Times
            } else if self.takes('/') {
                Op::Over
            } else {
                return Ok(left);
            };
            left = Expr::Two(op, Box::new(left), Box::new(self.one()?));
        }
    }

    fn one(&mut self) -> Result<Expr, String> {
        self.blanks();
        match self.rest.peek().copied() {
            Some('(') => {
                self.rest.next();
                let inner = self.comparison()?;
                if self.takes(')') { Ok(inner) } else { Err("a ')' is missing".to_owned()) }
            }
            Some('-') => {
                self.rest.next();
                Ok(Expr::Two(Op::Minus, Box::new(Expr::Whole(0)), Box::new(self.one()?)))
            }
            Some('\'') => {
                self.rest.next();
                let mut text = String::new();
                for next in self.rest.by_ref() {
                    if next == '\'' {
                        return Ok(Expr::Text(text));
                    }
                    text.push(next);
                }
                Err(format!("'{text} has no end"))
            }
            Some(c) if c.is_ascii_digit() => self.number(),
            Some(c) if c.is_ascii_alphabetic() => {
                let name = self.word();
                if !self.takes('(') {
                    return Ok(Expr::Name(name));
                }
                let mut args = Vec::new();
                if self.takes(')') {
                    return Ok(Expr::Call(name, args));
                }
                loop {
                    args.push(self.comparison()?);
                    if self.takes(')') {
                        return Ok(Expr::Call(name, args));
                    }
                    if !self.takes(',') {
                        return Err(format!("{name}( has no end"));
                    }
                }
            }
            other => Err(format!("{other:?} begins no operand")),
        }
    }

    fn word(&mut self) -> String {
        let mut word = String::new();
        while let Some(c) = self.rest.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
            word.push(c);
        }
        word
    }

    fn number(&mut self) -> Result<Expr, String> {
        let mut text = String::new();
        while let Some(c) = self.rest.next_if(|c| c.is_ascii_digit() || matches!(c, '.' | '_')) {
            if c != '_' {
                text.push(c);
            }
        }
        if let Some(e) = self.rest.next_if_eq(&'e') {
            text.push(e);
            while let Some(c) = self.rest.next_if(|c| c.is_ascii_digit() || *c == '-') {
                text.push(c);
            }
        } else if let Some(length) = self.rest.peek().copied().and_then(unit_ms) {
            self.rest.next();
            return text
                .parse::<i64>()
                .map(|count| Expr::Whole(count * length))
                .map_err(|e| format!("{text}: {e}"));
        }
        match text.parse::<i64>() {
            Ok(whole) => Ok(Expr::Whole(whole)),
            Err(_) => text.parse().map(Expr::Number).map_err(|error| format!("{text}: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_read_by_their_usual_order() {
        let whole = |n| Box::new(Expr::Whole(n));
        let product = Expr::Two(Op::Times, whole(2), whole(3));
        assert_eq!(Expr::read("1 + 2*3"), Ok(Expr::Two(Op::Plus, whole(1), Box::new(product))));
        let call = Expr::Call("change".into(), vec![Expr::Name("oi".into()), Expr::Whole(14_400_000)]);
        assert_eq!(Expr::read("change(oi, 4h)"), Ok(call));
        assert_eq!(Expr::read("1e-3"), Ok(Expr::Number(0.001)));
        for bad in ["1 +", "f(", "(1", "1 2", "'x", "$", "1.2.3"] {
            assert!(Expr::read(bad).is_err(), "{bad}");
        }
    }
}
