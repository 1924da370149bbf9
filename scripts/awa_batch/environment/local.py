"""ENV=local as a whole. moto keeps its objects in memory: when the server is gone, all is built again, never half."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from awa_batch.batch.clients import REAL_ACCOUNT_VARIABLES, local_environment
from awa_batch.environment.marker import Marker, locked, read_marker, sources_fingerprint, write_marker
from awa_batch.environment.runner import Runner, choose_runner
from awa_batch.environment.server import ServerGoneError, server_status, start_server, stop_server
from awa_batch.errors import AwaBatchError, UsageError
from awa_batch.images.api import build_and_push_local
from awa_batch.images.process import build_process_image
from awa_batch.images.registry import clean_registry, stop_registry
from awa_batch.paths import project_root, state_dir
from awa_batch.release import read_release, write_release
from awa_batch.terraform.root import Root, not_applied

if TYPE_CHECKING:
    from local_batch.info import ServerInfo

Say = Callable[[str], None]
REGION = "ap-northeast-1"
IMAGE = "latest"
RUNS_AS = {"docker": "in containers", "process": "as local processes"}


@dataclass(frozen=True)
class LocalEnvironment:
    """What `up_local` reached: the local AWS's address, what runs jobs, and the image that was released."""

    endpoint_url: str
    runner: str
    image: str
    applied: bool


def up_local(say: Say, *, runner: Runner = "auto", build: bool = True, detail: Say | None = None) -> LocalEnvironment:
    """Bring ENV=local up: local AWS, platform, image, release. What is there already is kept.

    A server that is gone, or an apply that was killed, means that everything is built anew. ``say`` gets one line a
    step, ``detail`` what terraform and the image build print (default: dropped unless they fail).
    Raises ToolError, AwsError.
    """
    state = state_dir()
    with locked(state):
        server = _server(state, runner, say)
        root = local_root(server)
        _write_endpoint(root, server.endpoint_url)
        quiet = detail or (lambda _line: None)
        if root.init(quiet):
            say("terraform: initialised")
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="image") as pool:
            # The image needs nothing of the platform: both are made at the same time.
            image = pool.submit(_image, state, server.runner, say, quiet) if build else None
            applied = _apply(root, state, server.server_id, say, quiet, "the platform")
            if image is not None:
                reference = image.result()
                write_release(root.path, IMAGE, reference)
            else:
                reference = read_release(root.path).get(IMAGE, "")
        applied = _apply(root, state, server.server_id, say, quiet, f"the release of {reference}") or applied
        return LocalEnvironment(server.endpoint_url, server.runner, reference, applied)


def ensure_local(say: Say) -> str:
    """See that ENV=local, once built, is there: rebuild it where the server is gone (a reboot, a kill).

    Returns the local AWS's address. Raises NotAppliedError where it has never been built, or was taken down.
    """
    state = state_dir()
    marker = read_marker(state)
    if marker is None:
        raise not_applied("local", "it has not been brought up here")
    try:
        info = server_status(state)
    except ServerGoneError:
        info = None
    if info is not None and marker == replace(marker, server_id=info.server_id, phase="ready"):
        return info.endpoint_url
    return up_local(say).endpoint_url  # waits where an `up` in another terminal is at it


def down_local(say: Say) -> bool:
    """Stop jobs, the local AWS and the registry. Returns whether anything was running."""
    state = state_dir()
    if not state.is_dir():
        return False
    with locked(state):
        stopped = stop_server(state)
        if stopped:
            say("local AWS and its jobs: stopped")
        if stop_registry(state):
            say("registry: stopped")
            stopped = True
        _forget(state)
        return stopped


def clean_local(say: Say) -> None:
    """Stop everything and remove ENV=local's state: server files, registry, process images, Terraform state."""
    down_local(say)
    state = state_dir()
    if state.is_dir():
        clean_registry(state)
        shutil.rmtree(state)
        say(f"removed {state}")


def local_root(server: ServerInfo) -> Root:
    """Return the root module of ENV=local, its processes pointed at ``server``."""
    return Root(
        "local",
        extra_env=tuple(local_environment(server.endpoint_url, REGION).items()),
        without_env=REAL_ACCOUNT_VARIABLES,
    )


def running_root() -> Root:
    """Return the root module of the running ENV=local. Raises NotAppliedError where it does not run."""
    info = server_status(state_dir())
    if info is None:
        raise not_applied("local", "the local AWS is not running")
    return local_root(info)


def start_server_alone(say: Say, *, runner: Runner = "auto") -> ServerInfo:
    """Start the local AWS alone, or return the running one."""
    state = state_dir()
    with locked(state):
        return _server(state, runner, say)


def push_local(say: Say, *, image: str = IMAGE) -> str:
    """Build ``image`` for what runs jobs here, push it, write the release file. Returns the reference by digest.

    Raises NotAppliedError where ENV=local does not run: the release belongs to it.
    """
    ensure_local(say)
    state = state_dir()
    with locked(state):
        info = server_status(state)
        if info is None:
            raise not_applied("local", "the local AWS is not running")
        reference = _image(state, info.runner, say, say, image)
        if write_release(Root("local").path, image, reference):
            say("release: written; `make apply` makes it what runs")
        return reference


def note_applied() -> None:
    """Remember that the sources as they are now were applied by hand (`awa-batch apply`, `destroy`)."""
    state = state_dir()
    info = server_status(state)
    if info is not None:
        write_marker(state, Marker(info.server_id, "ready", sources_fingerprint(Root("local").path)))


# -------------------------------------------------------------------- steps
def _server(state: Path, runner: Runner, say: Say) -> ServerInfo:
    """Return the running server that the Terraform state belongs to; else a new one, with all older state removed."""
    marker = read_marker(state)
    try:
        info = server_status(state)
    except ServerGoneError as gone:
        say(f"{gone.what} Building ENV=local anew.")
        info = None
    if info is not None:
        wrong_runner = runner != "auto" and info.runner != runner
        if (
            marker is not None
            and marker.server_id == info.server_id
            and marker.phase != "applying"
            and not wrong_runner
        ):
            return info
        if marker is not None and marker.phase == "applying":
            say("The last apply of ENV=local was cut off: building it anew")
        elif wrong_runner:
            say(f"Jobs ran as {info.runner}, now {runner} is asked for: building ENV=local anew")
        stop_server(state)
    elif marker is not None and not (state / "server.json").exists():
        say("The local AWS is not running: building ENV=local anew")
    _forget(state)
    chosen, reason = choose_runner(runner, IMAGE, say)
    if reason:
        say(f"{reason} Jobs run as local processes in the image's locked uv environment.")
    info = start_server(state, chosen, lambda _line: None)
    say(f"local AWS: {info.endpoint_url} (pid {info.pid}), jobs run {RUNS_AS[info.runner]}")
    return info


def _forget(state: Path) -> None:
    """Remove what belongs to a server that is no more: the Terraform state first, the marker last."""
    root = Root("local").path
    for name in ("terraform.tfstate", "terraform.tfstate.backup", "awa-batch.tfplan", "local.auto.tfvars.json"):
        (root / name).unlink(missing_ok=True)
    (root / ".terraform" / "awa-batch-contract.json").unlink(missing_ok=True)
    (root / ".terraform.tfstate.lock.info").unlink(missing_ok=True)
    (root / "release.auto.tfvars.json").unlink(missing_ok=True)
    write_marker(state, None)


def _write_endpoint(root: Root, endpoint_url: str) -> None:
    file = root.path / "local.auto.tfvars.json"
    text = json.dumps({"endpoint_url": endpoint_url}, indent=2) + "\n"
    if not file.is_file() or file.read_text() != text:
        file.write_text(text)


def _apply(root: Root, state: Path, server_id: str, say: Say, detail: Say, what: str) -> bool:
    """Apply unless the sources are those that were applied last. Returns whether it applied."""
    sources = sources_fingerprint(root.path)
    if read_marker(state) == Marker(server_id, "ready", sources):
        return False
    write_marker(state, Marker(server_id, "applying"))
    say(f"terraform: applying {what}")
    try:
        root.apply(detail)
    except (AwaBatchError, KeyboardInterrupt):
        # terraform ended by itself and has saved its state: the next apply goes on from there.
        write_marker(state, Marker(server_id, "failed"))
        raise
    write_marker(state, Marker(server_id, "ready", sources))
    return True


def _image(state: Path, runner: str, say: Say, detail: Say, image: str = IMAGE) -> str:
    """Build the image for ``runner`` and return its reference by digest."""
    if runner == "process":
        if image != IMAGE:
            raise UsageError(
                f"--image {image}: without a Docker engine only {IMAGE!r} can be made.",
                fix="Start Docker, then `make down` and `make up`.",
            )
        reference = build_process_image(project_root(), state, detail)
        say(f"image: {reference}")
    else:
        reference = build_and_push_local(state, detail, name=image)
        say(f"image: pushed {reference}")
    return reference
