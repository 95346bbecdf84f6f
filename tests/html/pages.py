"""Makes the pages that are looked at: python3 pages.py INTEROP FOLDER."""

import pathlib
import subprocess
import sys
import time

import hostile

PROFILE = """family = "s3"
name = "hostile"
endpoint = "http://127.0.0.1:{port}"
region = "us-east-1"

[users.main]
access_key = "check"
secret_key = "check"
"""
MEMBERS = 2000


def page(interop, name, folder, *arguments):
    began = time.monotonic()
    file = folder / f"{name}.html"
    ended = subprocess.run(
        [interop, "diff", *arguments, "--summary", "--as-of", "2026-11-23", "--fail-on", "never", "--html", file],
        capture_output=True, text=True, check=False)
    # 4: the hostile server says that what was made is still there
    assert ended.returncode in (0, 3, 4), f"{name}: ended with {ended.returncode}\n{ended.stdout}\n{ended.stderr}"
    assert file.exists(), f"{name}: no page\n{ended.stdout}\n{ended.stderr}"
    print(f"{name}: {file.stat().st_size / 1e6:.1f} MB in {time.monotonic() - began:.0f} s", flush=True)


def main():
    interop, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    page(interop, "two", folder, "profiles/lab-zed.rec", "profiles/lab-new.rec")
    profile = folder / "hostile.toml"
    profile.write_text(PROFILE.format(port=hostile.serve(MEMBERS)))
    run = ["-s", "s3/listing/empty", "-n", "2", "--no-confirm", "--out", folder / "run"]
    page(interop, "hostile", folder, "embedded", profile, *run)


main()
