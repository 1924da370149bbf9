"""Where moto hands the events of PutEvents to: this server delivers them as it does Batch's own."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from local_batch.json_object import Json

if TYPE_CHECKING:
    from collections.abc import Callable

OURS = frozenset({"batch", "sns", "sqs", "logs"})
"""Services whose targets are delivered to here."""


def install(deliver: Callable[[str, str, Json, Json], None]) -> None:
    """Have moto's rules hand over the targets of `OURS`: region, the rule's ARN, target and event.

    moto has no targets of Batch and SNS, for which PutEvents fails as a whole; of others it takes no Input and no
    InputPath, it has no dead-letter queue, and it delivers for rules that are DISABLED too.
    """
    from moto.core.utils import iso_8601_datetime_without_milliseconds, utcfromtimestamp
    from moto.events.models import Rule

    original = Rule.send_to_targets

    def send_to_targets(self: Any, original_event: Any, transform_input: bool = True) -> None:
        if not self.state.startswith("ENABLED"):
            return
        if not transform_input:  # a replay of an archive
            original(self, original_event, transform_input)
            return
        if not self.event_pattern.get_pattern() or not self.event_pattern.matches_event(original_event):
            return
        ours = [target for target in self.targets if str(target["Arn"]).split(":")[2] in OURS]
        event = {name: value for name, value in original_event.items() if name != "ingestion-time"}
        if isinstance(event.get("time"), (int, float)):
            event["time"] = iso_8601_datetime_without_milliseconds(utcfromtimestamp(event["time"]))
        for target in ours:
            deliver(self.region_name, self.arn, dict(target), event)
        if len(ours) < len(self.targets):
            rest = copy.copy(self)
            rest.targets = [target for target in self.targets if target not in ours]
            original(rest, original_event, transform_input)

    Rule.send_to_targets = send_to_targets  # type: ignore[method-assign]
