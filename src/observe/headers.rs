//! The headers of an answer → its places.

use super::answer::{Gathered, Reader, header, plain};
use super::place::Part;
use super::symbols::At;
use crate::dialect::xml::names_call;
use crate::dialect::{self, HeaderMeaning};
use crate::recording::{Answer, Exchange};
use crate::scenario::{ExceptionKind, Source};

impl Reader<'_> {
    pub(super) fn headers(&self, exchange: &Exchange, answer: &Answer, gathered: &mut Gathered) {
        let json = header(answer, "content-type").is_some_and(|value| value.contains("json"));
        for (name, value) in &answer.headers {
            let name = name.to_ascii_lowercase();
            let name = self.dynamic(&name).unwrap_or(name);
            let source = Source::Header(name.clone());
            let exception = self.exception(&source);
            let meaning = dialect::header_meaning(&name);
            if exception == Some(ExceptionKind::Ignore) || meaning == HeaderMeaning::Hop {
                continue;
            }
            let mut read = self.symbols.string(
                value,
                At {
                    member: &name,
                    parent: "",
                },
            );
            match meaning {
                // without a body (HEAD) the length is all there is to see
                HeaderMeaning::Framing if answer.body.length > 0 => {
                    let honest = value.parse().is_ok_and(|said: u64| {
                        // of a body that was cut only the beginning was counted
                        said == answer.body.length || (answer.body.cut && said > answer.body.length)
                    });
                    read = plain(
                        if honest {
                            "the body's length"
                        } else {
                            "not the body's length"
                        },
                        "framing",
                    );
                }
                // that of a document which GET shows whole
                HeaderMeaning::Framing if json && exchange.request.method == "HEAD" => {
                    read = plain("a length", "framing");
                }
                HeaderMeaning::Plain if dialect::names_api_version(&name) => {
                    if let Some(known) = self.known_version(value, exchange) {
                        read = plain(known, "string version");
                    }
                }
                HeaderMeaning::Minted => {
                    // ids whose digits make them a word now and then are one form
                    let vague = ["word", "opaque", "digits", "text"];
                    if vague.iter().any(|form| read.value.class.ends_with(form)) {
                        "string minted".clone_into(&mut read.value.class);
                    }
                    read.value.text.clone_from(&read.value.class);
                    // a call's own id is no identity, in a header as little as in a body
                    if names_call(&name) {
                        read.identities.clear();
                    }
                }
                HeaderMeaning::Set => {
                    let mut parts: Vec<&str> = value.split(',').map(str::trim).collect();
                    parts.sort_unstable();
                    read = self.symbols.string(
                        &parts.join(", "),
                        At {
                            member: &name,
                            parent: "",
                        },
                    );
                }
                HeaderMeaning::Framing | HeaderMeaning::Plain | HeaderMeaning::Hop => {}
            }
            if exception == Some(ExceptionKind::Opaque) {
                read.value.text.clone_from(&read.value.class);
            }
            gathered.entry((Part::Header, name)).or_default().push(read);
        }
    }

    /// What a header that tells the microversion says: `latest` is another one on each cloud, and discovery says so.
    fn known_version(&self, value: &str, exchange: &Exchange) -> Option<&'static str> {
        let told = value.rsplit(' ').next().unwrap_or(value);
        let at = At {
            member: "max_version",
            parent: "",
        };
        if exchange.version.as_deref() == Some(told) {
            Some("the microversion asked for")
        } else if self.symbols.string(told, at).value.origins.is_empty() {
            None
        } else {
            Some("the highest microversion")
        }
    }
}
