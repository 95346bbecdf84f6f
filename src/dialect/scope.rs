//! What an operation is part of: its service, and what the service offers for one kind of thing. A cloud that lacks one of
//! these refuses every operation in it.

use super::s3::names_setting;

/// From wide to narrow, each as operations are written: `compute *`, `* /servers`, `POST /servers/{}/action`. The first is
/// of the whole service, the last the operation itself.
#[must_use]
pub fn around(service: &str, operation: &str) -> Vec<String> {
    let whole = format!("{service} *");
    let within = match service {
        "ec2" => thing(operation).map(|thing| format!("ec2 *{thing}")),
        "s3" => setting(operation).map(|word| format!("* ?{word}")),
        _ => collection(operation).map(|path| format!("* {path}")),
    };
    [Some(whole), within, Some(operation.to_owned())]
        .into_iter()
        .flatten()
        .collect()
}

/// What an action of EC2 is about: `DescribeKeyPairs` → `KeyPair`.
fn thing(operation: &str) -> Option<&str> {
    const ASIDE: [&str; 3] = ["Attribute", "Ingress", "Egress"];
    let action = operation.strip_prefix("ec2 ")?;
    let verb_ends = action[1..].find(|c: char| c.is_ascii_uppercase())? + 1;
    let mut thing = &action[verb_ends..];
    for word in ASIDE {
        thing = thing.strip_suffix(word).unwrap_or(thing);
    }
    let one = thing
        .strip_suffix("es")
        .filter(|one| one.ends_with(['s', 'x']))
        .or_else(|| thing.strip_suffix('s').filter(|one| !one.ends_with('s')));
    Some(one.unwrap_or(thing)).filter(|thing| !thing.is_empty())
}

/// The setting that a request to S3 names, of a bucket or of an object: `PUT /{bucket}/{key}?tagging` → `tagging`.
fn setting(operation: &str) -> Option<&str> {
    let (_, query) = operation.split_once('?')?;
    let word = query.split('&').next()?;
    names_setting(operation).then_some(word)
}

/// The first segment of a path: `PUT /networks/{}/tags/{}` → `/networks`. A path that begins with our own things has none.
fn collection(operation: &str) -> Option<&str> {
    let (_, path) = operation.rsplit_once(' ')?;
    let first = path.strip_prefix('/')?.split('/').next()?;
    let is_word = !first.is_empty() && !first.contains(['{', '(']);
    is_word.then(|| &path[..=first.len()])
}

#[cfg(test)]
mod tests {
    use super::around;

    #[test]
    fn an_operation_is_part_of_a_kind_of_thing_and_of_a_service() {
        for (service, operation, within) in [
            ("compute", "POST /servers/{}/action", Some("* /servers")),
            ("network", "network PUT /networks/{}", Some("* /networks")),
            ("object-store", "PUT /{}/{}", None),
            ("compute", "GET (root)/", None),
            ("s3", "PUT /{bucket}/{key}?tagging", Some("* ?tagging")),
            ("s3", "PUT /{bucket}/{key}", None),
            ("s3", "POST /{bucket}/{key}?uploads", None),
            ("ec2", "ec2 DescribeKeyPairs", Some("ec2 *KeyPair")),
            ("ec2", "ec2 DescribeAddresses", Some("ec2 *Address")),
            ("ec2", "ec2 ReleaseAddress", Some("ec2 *Address")),
            ("ec2", "ec2 ModifySnapshotAttribute", Some("ec2 *Snapshot")),
        ] {
            let found = around(service, operation);
            let mut wanted = vec![format!("{service} *")];
            wanted.extend(within.map(str::to_owned));
            wanted.push(operation.to_owned());
            assert_eq!(found, wanted);
        }
    }
}
