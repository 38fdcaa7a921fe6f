use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Bytes that are written as text where they are text, else in hexadecimal, so
/// that a person can read a trace.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bytes(pub Vec<u8>);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase", untagged)]
enum Written {
    Text(String),
    Hex { hex: String },
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(&self.0) {
            Ok(text) => Written::Text(text.to_owned()),
            Err(_) => Written::Hex {
                hex: to_hex(&self.0),
            },
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Written::deserialize(deserializer)? {
            Written::Text(text) => Ok(Self(text.into_bytes())),
            Written::Hex { hex } => from_hex(&hex)
                .map(Self)
                .ok_or_else(|| de::Error::custom("expected pairs of hexadecimal digits")),
        }
    }
}

pub(crate) fn to_hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or('?');
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

fn from_hex(hex: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = hex
        .chars()
        .map(|digit| {
            digit
                .to_digit(16)
                .and_then(|value| u8::try_from(value).ok())
        })
        .collect();
    let (pairs, rest) = digits.as_deref()?.as_chunks::<2>();
    rest.is_empty()
        .then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::Bytes;

    #[test]
    fn text_stays_readable_and_the_rest_is_hexadecimal() {
        for (bytes, written) in [
            (&b"d"[..], r#""d""#),
            (b"", r#""""#),
            (b"\0\n", r#""\u0000\n""#),
            (b"\xff\x00", r#"{"hex":"ff00"}"#),
        ] {
            let bytes = Bytes(bytes.to_vec());
            assert_eq!(serde_json::to_string(&bytes).unwrap(), written);
            assert_eq!(serde_json::from_str::<Bytes>(written).unwrap(), bytes);
        }
    }

    #[test]
    fn broken_hexadecimal_is_refused() {
        for written in [r#"{"hex":"f"}"#, r#"{"hex":"zz"}"#, r#"{"hex":"é"}"#] {
            assert!(serde_json::from_str::<Bytes>(written).is_err(), "{written}");
        }
    }
}
