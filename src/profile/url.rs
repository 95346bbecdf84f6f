//! The few URLs of a profile: checked and brought to one form, without a URL library that would rewrite them.

use std::net::IpAddr;

/// An absolute `http` or `https` URL without a trailing slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    pub text: String,
    host: String,
}

impl BaseUrl {
    /// The error says what is wrong, as a fragment that reads after "the URL".
    pub fn parse(written: &str) -> Result<Self, &'static str> {
        let rest = written
            .strip_prefix("https://")
            .or_else(|| written.strip_prefix("http://"))
            .ok_or("must begin with https:// or http://")?;
        if written.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err("must not hold spaces or control characters");
        }
        if written.contains(['{', '}']) {
            return Err("holds a placeholder: write the address of one region");
        }
        if written.contains(['?', '#']) {
            return Err("must not have a query or a fragment");
        }
        let authority = rest.split('/').next().unwrap_or_default();
        if authority.contains('@') {
            return Err("must not hold a user or a password");
        }
        let (host, port) = match authority.strip_prefix('[') {
            Some(inner) => {
                let (host, after) = inner.split_once(']').ok_or("has a `[` without its `]`")?;
                (host, after.strip_prefix(':'))
            }
            None => match authority.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            },
        };
        if host.is_empty() {
            return Err("has no host");
        }
        if port.is_some_and(|port| port.parse::<u16>().is_err()) {
            return Err("has a port that is not a number below 65536");
        }
        Ok(Self {
            text: written.trim_end_matches('/').to_owned(),
            host: host.to_ascii_lowercase(),
        })
    }

    /// The address of Identity v3. Publications give it with and without `/v3`; every Keystone
    /// serves v3 below the root that they name.
    pub fn identity(written: &str) -> Result<Self, &'static str> {
        let mut url = Self::parse(written)?;
        match url.text.rsplit('/').next().unwrap_or_default() {
            "v3" => {}
            "v3.0" => url.text.truncate(url.text.len() - 2),
            "v2.0" | "v2" => return Err("is Identity v2.0, which is not spoken: give that of v3"),
            "tokens" => return Err("must end before `/auth/tokens`"),
            _ => url.text.push_str("/v3"),
        }
        Ok(url)
    }

    /// What is sent there never leaves the machine.
    pub fn is_loopback(&self) -> bool {
        self.host == "localhost"
            || self.host.ends_with(".localhost")
            || self
                .host
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }

    pub fn is_encrypted(&self) -> bool {
        self.text.starts_with("https://")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_url_gets_one_form() {
        for (written, want) in [
            ("http://127.0.0.1:15000/v3", "http://127.0.0.1:15000/v3"),
            ("http://127.0.0.1:15000/v3/", "http://127.0.0.1:15000/v3"),
            ("https://auth.example.com", "https://auth.example.com/v3"),
            (
                "https://auth.example.com/v3.0/",
                "https://auth.example.com/v3",
            ),
            (
                "https://api.example.com/identity",
                "https://api.example.com/identity/v3",
            ),
            ("https://[::1]:5000/v3", "https://[::1]:5000/v3"),
        ] {
            assert_eq!(BaseUrl::identity(written).unwrap().text, want, "{written}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for (written, word) in [
            ("auth.example.com/v3", "begin"),
            ("ftp://auth.example.com", "begin"),
            ("https:///v3", "host"),
            ("https://auth.example.com:port/v3", "port"),
            ("https://auth.example.com:70000/v3", "port"),
            ("https://demo:pass@auth.example.com/v3", "password"),
            ("https://auth.example.com/v3?a=b", "query"),
            ("https://{region_name}.example.com/v3", "placeholder"),
            ("https://auth.example.com /v3", "spaces"),
            ("https://[::1/v3", "]"),
            ("https://auth.example.com/v2.0/", "v2.0"),
            ("https://auth.example.com/v3/auth/tokens", "tokens"),
        ] {
            let why = BaseUrl::identity(written).unwrap_err();
            assert!(why.contains(word), "{written}: {why}");
        }
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for (url, loopback) in [
            ("http://127.0.0.1:15000/v3", true),
            ("http://127.1.2.3/v3", true),
            ("http://[::1]:5000/v3", true),
            ("http://LOCALHOST:5000/v3", true),
            ("http://localhost.example.com/v3", false),
            ("http://10.0.0.1/v3", false),
            ("http://127.0.0.1.example.com/v3", false),
        ] {
            assert_eq!(
                BaseUrl::parse(url).unwrap().is_loopback(),
                loopback,
                "{url}"
            );
        }
    }
}
