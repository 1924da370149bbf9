"""An environment in an AWS account: each plan is shown and agreed to, the image goes to its ECR repository."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from awa_batch.applied import load_contract
from awa_batch.batch.clients import Clients
from awa_batch.environment.base import IMAGE
from awa_batch.environment.runner import Runner
from awa_batch.errors import NotAppliedError, UsageError
from awa_batch.images.build import build_image
from awa_batch.images.docker_engine import find_engine
from awa_batch.images.dockerfiles import dockerfile
from awa_batch.images.pipeline import build_and_push_ecr
from awa_batch.paths import project_root, state_dir
from awa_batch.release import release_path, write_release
from awa_batch.target import AccountTarget
from awa_batch.terraform.root import Root
from awa_batch.text import Command, Say


@dataclass(frozen=True)
class AccountEnvironment:
    """An environment in an AWS account."""

    target: AccountTarget

    def root(self, say: Say, *, rebuild: bool = False) -> Root:
        """Return the Terraform root, initialised. Raises as `check_credentials` does."""
        from awa_batch.environment.account_root import open_root  # botocore, which no command's help needs

        del say, rebuild
        root = open_root(self.target.name)
        root.init(lambda _line: None)  # what it prints is shown where it fails; stdout is for data
        return root

    def up(
        self, say: Say, *, agree: Callable[[str], None], runner: Runner = "auto", detail: Say | None = None
    ) -> tuple[Command, ...]:
        """Apply the platform, release the image, apply the release; ``agree`` is asked before each apply."""
        del runner, detail
        for note in Root(self.target.name).check():
            say(note)
        root = self.root(say)
        for step in ("the platform", "the release"):
            if root.plan(save=True):
                agree(f"Apply {step} to {self.target.name}?")
                root.apply(plan_file=True)
            else:
                root.plan_path.unlink(missing_ok=True)
            if step == "the platform":
                self.release(say)
        self.applied(say)
        return ()

    def build(self, say: Say, *, image: str = IMAGE, runner: Runner = "auto") -> str:
        """Build an image on this machine's engine and return its reference."""
        del runner
        Root(self.target.name)  # an environment that is not there is refused, though the image would be the same
        dockerfile(project_root(), image)
        engine = find_engine()
        return build_image(image, root=project_root(), engine=engine, state_dir=state_dir(), say=say).reference

    def release(self, say: Say, *, image: str = IMAGE) -> str:
        """Build and push an image to the environment's repository, write its digest into the release file.

        Raises NotAppliedError before the first apply (the repository is Terraform's), ToolError, AwsError.
        """
        from awa_batch.batch.account import caller_account
        from awa_batch.batch.registry import ecr_sign_in  # loads botocore, which wrong usage does without

        dockerfile(project_root(), image)
        contract = load_contract(self.target.name)
        root = Root(self.target.name)
        clients = Clients(contract)
        account = caller_account(clients)  # before minutes of a build whose push would be refused
        if account != contract.account_id:
            raise UsageError(
                f"The credentials are of account {account}; environment {self.target.name} is in account "
                f"{contract.account_id}.",
                fix="Set AWS_PROFILE to a profile of that account.",
            )
        client = clients.make("ecr")
        reference = build_and_push_ecr(contract, lambda: ecr_sign_in(client), say, name=image)
        changed = write_release(root.path, image, reference)
        say(f"image: pushed {reference}")
        if changed:
            say((f"release: wrote {release_path(root.path).name}; commit it, then ", self.target.apply_step))
        return reference

    def applied(self, say: Say = lambda _: None) -> None:
        """Tag the images that run now, so that their repositories keep them; where that cannot be done it is told."""
        from awa_batch.batch.failures import CallError
        from awa_batch.environment.released_images import tag_released

        try:
            tag_released(Clients(load_contract(self.target.name)))
        except NotAppliedError:
            return  # it was destroyed
        except CallError as error:
            say((*error.problem, " The repository's lifecycle rule may expire the image that runs."))
