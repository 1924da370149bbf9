"""ENV=local as a whole. moto keeps its objects in memory: when the server is gone, all is built again, never half."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from awa_batch.batch.scanning import Scan
from awa_batch.environment.base import IMAGE
from awa_batch.environment.job_images import other_images
from awa_batch.environment.marker import Marker, environment_lock, read_marker, sources_fingerprint, write_marker
from awa_batch.environment.runner import Runner, choose_runner
from awa_batch.errors import AwaBatchError, NotAppliedError, UsageError
from awa_batch.files import write_whole
from awa_batch.images.build import build_image
from awa_batch.images.contents import note_jobs
from awa_batch.images.docker_engine import Engine, find_engine
from awa_batch.images.dockerfiles import dockerfile
from awa_batch.images.make_process_image import build_process_image
from awa_batch.images.pipeline import build_and_push_local
from awa_batch.images.push_progress import Pushing, unseen
from awa_batch.images.registry import clean_registry, stop_registry
from awa_batch.local_server import (
    ServerGoneError,
    server_options,
    server_status,
    start_server,
    stop_server,
    without_proxy,
)
from awa_batch.paths import project_root, state_dir
from awa_batch.release import write_release
from awa_batch.target import LocalTarget
from awa_batch.terraform.root import Root
from awa_batch.text import Command, Field, Say, Step
from awa_batch.ticking import Ticking

if TYPE_CHECKING:
    from awa_batch.local_server import ServerInfo

IMAGE_WAIT = 10.0
"""Seconds for which the first apply waits for the image. An apply of its own for the release takes about 15 s, in which
terraform mostly reads the provider's schema; an image that is built already is there after one."""

SETTINGS, CONFIG = "local.auto.tfvars.json", "local.awsconfig"
"""What Terraform's provider reads in the root: the keys that the local AWS takes, and its address."""

RUNS_AS = {"docker": "in containers", "process": "as local processes"}


@dataclass(frozen=True)
class LocalEnvironment:
    """ENV=local of this clone. Only one command at a time works on it; another one waits."""

    target: LocalTarget = field(default_factory=LocalTarget)

    def open(self, say: Say, *, rebuild: bool = False) -> str:
        """See that ENV=local, once built, is there; return the local AWS's address.

        Where the server is gone (a reboot, a kill) or an apply was cut off, ``rebuild`` builds it anew, on the runner
        that it had; that is for what changes something, since all jobs and objects are gone. Raises NotAppliedError
        where it may not, and where ENV=local has never been built or was taken down.
        """
        state = state_dir()
        try:
            return self._standing(state)
        except NotAppliedError:
            if read_marker(state) is None:
                raise
        if not rebuild:
            with environment_lock(state):  # an `up` in another terminal may be at it
                return self._standing(state)
        self._up(say, "auto", None)
        return self._running(state).endpoint_url

    def _standing(self, state: Path) -> str:
        """Return the address of the local AWS that the Terraform state was made on. Raises NotAppliedError."""
        marker = read_marker(state)
        if marker is None:
            raise self.target.not_applied("it has not been brought up here")
        why = "The local AWS is not running."
        try:
            info = server_status(state)
        except ServerGoneError as error:
            info, why = None, error.what
        if info is not None and marker.phase != "applying" and marker.server_id == info.server_id:
            return info.endpoint_url
        if info is not None:
            why = "The last apply of ENV=local was cut off."
        raise NotAppliedError(
            f"{why} All that was in it is gone, its jobs too.", fix=("Build it anew: ", self.target.apply_step, ".")
        )

    def root(self, say: Say, *, rebuild: bool = False) -> Root:
        """Return the root module, initialised, its processes pointed at the running local AWS; see `open`."""
        self.open(say, rebuild=rebuild)
        root = self._root(self._running(state_dir()))
        root.init(lambda _line: None)  # what it prints is shown where it fails; stdout is for data
        return root

    def up(
        self,
        say: Say,
        *,
        agree: Callable[[str], None] = lambda _question: None,
        runner: Runner = "auto",
        detail: Say | None = None,
        pushing: Pushing = unseen,
    ) -> tuple[Command, ...]:
        """Bring ENV=local up: local AWS, platform, image, release. What is there already is kept.

        A server that is gone, or an apply that was killed, means that everything is built anew. Nothing is asked for:
        it costs nothing. ``detail`` gets what terraform and the image build print (default: dropped unless they fail).
        """
        del agree, pushing
        self._up(say, runner, detail)
        return Command("contract"), Command("submit", "fargate-sample", Field("follow"), "--", "echo", "hello")

    def start_server(self, say: Say, *, runner: Runner = "auto") -> None:
        """Start the local AWS alone, unless it runs."""
        state = state_dir()
        with environment_lock(state):
            self._server(state, runner, say)

    def build(self, say: Say, *, image: str = IMAGE, runner: Runner = "auto", platform: str | None = None) -> str:
        """Build an image for what would run jobs here, and return its reference."""
        del platform
        dockerfile(project_root(), image)  # before an engine is looked for
        choice = choose_runner(runner, image, say)
        if choice.engine is None:
            if choice.reason:
                say(choice.reason)
            _only_latest(image)
            return build_process_image(project_root(), state_dir(), say)
        built = build_image(image, root=project_root(), engine=choice.engine, state_dir=state_dir(), say=say)
        return built.reference

    def push(
        self,
        say: Say,
        *,
        image: str = IMAGE,
        scan: Scan | None = None,
        platform: str | None = None,
        attest: bool = False,
        pushing: Pushing = unseen,
    ) -> str:
        """Build an image for what runs jobs here, push it, and return its reference by digest.

        There is no scanner here. Raises NotAppliedError where ENV=local does not run.
        """
        del scan, platform, attest
        dockerfile(project_root(), image)
        self.open(say, rebuild=True)
        with environment_lock(state_dir()):
            return self._pushed(say, image, pushing)

    def _pushed(self, say: Say, image: str, pushing: Pushing) -> str:
        state = state_dir()
        engine = find_engine() if self._running(state).runner == "docker" else None
        return _image(state, engine, say, say, image, pushing)

    def release(
        self,
        say: Say,
        *,
        image: str = IMAGE,
        scan: Scan | None = None,
        platform: str | None = None,
        attest: bool = False,
        pushing: Pushing = unseen,
    ) -> str:
        """Build an image for what runs jobs here, push it, write the release file, return its reference by digest.

        There is no scanner here. Raises NotAppliedError where ENV=local does not run: the release belongs to it.
        """
        del scan, platform, attest
        dockerfile(project_root(), image)
        self.open(say, rebuild=True)
        with environment_lock(state_dir()):
            reference = self._pushed(say, image, pushing)
            if write_release(Root(self.target.name).path, image, reference):
                say(("release: written; ", Step("apply", environment=self.target.name), " makes it what runs"))
            return reference

    def applied(self, say: Say = lambda _: None) -> None:
        """Remember that the sources as they are now were applied by hand."""
        del say
        state = state_dir()
        info = server_status(state)
        if info is not None:
            sources = sources_fingerprint(Root(self.target.name).path)
            write_marker(state, Marker(info.server_id, "ready", sources, info.runner))

    def down(self, say: Say) -> bool:
        """Stop jobs, the local AWS and the registry. Returns whether anything was running."""
        state = state_dir()
        if not state.is_dir():
            return False
        with environment_lock(state):
            stopped = stop_server(state)
            if stopped:
                say("local AWS and its jobs: stopped")
            if stop_registry(state):
                say("registry: stopped")
                stopped = True
            self._forget(state)
            return stopped

    def clean(self, say: Say) -> None:
        """Stop everything and remove ENV=local's state: server files, registry, process images, Terraform state."""
        self.down(say)
        state = state_dir()
        if state.is_dir():
            clean_registry(state)
            shutil.rmtree(state)
            say(f"removed {state}")

    # ---------------------------------------------------------------- steps
    def _up(self, say: Say, runner: Runner, detail: Say | None) -> None:
        state = state_dir()
        with environment_lock(state):
            self._check(state, say)
            server, engine = self._server(state, runner, say)
            root = self._root(server)
            _write_settings(root, self.target.variables(server.endpoint_url))
            quiet = detail or (lambda _line: None)
            if root.init(quiet):
                say("terraform: initialised")
            with ThreadPoolExecutor(max_workers=1, thread_name_prefix="image") as pool:
                # The image needs nothing of the platform: both are made at the same time.
                image = pool.submit(_image, state, engine, say, quiet)
                if not _ready(image):
                    _apply(root, state, server, say, quiet, "the platform")
                reference = image.result()
            write_release(root.path, IMAGE, reference)
            for other in other_images(root.path):
                if engine is None:
                    say(f"image: {other} needs a Docker engine: its jobs have no definition here")
                else:
                    write_release(root.path, other, _image(state, engine, say, quiet, other))
            there = read_marker(state) is not None
            what = f"{'' if there else 'the platform and '}the release of {reference}"
            _apply(root, state, server, say, quiet, what)

    def _check(self, state: Path, say: Say) -> None:
        """Refuse settings that no module takes before anything starts, unless these very sources are applied."""
        server_options()
        root, marker = Root(self.target.name), read_marker(state)
        _drop_older_settings(root)
        if marker is None or marker.sources != sources_fingerprint(root.path):
            for note in root.check():
                say(note)

    def _running(self, state: Path) -> ServerInfo:
        info = server_status(state)
        if info is None:
            raise self.target.not_applied("the local AWS is not running")
        return info

    def _root(self, server: ServerInfo) -> Root:
        variables = self.target.variables(server.endpoint_url)
        return Root(
            self.target.name,
            extra_env=(*variables.items(), *without_proxy(server.endpoint_url, os.environ).items()),
            without_env=self.target.unset_variables,
        )

    def _server(self, state: Path, runner: Runner, say: Say) -> tuple[ServerInfo, Engine | None]:
        """Return the running server that the Terraform state belongs to, and the engine that it runs jobs on.

        Where there is none, or it does not fit, a new one is started and all older state removed.
        """
        if (found := _fitting_server(state, runner, say)) is not None:
            return found, find_engine() if found.runner == "docker" else None
        # First what may be refused: nothing is stopped, and nothing forgotten, for a runner that is not there.
        choice = choose_runner(_kept_runner(state, runner), IMAGE, say)
        stop_server(state)
        self._forget(state)
        if choice.reason:
            say(f"{choice.reason} Jobs run as local processes in the image's locked uv environment.")
        info = start_server(state, choice.runner, lambda _line: None)
        say(f"local AWS: {info.endpoint_url} (pid {info.pid}), jobs run {RUNS_AS[info.runner]}")
        return info, choice.engine

    def _forget(self, state: Path) -> None:
        """Remove what belongs to a server that is gone: the Terraform state first, the marker last."""
        root = Root(self.target.name).path
        for name in ("terraform.tfstate", "terraform.tfstate.backup", "awa-batch.tfplan", SETTINGS, CONFIG):
            (root / name).unlink(missing_ok=True)
        (root / ".terraform" / "awa-batch-contract.json").unlink(missing_ok=True)
        (root / ".terraform.tfstate.lock.info").unlink(missing_ok=True)
        (root / "release.auto.tfvars.json").unlink(missing_ok=True)
        (root / "generations.auto.tfvars.json").unlink(missing_ok=True)
        write_marker(state, None)


def _fitting_server(state: Path, runner: Runner, say: Say) -> ServerInfo | None:
    """Return the running server if the Terraform state was made on it and it runs jobs as asked, else None."""
    marker = read_marker(state)
    try:
        info = server_status(state)
    except ServerGoneError as gone:
        say(f"{gone.what} Building ENV=local anew.")
        return None
    if info is None:
        if marker is not None:
            say("The local AWS is not running: building ENV=local anew")
        return None
    wrong_runner = runner != "auto" and info.runner != runner
    if marker is not None and marker.server_id == info.server_id and marker.phase != "applying" and not wrong_runner:
        return info
    if marker is not None and marker.phase == "applying":
        say("The last apply of ENV=local was cut off: building it anew")
    elif wrong_runner:
        say(f"Jobs ran as {info.runner}, now {runner} is asked for: building ENV=local anew")
    return None


def _kept_runner(state: Path, runner: Runner) -> Runner:
    """Return what a rebuild runs jobs with: what is asked for, else what the environment had before."""
    marker = read_marker(state)
    if runner != "auto" or marker is None or not marker.runner:
        return runner
    return cast("Runner", marker.runner)


def _ready(image: Future[str]) -> bool:
    """Return whether the image is there within `IMAGE_WAIT`: platform and release are then one apply.

    An image that cannot be made is told at once, before a minute is spent on the platform.
    """
    if not wait([image], timeout=IMAGE_WAIT).done:
        return False
    image.result()
    return True


def _drop_older_settings(root: Root) -> None:
    """Remove the settings of a toolkit that wrote the address among them: no variable takes it any more."""
    file = root.path / SETTINGS
    if file.is_file() and '"endpoint_url"' in file.read_text():
        file.unlink()


def _write_settings(root: Root, variables: dict[str, str]) -> None:
    """Write where the local AWS is and the keys that it takes, for Terraform's provider; for the owner's eyes."""
    settings = {
        "access_key": variables["AWS_ACCESS_KEY_ID"],
        "secret_key": variables["AWS_SECRET_ACCESS_KEY"],
    }
    texts = {
        SETTINGS: json.dumps(settings, indent=2) + "\n",
        CONFIG: f"[profile awa-batch-local]\nendpoint_url = {variables['AWS_ENDPOINT_URL']}\n",
    }
    for name, text in texts.items():
        file = root.path / name
        if not file.is_file() or file.read_text() != text:
            write_whole(file, text, private=True)


def _apply(root: Root, state: Path, server: ServerInfo, say: Say, detail: Say, what: str) -> None:
    """Apply unless the sources are those that were applied last."""
    sources = sources_fingerprint(root.path)
    ready = Marker(server.server_id, "ready", sources, server.runner)
    if read_marker(state) == ready:
        return
    write_marker(state, replace(ready, phase="applying", sources=""))
    say(f"terraform: applying {what}")

    def both(line: str) -> None:
        ticking.terraform_line(line)
        detail(line)

    try:
        with Ticking(say, "terraform: applying") as ticking:
            root.apply(both)
    except (AwaBatchError, KeyboardInterrupt):
        # terraform ended by itself and has saved its state: the next apply goes on from there.
        write_marker(state, replace(ready, phase="failed", sources=""))
        raise
    write_marker(state, ready)


def _only_latest(image: str) -> None:
    """Refuse an image other than the one that can be made for processes. Raises UsageError."""
    if image != IMAGE:
        raise UsageError(
            Field("image", image),
            f": without a Docker engine only {IMAGE!r} can be made.",
            fix=("Start Docker, then ", Step("down"), " and ", Step("up"), "."),
        )


def _image(
    state: Path, engine: Engine | None, say: Say, detail: Say, image: str = IMAGE, pushing: Pushing = unseen
) -> str:
    """Build the image, for processes where there is no ``engine``, and return its reference by digest."""
    if engine is None:
        _only_latest(image)
        with Ticking(say, "image: installing its packages"):
            reference = build_process_image(project_root(), state, detail)
        note_jobs(project_root(), state, reference)
        say(f"image: {reference}")
    else:
        with Ticking(say, "image: building and pushing"):
            reference = build_and_push_local(state, detail, engine, name=image, pushing=pushing)
        say(f"image: pushed {reference}")
    return reference
