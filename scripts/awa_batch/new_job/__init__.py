"""Make a job's folder that runs and passes its own test at once."""

from __future__ import annotations

import keyword
import re
from pathlib import Path

from awa_batch.errors import UsageError
from awa_batch.files import new_folder
from awa_batch.paths import project_root
from awa_batch.text import Field

TEMPLATE = Path(__file__).parent / "template"
_NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")
_MARK = "JOB_NAME"


def new_job(name: str) -> Path:
    """Make ``jobs/<name>/`` from the template and return it.

    ``name`` is a Python module's name: 2 to 40 lower-case letters, digits and underscores. Raises UsageError for
    another one and for a folder that is there already.
    """
    if keyword.iskeyword(name):
        raise UsageError(
            Field("new_job", name), ": a word of Python's own is no module's name.", fix=f"Use {name}_job."
        )
    if not _NAME.fullmatch(name):
        near = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_0123456789")[:40]
        raise UsageError(
            Field("new_job", name),
            ": a job's name is 2 to 40 lower-case letters, digits and underscores, the first a letter.",
            fix=f"Use {near if _NAME.fullmatch(near) else 'my_job'}.",
        )
    target = project_root() / "jobs" / name
    if target.exists():
        raise UsageError(
            Field("new_job", name), f": {target} is there already.", fix="Use another name, or change that one."
        )
    with new_folder(target) as folder:
        for source in sorted(TEMPLATE.glob("*.txt")):
            text = source.read_text(encoding="utf-8").replace(_MARK, name).replace("JOB-NAME", name.replace("_", "-"))
            (folder / source.stem.replace(_MARK, name)).write_text(text, encoding="utf-8")
    return target
