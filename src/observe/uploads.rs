//! What the entity tag of an object that was uploaded in parts says: the md5 of the parts' md5s, and how many there are.

use crate::recording::{Execution, Role};
use md5::{Digest as _, Md5};
use std::collections::BTreeMap;

/// The tags that follow from the parts that an execution sent, each with its symbol. Every beginning of the parts is
/// one: a client may leave out the last.
pub(super) fn etags(execution: &Execution) -> Vec<(String, String)> {
    // by upload: part number → md5; a part that is sent again takes the place of the first
    let mut uploads: BTreeMap<&str, BTreeMap<u32, Vec<u8>>> = BTreeMap::new();
    let sent = execution.exchanges.iter().filter(|exchange| {
        let accepted = exchange.answer.as_ref().is_ok_and(|a| a.status < 300);
        exchange.role == Role::Observed && exchange.request.method == "PUT" && accepted
    });
    for exchange in sent {
        let (_, query) = exchange.request.target.split_once('?').unwrap_or_default();
        let value = |name: &str| {
            query
                .split('&')
                .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
        };
        let number = value("partNumber").and_then(|n| n.parse().ok());
        if let (Some(upload), Some(number)) = (value("uploadId"), number) {
            // of all bytes, where only some are kept
            let md5 = exchange.request.body.md5.as_deref().map(hex::decode);
            if let Some(Ok(md5)) = md5 {
                uploads.entry(upload).or_default().insert(number, md5);
            }
        }
    }
    let mut found = Vec::new();
    for parts in uploads.values() {
        let mut all = Md5::new();
        for (count, md5) in (1..).zip(parts.values()) {
            all.update(md5);
            let etag = format!("{}-{count}", hex::encode(all.clone().finalize()));
            found.push((etag, format!("md5(md5s of {count} parts)-{count}")));
        }
    }
    found
}
