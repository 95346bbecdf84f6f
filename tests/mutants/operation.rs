//! Which operation of an API a request is, told from the request alone: mutants are changes of one operation, wherever it is
//! called.

use interop::dialect::query;
use interop::recording::SentRequest;

/// `compute GET /v2.1/servers/{}`, `s3 PUT /{}/{}?acl`, `ec2 RunInstances`. `ours` tells which texts the caller made up.
pub fn of(service: &str, sent: &SentRequest, ours: &dyn Fn(&str) -> bool) -> String {
    if let Some(action) = query::action(service, &sent.target, sent.body.text.as_deref()) {
        return format!("{service} {action}");
    }
    let (path, query) = sent.target.split_once('?').unwrap_or((&sent.target, ""));
    if service == "s3" {
        let path = match (ours(&sent.origin), path.trim_matches('/')) {
            (false, "") => "/",
            (true, "") => "/{}",
            (true, _) => "/{}/{}",
            (false, inside) if inside.contains('/') => "/{}/{}",
            (false, _) => "/{}",
        };
        let words: Vec<&str> = query
            .split('&')
            .filter_map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                let tells = matches!(name, "uploadId" | "partNumber" | "versionId" | "list-type");
                let listing = matches!(
                    name,
                    "prefix"
                        | "delimiter"
                        | "marker"
                        | "max-keys"
                        | "start-after"
                        | "encoding-type"
                );
                (tells || value.is_empty() && !listing && !name.is_empty()).then_some(name)
            })
            .collect();
        let query = if words.is_empty() {
            String::new()
        } else {
            format!("?{}", words.join("&"))
        };
        return format!("{service} {} {path}{query}", sent.method);
    }
    let mut shape = Vec::new();
    for segment in path.split('/') {
        shape.push(if is_value(segment) || ours(segment) {
            "{}"
        } else {
            segment
        });
    }
    // behind an account and a container everything is a key
    if service == "object-store" && shape.len() > 5 {
        shape.truncate(4);
        shape.push("{}");
    }
    format!("{service} {} {}", sent.method, shape.join("/"))
}

/// Ids and numbers; versions (`v2.1`) and words are none.
fn is_value(segment: &str) -> bool {
    let hex = segment.chars().filter(char::is_ascii_hexdigit).count();
    let digits = segment.chars().filter(char::is_ascii_digit).count();
    let is_version = segment.starts_with('v') && segment.len() < 6;
    !segment.is_empty()
        && !is_version
        && (digits == segment.len() || hex >= 16 || segment.contains('%') || segment.len() > 24)
}
