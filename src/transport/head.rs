//! The raw head of an answer: status line and headers, as they came.
//!
//! hyper frames the body and hides the head's order and case; so the bytes are read a second time here.

/// Heads larger than this are not read further.
pub(super) const HEAD_CAP: usize = 64 * 1024;

/// No real service comes near this many headers.
pub(super) const MOST_HEADERS: usize = 1000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub status: u16,
    pub reason: String,
    pub headers: Vec<(String, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HeadTooLarge;

/// Collects bytes until the head of the final answer is whole. Interim answers (1xx, RFC 9110 §15.2) are skipped.
#[derive(Debug, Default)]
pub(super) struct HeadBuffer {
    bytes: Vec<u8>,
    /// Up to here no end was found.
    scanned: usize,
    whole: bool,
    /// Statuses of interim answers.
    interim: Vec<u16>,
}

impl HeadBuffer {
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), HeadTooLarge> {
        if self.whole {
            return Ok(());
        }
        self.bytes.extend_from_slice(bytes);
        loop {
            self.skip_empty_lines();
            let Some(end) = find_end(&self.bytes, self.scanned.saturating_sub(3)) else {
                self.scanned = self.bytes.len();
                return if self.bytes.len() > HEAD_CAP {
                    Err(HeadTooLarge)
                } else {
                    Ok(())
                };
            };
            if end > HEAD_CAP {
                return Err(HeadTooLarge);
            }
            self.scanned = 0;
            if let Some(status) = interim(&self.bytes[..end]) {
                self.interim.push(status);
                self.bytes.drain(..end);
            } else {
                self.bytes.truncate(end);
                self.whole = true;
                return Ok(());
            }
        }
    }

    /// Some of the (final) head has come.
    pub(super) fn has_begun(&self) -> bool {
        !self.bytes.is_empty()
    }

    /// Statuses of interim answers that came before it.
    pub(super) fn interim(&self) -> &[u16] {
        &self.interim
    }

    /// Lines of the head so far.
    pub(super) fn lines(&self) -> usize {
        self.bytes.split(|b| *b == b'\n').count() - 1
    }

    /// The head, once it is whole. The error says why it is none.
    pub(super) fn read(&self) -> Option<Result<Head, String>> {
        self.whole.then(|| parse(&self.bytes))
    }

    /// Lines that are empty before the status line are to be ignored (RFC 9112 §2.2).
    fn skip_empty_lines(&mut self) {
        let blank = self.bytes.iter().take_while(|b| matches!(b, b'\r' | b'\n'));
        let blank = blank.count();
        if blank > 0 {
            self.bytes.drain(..blank);
            self.scanned = 0;
        }
    }
}

/// Just behind the empty line. A line may end in LF alone (RFC 9112 §2.2).
fn find_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(newline) = bytes[at..].iter().position(|b| *b == b'\n') {
        let next = at + newline + 1;
        match &bytes[next..] {
            [b'\n', ..] => return Some(next + 1),
            [b'\r', b'\n', ..] => return Some(next + 2),
            _ => at = next,
        }
    }
    None
}

/// 101 ends HTTP on the connection and so is final.
fn interim(head: &[u8]) -> Option<u16> {
    let line = head.split(|b| *b == b'\n').next().unwrap_or_default();
    let status = line.split(|b| *b == b' ').find(|part| !part.is_empty());
    let status = status.and_then(|version| {
        let rest = &line[version.len()..];
        std::str::from_utf8(rest).ok()?.split_whitespace().next()
    });
    status
        .filter(|s| s.len() == 3 && s.starts_with('1') && *s != "101")
        .and_then(|s| s.parse().ok())
}

fn parse(bytes: &[u8]) -> Result<Head, String> {
    let mut lines = bytes
        .split(|b| *b == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let first = String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
    let (version, rest) = first
        .split_once(' ')
        .ok_or("the status line has no status")?;
    if !version.starts_with("HTTP/") {
        return Err("the first line is no status line".to_owned());
    }
    let (status, reason) = rest.split_once(' ').unwrap_or((rest, ""));
    let status = Some(status)
        .filter(|s| s.len() == 3)
        .and_then(|s| s.parse().ok())
        .ok_or("the status is not three digits")?;
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in lines.take_while(|line| !line.is_empty()) {
        let line = String::from_utf8_lossy(line);
        if line.starts_with([' ', '\t']) {
            // obs-fold: a continuation belongs to the value before it (RFC 9112 §5.2).
            let (_, value) = headers.last_mut().ok_or("the first header is a fold")?;
            value.push(' ');
            value.push_str(line.trim_matches([' ', '\t']));
            continue;
        }
        let (name, value) = line.split_once(':').ok_or("a header line has no colon")?;
        headers.push((name.to_owned(), value.trim_matches([' ', '\t']).to_owned()));
    }
    Ok(Head {
        status,
        reason: reason.to_owned(),
        headers,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(pieces: &[&[u8]]) -> Head {
        let mut buffer = HeadBuffer::default();
        for piece in pieces {
            buffer.push(piece).unwrap();
        }
        buffer.read().unwrap().unwrap()
    }

    #[test]
    fn order_case_repeats_and_reason_stay_as_they_came() {
        let head = read(&[
            b"HTTP/1.1 200 All  Good\r\nX-B: 1\r\nx-a:2\r\nX-B:  3 \r",
            b"\n\r",
            b"\nbody\r\n\r\n",
        ]);
        assert_eq!((head.status, head.reason.as_str()), (200, "All  Good"));
        let headers: Vec<_> = head
            .headers
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        assert_eq!(headers, [("X-B", "1"), ("x-a", "2"), ("X-B", "3")]);
    }

    #[test]
    fn interim_answers_are_skipped_but_a_switch_of_protocols_is_final() {
        let bytes = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 \r\n\r\n";
        assert_eq!(read(&[bytes]).status, 204);
        assert_eq!(read(&[b"HTTP/1.1 101 Switching\r\n\r\n"]).status, 101);
    }

    #[test]
    fn bare_line_feeds_folds_and_missing_reasons_are_read() {
        let head = read(&[b"\r\nHTTP/1.0 404\nA: 1\n  2\nB:\n\n"]);
        assert_eq!((head.status, head.reason.as_str()), (404, ""));
        assert_eq!(
            head.headers,
            [("A", "1 2"), ("B", "")].map(|(n, v)| (n.to_owned(), v.to_owned()))
        );
    }

    #[test]
    fn a_head_without_end_is_given_up() {
        let mut buffer = HeadBuffer::default();
        let line = [b'x'; 1024];
        let given_up = (0..100).any(|_| buffer.push(&line).is_err());
        assert!(given_up);
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_pieces_do_no_harm(pieces in prop::collection::vec(prop::collection::vec(prop::sample::select(b"HTP/1. 20\r\n:a\xff".to_vec()), 0..40), 0..8)) {
            let mut buffer = HeadBuffer::default();
            for piece in &pieces {
                let _ = buffer.push(piece);
            }
            let _ = buffer.read();
        }

        #[test]
        fn where_the_bytes_are_split_makes_no_difference(at in 0_usize..60) {
            let bytes: &[u8] = b"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\nc: D\r\n\r\nrest";
            let (left, right) = bytes.split_at(at.min(bytes.len()));
            prop_assert_eq!(read(&[left, right]), read(&[bytes]));
        }
    }
}
