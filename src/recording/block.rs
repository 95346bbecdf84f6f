//! One block of the container: a head of 16 bytes, then compressed JSON of one value.
//!
//! Head: tag (4 ASCII letters), length of what follows, CRC-32 of these 8 bytes, CRC-32 of what
//! follows; numbers little-endian. The head has a checksum of its own so that reading can find the
//! next whole block after damage.

use super::error::{Damage, DamageKind};
use flate2::Compression;
use flate2::Crc;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};

/// First line of the file, before the format's number and a newline.
pub(super) const MAGIC: &str = "interop recording ";
pub(super) const HEAD: usize = 16;
/// A block larger than this when unpacked is hostile, not a recording.
const MOST_UNPACKED: u64 = 1 << 30;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    Header,
    Execution,
    Control,
    Trailer,
    /// Of a later minor change; skipped.
    Unknown,
}

impl Tag {
    fn bytes(self) -> [u8; 4] {
        match self {
            Self::Header => *b"HEAD",
            Self::Execution => *b"EXEC",
            Self::Control => *b"CTRL",
            Self::Trailer => *b"TAIL",
            Self::Unknown => *b"????",
        }
    }

    /// `None` if this can't be a tag at all.
    fn of(bytes: [u8; 4]) -> Option<Self> {
        [Self::Header, Self::Execution, Self::Control, Self::Trailer]
            .into_iter()
            .find(|tag| tag.bytes() == bytes)
            .or(bytes
                .iter()
                .all(u8::is_ascii_uppercase)
                .then_some(Self::Unknown))
    }
}

/// Where a whole block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub tag: Tag,
    /// First byte of the head.
    pub at: u64,
    /// Bytes after the head.
    pub length: u32,
    pub check: u32,
}

#[derive(Debug, Default)]
pub(super) struct Found {
    pub blocks: Vec<Block>,
    pub damage: Vec<Damage>,
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// Packs a value; `Err` holds the length where it doesn't fit a block.
pub(super) fn encode<T: Serialize + ?Sized>(
    tag: Tag,
    value: &T,
) -> Result<Result<Vec<u8>, usize>, serde_json::Error> {
    let mut out = vec![0; HEAD];
    let mut packer = ZlibEncoder::new(&mut out, Compression::default());
    serde_json::to_writer(&mut packer, value)?;
    packer.finish().map_err(serde_json::Error::io)?;
    let length = out.len() - HEAD;
    let Ok(short) = u32::try_from(length) else {
        return Ok(Err(length));
    };
    out[..4].copy_from_slice(&tag.bytes());
    out[4..8].copy_from_slice(&short.to_le_bytes());
    let head = crc(&out[..8]).to_le_bytes();
    out[8..12].copy_from_slice(&head);
    let body = crc(&out[HEAD..]).to_le_bytes();
    out[12..16].copy_from_slice(&body);
    Ok(Ok(out))
}

/// Unpacks what follows a head.
pub(super) fn decode<T: DeserializeOwned>(packed: &[u8]) -> Result<T, String> {
    let mut text = Vec::new();
    ZlibDecoder::new(packed)
        .take(MOST_UNPACKED)
        .read_to_end(&mut text)
        .map_err(|e| e.to_string())?;
    serde_json::from_slice(&text).map_err(|e| e.to_string())
}

impl Block {
    fn from_head(at: u64, head: [u8; HEAD]) -> Option<Self> {
        let (words, []) = head.as_chunks::<4>() else {
            return None;
        };
        let tag = Tag::of(words[0])?;
        (u32::from_le_bytes(words[2]) == crc(&head[..8])).then(|| Self {
            tag,
            at,
            length: u32::from_le_bytes(words[1]),
            check: u32::from_le_bytes(words[3]),
        })
    }

    pub fn end(&self) -> u64 {
        self.at + HEAD as u64 + u64::from(self.length)
    }

    /// What follows the head; `None` if it isn't what was written.
    pub fn read(&self, file: &mut (impl Read + Seek)) -> io::Result<Option<Vec<u8>>> {
        file.seek(SeekFrom::Start(self.at + HEAD as u64))?;
        // not allocated by the length claimed: it may be a lie
        let mut packed = Vec::new();
        file.take(u64::from(self.length)).read_to_end(&mut packed)?;
        let whole = packed.len() as u64 == u64::from(self.length) && crc(&packed) == self.check;
        Ok(whole.then_some(packed))
    }
}

/// Finds every whole block after `from`, and every stretch that is none. Reads all bytes once, one
/// block in memory at a time.
pub(super) fn scan(file: &mut (impl Read + Seek), from: u64) -> io::Result<Found> {
    let size = file.seek(SeekFrom::End(0))?;
    let mut found = Found::default();
    let mut at = from;
    while at < size {
        let here = head_at(file, at)?;
        match here {
            Some(block) if block.read(file)?.is_some() => {
                found.blocks.push(block);
                at = block.end();
            }
            _ => {
                let next = next_head(file, at + 1)?;
                let torn = next.is_none()
                    && here.map_or(size - at < HEAD as u64, |block| block.end() > size);
                let end = next.unwrap_or(size);
                found.damage.push(Damage {
                    at,
                    length: end - at,
                    kind: if torn {
                        DamageKind::Torn
                    } else {
                        DamageKind::Corrupt
                    },
                });
                at = end;
            }
        }
    }
    Ok(found)
}

fn head_at(file: &mut (impl Read + Seek), at: u64) -> io::Result<Option<Block>> {
    file.seek(SeekFrom::Start(at))?;
    let mut head = [0; HEAD];
    match file.read_exact(&mut head) {
        Ok(()) => Ok(Block::from_head(at, head)),
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(e) => Err(e),
    }
}

/// First byte, at or after `from`, at which a head stands that is whole by its own checksum.
fn next_head(file: &mut (impl Read + Seek), from: u64) -> io::Result<Option<u64>> {
    file.seek(SeekFrom::Start(from))?;
    let mut window = [0; HEAD];
    let mut seen = 0;
    for byte in BufReader::with_capacity(1 << 16, file).bytes() {
        window.rotate_left(1);
        window[HEAD - 1] = byte?;
        seen += 1;
        if seen >= HEAD as u64 {
            let at = from + seen - HEAD as u64;
            if Block::from_head(at, window).is_some() {
                return Ok(Some(at));
            }
        }
    }
    Ok(None)
}

/// Writes the first line.
pub(super) fn magic(out: &mut impl Write, format: u32) -> io::Result<()> {
    writeln!(out, "{MAGIC}{format}")
}
