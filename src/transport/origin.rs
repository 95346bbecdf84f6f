//! Where a connection goes to: scheme, host and port, read from `http://host:port`.

use std::fmt;

/// Scheme, host and port. Two spellings of one origin are equal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    tls: bool,
    /// Lower case; an IPv6 address without its brackets.
    host: String,
    port: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    #[error("it starts with neither http:// nor https://")]
    Scheme,
    #[error("it holds a user name or password")]
    UserInfo,
    #[error("its host is empty or has a character that no host has")]
    Host,
    #[error("its port is not a number from 1 to 65535")]
    Port,
}

impl Origin {
    /// Reads `http://host:port`; the port may be left out. Nothing may follow.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let (scheme, authority) = text.split_once("://").ok_or(OriginError::Scheme)?;
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return Err(OriginError::Scheme),
        };
        if authority.contains('@') {
            return Err(OriginError::UserInfo);
        }
        let (host, port) = match authority.strip_prefix('[') {
            Some(rest) => {
                let (host, rest) = rest.split_once(']').ok_or(OriginError::Host)?;
                if host.parse::<std::net::Ipv6Addr>().is_err() {
                    return Err(OriginError::Host);
                }
                match rest {
                    "" => (host, None),
                    _ => (host, Some(rest.strip_prefix(':').ok_or(OriginError::Host)?)),
                }
            }
            None => match authority.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            },
        };
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
        if host.is_empty() || !host.chars().all(fits) {
            return Err(OriginError::Host);
        }
        let port = match port {
            None if tls => 443,
            None => 80,
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => digits
                .parse()
                .ok()
                .filter(|port| *port > 0)
                .ok_or(OriginError::Port)?,
            Some(_) => return Err(OriginError::Port),
        };
        Ok(Self {
            tls,
            host: host.to_ascii_lowercase(),
            port,
        })
    }

    pub fn is_tls(&self) -> bool {
        self.tls
    }

    pub fn host(&self) -> &str {
        &self.host
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// What `Host` says: the port is left out where the scheme implies it (RFC 9110 §7.2).
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        match (self.tls, self.port) {
            (true, 443) | (false, 80) => host,
            (_, port) => format!("{host}:{port}"),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_origin_are_equal() {
        let plain = Origin::parse("http://Cloud.example").unwrap();
        assert_eq!(plain, Origin::parse("HTTP://cloud.example:80").unwrap());
        assert_ne!(plain, Origin::parse("https://cloud.example").unwrap());
        assert_eq!(plain.to_string(), "http://cloud.example");
        let six = Origin::parse("https://[::1]:8443").unwrap();
        assert_eq!((six.host(), six.port()), ("::1", 8443));
        assert_eq!(six.to_string(), "https://[::1]:8443");
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        use OriginError::{Host, Port, Scheme, UserInfo};
        for (text, error) in [
            ("ftp://h", Scheme),
            ("h:80", Scheme),
            ("http://", Host),
            ("http://user:secret@h", UserInfo),
            ("http://h/path", Host),
            ("http://h:80/path", Port),
            ("http://h:", Port),
            ("http://h:0", Port),
            ("http://h:99999", Port),
            ("http://[::1", Host),
            ("http://[nonsense]", Host),
            ("http://h\r\nx", Host),
        ] {
            assert_eq!(Origin::parse(text), Err(error), "{text}");
        }
    }
}
