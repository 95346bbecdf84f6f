//! The headers of an answer → its places.

use super::answer::{Gathered, Reader, plain};
use super::place::Part;
use super::symbols::At;
use crate::dialect::{self, HeaderMeaning};
use crate::recording::Answer;
use crate::scenario::{ExceptionKind, Source};

impl Reader<'_> {
    pub(super) fn headers(&self, answer: &Answer, gathered: &mut Gathered) {
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
                    let honest = value.parse() == Ok(answer.body.length);
                    read = plain(
                        if honest {
                            "the body's length"
                        } else {
                            "not the body's length"
                        },
                        "framing",
                    );
                }
                HeaderMeaning::Minted => {
                    // ids whose digits make them a word now and then are one form
                    let vague = ["word", "opaque", "digits", "text"];
                    if vague.iter().any(|form| read.value.class.ends_with(form)) {
                        "string minted".clone_into(&mut read.value.class);
                    }
                    read.value.text.clone_from(&read.value.class);
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
}
