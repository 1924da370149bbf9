"""A release command at work: the environment, held for it, and how people are told and asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from awa_batch.batch.stored_json import StoredJson
from awa_batch.environment import environment_of
from awa_batch.environment.lock import Held, environment_held
from awa_batch.environment.opening import open_clients
from awa_batch.image_release.record import KEY, Record
from awa_batch.image_release.slots import Standing, standing
from awa_batch.images.dockerfiles import dockerfile
from awa_batch.paths import project_root
from awa_batch.terraform.root import Root

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients
    from awa_batch.environment.base import Environment
    from awa_batch.text import Say


@dataclass
class Session:
    """A command at work.

    ``agree`` is asked before something is applied, and raises where the answer is no. ``detail`` gets what terraform
    prints; None has it go straight to the terminal.
    """

    environment: Environment
    image: str
    clients: Clients
    record: Record
    held: Held
    say: Say
    agree: Callable[[str], None]
    detail: Say | None

    @property
    def name(self) -> str:
        """The environment's name."""
        return self.environment.target.name

    @property
    def standing(self) -> Standing:
        """Where the image stands, as it was read last."""
        return standing(self.clients.contract, self.image, self.record)

    def reload(self) -> None:
        """Read the contract anew, after an apply."""
        self.clients = open_clients(self.name, say=self.say)


@contextmanager
def opened(
    environment: str, image: str, doing: str, *, say: Say, agree: Callable[[str], None], detail: Say | None
) -> Iterator[Session]:
    """Hold an environment for one release command (``doing``: "release promote").

    Raises NotAppliedError, CallError, UsageError: for an environment or an image that this clone has not, and where
    another command holds the environment.
    """
    Root(environment)
    dockerfile(project_root(), image)
    clients = open_clients(environment, say=say)
    with environment_held(clients, doing, say) as held:
        clients = open_clients(environment, say=say)  # another machine may have changed it before the lock was ours
        record = Record.read(StoredJson(clients.make("s3"), clients.contract.data_bucket.name, KEY))
        yield Session(environment_of(environment), image, clients, record, held, say, agree, detail)
