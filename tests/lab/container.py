"""Recordings as blocks (docs/recording-format.md), for scripts that make new ones of them."""
import json
import struct
import zlib


def text_of(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def packed(tag, text):
    content = zlib.compress(text, 1)
    head = tag + struct.pack("<I", len(content))
    return head + struct.pack("<II", zlib.crc32(head), zlib.crc32(content)) + content


def read(path):
    """The first line, and tag and value of each block."""
    with open(path, "rb") as file:
        data = file.read()
    at = data.index(b"\n") + 1
    first, blocks = data[:at], []
    while at < len(data):
        length = struct.unpack("<I", data[at + 4 : at + 8])[0]
        blocks.append((data[at : at + 4], json.loads(zlib.decompress(data[at + 16 : at + 16 + length]))))
        at += 16 + length
    return first, blocks
