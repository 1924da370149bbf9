"""What can be done with an environment as a whole, whichever it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from awa_batch.batch.scanning import Scan
from awa_batch.environment.runner import Runner
from awa_batch.images.push_progress import Pushing, unseen
from awa_batch.target import Target
from awa_batch.terraform.root import Root
from awa_batch.text import Command, Say

IMAGE = "latest"
"""The image that an environment runs, by its folder below container/."""


class Environment(Protocol):
    """An environment. Each method raises what its steps raise: NotAppliedError, ToolError, AwsError, UsageError."""

    @property
    def target(self) -> Target:
        """What its name stands for."""

    def root(self, say: Say, *, rebuild: bool = False) -> Root:
        """Return its Terraform root, initialised, its processes pointed where they belong.

        ``rebuild`` is of ENV=local: it is built anew where its server is gone, else NotAppliedError is raised.
        """

    def up(
        self,
        say: Say,
        *,
        agree: Callable[[str], None],
        runner: Runner = "auto",
        detail: Say | None = None,
        pushing: Pushing = unseen,
    ) -> tuple[Command, ...]:
        """Bring it up (platform, image, release); return commands to try next.

        ``agree`` is asked before something that costs is changed, and raises where the answer is no. ``runner`` and
        ``detail`` (what terraform and the image build print) are of ENV=local; ``pushing``, which is told how far each
        layer is, of an account.
        """

    def build(self, say: Say, *, image: str = IMAGE, runner: Runner = "auto", platform: str | None = None) -> str:
        """Build an image for it and return its reference, a line for each of several platforms.

        ``platform`` (of an account) is ``linux/amd64``, ``linux/arm64`` or both with a comma; default: as the engine.
        """

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
        """Build and push an image, and return its reference by digest. Nothing is released: no file is written.

        ``scan`` (of an account) refuses what the registry's scan finds, and where it ends in nothing.
        """

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
        """Build and push an image, write its digest into the release file, return its reference by digest.

        ``scan`` (of an account) releases nothing where the registry's scan finds that or ends in nothing. ``pushing``
        is told how far each layer is. ``platform`` (of an account) as for `build`; default: the variable
        IMAGE_PLATFORM, else what the job definitions ask for. ``attest`` (of an account): with SBOM and provenance.

        The new image runs nothing yet: applying the release does that.
        """

    def applied(self, say: Say = lambda _: None) -> None:
        """Take note that its sources as they are now were applied, or destroyed, by hand."""
