"""docs/benchmarks.md has every measurement of `make bench`, with the command, the machine and the day."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from awa_batch.images.base_names import base_names
from awa_batch.images.context import BASE_IMAGES
from bench.__main__ import ALL
from bench.image import project_files

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/benchmarks.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"(?ms)^## (.+?)\n(.*?)(?=^## |\Z)", PAGE))


def test_the_page_has_every_measurement_and_no_other() -> None:
    assert [title for title in SECTIONS if title in ALL.values()] == list(ALL.values())
    assert set(re.findall(r"python -m bench (\w+)", PAGE)) == set(ALL)
    assert {path.stem for path in (ROOT / "bench").glob("*.py")} >= set(ALL)


@pytest.mark.parametrize("name", list(ALL))
def test_each_has_its_command_what_came_out_and_how_busy_the_machine_was(name: str) -> None:
    section = SECTIONS[ALL[name]]
    assert f"`python -m bench {name}`" in section
    (output,) = re.findall(r"(?ms)^```\n(.*?)^```", section)
    assert re.search(r"\d", output)
    assert re.search(r"\d+ % idle before", section)


def test_the_page_says_when_and_on_what() -> None:
    assert re.search(r"20\d\d-\d\d-\d\d", PAGE)
    assert re.search(r"\d+ cores", PAGE)


def test_help_names_every_measurement() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert re.findall(r"(?m)^  (\w+)  ", done.stdout) == list(ALL)


def test_the_image_that_is_measured_is_built_of_all_that_a_build_reads(tmp_path: Path) -> None:
    assert BASE_IMAGES in project_files()
    assert all((ROOT / name).exists() for name in project_files())
    assert base_names(ROOT)
