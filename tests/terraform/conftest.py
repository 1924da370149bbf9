"""What the tests that run terraform share: a copy of the sources, and one process of the provider."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from terraform_support import copied, environment, init, why_no_terraform

from tests.needs import missing

LESS_COLLECTING = {"GOGC": "400", "GOMEMLIMIT": "1GiB"}
"""Go's garbage collector is most of what a plan with mocks costs; with more memory it takes half of the CPU time."""


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A copy of terraform/ without anybody's state, and the environment to run terraform in."""
    if trouble := why_no_terraform():
        missing(trouble)
    scratch = tmp_path_factory.mktemp("terraform")
    return copied(scratch), environment(scratch)


@pytest.fixture(scope="session")
def attached(copy: tuple[Path, dict[str, str]]) -> Iterator[dict[str, str]]:
    """The environment in which every terraform uses one provider process: each start of its own takes it a second.

    It is how Terraform lets one debug a provider: started with -debug it prints the variable that names it.
    """
    target, env = copy
    env = {**env, **LESS_COLLECTING}
    done = init(target / "environments" / "dev", env)
    assert done.returncode == 0, done.stdout + done.stderr
    # As a pattern, since the folder of a mirror is a link.
    providers = target / "environments" / "dev" / ".terraform" / "providers"
    (program,) = providers.glob("*/hashicorp/aws/*/*/terraform-provider-aws*")
    process = subprocess.Popen(
        [program, "-debug"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env
    )
    try:
        assert process.stdout is not None
        lines = (re.search(r"TF_REATTACH_PROVIDERS='(.*)'", line) for line in process.stdout)
        found = next(filter(None, lines), None)
        assert found is not None, f"{program} -debug ended without an address"
        yield {**env, "TF_REATTACH_PROVIDERS": found[1]}
    finally:
        process.kill()
        process.communicate()
