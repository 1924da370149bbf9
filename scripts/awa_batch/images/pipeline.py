"""Build and push, as the commands call it: one image reference by digest comes out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from awa_batch.errors import NotAppliedError
from awa_batch.images.build import build_image
from awa_batch.images.contents import note_jobs
from awa_batch.images.docker_engine import find_engine
from awa_batch.images.push import push_image
from awa_batch.images.registry import start_registry
from awa_batch.paths import project_root, state_dir
from awa_batch.text import Say, Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from awa_batch.contract import Contract
    from awa_batch.images.docker_engine import Engine

LOCAL_PREFIX = "awa-batch-local"
ACCOUNT_PLATFORM = "linux/amd64"


def build_and_push_local(state: Path, say: Say, engine: Engine, *, name: str = "latest") -> str:
    """Build ``name`` and push it to the local registry, started if need be; return ``127.0.0.1:…@sha256:…``.

    Raises BuilderUnavailableError, BaseImageUnavailableError, BuildFailedError, RegistryUnavailableError or
    PushFailedError, all of them ToolErrors.
    """
    built = build_image(name, root=project_root(), engine=engine, state_dir=state, say=say)
    address = start_registry(state, engine, say)
    pushed = push_image(engine, built.reference, f"{address}/{LOCAL_PREFIX}/{name}", built.revision, say=say)
    note_jobs(project_root(), state, pushed)
    return pushed


def build_and_push_ecr(
    contract: Contract,
    sign_in: Callable[[], dict[str, str]],
    say: Say,
    *,
    name: str = "latest",
    engine: Engine | None = None,
) -> str:
    """Build ``name`` and push it to the environment's ECR repository; return ``<repository url>@sha256:…``.

    ``sign_in`` gives the engine's sign-in to the environment's registry. The image is built for what the job
    definitions run on (X86_64), whatever this machine is; IMAGE_PLATFORM overrides that. Raises NotAppliedError
    where the environment has no repository of that name, what ``sign_in`` raises, EngineUnavailableError where none
    is given and none answers, and what ``build_and_push_local`` raises.
    """
    repository = contract.repositories.get(name)
    if repository is None:
        known = ", ".join(sorted(contract.repositories)) or "none"
        raise NotAppliedError(
            f"The environment {contract.environment} has no repository {name!r} (it has: {known}).",
            fix=("Add it to the environment and apply: ", Step("up", environment=contract.environment), "."),
        )
    engine = engine or find_engine()
    auth = sign_in()  # before the build: a refused sign-in should not cost the wait for it
    platform = os.environ.get("IMAGE_PLATFORM") or ACCOUNT_PLATFORM
    built = build_image(name, root=project_root(), engine=engine, state_dir=state_dir(), say=say, platform=platform)
    pushed = push_image(engine, built.reference, repository.url, built.revision, auth=auth, say=say)
    note_jobs(project_root(), state_dir(), pushed)
    return pushed
