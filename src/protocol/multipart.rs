//! `multipart/form-data` bodies (RFC 7578), written by hand so that they are the same in every execution.

use bytes::Bytes;

const BOUNDARY: &str = "interop-7MA4YWxkTrZu0gW";

const END: &str = "--interop-7MA4YWxkTrZu0gW--\r\n";

/// What such a body is sent with.
pub const CONTENT_TYPE: &str = "multipart/form-data; boundary=interop-7MA4YWxkTrZu0gW";

/// One field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    pub name: String,
    pub content: String,
    pub filename: Option<String>,
    pub content_type: Option<String>,
}

/// The body with these fields.
pub fn body(parts: &[Part]) -> Bytes {
    let mut text = fields(parts);
    text.push_str(END);
    Bytes::from(text)
}

/// The same fields in front of those of `body`.
pub(super) fn before(parts: &[Part], body: &[u8]) -> Bytes {
    let mut whole = fields(parts).into_bytes();
    whole.extend_from_slice(body);
    Bytes::from(whole)
}

/// Names and texts of the fields of a body that [`body`] made, without its files.
pub(super) fn read(body: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(body);
    let delimiter = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"");
    text.split(&delimiter)
        .skip(1)
        .filter_map(|part| {
            let (head, content) = part.split_once("\r\n\r\n")?;
            let (name, rest) = head.split_once('"')?;
            let content = content.split(&format!("\r\n--{BOUNDARY}")).next()?;
            let content = content.strip_suffix("\r\n").unwrap_or(content);
            let is_file = rest.contains("filename=") || name.eq_ignore_ascii_case("file");
            (!is_file).then(|| (name.to_owned(), content.to_owned()))
        })
        .collect()
}

fn fields(parts: &[Part]) -> String {
    let field = |part: &Part| {
        let filename = part.filename.as_ref();
        let filename = filename.map(|name| format!("; filename=\"{name}\""));
        let content_type = part.content_type.as_ref();
        let content_type = content_type.map(|kind| format!("\r\nContent-Type: {kind}"));
        format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{}\"{}{}\r\n\r\n{}\r\n",
            part.name,
            filename.unwrap_or_default(),
            content_type.unwrap_or_default(),
            part.content
        )
    };
    parts.iter().map(field).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_back_and_files_are_not() {
        let part = |name: &str, content: &str, filename: Option<&str>| Part {
            name: name.to_owned(),
            content: content.to_owned(),
            filename: filename.map(str::to_owned),
            content_type: None,
        };
        let whole = body(&[part("key", "a b", None), part("file", "x", Some("f"))]);
        assert_eq!(read(&whole), [("key".to_owned(), "a b".to_owned())]);
        let more = before(&[part("policy", "p", None)], &whole);
        assert_eq!(read(&more).len(), 2);
        assert!(more.ends_with(format!("--{BOUNDARY}--\r\n").as_bytes()));
    }
}
