//! The elements of a large JSON array, one at a time, in bounded memory. An element that is broken
//! inside does not end the reading, as a JSON parser would: its brackets and quotes are enough to find
//! the next one.

use std::io::{BufRead, BufReader, Read};

use crate::StoreError;

/// Larger than any stored signal by far.
const MAX_ELEMENT_BYTES: usize = 2 * 1024 * 1024;

/// One element.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Element {
    /// From 1.
    pub(crate) number: u64,
    /// Its text, or why there is none.
    pub(crate) content: Result<Vec<u8>, String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    BeforeArray,
    Inside,
    End,
}

#[derive(Debug)]
pub(crate) struct Elements<R> {
    reader: BufReader<R>,
    place: Place,
    number: u64,
}

impl<R: Read> Elements<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { reader: BufReader::with_capacity(64 * 1024, reader), place: Place::BeforeArray, number: 0 }
    }

    fn peek(&mut self) -> Result<Option<u8>, StoreError> {
        let buffer = self.reader.fill_buf().map_err(|fault| StoreError::Read(fault.to_string()))?;
        Ok(buffer.first().copied())
    }

    fn next_solid(&mut self) -> Result<Option<u8>, StoreError> {
        while let Some(byte) = self.peek()? {
            if !byte.is_ascii_whitespace() {
                return Ok(Some(byte));
            }
            self.reader.consume(1);
        }
        Ok(None)
    }

    fn enter(&mut self) -> Result<(), StoreError> {
        if self.peek()? == Some(0xEF) {
            // A byte order mark.
            let mut mark = [0; 3];
            let not_array = |_| StoreError::Read("not a JSON array".to_owned());
            self.reader.read_exact(&mut mark).map_err(not_array)?;
        }
        if self.next_solid()? != Some(b'[') {
            return Err(StoreError::Read("not a JSON array".to_owned()));
        }
        self.reader.consume(1);
        self.place = Place::Inside;
        Ok(())
    }

    /// The next element; `None` at the end of the array.
    pub(crate) fn next_element(&mut self) -> Result<Option<Element>, StoreError> {
        if self.place == Place::BeforeArray {
            self.enter()?;
        }
        if self.place == Place::End {
            return Ok(None);
        }
        match self.next_solid()? {
            Some(b',') if self.number > 0 => self.reader.consume(1),
            _ => {}
        }
        match self.next_solid()? {
            Some(b']') => {
                self.place = Place::End;
                Ok(None)
            }
            Some(_) => {
                self.number += 1;
                let content = self.element()?;
                Ok(Some(Element { number: self.number, content }))
            }
            None => {
                self.place = Place::End;
                self.number += 1;
                let content = Err("the file ends before the array does".to_owned());
                Ok(Some(Element { number: self.number, content }))
            }
        }
    }

    /// Reads up to the comma or bracket that ends the element.
    fn element(&mut self) -> Result<Result<Vec<u8>, String>, StoreError> {
        let mut bytes = Vec::new();
        let mut is_too_large = false;
        let (mut depth, mut in_string, mut is_escaped) = (0_u32, false, false);
        loop {
            let buffer = self.reader.fill_buf().map_err(|fault| StoreError::Read(fault.to_string()))?;
            if buffer.is_empty() {
                self.place = Place::End;
                return Ok(Err("the file ends in the middle of the row".to_owned()));
            }
            let mut used = 0;
            let mut is_complete = false;
            for byte in buffer {
                if in_string {
                    match byte {
                        _ if is_escaped => is_escaped = false,
                        b'\\' => is_escaped = true,
                        b'"' => in_string = false,
                        _ => {}
                    }
                } else {
                    match byte {
                        b'"' => in_string = true,
                        b'{' | b'[' => depth = depth.saturating_add(1),
                        b',' | b']' if depth == 0 => {
                            is_complete = true;
                            break;
                        }
                        b'}' | b']' => depth = depth.saturating_sub(1),
                        _ => {}
                    }
                }
                used += 1;
            }
            if bytes.len() + used > MAX_ELEMENT_BYTES {
                is_too_large = true;
                bytes.clear();
            }
            if !is_too_large {
                bytes.extend(buffer.iter().take(used));
            }
            self.reader.consume(used);
            if is_complete {
                return Ok(if is_too_large {
                    Err(format!("larger than {MAX_ELEMENT_BYTES} bytes"))
                } else {
                    Ok(bytes)
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(text: &[u8]) -> Result<Vec<Result<String, String>>, StoreError> {
        let mut elements = Elements::new(text);
        let mut found = Vec::new();
        while let Some(element) = elements.next_element()? {
            found.push(element.content.map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned()));
        }
        Ok(found)
    }

    #[test]
    fn elements_are_told_apart_by_brackets_and_quotes() {
        let text = br#" [ {"a": "],[\"{"} , [1, 2],3 ,"x,y" ] "#;
        let found: Vec<String> = all(text).unwrap().into_iter().map(Result::unwrap).collect();
        assert_eq!(found, [r#"{"a": "],[\"{"}"#, "[1, 2]", "3", "\"x,y\""]);
        assert!(all(b"[]").unwrap().is_empty());
        assert_eq!(all("\u{feff}[1]".as_bytes()).unwrap().len(), 1);
    }

    #[test]
    fn a_file_that_breaks_off_is_told() {
        let found = all(b"[{\"a\": 1}, {\"b\": ").unwrap();
        assert!(found[0].is_ok());
        assert_eq!(found[1], Err("the file ends in the middle of the row".to_owned()));
        assert_eq!(all(b"[1").unwrap().len(), 1);
        assert_eq!(all(b"[1,").unwrap()[1], Err("the file ends before the array does".to_owned()));
        assert!(matches!(all(b"{}"), Err(StoreError::Read(_))));
        assert!(matches!(all(b""), Err(StoreError::Read(_))));
    }

    #[test]
    fn a_giant_row_is_left_out_and_the_next_one_read() {
        let giant = format!("[\"{}\", 2]", "x".repeat(MAX_ELEMENT_BYTES + 1));
        let found = all(giant.as_bytes()).unwrap();
        assert!(found[0].as_ref().is_err_and(|reason| reason.starts_with("larger than")));
        assert_eq!(found[1], Ok("2".to_owned()));
    }

    proptest! {
        #[test]
        fn any_array_comes_back_element_by_element(texts in proptest::collection::vec(".*", 0..20)) {
            let json = serde_json::to_string(&texts).unwrap();
            let found: Vec<String> = all(json.as_bytes()).unwrap().into_iter()
                .map(|element| serde_json::from_str(&element.unwrap()).unwrap()).collect();
            prop_assert_eq!(found, texts);
        }

        #[test]
        fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
            let _ = all(&bytes);
            let mut array = b"[".to_vec();
            array.extend(bytes);
            let _ = all(&array);
        }
    }
}
