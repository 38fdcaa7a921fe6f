//! What a request's head is answered with.

use serde_json::{Value, json};

const MAX_HEADERS: usize = 32;

/// An answer, with its status code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Response {
    Health,
    BadRequest,
    NotFound,
    MethodNotAllowed,
    RequestTimeout,
    HeadTooLarge,
    Busy,
}

impl Response {
    /// `None`: the head goes on.
    pub(super) fn to(head: &[u8]) -> Option<Self> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        match request.parse(head) {
            Ok(httparse::Status::Partial) => return None,
            Ok(httparse::Status::Complete(_)) => {}
            Err(httparse::Error::TooManyHeaders) => return Some(Self::HeadTooLarge),
            Err(_) => return Some(Self::BadRequest),
        }
        let path = request.path.unwrap_or_default();
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        Some(match (path, request.method) {
            ("/health", Some("GET")) => Self::Health,
            ("/health", _) => Self::MethodNotAllowed,
            _ => Self::NotFound,
        })
    }

    /// The whole answer; `health` is the body of [`Response::Health`].
    pub(super) fn to_bytes(self, health: impl FnOnce() -> Value) -> Vec<u8> {
        let (status, allow) = match self {
            Self::Health => ("200 OK", ""),
            Self::BadRequest => ("400 Bad Request", ""),
            Self::NotFound => ("404 Not Found", ""),
            Self::MethodNotAllowed => ("405 Method Not Allowed", "Allow: GET\r\n"),
            Self::RequestTimeout => ("408 Request Timeout", ""),
            Self::HeadTooLarge => ("431 Request Header Fields Too Large", ""),
            Self::Busy => ("503 Service Unavailable", ""),
        };
        let body = match self {
            Self::Health => health(),
            _ => json!({ "error": status }),
        };
        let body = format!("{body}\n");
        format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             {allow}Connection: close\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_path_and_one_method() {
        for (head, response) in [
            ("", None),
            ("GET /health HTTP/1.1\r\nHost: x\r\n", None),
            ("GET /health HTTP/1.1\r\n\r\n", Some(Response::Health)),
            ("GET /health HTTP/1.0\r\n\r\n", Some(Response::Health)),
            (
                "GET /health?deep=1 HTTP/1.1\r\n\r\n",
                Some(Response::Health),
            ),
            ("GET /health/ HTTP/1.1\r\n\r\n", Some(Response::NotFound)),
            ("GET /healthy HTTP/1.1\r\n\r\n", Some(Response::NotFound)),
            ("GET / HTTP/1.1\r\n\r\n", Some(Response::NotFound)),
            ("POST / HTTP/1.1\r\n\r\n", Some(Response::NotFound)),
            (
                "POST /health HTTP/1.1\r\n\r\n",
                Some(Response::MethodNotAllowed),
            ),
            (
                "HEAD /health HTTP/1.1\r\n\r\n",
                Some(Response::MethodNotAllowed),
            ),
            (
                "get /health HTTP/1.1\r\n\r\n",
                Some(Response::MethodNotAllowed),
            ),
            ("GET /health\r\n\r\n", Some(Response::BadRequest)),
            ("\u{1}\u{2}", Some(Response::BadRequest)),
            ("GET /health HTTP/2.0\r\n\r\n", Some(Response::BadRequest)),
        ] {
            assert_eq!(Response::to(head.as_bytes()), response, "{head:?}");
        }
    }

    #[test]
    fn headers_are_counted() {
        let head = |count| format!("GET /health HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(count));
        let to = |count| Response::to(head(count).as_bytes());
        assert_eq!(to(MAX_HEADERS), Some(Response::Health));
        assert_eq!(to(MAX_HEADERS + 1), Some(Response::HeadTooLarge));
    }

    #[test]
    fn an_answer_is_whole() {
        assert_eq!(
            String::from_utf8(Response::Health.to_bytes(|| json!({ "status": "ok" }))).unwrap(),
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\
             Connection: close\r\n\r\n{\"status\":\"ok\"}\n"
        );
        assert_eq!(
            String::from_utf8(Response::MethodNotAllowed.to_bytes(|| Value::Null)).unwrap(),
            "HTTP/1.1 405 Method Not Allowed\r\nContent-Type: application/json\r\n\
             Content-Length: 35\r\nAllow: GET\r\nConnection: close\r\n\r\n\
             {\"error\":\"405 Method Not Allowed\"}\n"
        );
    }

    proptest! {
        #[test]
        fn any_bytes_have_an_answer_or_go_on(
            head in proptest::collection::vec(any::<u8>(), 0..300)
        ) {
            let response = Response::to(&head);
            // More bytes never take an answer back.
            let longer = [&head[..], b"\r\n\r\n"].concat();
            prop_assert!(response.is_none() || Response::to(&longer) == response);
        }
    }
}
