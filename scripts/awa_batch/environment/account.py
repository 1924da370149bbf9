"""An environment in an AWS account: each plan is shown and agreed to, the image goes to its ECR repository."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from awa_batch.applied import load_contract
from awa_batch.batch.clients import Clients
from awa_batch.batch.scanning import Scan
from awa_batch.environment.base import IMAGE
from awa_batch.environment.job_images import other_images
from awa_batch.environment.runner import Runner
from awa_batch.errors import NotAppliedError, UsageError
from awa_batch.images.build import build_image
from awa_batch.images.context import revision
from awa_batch.images.docker_engine import find_engine
from awa_batch.images.dockerfiles import dockerfile, image_sources
from awa_batch.images.pipeline import build_and_push_ecr
from awa_batch.images.platforms import lacking, parse_platforms, platforms_for, tag_for
from awa_batch.images.push_progress import Pushing, unseen
from awa_batch.images.tags import image_tag, is_committed
from awa_batch.paths import project_root, state_dir
from awa_batch.release import release_path, write_release
from awa_batch.target import AccountTarget
from awa_batch.terraform.compute_changes import compute_changes
from awa_batch.terraform.root import Root
from awa_batch.text import Command, Say

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

    from awa_batch.contract import Contract


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
        self,
        say: Say,
        *,
        agree: Callable[[str], None],
        runner: Runner = "auto",
        detail: Say | None = None,
        pushing: Pushing = unseen,
    ) -> tuple[Command, ...]:
        """Apply the platform, release the image, apply the release; ``agree`` is asked before each apply."""
        del runner, detail
        for note in Root(self.target.name).check():
            say(note)
        root = self.root(say)
        for step in ("the platform", "the release"):
            if root.plan(save=True):
                agree(f"Apply {step} to {self.target.name}?")
                self._refuse_to_end_jobs(root)
                root.apply(plan_file=True)
            else:
                root.plan_path.unlink(missing_ok=True)
            if step == "the platform":
                for image in (IMAGE, *other_images(root.path)):
                    self.release(say, image=image, pushing=pushing)
        self.applied(say)
        return ()

    def _refuse_to_end_jobs(self, root: Root) -> None:
        """Refuse the saved plan where it takes a compute environment away from under jobs."""
        ending = [one for one in compute_changes(root.saved_plan()) if one.ends_environment and one.cluster]
        if ending:
            from awa_batch.environment.jobs_left import check_no_jobs_end

            check_no_jobs_end(Clients(load_contract(self.target.name)), ending)

    def build(self, say: Say, *, image: str = IMAGE, runner: Runner = "auto", platform: str | None = None) -> str:
        """Build an image on this machine's engine and return its reference."""
        del runner
        Root(self.target.name)  # an environment that is not there is refused, though the image would be the same
        dockerfile(project_root(), image)
        platforms = _asked(platform)
        engine = find_engine()
        made = [
            build_image(image, root=project_root(), engine=engine, state_dir=state_dir(), say=say, platform=one)
            for one in platforms or (None,)
        ]
        return "\n".join(one.reference for one in made)

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
        """Push an image, and write its digest into the release file. Raises as `push` does."""
        reference = self.push(say, image=image, scan=scan, platform=platform, attest=attest, pushing=pushing)
        root = Root(self.target.name)
        if write_release(root.path, image, reference):
            say((f"release: wrote {release_path(root.path).name}; commit it, then ", self.target.apply_step))
        return reference

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
        """Build an image and push it to the environment's repository; return its reference by digest.

        An image of the same commit that is there already is taken: tags are never moved. Raises NotAppliedError before
        the first apply (the repository is Terraform's), UsageError for changes that are not committed where the
        environment takes what was released alone, ToolError, also where ``scan`` finds what it refuses, AwsError.
        """
        from awa_batch.batch.account import caller_account
        from awa_batch.batch.registry import ecr_sign_in  # loads botocore, which wrong usage does without
        from awa_batch.environment.image_scan import check_scan

        Root(self.target.name)  # an environment that is not there is refused before anything is built
        dockerfile(project_root(), image)
        platforms = _asked(platform)
        contract = load_contract(self.target.name)
        clients = Clients(contract)
        account = caller_account(clients)  # before minutes of a build whose push would be refused
        if account != contract.account_id:
            raise UsageError(
                f"The credentials are of account {account}; environment {self.target.name} is in account "
                f"{contract.account_id}.",
                fix="Set AWS_PROFILE to a profile of that account.",
            )
        client = clients.make("ecr")
        mark = revision(project_root(), image_sources(project_root(), image))
        if not (contract.unreleased_code or is_committed(mark)):
            raise UsageError(
                f"container/{image} has changes that are not committed ({mark}), and {self.target.name} takes none.",
                fix="Commit them first.",
            )
        asked = contract.repositories[image].architectures if image in contract.repositories else []
        platforms = platforms or platforms_for(asked)
        if without := lacking(platforms, asked):
            say(
                f"Job definitions run {image} on {' and '.join(without)}, where an image for "
                f"{' and '.join(platforms)} does not start."
            )
        reference = self._pushed_before(client, contract, image, mark, platforms, say)
        if reference is not None and attest:
            say("image: it has the SBOM and the provenance that it was pushed with, or none")
        if reference is None:
            reference = build_and_push_ecr(
                contract,
                lambda: ecr_sign_in(client),
                say,
                name=image,
                platforms=platforms,
                attest=attest,
                pushing=pushing,
            )
            say(f"image: pushed {reference}")
        if scan is not None:
            check_scan(client, reference, scan, say)
        return reference

    def _pushed_before(
        self, client: ECRClient, contract: Contract, image: str, mark: str, platforms: tuple[str, ...], say: Say
    ) -> str | None:
        """Return the image of this very commit by digest, where the repository holds it."""
        from awa_batch.batch.ecr_images import digest_of_tag

        repository = contract.repositories.get(image)
        if repository is None or not is_committed(mark):
            return None
        tag = tag_for(image_tag(project_root(), image), platforms)
        digest = digest_of_tag(client, repository.name, tag)
        if digest is None:
            return None
        say(f"image: {repository.name}:{tag} is there already, and what it was built from is the same: it is taken")
        return f"{repository.url}@{digest}"

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


def _asked(platform: str | None) -> tuple[str, ...]:
    """Return the platforms that somebody asked for, by ``platform`` or IMAGE_PLATFORM. Raises UsageError."""
    text = os.environ.get("IMAGE_PLATFORM", "") if platform is None else platform
    return parse_platforms(text) if text or platform is not None else ()
