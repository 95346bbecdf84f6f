//! Checksums of bytes, as S3's headers and trailers write them: base64 of the big-endian digest.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crc::{CRC_32_ISCSI, CRC_32_ISO_HDLC, CRC_64_NVME, Crc, Table};
use md5::{Digest as _, Md5};
use sha1::Sha1;
use sha2::Sha256;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Checksum {
    Md5,
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

static CRC32: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISO_HDLC);
static CRC32C: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISCSI);
static CRC64NVME: Crc<u64, Table<16>> = Crc::<u64, Table<16>>::new(&CRC_64_NVME);

impl Checksum {
    pub const ALL: [Self; 6] = [
        Self::Md5,
        Self::Crc32,
        Self::Crc32c,
        Self::Crc64Nvme,
        Self::Sha1,
        Self::Sha256,
    ];

    /// As scenarios and headers spell it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Crc32 => "crc32",
            Self::Crc32c => "crc32c",
            Self::Crc64Nvme => "crc64nvme",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
        }
    }

    pub fn from_name(name: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|known| known.name() == name)
            .ok_or_else(|| {
                let names: Vec<&str> = Self::ALL.into_iter().map(Self::name).collect();
                format!(
                    "`{name}` is no checksum: expected one of {}",
                    names.join(", ")
                )
            })
    }

    /// The request header that carries it.
    #[must_use]
    pub fn header(self) -> String {
        match self {
            Self::Md5 => "Content-MD5".to_owned(),
            other => format!("x-amz-checksum-{}", other.name()),
        }
    }

    /// In base64.
    #[must_use]
    pub fn of(self, bytes: &[u8]) -> String {
        match self {
            Self::Md5 => STANDARD.encode(Md5::digest(bytes)),
            Self::Crc32 => STANDARD.encode(CRC32.checksum(bytes).to_be_bytes()),
            Self::Crc32c => STANDARD.encode(CRC32C.checksum(bytes).to_be_bytes()),
            Self::Crc64Nvme => STANDARD.encode(CRC64NVME.checksum(bytes).to_be_bytes()),
            Self::Sha1 => STANDARD.encode(Sha1::digest(bytes)),
            Self::Sha256 => STANDARD.encode(Sha256::digest(bytes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_check_values_come_out() {
        // catalogue of parametrised CRC algorithms: check values of "123456789"
        let decoded =
            |checksum: Checksum| hex::encode(STANDARD.decode(checksum.of(b"123456789")).unwrap());
        assert_eq!(decoded(Checksum::Crc32), "cbf43926");
        assert_eq!(decoded(Checksum::Crc32c), "e3069283");
        assert_eq!(decoded(Checksum::Crc64Nvme), "ae8b14860a799888");
        assert_eq!(Checksum::Md5.of(b""), "1B2M2Y8AsgTpgAmY7PhCfg==");
        assert_eq!(
            decoded(Checksum::Sha1),
            "f7c3bc1d808e04732adf679965ccc34ca7ae3441"
        );
    }

    #[test]
    fn names_are_read_back() {
        for checksum in Checksum::ALL {
            assert_eq!(Checksum::from_name(checksum.name()), Ok(checksum));
        }
        assert!(Checksum::from_name("crc16").is_err());
    }
}
