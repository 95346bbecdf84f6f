//! What the query of an S3 request asks for.

/// Words of a query that name a setting of a bucket or an object: a document, not data.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html>
const SETTINGS: [&str; 26] = [
    "accelerate",
    "acl",
    "analytics",
    "attributes",
    "cors",
    "encryption",
    "intelligent-tiering",
    "inventory",
    "legal-hold",
    "lifecycle",
    "location",
    "logging",
    "metadataTable",
    "metrics",
    "notification",
    "object-lock",
    "ownershipControls",
    "policy",
    "policyStatus",
    "publicAccessBlock",
    "replication",
    "requestPayment",
    "retention",
    "tagging",
    "versioning",
    "website",
];

/// Whether the target, or the operation, is about a setting.
#[must_use]
pub fn names_setting(target: &str) -> bool {
    let Some((_, query)) = target.split_once('?') else {
        return false;
    };
    query.split('&').any(|pair| {
        let word = pair.split('=').next().unwrap_or_default();
        SETTINGS.contains(&word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_told_from_data_and_lists() {
        assert!(names_setting("/bucket?policy"));
        assert!(names_setting("GET /{bucket}/{key}?tagging&versionId"));
        for data in [
            "/bucket/policy",
            "/bucket?list-type=2",
            "/b/k?versionId=1",
            "/b/k?uploadId=acl",
        ] {
            assert!(!names_setting(data), "{data}");
        }
    }
}
