//! Signature version 4, as a step wants it: in headers or in the query, right or wrong.
//!
//! The canonical request and the signature are made by a library; what is signed, with which clock, key and payload
//! hash, is decided here. No segment of the path is resolved; it goes out as it was written.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html>

use super::session::{EC2, S3};
use super::{chunked, form, v2};
use crate::profile::secret::Redacted;
use crate::scenario::{How, PayloadSign, Sign, Wrong};
use crate::transport::WireRequest;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SessionTokenMode, SignableBody, SignableRequest,
    SignatureLocation, SigningSettings, UriPathNormalizationMode, sign as library_sign,
};
use aws_sigv4::sign::v4;
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

/// Keys of one user.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    pub access_key: Redacted<String>,
    pub secret_key: Redacted<String>,
    pub session_token: Option<Redacted<String>>,
}

/// Whose signature it is, for where and when.
#[derive(Clone, Debug)]
pub(super) struct Signer {
    pub access_key: String,
    pub secret_key: Redacted<String>,
    pub session_token: Option<Redacted<String>>,
    pub region: String,
    pub service: String,
    pub time: SystemTime,
}

/// Headers of any request that must be signed, by how their names begin (lower case).
const MUST: [&str; 4] = ["host", "x-amz-", "content-md5", "content-type"];

impl Signer {
    /// The right one, or the one that `sign` wants.
    pub(super) fn of((keys, region, service): (&Keys, &str, &str), sign: &Sign) -> Self {
        let now = SystemTime::now();
        let skew = Duration::from_secs(sign.skew.unsigned_abs());
        let time = if sign.skew < 0 {
            now.checked_sub(skew)
        } else {
            now.checked_add(skew)
        };
        let access_key = keys.access_key.expose();
        let secret = keys.secret_key.expose();
        let other = |text: &str| text.chars().rev().collect::<String>();
        Self {
            // of the same form, and nobody's
            access_key: match sign.wrong {
                Some(Wrong::Key) => unlike(access_key),
                _ => access_key.clone(),
            },
            secret_key: match sign.wrong {
                Some(Wrong::Secret) => Redacted::new(other(secret) + "x"),
                _ => keys.secret_key.clone(),
            },
            session_token: keys.session_token.clone(),
            region: match sign.wrong {
                Some(Wrong::Region) => "mars-north-1".to_owned(),
                _ => region.to_owned(),
            },
            service: match sign.wrong {
                Some(Wrong::Service) if service == S3 => EC2.to_owned(),
                Some(Wrong::Service) => S3.to_owned(),
                _ => service.to_owned(),
            },
            time: time.unwrap_or(now),
        }
    }

    /// `20150830T123600Z`
    pub(super) fn stamp(&self) -> String {
        let format =
            time::macros::format_description!("[year][month][day]T[hour][minute][second]Z");
        time::OffsetDateTime::from(self.time)
            .format(&format)
            .unwrap_or_default()
    }

    /// `20150830/us-east-1/s3/aws4_request`
    pub(super) fn scope(&self) -> String {
        let stamp = self.stamp();
        let day = stamp.get(..8).unwrap_or_default();
        format!("{day}/{}/{}/aws4_request", self.region, self.service)
    }

    /// The signature of a text.
    pub(super) fn signature(&self, text: &str) -> String {
        let secret = self.secret_key.expose();
        let key = v4::generate_signing_key(secret, self.time, &self.region, &self.service);
        v4::calculate_signature(key, text.as_bytes())
    }
}

/// Another text of the same letters: the last ones are turned.
fn unlike(key: &str) -> String {
    key.chars()
        .map(|c| match c {
            'A'..='Y' | 'a'..='y' | '0'..='8' => char::from(c as u8 + 1),
            'Z' => 'A',
            'z' => 'a',
            '9' => '0',
            other => other,
        })
        .collect()
}

/// Whether a service knows signatures of this kind; the error says why not. All but the plain ones are S3's own.
pub(super) fn can_sign(service: &str, sign: &Sign) -> Result<(), String> {
    let plain = matches!(sign.how, How::Header | How::Presigned | How::Nothing)
        && matches!(sign.payload, PayloadSign::Signed | PayloadSign::Unsigned)
        && sign.trailer.is_none();
    if service == S3 || plain {
        return Ok(());
    }
    Err(format!("{service} knows no such signature"))
}

/// The request with its signature: by whose keys, for which region and service. The error says why there can be none.
pub(super) fn sign(
    whose: (&Keys, &str, &str),
    sign: &Sign,
    request: WireRequest,
) -> Result<WireRequest, String> {
    signed_by(&Signer::of(whose, sign), sign, request)
}

fn signed_by(
    signer: &Signer,
    sign: &Sign,
    mut request: WireRequest,
) -> Result<WireRequest, String> {
    match sign.how {
        How::Nothing => {
            chunked::frame(&mut request, sign, None);
            return Ok(request);
        }
        How::V2 => return v2::sign(signer, sign, request),
        How::Post => return form::sign(signer, sign, request),
        How::Header | How::Presigned => {}
    }
    let presigned = sign.how == How::Presigned;
    chunked::announce(&mut request, sign);
    let author: Vec<String> = request
        .headers
        .iter()
        .map(|(name, _)| name.to_ascii_lowercase())
        .collect();
    let written = signed_time(&request).filter(|_| !presigned);
    let signer = &Signer {
        time: written.unwrap_or(signer.time),
        ..signer.clone()
    };
    let is_s3 = signer.service == S3;
    // only S3 signs URLs before it is known what is sent to them
    let payload = payload_hash(&request, sign, presigned && is_s3);
    let mut headers = signed_headers(&request, sign);
    if !presigned {
        // the library adds these anew
        headers
            .retain(|(name, _)| !["x-amz-date", "x-amz-content-sha256"].contains(&name.as_str()));
    }
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.session_token_mode = SessionTokenMode::Include;
    // what the library adds by itself is left out here, too
    settings.excluded_headers = Some(sign.omit.iter().cloned().map(Cow::Owned).collect());
    if presigned {
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(Duration::from_secs(sign.expires));
    }
    settings.payload_checksum_kind = if is_s3 && !presigned {
        PayloadChecksumKind::XAmzSha256
    } else {
        PayloadChecksumKind::NoHeader
    };
    let token = signer.session_token.as_ref().map(|t| t.expose().clone());
    let identity = Credentials::new(
        signer.access_key.clone(),
        signer.secret_key.expose().clone(),
        token,
        None,
        "profile",
    )
    .into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(&signer.region)
        .name(&signer.service)
        .time(signer.time)
        .settings(settings)
        .build()
        .map_err(|error| error.to_string())?
        .into();
    let url = format!("{}{}", request.origin, canonical(&request.target));
    let signable = SignableRequest::new(
        &request.method,
        url.as_str(),
        headers.iter().map(|(n, v)| (n.as_str(), v.as_str())),
        SignableBody::Precomputed(payload),
    )
    .map_err(|error| format!("it can't be signed: {error}"))?;
    let (instructions, signature) = library_sign(signable, &params)
        .map_err(|error| format!("it can't be signed: {error}"))?
        .into_parts();
    let (new_headers, new_params) = instructions.into_parts();
    let spoil = |value: &str| match sign.wrong {
        Some(Wrong::Signature) => value.replace(&signature, &flipped(&signature)),
        _ => value.to_owned(),
    };
    for header in new_headers {
        // what the author wrote goes out as it is
        if !author.iter().any(|name| name == header.name()) {
            let value = spoil(header.value());
            request.headers.push((header_name(header.name()), value));
        }
    }
    for (name, value) in new_params {
        let joint = if request.target.contains('?') {
            '&'
        } else {
            '?'
        };
        let value = encoded(&spoil(&value));
        let _ = write!(request.target, "{joint}{name}={value}");
    }
    chunked::frame(&mut request, sign, Some((signer, &signature)));
    Ok(request)
}

/// The target as it is signed: each byte of the path once encoded, however it goes out (`+`, `%2e`, `%2F`). Both sides
/// of a signature come to the same text so, whatever was written.
fn canonical(target: &str) -> String {
    let (path, query) = match target.find('?') {
        Some(at) => target.split_at(at),
        None => (target, ""),
    };
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = after.get(..2).filter(|_| *first == b'%');
        let byte = escaped.and_then(|digits| hex::decode(digits).ok());
        if let Some(byte) = byte {
            decoded.extend(byte);
            rest = &after[2..];
        } else {
            decoded.push(*first);
            rest = after;
        }
    }
    let mut out = String::with_capacity(target.len());
    for byte in decoded {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out + query
}

fn header<'r>(request: &'r WireRequest, name: &str) -> Option<&'r str> {
    let mut headers = request.headers.iter();
    let (_, value) = headers.find(|(own, _)| own.eq_ignore_ascii_case(name))?;
    Some(value)
}

/// The time that the author wrote into the header, if it is one: the signature is of that time then.
fn signed_time(request: &WireRequest) -> Option<SystemTime> {
    let format = time::macros::format_description!("[year][month][day]T[hour][minute][second]Z");
    let written = header(request, "x-amz-date")?;
    let time = time::PrimitiveDateTime::parse(written, &format).ok()?;
    Some(time.assume_utc().into())
}

/// What is signed in place of the payload: what the author wrote, else what the step wants.
fn payload_hash(request: &WireRequest, sign: &Sign, presigned: bool) -> String {
    if let Some(written) = header(request, "x-amz-content-sha256").filter(|_| !presigned) {
        return written.to_owned();
    }
    if sign.wrong == Some(Wrong::Payload) {
        return hex::encode(Sha256::digest(b"another payload"));
    }
    match sign.payload {
        // a presigned URL is made before its payload is known
        PayloadSign::Signed if presigned => "UNSIGNED-PAYLOAD".to_owned(),
        PayloadSign::Signed => hex::encode(Sha256::digest(&request.body)),
        PayloadSign::Unsigned => "UNSIGNED-PAYLOAD".to_owned(),
        PayloadSign::Streaming => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD".to_owned(),
        PayloadSign::StreamingTrailer => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER".to_owned(),
        PayloadSign::StreamingUnsignedTrailer => "STREAMING-UNSIGNED-PAYLOAD-TRAILER".to_owned(),
    }
}

fn signed_headers(request: &WireRequest, sign: &Sign) -> Vec<(String, String)> {
    let mut signed = Vec::new();
    let own_host = request
        .headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("host"));
    if !own_host {
        let authority = crate::transport::Origin::parse(&request.origin)
            .map(|origin| origin.authority())
            .unwrap_or_default();
        signed.push(("host".to_owned(), authority));
    }
    for (name, value) in &request.headers {
        let lower = name.to_ascii_lowercase();
        let must = MUST.iter().any(|start| lower.starts_with(start));
        let wanted = sign.headers.contains(&lower);
        if (must || wanted) && !sign.omit.contains(&lower) {
            signed.push((lower, value.clone()));
        }
    }
    signed
}

/// As clients write it.
fn header_name(name: &str) -> String {
    match name {
        "authorization" => "Authorization".to_owned(),
        other => other.to_owned(),
    }
}

/// The same signature but for its first digit.
pub(super) fn flipped(signature: &str) -> String {
    let mut digits: Vec<char> = signature.chars().collect();
    if let Some(first) = digits.first_mut() {
        *first = if *first == '0' { '1' } else { '0' };
    }
    digits.into_iter().collect()
}

pub(super) fn encoded(text: &str) -> String {
    crate::dialect::resources::encode(text, false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use time::macros::datetime;

    /// The keys and the day of the examples in AWS's reference.
    fn example() -> Signer {
        Signer {
            access_key: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret_key: Redacted::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned()),
            session_token: None,
            region: "us-east-1".to_owned(),
            service: "s3".to_owned(),
            time: datetime!(2013-05-24 00:00 UTC).into(),
        }
    }

    fn get(target: &str) -> WireRequest {
        WireRequest {
            method: "GET".to_owned(),
            origin: "https://examplebucket.s3.amazonaws.com".to_owned(),
            target: target.to_owned(),
            ..WireRequest::default()
        }
    }

    fn header<'r>(request: &'r WireRequest, name: &str) -> &'r str {
        super::header(request, name).unwrap_or_default()
    }

    #[test]
    fn the_published_example_of_a_header_comes_out() {
        let mut request = get("/test.txt");
        request
            .headers
            .push(("Range".to_owned(), "bytes=0-9".to_owned()));
        let sign = Sign {
            headers: vec!["range".to_owned()],
            ..Sign::default()
        };
        let signed = signed_by(&example(), &sign, request).unwrap();
        let authorization = header(&signed, "Authorization");
        assert!(
            authorization.ends_with(
                "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, \
                 Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
            ),
            "{authorization}"
        );
        assert_eq!(header(&signed, "x-amz-date"), "20130524T000000Z");
    }

    #[test]
    fn the_published_example_of_a_presigned_url_comes_out() {
        let sign = Sign {
            how: How::Presigned,
            expires: 86400,
            ..Sign::default()
        };
        let signed = signed_by(&example(), &sign, get("/test.txt")).unwrap();
        assert!(
            signed.target.ends_with(
                "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
            ),
            "{}",
            signed.target
        );
        assert!(signed.headers.is_empty());
    }

    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html>, as in AWS's test suite
    /// (`get-vanilla`, `post-x-www-form-urlencoded`): the keys and the day of the suite.
    #[test]
    fn the_examples_of_the_published_test_suite_come_out() {
        let signer = Signer {
            access_key: "AKIDEXAMPLE".to_owned(),
            secret_key: Redacted::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned()),
            session_token: None,
            region: "us-east-1".to_owned(),
            service: "service".to_owned(),
            time: datetime!(2015-08-30 12:36 UTC).into(),
        };
        let request = |method: &str| WireRequest {
            method: method.to_owned(),
            origin: "https://example.amazonaws.com".to_owned(),
            target: "/".to_owned(),
            ..WireRequest::default()
        };
        let signed = signed_by(&signer, &Sign::default(), request("GET")).unwrap();
        assert!(
            header(&signed, "Authorization").ends_with(
                "SignedHeaders=host;x-amz-date, \
                 Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
            ),
            "{}",
            header(&signed, "Authorization")
        );
        let mut post = request("POST");
        let kind = "application/x-www-form-urlencoded".to_owned();
        post.headers.push(("Content-Type".to_owned(), kind));
        post.body = Bytes::from_static(b"Param1=value1");
        let signed = signed_by(&signer, &Sign::default(), post).unwrap();
        assert!(
            header(&signed, "Authorization").ends_with(
                "SignedHeaders=content-type;host;x-amz-date, \
                 Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"
            ),
            "{}",
            header(&signed, "Authorization")
        );
        assert_eq!(header(&signed, "x-amz-content-sha256"), "");
    }

    #[test]
    fn what_only_s3_knows_is_asked_of_s3_only() {
        let v2 = Sign {
            how: How::V2,
            ..Sign::default()
        };
        assert!(can_sign("s3", &v2).is_ok() && can_sign("ec2", &v2).is_err());
        assert!(can_sign("ec2", &Sign::default()).is_ok());
    }

    #[test]
    fn the_published_example_of_signed_chunks_comes_out() {
        let sign = Sign {
            payload: PayloadSign::Streaming,
            ..Sign::default()
        };
        let mut request = get("/chunkObject.txt");
        request.body = Bytes::from(vec![b'a'; 66560]);
        let seed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
        chunked::frame(&mut request, &sign, Some((&example(), seed)));
        assert_eq!(request.body.len(), 66824);
        assert_eq!(request.meant.unwrap().len(), 66560);
        let text = String::from_utf8(request.body.to_vec()).unwrap();
        let signatures: Vec<&str> = text
            .split(";chunk-signature=")
            .skip(1)
            .map(|rest| &rest[..64])
            .collect();
        assert_eq!(
            signatures,
            [
                "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
                "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
                "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
            ]
        );
    }

    #[test]
    fn a_path_is_signed_with_each_byte_encoded_once() {
        for (sent, signed) in [
            ("/b/a/../c//d", "/b/a/../c//d"),
            ("/b/a+b%2Bc", "/b/a%2Bb%2Bc"),
            ("/b/%2e%2E/x%2Fy", "/b/../x/y"),
            ("/b/\u{e4}%C3%A4?x=%2F", "/b/%C3%A4%C3%A4?x=%2F"),
            ("/b/100%", "/b/100%25"),
        ] {
            assert_eq!(canonical(sent), signed);
        }
    }

    #[test]
    fn what_is_wrong_on_purpose_is_wrong_and_nothing_else() {
        let right = signed_by(&example(), &Sign::default(), get("/a/../b")).unwrap();
        assert_eq!(right.target, "/a/../b");
        let keys = Keys {
            access_key: Redacted::new("AKIAIOSFODNN7EXAMPLE".to_owned()),
            secret_key: Redacted::new("secret".to_owned()),
            session_token: None,
        };
        for (wrong, same_key, same_region) in [
            (Wrong::Key, false, true),
            (Wrong::Secret, true, true),
            (Wrong::Region, true, false),
        ] {
            let sign = Sign {
                wrong: Some(wrong),
                ..Sign::default()
            };
            let signer = Signer::of((&keys, "r", "s3"), &sign);
            assert_eq!(signer.access_key == *keys.access_key.expose(), same_key);
            assert_eq!(signer.region == "r", same_region);
        }
        let flip = flipped("0a");
        assert_eq!(flip, "1a");
    }

    #[test]
    fn what_the_author_wrote_is_sent_and_signed_as_it_is() {
        let day = "20130524T000000Z";
        for (written, value) in [
            ("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"),
            ("x-amz-content-sha256", "nonsense"),
            ("x-amz-date", "20200101T000000Z"),
            ("x-amz-date", "yesterday"),
        ] {
            let mut request = get("/x");
            request.headers.push((written.to_owned(), value.to_owned()));
            let signed = signed_by(&example(), &Sign::default(), request).unwrap();
            assert_eq!(header(&signed, written), value);
            let same = |(name, _): &&(String, String)| name.eq_ignore_ascii_case(written);
            assert_eq!(signed.headers.iter().filter(same).count(), 1, "{written}");
            // a date that is one is what the signature is of
            let date = if value.starts_with("2020") {
                value
            } else {
                day
            };
            let scope = format!("Credential=AKIAIOSFODNN7EXAMPLE/{}/", &date[..8]);
            assert!(header(&signed, "Authorization").contains(&scope), "{value}");
        }
    }

    #[test]
    fn each_header_can_be_left_unsigned_and_is_sent_all_the_same() {
        for omitted in ["host", "x-amz-date", "x-amz-content-sha256", "content-type"] {
            let mut request = get("/x");
            request
                .headers
                .push(("Content-Type".to_owned(), "text/plain".to_owned()));
            let sign = Sign {
                omit: vec![omitted.to_owned()],
                ..Sign::default()
            };
            let signed = signed_by(&example(), &sign, request).unwrap();
            let authorization = header(&signed, "Authorization");
            let (_, list) = authorization.split_once("SignedHeaders=").unwrap();
            let (list, _) = list.split_once(',').unwrap();
            let mut want = vec!["content-type", "host", "x-amz-content-sha256", "x-amz-date"];
            want.retain(|name| *name != omitted);
            assert_eq!(list, want.join(";"));
            assert!(!header(&signed, "x-amz-date").is_empty());
            assert!(!header(&signed, "x-amz-content-sha256").is_empty());
        }
    }

    #[test]
    fn a_trailer_follows_the_last_chunk_and_is_signed() {
        let sign = Sign {
            payload: PayloadSign::StreamingTrailer,
            trailer: Some(crate::scenario::Checksum::Crc32c),
            ..Sign::default()
        };
        let mut request = get("/x");
        request.body = Bytes::from_static(b"abc");
        let signed = signed_by(&example(), &sign, request).unwrap();
        assert_eq!(
            header(&signed, "x-amz-content-sha256"),
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
        );
        assert_eq!(header(&signed, "x-amz-trailer"), "x-amz-checksum-crc32c");
        let text = String::from_utf8(signed.body.to_vec()).unwrap();
        let (chunks, trailer) = text.split_once("\r\n0;chunk-signature=").unwrap();
        assert!(chunks.starts_with("3;chunk-signature="));
        assert!(trailer.contains("\r\nx-amz-checksum-crc32c:Nks/tw==\r\nx-amz-trailer-signature:"));
        assert!(trailer.ends_with("\r\n\r\n"));
    }
}
