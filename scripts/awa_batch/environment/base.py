"""What can be done with an environment as a whole, whichever it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from awa_batch.environment.runner import Runner
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
    ) -> tuple[Command, ...]:
        """Bring it up (platform, image, release); return commands to try next.

        ``agree`` is asked before something that costs is changed, and raises where the answer is no. ``runner`` and
        ``detail`` (what terraform and the image build print) are of ENV=local.
        """

    def build(self, say: Say, *, image: str = IMAGE, runner: Runner = "auto") -> str:
        """Build an image for it and return its reference."""

    def release(self, say: Say, *, image: str = IMAGE) -> str:
        """Build and push an image, write its digest into the release file, return its reference by digest.

        The new image runs nothing yet: applying the release does that.
        """

    def applied(self, say: Say = lambda _: None) -> None:
        """Take note that its sources as they are now were applied, or destroyed, by hand."""
