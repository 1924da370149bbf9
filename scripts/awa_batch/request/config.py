"""A job's configuration: checked against the job's own model before the job is sent, and moved to S3 where it is large.

A job that `run_batch.py` starts says what it takes in ``jobs/<job>/model.py``, as the pydantic model ``Config``.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from awa_batch.errors import NoCloneError, UsageError
from awa_batch.job import JobSpec
from awa_batch.json_text import JsonError, read_json
from awa_batch.paths import project_root
from awa_batch.text import Field, Text

VARIABLE = "CONFIG_JSON"
FLAG = "--param_json"
"""The flag of a job's command that names its configuration's file."""
_SCHEMES = ("s3://", "ssm:")


def is_uri(text: str) -> bool:
    """Return whether CONFIG_JSON holds a pointer that the job's ``load_config`` follows, and no JSON."""
    return text.startswith(_SCHEMES)


def job_of(command: Sequence[str] | None, parameters: Mapping[str, str]) -> str | None:
    """Return the job that a command runs: the word after ``run_batch.py``, ``Ref::name`` filled in; None for others."""
    words = [
        parameters.get(word.removeprefix("Ref::"), word) if word.startswith("Ref::") else word for word in command or ()
    ]
    for place, word in enumerate(words[:-1]):
        if word.rsplit("/", 1)[-1] == "run_batch.py" and not words[place + 1].startswith("-"):
            return words[place + 1]
    return None


def variables_of(spec: JobSpec) -> dict[str, str]:
    """Return the variables that a spec gives the job: its own, and its configuration as CONFIG_JSON."""
    if spec.config is None:
        return dict(spec.env)
    return {**spec.env, VARIABLE: json.dumps(spec.config, separators=(",", ":"), ensure_ascii=False)}


def check_config(spec: JobSpec, tell: Callable[[Text], None]) -> None:
    """Hold a spec's configuration against the model of the job that it runs, in this clone.

    ``tell`` hears why it could not be done (no such model here, or one that cannot be imported here), and of a job that
    needs a configuration and is given none. A command that starts no job of `run_batch.py`, and a configuration by
    address, are not checked. Raises UsageError naming the field that does not fit.
    """
    text = variables_of(spec).get(VARIABLE)
    command = spec.command or spec.container_overrides.get("command")
    job = job_of(command, spec.params)
    if job is None or (text is not None and is_uri(text)):
        return
    if text is None:
        if not any(word.startswith(FLAG) for word in command or ()):
            _tell_of_none(job, tell)
        return
    source = Field("env", VARIABLE) if spec.config is None else Field("config")
    try:
        model = _model(project_root(), job)
    except NoCloneError:
        model = "its model is in the clone, and there is none here."
    if isinstance(model, str):
        tell((source, f" is not checked: {model}"))
        return
    from pydantic import ValidationError

    try:
        value = read_json(text)
    except JsonError as error:
        raise UsageError(
            source, f" is not JSON: {error.problem}.", fix=error.fix or "Correct the JSON there."
        ) from None
    try:
        model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(map(str, first["loc"])) or "(the whole)"
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise UsageError(
            source,
            f": {field}: {first['msg'].removeprefix('Value error, ')}{more}.",
            fix=f"jobs/{job}/model.py says what {job} takes; jobs/{job}/parameters.json may be an example.",
        ) from None


def _tell_of_none(job: str, tell: Callable[[Text], None]) -> None:
    """Tell of a job that is given no configuration though its model has fields that must be there.

    It is not refused: the job definition's own variables may hold one, which the contract does not tell.
    """
    try:
        model = _model(project_root(), job)
    except NoCloneError:
        return
    if isinstance(model, str):
        return
    fields = getattr(model, "model_fields", {})
    needed = [one.alias or name for name, one in fields.items() if one.is_required()]
    if needed:
        tell((Field("config"), f" is not given, and {job} needs {', '.join(needed)} (jobs/{job}/model.py): it fails ",
              f"unless its job definition sets {VARIABLE}."))  # fmt: skip


@cache
def _model(root: Path, job: str) -> Any | str:
    """Return the job's model, or why there is none."""
    if not job.isidentifier() or not (root / "jobs" / job / "model.py").is_file():
        return f"there is no jobs/{job}/model.py here."
    sys.path.insert(0, str(root))  # the image has jobs/ as a package on its path too
    try:
        module = importlib.import_module(f"jobs.{job}.model")
    except Exception as error:  # it is the job's code: whatever it needs may be in the image alone
        return f"jobs/{job}/model.py cannot be imported here ({error})."
    finally:
        sys.path.remove(str(root))
    model = getattr(module, "Config", None)
    return model if hasattr(model, "model_validate") else f"jobs/{job}/model.py has no model Config."
