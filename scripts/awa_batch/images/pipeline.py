"""Build and push, as the commands call it: one image reference by digest comes out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from awa_batch.errors import NotAppliedError
from awa_batch.images.attestations import check_attests
from awa_batch.images.build import build_image
from awa_batch.images.contents import note_jobs
from awa_batch.images.docker_engine import find_builder, find_engine
from awa_batch.images.indexes import push_index
from awa_batch.images.platforms import check_buildable, platforms_for, tag_for
from awa_batch.images.push import push_image
from awa_batch.images.push_progress import Pushing, unseen
from awa_batch.images.registry import start_registry
from awa_batch.images.registry_api import RegistryApi
from awa_batch.images.tags import image_tag
from awa_batch.paths import project_root, state_dir
from awa_batch.text import Say, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from awa_batch.contract import Contract
    from awa_batch.images.docker_engine import Engine

LOCAL_PREFIX = "awa-batch-local"


def build_and_push_local(
    state: Path, say: Say, engine: Engine, *, name: str = "latest", pushing: Pushing = unseen
) -> str:
    """Build ``name`` and push it to the local registry, started if need be; return ``127.0.0.1:…@sha256:…``.

    Raises BuilderUnavailableError, BaseImageUnavailableError, BuildFailedError, RegistryUnavailableError or
    PushFailedError, all of them ToolErrors.
    """
    built = build_image(name, root=project_root(), engine=engine, state_dir=state, say=say)
    address = start_registry(state, engine, say)
    pushed = push_image(
        engine,
        built.reference,
        f"{address}/{LOCAL_PREFIX}/{name}",
        image_tag(project_root(), name),
        pushing=pushing,
        say=say,
    )
    note_jobs(project_root(), state, pushed)
    return pushed


def build_and_push_ecr(
    contract: Contract,
    sign_in: Callable[[], dict[str, str]],
    say: Say,
    *,
    name: str = "latest",
    engine: Engine | None = None,
    platforms: Sequence[str] = (),
    attest: bool = False,
    pushing: Pushing = unseen,
) -> str:
    """Build ``name`` and push it to the environment's ECR repository; return ``<repository url>@sha256:…``.

    ``sign_in`` gives the engine's sign-in to the environment's registry. The image is built for ``platforms``,
    by default for what the job definitions that run it ask for, whatever this machine is; of several one index names
    them all. ``attest``: SBOM and provenance lie beside them. Raises NotAppliedError where the environment has no
    repository of that name, PlatformUnavailableError and AttestationsUnavailableError before anything is built, what
    ``sign_in`` raises, EngineUnavailableError where none is given and none answers, and what ``build_and_push_local``
    raises.
    """
    repository = contract.repositories.get(name)
    if repository is None:
        known = ", ".join(sorted(contract.repositories)) or "none"
        raise NotAppliedError(
            f"The environment {contract.environment} has no repository {name!r} (it has: {known}).",
            fix=("Add it to the environment and apply: ", Step("up", environment=contract.environment), "."),
        )
    engine = engine or find_engine()
    platforms = platforms or platforms_for(repository.architectures)
    if foreign := [one for one in platforms if not engine.runs(one)]:
        check_buildable(engine, find_builder(engine), foreign)
    if attest:
        check_attests(engine, find_builder(engine))
    auth = sign_in()  # before the build: a refused sign-in should not cost the wait for it
    tag = image_tag(project_root(), name)
    digests: dict[str, str] = {}
    for platform in platforms:
        built = build_image(
            name,
            root=project_root(),
            engine=engine,
            state_dir=state_dir(),
            say=say,
            platform=platform,
            attest=attest,
        )
        own = tag_for(tag, (platform,))
        pushed = push_image(
            engine, built.reference, repository.url, own, auth=auth, move=False, pushing=pushing, say=say
        )
        digests[platform] = pushed.rpartition("@")[2]
    if len(digests) > 1:
        api = RegistryApi(repository.url, (auth["username"], auth["password"]))
        pushed = f"{repository.url}@{push_index(api, tag_for(tag, platforms), digests)}"
        say(f"Pushed {repository.url}:{tag_for(tag, platforms)}, one name for {' and '.join(digests)}")
    note_jobs(project_root(), state_dir(), pushed)
    return pushed
