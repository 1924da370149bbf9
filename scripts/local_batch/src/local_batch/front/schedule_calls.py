"""Calls to EventBridge Scheduler on their way to moto: refused where AWS would, and told to what starts schedules."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from local_batch.arns import DEFAULT_REGION
from local_batch.front.protocol import Protocol
from local_batch.refusals import Refusal
from local_batch.schedules.checks import check_schedule

if TYPE_CHECKING:
    from local_batch.services.moto_gate import MotoGate

Environ = dict[str, Any]


class ScheduleCalls:
    """Holds requests against Scheduler's model and rules. ``batch`` is the protocol of Batch, which targets call."""

    def __init__(self, gate: MotoGate, batch: Protocol) -> None:
        self._gate = gate
        self._batch = batch

    @cached_property
    def _protocol(self) -> Protocol:
        return Protocol("scheduler")  # read when it is first needed

    @cached_property
    def _submit_members(self) -> frozenset[str]:
        return frozenset(name[:1].upper() + name[1:] for name in self._batch.input_shape("SubmitJob").members)

    def check(self, environ: Environ, region: str) -> None:
        """Refuse what Scheduler refuses of a schedule that is made or changed. Raises Refusal."""
        path = unquote(str(environ["PATH_INFO"]).encode("latin-1").decode("utf-8", "replace"))
        call = self._protocol.route(environ["REQUEST_METHOD"], path)
        if call is None or call.operation not in ("CreateSchedule", "UpdateSchedule"):
            return
        body = environ["wsgi.input"]
        text = body.read()
        body.seek(0)
        try:
            asked = self._protocol.read(call, "", text)
        except Refusal as refusal:
            if refusal.code == "ClientException":  # what Batch calls it
                raise Refusal(refusal.message, code="ValidationException") from None
            raise
        check_schedule(
            self._gate, region or DEFAULT_REGION, asked, self._submit_members, new=call.operation == "CreateSchedule"
        )
