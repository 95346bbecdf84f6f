//! What the query of an S3 request asks for, and where its lists hold what.

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

/// Settings and where they show in answers about the objects of their bucket, or about their object: any place, or such that
/// begin so.
const SHOWN: [(&str, &str); 12] = [
    ("acl", ""),
    ("cors", "header access-control-"),
    ("encryption", "header x-amz-server-side-encryption"),
    ("legal-hold", ""),
    ("lifecycle", "header x-amz-expiration"),
    ("object-lock", ""),
    ("policy", ""),
    ("publicAccessBlock", ""),
    ("retention", ""),
    ("tagging", "header x-amz-tagging-count"),
    ("versioning", ""),
    ("website", ""),
];

/// Whether what a setting is can show at a place.
#[must_use]
pub fn shows(setting: &str, place: &str) -> bool {
    SHOWN
        .iter()
        .any(|(name, at)| *name == setting && place.starts_with(at))
}

/// First words of a query that ask for the object itself, for its bytes, or for the items of a bucket.
const OF_THE_THING: [&str; 6] = [
    "",
    "uploads",
    "uploadId",
    "partNumber",
    "versionId",
    "list-type",
];

/// The path, and what the query names of it: a setting, or an operation on it. An upload is none but the object.
#[must_use]
pub fn subresource(target: &str) -> (&str, Option<&str>) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let word = query.split(['=', '&']).next().unwrap_or_default();
    let named = Some(word).filter(|word| !OF_THE_THING.contains(word));
    (path.trim_end_matches('/'), named)
}

/// Parameters of lists: without a value, too, they say how to list and not what.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html> and its neighbours.
const OF_LISTS: [&str; 14] = [
    "continuation-token",
    "delimiter",
    "encoding-type",
    "fetch-owner",
    "key-marker",
    "marker",
    "max-keys",
    "max-parts",
    "max-uploads",
    "part-number-marker",
    "prefix",
    "start-after",
    "upload-id-marker",
    "version-id-marker",
];

#[must_use]
pub fn says_how_to_list(word: &str) -> bool {
    OF_LISTS.contains(&word)
}

/// Whether a place is in a list of objects.
#[must_use]
pub fn is_list(place: &str) -> bool {
    place.starts_with("$.ListBucketResult")
}

/// Whether a place says how many items a list has.
#[must_use]
pub fn counts_items(place: &str) -> bool {
    place.ends_with(".KeyCount")
}

/// Whether a place is of the items of a list.
#[must_use]
pub fn is_of_items(place: &str) -> bool {
    place.contains(".Contents")
}

/// Whether a place is one item of a list, or all of them.
#[must_use]
pub fn is_items(place: &str) -> bool {
    let member = place.rsplit('.').next().unwrap_or_default();
    place.ends_with(']') || ["Contents", "Version", "DeleteMarker"].contains(&member)
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
