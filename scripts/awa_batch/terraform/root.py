"""One environment's root module: init when needed, plan, apply, destroy, outputs."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from awa_batch.errors import AwaBatchError, NotAppliedError, ToolError, UsageError
from awa_batch.files import locked_folder, private_folder, write_whole
from awa_batch.paths import project_root, state_dir
from awa_batch.target import Target, target_of
from awa_batch.terraform.binary import clean_environment, find_terraform
from awa_batch.terraform.mirror import find_mirror
from awa_batch.text import Field, Step

Say = Callable[[str], None]
PLAN_FILE = "awa-batch.tfplan"
BACKEND_FILE = "backend.hcl"
LOCK_TIMEOUT = 600
"""Seconds to wait for Terraform's lock of the state where a command that was killed is gone on with: it has left a
terraform that ends by itself."""
_INIT_STAMP = "awa-batch-init"
_BACKEND_STAMP = "awa-batch-backend"
_FRAME = " \t│╷╵|"
_SOURCE = re.compile(r"│?\s+(\d+:|[│├])")
"""A line of an error that shows the source that it is about, or the values in it: `  11:   release = var.release`."""
"""What terraform draws around its errors."""
_LOOK_SECONDS = 0.05
"""How often terraform's output is looked for."""
_TARGETS = {"init": "plan", "output": "outputs", "show": "cost"}
_OF_INIT = re.compile(rb"(?m)^\s*(?:module|source|version|provider|resource|data|ephemeral)\b.*")
"""What init depends on outside a terraform block: the modules, and what needs which provider."""


def environments_dir() -> Path:
    """Return the folder that holds one root module per environment."""
    return project_root() / "terraform" / "environments"


def environment_names() -> list[str]:
    """Return the environments that this project has, sorted."""
    folder = environments_dir()
    return sorted(p.name for p in folder.iterdir() if (p / "main.tf").is_file()) if folder.is_dir() else []


@dataclass(frozen=True)
class Root:
    """The root module of ``environment``.

    Every terraform process gets ``extra_env`` and lacks the variables named in ``without_env``.
    """

    environment: str
    extra_env: tuple[tuple[str, str], ...] = ()
    without_env: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse an environment that does not exist."""
        if self.environment not in environment_names():
            raise UsageError(
                f"There is no environment {self.environment!r}: {environments_dir() / self.environment} is missing.",
                fix=(
                    f"Use one of {', '.join(environment_names()) or '(none yet)'} with ",
                    Field("environment"),
                    ".",
                ),
            )

    @property
    def target(self) -> Target:
        """What the environment is."""
        return target_of(self.environment)

    @property
    def path(self) -> Path:
        """The root module's folder."""
        return environments_dir() / self.environment

    @property
    def plan_path(self) -> Path:
        """Where `plan` saves what `apply` applies."""
        return self.path / PLAN_FILE

    # ---------------------------------------------------------------- processes
    def _env(self) -> dict[str, str]:
        kept = {name: value for name, value in clean_environment().items() if name not in self.without_env}
        return {**kept, **dict(self.extra_env)}

    def _command(self, *args: str) -> list[str]:
        return [find_terraform().path, f"-chdir={self.path}", *args]

    def _run(self, args: Sequence[str], say: Say | None, good: tuple[int, ...] = (0,)) -> int:
        """Run terraform; its lines go to ``say``, or straight to the terminal."""
        tail: list[str] = []
        if say is None:
            plain = "NO_COLOR" in os.environ or not sys.stdout.isatty()
            code = _wait(subprocess.Popen(self._command(*args, *(["-no-color"] if plain else [])), env=self._env()))
        else:
            # Into a file and not a pipe: where this process is killed, a pipe breaks and terraform dies of it at its
            # next line, with its state unwritten and the lock of it left behind.
            with tempfile.TemporaryFile() as file:
                process = subprocess.Popen(
                    self._command(*args, "-no-color"),
                    env=self._env(),
                    stdout=file,
                    stderr=subprocess.STDOUT,
                    stdin=subprocess.DEVNULL,
                )
                try:
                    for line in _lines(process, file.fileno()):
                        tail = [*tail[-400:], line]
                        say(line)
                except BaseException:
                    _wait(process)
                    raise
                code = _wait(process)
        if code not in good:
            raise self.failed(TerraformError(self, args[0], code, tail))
        return code

    # ---------------------------------------------------------------- init
    def _init_fingerprint(self) -> str:
        """Hash what init depends on: the lock, the version and backend blocks, the modules' places, the program."""
        mark = hashlib.sha256(str(find_terraform().path).encode())
        for file in [self.path / ".terraform.lock.hcl", self.path / BACKEND_FILE, *sorted(self.path.glob("*.tf"))]:
            if file.is_file():
                text = file.read_bytes()
                if file.suffix == ".tf" and not re.search(rb"(?m)^\s*terraform\b", text):
                    text = b"\n".join(_OF_INIT.findall(text))  # other values need no new init
                mark.update(file.name.encode() + b"\0" + text)
        for file in sorted((project_root() / "terraform" / "modules").glob("*/*.tf")):
            if b"module " in (text := file.read_bytes()) or b"required_providers" in text:
                mark.update(str(file).encode() + b"\0" + text)
        return mark.hexdigest()

    @property
    def is_initialised(self) -> bool:
        """Whether its state can be read: terraform was initialised here, with the backend that the files name today.

        Cheap, unlike `init`, which also knows of modules and providers.
        """
        data = self.path / ".terraform"
        if not data.is_dir():
            return False
        kept = data / _BACKEND_STAMP
        written = self.path / BACKEND_FILE
        if not written.is_file():
            return True
        if not (data / "terraform.tfstate").is_file():
            return False
        return not kept.is_file() or kept.read_text() == _digest(written)

    def check_backend(self) -> None:
        """Raise NotAppliedError where the bucket of states is not named yet."""
        self._has_partial_backend()

    def init(self, say: Say | None = None, *, backend: bool = True, force: bool = False) -> bool:
        """Run ``terraform init`` unless nothing that it depends on has changed. Returns whether it ran.

        Of several processes one runs it, and the others wait.
        """
        with locked_folder(self.path):
            return self._init(say, backend=backend, force=force)

    def _init(self, say: Say | None, *, backend: bool, force: bool) -> bool:
        stamp = self.path / ".terraform" / _INIT_STAMP
        mark = f"{self._init_fingerprint()} backend={backend}"
        if not force and stamp.is_file() and stamp.read_text() == mark and (stamp.parent / "providers").is_dir():
            return False
        args = ["init", "-input=false"]
        if not backend:
            args.append("-backend=false")
        elif self._has_partial_backend():
            # -reconfigure: another bucket in backend.hcl means another state, never a silent copy of this one.
            args += [f"-backend-config={BACKEND_FILE}", "-reconfigure"]
        mirror = find_mirror(self.path / ".terraform.lock.hcl")
        if mirror:
            args.append(f"-plugin-dir={mirror}")
        self._run(args, say)
        # A new mark, since init may have completed the lock file.
        write_whole(stamp, f"{self._init_fingerprint()} backend={backend}")
        if backend and (self.path / BACKEND_FILE).is_file():
            write_whole(stamp.parent / _BACKEND_STAMP, _digest(self.path / BACKEND_FILE))
        return True

    def _has_partial_backend(self) -> bool:
        """Whether the bucket comes from backend.hcl. Raises NotAppliedError where it should and the file is missing."""
        text = "".join(file.read_text(encoding="utf-8") for file in self.path.glob("*.tf"))
        if 'backend "s3"' not in text:
            return False
        if not (self.path / BACKEND_FILE).is_file():
            raise NotAppliedError(
                f"Environment {self.environment!r} has no state bucket yet: {self.path / BACKEND_FILE} is missing.",
                fix=(
                    "Get the one that is committed (git pull), or run ",
                    Step("bootstrap", environment=self.environment),
                    " once, with the account's credentials.",
                ),
            )
        return True

    # ---------------------------------------------------------------- the rest
    def check(self) -> list[str]:
        """Refuse settings that no module takes. Returns notes on files that could not be checked. Raises UsageError."""
        from awa_batch.terraform.settings import check_settings  # the way to outputs does without

        return check_settings(self.path)

    def validate(self, say: Say | None = None) -> None:
        """Validate the configuration; needs no credentials and no state. Raises UsageError as `check` does."""
        self.check()
        if not (self.path / ".terraform" / "providers").is_dir():
            self.init(lambda _line: None, backend=False)
        self._run(["validate"], say)

    def planned(self) -> dict[str, Any]:
        """Return ``terraform show -json`` of a fresh plan: all resources as they would be after an apply."""
        self.check()
        file = f".{PLAN_FILE}.{os.getpid()}"
        try:
            self._run(["plan", "-input=false", "-lock=false", f"-out={file}"], lambda _line: None)
            return self._shown(file)
        finally:
            (self.path / file).unlink(missing_ok=True)

    def saved_plan(self) -> dict[str, Any]:
        """Return ``terraform show -json`` of the plan that `plan` saved. Raises TerraformError where there is none."""
        return self._shown(PLAN_FILE)

    def saved_plan_text(self) -> str:
        """Return the plan that `plan` saved as terraform prints it, without colours; sensitive values are not in it."""
        return self._show("-no-color", PLAN_FILE)

    def _shown(self, file: str) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self._show("-json", file))
        return value

    def _show(self, *args: str) -> str:
        done = subprocess.run(
            self._command("show", *args), env=self._env(), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise TerraformError(self, "show", done.returncode, done.stderr.splitlines())
        return done.stdout

    def plan(self, say: Say | None = None, *, save: bool = False, destroy: bool = False, lock_timeout: int = 0) -> bool:
        """Plan. Returns whether there is anything to change (-detailed-exitcode); ``save`` keeps it for `apply`.

        The state's lock is waited for ``lock_timeout`` seconds. Raises UsageError as `check` does; a plan to destroy
        does not depend on settings.
        """
        if not destroy:
            self.check()
        args = ["plan", "-input=false", "-detailed-exitcode"]
        if save:
            args.append(f"-out={PLAN_FILE}")
        if destroy:
            args.append("-destroy")
        if lock_timeout:
            args.append(f"-lock-timeout={lock_timeout}s")
        return self._run(args, say, good=(0, 2)) == 2

    def wait_for_others(self) -> None:
        """Wait until nobody else holds the state's lock: what outputs say may be about to change until then.

        Terraform has no command for that: a plan that asks AWS for nothing that it manages is the cheapest that locks.
        """
        self._run(["plan", "-input=false", "-refresh=false", f"-lock-timeout={LOCK_TIMEOUT}s"], _silent)

    def apply(self, say: Say | None = None, *, plan_file: bool = False, lock_timeout: int = 0) -> None:
        """Apply the saved plan, or everything without asking: the caller asks. Raises UsageError as `check` does.

        The state's lock is waited for ``lock_timeout`` seconds. Where this process is killed terraform ends what it is
        at, writes the state and gives the lock back.
        """
        self.check()
        if plan_file:
            waiting = [f"-lock-timeout={lock_timeout}s"] if lock_timeout else []
            self._run(["apply", "-input=false", *waiting, PLAN_FILE], say)
            self.plan_path.unlink(missing_ok=True)
        else:
            self._run(["apply", "-input=false", "-auto-approve"], say)

    def destroy(self, say: Say | None = None) -> None:
        """Destroy everything without asking: the caller asks."""
        self._run(["destroy", "-input=false", "-auto-approve"], say)

    def outputs(self) -> dict[str, Any]:
        """Return output name → value, initialising where that is needed. Raises NotAppliedError without a state."""
        # What lies on disk was applied here or nowhere.
        if not self.is_initialised:
            if self.target.keeps_state_on_disk:
                raise self.target.not_applied("it has never been initialised here")
            self.init(_silent)
        done = self._output()
        if done.returncode and "init" in done.stderr:  # a provider or a module has changed since
            self.init(_silent, force=True)
            done = self._output()
        if done.returncode:
            raise self.failed(TerraformError(self, "output", done.returncode, done.stderr.splitlines()))
        try:
            values = {name: entry["value"] for name, entry in json.loads(done.stdout or "{}").items()}
        except (ValueError, TypeError, KeyError, AttributeError):
            raise TerraformError(self, "output", 0, done.stdout.splitlines()[:5]) from None
        if not values:
            raise self.target.not_applied("its Terraform state has no outputs")
        return values

    def _output(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self._command("output", "-json", "-no-color"), env=self._env(), capture_output=True, text=True, check=False
        )

    def failed(self, error: TerraformError) -> AwaBatchError:
        """Return what is raised where a terraform command has failed: whoever knows of a cause beyond it says so."""
        return error

    def again(self, command: str) -> Step:
        """Return what is run again when a terraform command has failed and what it named is corrected."""
        return Step(_TARGETS.get(command, command), environment=self.environment)


def _silent(_line: str) -> None:
    """Print nothing: what terraform prints is shown where it fails, and stdout is for data."""


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _lines(process: subprocess.Popen[Any], file: int) -> Iterator[str]:
    """Yield what a process writes into a file, line by line as it comes, until it has ended."""
    at, rest, ended = 0, b"", False
    while not ended:
        try:
            process.wait(_LOOK_SECONDS)
            ended = True
        except subprocess.TimeoutExpired:
            pass
        # Its place is the process's own: it is read at a place of ours.
        while chunk := os.pread(file, 1 << 16, at):
            at += len(chunk)
            *lines, rest = (rest + chunk).split(b"\n")
            yield from (line.decode(errors="replace").rstrip() for line in lines)
    if rest:
        yield rest.decode(errors="replace").rstrip()


def _wait(process: subprocess.Popen[Any]) -> int:
    """Wait for terraform's own end, whatever happens here, and return its exit code.

    Ctrl-C reaches terraform as well: it then finishes what it is at, saves the state and unlocks it, for which it may
    need minutes. A second Ctrl-C makes it quit at once. ``subprocess.run`` would kill it after a quarter of a second.
    """
    interrupt: KeyboardInterrupt | None = None
    while True:
        try:
            code = process.wait()
            break
        except KeyboardInterrupt as error:
            interrupt = error
    if interrupt is not None:
        raise interrupt
    return code


class TerraformError(ToolError):
    """A terraform command failed.

    ``lines`` are the last that it printed where it did not print to the terminal; all of them are in a file that the
    remedy names.
    """

    def __init__(self, root: Root, command: str, code: int, lines: list[str]) -> None:
        start = next((i for i, line in enumerate(lines) if "Error:" in line), max(0, len(lines) - 12))
        self.lines = [line for line in lines[start:] if line.strip(_FRAME)]
        said = f": {self._summary()}" if self.lines else " (what it said is above)"
        file = _keep(command, lines) if lines else None
        super().__init__(
            f"terraform {command} failed on ENV={root.environment} (exit {code}){said}",
            fix=(
                f"Correct what it names{f' (all that it said: {file})' if file else ''}, then run ",
                root.again(command),
                ".",
            ),
        )

    def _summary(self) -> str:
        """Return the first error in one line: its title, and the first sentence of what follows."""
        title, *more = (line.strip(_FRAME) for line in self.lines if not _SOURCE.match(line))
        detail = next((line for line in more if not line.startswith(("with ", "on ", "Error:"))), "")
        title = title.removeprefix("Error:").strip()
        return f"{title}: {detail}" if detail and len(title) + len(detail) < 300 else title


def _keep(command: str, lines: list[str]) -> Path | None:
    """Write what terraform said into a file of the state directory, and return it; None where that cannot be."""
    try:
        file = state_dir() / f"terraform-{command}.log"
        private_folder(file.parent)
        write_whole(file, "\n".join(lines) + "\n", private=True)
    except (OSError, UsageError):
        return None
    return file
