"""The image of an environment in an AWS account: build, push to its ECR repository, write the release file."""

from __future__ import annotations

from collections.abc import Callable

from awa_batch.batch.clients import Clients
from awa_batch.contract import load_contract
from awa_batch.images.api import build_and_push_ecr
from awa_batch.release import release_path, write_release
from awa_batch.terraform import Root


def release_image(environment: str, say: Callable[[str], None], *, image: str = "latest") -> str:
    """Build and push ``image`` and write its digest into the environment's release file. Returns the reference.

    The new image runs nothing yet: applying the release does that. Raises NotAppliedError before the first apply
    (the repository is Terraform's), ToolError, AwsError.
    """
    contract = load_contract(environment)
    root = Root(environment)
    reference = build_and_push_ecr(contract, Clients(contract).make("ecr"), say, name=image)
    changed = write_release(root.path, image, reference)
    say(f"image: pushed {reference}")
    if changed:
        say(f"release: wrote {release_path(root.path).name}; commit it, then `make plan apply ENV={environment}`")
    return reference
