//! JSON in which every key of an object stands once.
//!
//! Of a key that stands twice `serde_json` silently takes the last value: what
//! a person reads in the file is then not what counts.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::text;

/// Characters of an error, which may quote a key.
const LONGEST_ERROR: usize = 200;

/// The object that the bytes of a file are. The error is what is wrong, fit to
/// show; a key that stands twice is named with all that it is in.
pub(crate) fn object(bytes: &[u8]) -> Result<Map<String, Value>, String> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = At(String::new())
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value));
    match value {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err("is not a JSON object".to_owned()),
        Err(error) => Err(text::excerpt(&error.to_string(), LONGEST_ERROR)),
    }
}

/// A value, and the way to it: `gateway.restart`.
struct At(String);

impl At {
    fn key(&self, key: &str) -> Self {
        match self.0.as_str() {
            "" => Self(key.to_owned()),
            path => Self(format!("{path}.{key}")),
        }
    }
}

impl<'de> DeserializeSeed<'de> for At {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for At {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(self.key(&values.len().to_string()))? {
            values.push(value);
        }
        Ok(values.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let at = self.key(&key);
            if object.contains_key(&key) {
                return Err(A::Error::custom(format_args!("{} stands twice", at.0)));
            }
            object.insert(key, entries.next_value_seed(at)?);
        }
        Ok(object.into())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_key_that_stands_twice_is_named() {
        for (json, named) in [
            (r#"{"a":1,"a":1}"#, "a stands twice at line 1 column 10"),
            (
                r#"{"a":{"b":1},"c":{"a":{"b":1,"x":2,"b":1}}}"#,
                "c.a.b stands twice at line 1 column 38",
            ),
            (
                r#"{"a":[0,{"b":1,"b":2}]}"#,
                "a.1.b stands twice at line 1 column 18",
            ),
            (
                "{\"a\\u0062\":1,\n\"ab\":1}",
                "ab stands twice at line 2 column 4",
            ),
            (
                r#"{"\u001b":1,"\u001b":1}"#,
                "\\u{1b} stands twice at line 1 column 20",
            ),
        ] {
            assert_eq!(object(json.as_bytes()).unwrap_err(), named, "{json}");
        }
    }

    #[test]
    fn what_is_no_object_is_told() {
        for (json, reason) in [
            ("", "EOF while parsing a value at line 1 column 0"),
            ("[]", "is not a JSON object"),
            ("{} x", "trailing characters at line 1 column 4"),
        ] {
            assert_eq!(object(json.as_bytes()).unwrap_err(), reason, "{json}");
        }
        let deep = "{\"a\":".repeat(200);
        let error = object(deep.as_bytes()).unwrap_err();
        assert!(error.starts_with("recursion limit exceeded"), "{error}");
    }

    proptest! {
        #[test]
        fn all_else_is_read_as_ever(json in r#"[\[\]{}:,"ab1.\-enulltr ]{0,40}"#) {
            let plain: Result<Map<String, Value>, _> = serde_json::from_str(&json);
            match object(json.as_bytes()) {
                Ok(object) => prop_assert_eq!(object, plain.unwrap()),
                Err(reason) => prop_assert!(plain.is_err() || reason.contains("twice"), "{}", reason),
            }
        }
    }
}
