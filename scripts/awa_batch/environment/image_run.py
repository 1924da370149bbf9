"""Run an image of this clone in a container on this machine, as AWS Batch would, before it is released."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from awa_batch.batch.failures import calling
from awa_batch.errors import UsageError
from awa_batch.images.build import build_image
from awa_batch.images.docker_engine import Engine, find_engine
from awa_batch.images.dockerfiles import dockerfile
from awa_batch.paths import project_root, state_dir
from awa_batch.target import LOCAL_REGION, target_of
from awa_batch.terraform.root import Root

if TYPE_CHECKING:
    from awa_batch.target import Target
    from awa_batch.text import Say

HOST = "host.docker.internal"


def run_image(
    environment: str, image: str, command: Sequence[str], *, variables: Mapping[str, str], shell: bool, say: Say
) -> int:
    """Build container/<image> and run ``command`` in it (none: the image's own); return the container's exit code.

    The root is read-only and /tmp a tmpfs, as in a job on EC2. It gets ``variables``, and the way and the keys to the
    environment: the running local AWS's, or for an account those that AWS's own settings give here. ``shell`` opens one
    in place of a command. Raises UsageError, ToolError, NotAppliedError for a local AWS that does not run, AwsError.
    """
    dockerfile(project_root(), image)
    target = target_of(environment)
    if target.has_account:
        Root(target.name)  # one that is not there is refused, though credentials would be found
    engine = find_engine()
    given = {**connection_of(target, engine), **variables}
    built = build_image(image, root=project_root(), engine=engine, state_dir=state_dir(), say=say)
    words = ["sh"] if shell else list(command)
    arguments = arguments_of(engine, built.image_id, words, given, terminal=shell)
    # By name alone: values would stand in the list of processes.
    return subprocess.run(arguments, env={**os.environ, **given}, check=False).returncode


def connection_of(target: Target, engine: Engine) -> dict[str, str]:
    """Return the variables that lead a container on this machine's engine to an environment's AWS."""
    if given := target.client_variables():
        if not engine.is_native:  # its containers have another loopback
            given["AWS_ENDPOINT_URL"] = given["AWS_ENDPOINT_URL"].replace("127.0.0.1", HOST).replace("localhost", HOST)
        return given
    with calling("getting credentials for the container"):
        session = target.session(None, "")
        found = session.get_credentials()
        region = session.get_config_variable("region") or LOCAL_REGION
        keys = found.get_frozen_credentials() if found else None
    if keys is None:
        raise UsageError("There are no credentials for the container.", fix="Set AWS_PROFILE, or sign in.")
    return {
        "AWS_ACCESS_KEY_ID": keys.access_key or "",
        "AWS_SECRET_ACCESS_KEY": keys.secret_key or "",
        **({"AWS_SESSION_TOKEN": keys.token} if keys.token else {}),
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
    }


def arguments_of(
    engine: Engine, image: str, command: Sequence[str], variables: Mapping[str, str], *, terminal: bool
) -> list[str]:
    """Return the ``docker run`` command."""
    names = [word for name in variables for word in ("--env", name)]
    # On the machine's own network 127.0.0.1 is ours.
    network = ["--network", "host"] if engine.is_native else ["--add-host", f"{HOST}:host-gateway"]
    return [
        str(engine.command), "run", "--rm", "--init", "--read-only", "--tmpfs", "/tmp:rw,nosuid,nodev",  # noqa: S108
        *network, *(["--interactive", "--tty"] if terminal else []), *names, image, *command,
    ]  # fmt: skip
