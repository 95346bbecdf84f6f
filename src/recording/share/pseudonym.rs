//! Another value of the same kind, length and alphabet.

use crate::profile::secret::Redacted;
use crate::recording::mark::hmac_sha256;
use std::collections::{BTreeMap, BTreeSet};

/// Tries until it is given up that two values get two pseudonyms: of one letter there are only so many.
const MOST_DRAWS: u32 = 1000;

/// What stands for what, kept as it is drawn.
pub(super) struct Pseudonyms {
    key: Redacted<[u8; 32]>,
    drawn: BTreeMap<String, String>,
    used: BTreeSet<String>,
}

impl Pseudonyms {
    pub fn new(key: Redacted<[u8; 32]>) -> Self {
        Self {
            key,
            drawn: BTreeMap::new(),
            used: BTreeSet::new(),
        }
    }

    /// Of a name or an id: letters become letters, digits digits, and what is neither stays.
    pub fn of_name(&mut self, value: &str) -> String {
        if let Some(known) = self.drawn.get(value) {
            return known.clone();
        }
        let mut pseudonym = value.to_owned();
        for draw in 0..MOST_DRAWS {
            pseudonym = drawn(self.key.expose(), value, draw);
            if pseudonym != value && !self.used.contains(&pseudonym) {
                break;
            }
        }
        self.used.insert(pseudonym.clone());
        self.drawn.insert(value.to_owned(), pseudonym.clone());
        pseudonym
    }

    /// Of a host: each label by itself, so that hosts of one domain stay of one; the last stays.
    pub fn of_host(&mut self, host: &str) -> String {
        let Some((labels, last)) = host.rsplit_once('.') else {
            return self.of_name(host);
        };
        let labels: Vec<String> = labels.split('.').map(|label| self.of_name(label)).collect();
        format!("{}.{last}", labels.join("."))
    }
}

fn drawn(key: &[u8; 32], value: &str, draw: u32) -> String {
    let is_hex = value.len() >= 8
        && value.bytes().any(|b| b.is_ascii_lowercase())
        && value
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b) || b == b'-');
    let is_uuid = is_hex && value.len() == 36;
    let mut stream = Stream {
        key,
        seed: format!("{draw} {value}"),
        block: 0,
        left: Vec::new(),
    };
    let one = |(at, c): (usize, char)| match c {
        // version and variant of a uuid (RFC 9562 §4)
        _ if is_uuid && (at == 14 || at == 19) => c,
        '1'..='9' if at == 0 => stream.pick("123456789"),
        '0'..='9' | 'a'..='f' if is_hex => stream.pick("0123456789abcdef"),
        '0'..='9' => stream.pick("0123456789"),
        'a'..='z' => stream.pick("abcdefghijklmnopqrstuvwxyz"),
        'A'..='Z' => stream.pick("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        c if c.is_ascii() => c,
        c => match c.len_utf8() {
            2 => stream.pick("äöüéèñçåøß"),
            3 => stream.pick("東西南北山川森林"),
            _ => stream.pick("😀😁😂😃"),
        },
    };
    value.char_indices().map(one).collect()
}

/// Bytes without end that follow from a key and a text.
struct Stream<'k> {
    key: &'k [u8; 32],
    seed: String,
    block: u32,
    left: Vec<u8>,
}

impl Stream<'_> {
    fn pick(&mut self, alphabet: &str) -> char {
        if self.left.is_empty() {
            let text = format!("{} {}", self.block, self.seed);
            self.left = hmac_sha256(self.key, text.as_bytes()).to_vec();
            self.block += 1;
        }
        let byte = usize::from(self.left.pop().unwrap_or_default());
        let count = alphabet.chars().count();
        alphabet.chars().nth(byte % count).unwrap_or('x')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pseudonyms() -> Pseudonyms {
        Pseudonyms::new(Redacted::new([7; 32]))
    }

    #[test]
    fn kind_length_and_alphabet_stay_and_equal_values_stay_equal() {
        let mut all = pseudonyms();
        for value in [
            "zebra-finance",
            "Walter.K 7",
            "123456789012",
            "453fc34624be41219cc7981dd0679da9",
            "20046207-65a8-4801-be01-f311c3eb378a",
            "Größe",
            "x",
        ] {
            let one = all.of_name(value);
            assert_ne!(one, value);
            assert_eq!(one, all.of_name(value));
            assert_eq!(one.len(), value.len());
            let class = |c: char| {
                (
                    c.is_ascii_lowercase(),
                    c.is_ascii_uppercase(),
                    c.is_ascii_digit(),
                )
            };
            if value.len() < 30 {
                assert!(one.chars().map(class).eq(value.chars().map(class)), "{one}");
            } else {
                assert!(
                    one.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-'),
                    "{one}"
                );
            }
        }
        let uuid = all.of_name("20046207-65a8-4801-be01-f311c3eb378a");
        assert_eq!((&uuid[14..15], &uuid[19..20]), ("4", "b"));
    }

    #[test]
    fn unlike_values_stay_unlike() {
        let mut all = pseudonyms();
        let names = ('a'..='t').map(|c| c.to_string());
        let drawn: BTreeSet<String> = names.map(|name| all.of_name(&name)).collect();
        assert_eq!(drawn.len(), 20);
    }

    #[test]
    fn hosts_of_one_domain_stay_of_one() {
        let mut all = pseudonyms();
        let (one, other) = (
            all.of_host("a1.cloud.acme.de"),
            all.of_host("b.cloud.acme.de"),
        );
        assert_eq!(
            one.split_once('.').unwrap().1,
            other.split_once('.').unwrap().1
        );
        assert_eq!(one.rsplit_once('.').unwrap().1, "de");
        assert!(!one.contains("acme") && !one.contains("cloud"));
    }
}
