"""The queue of its own on which a new compute environment is tried."""

from __future__ import annotations

from typing import Any

from awa_batch.batch.probe_queue import remove_probe_queue


class Settling:
    """A queue that a killed command left CREATING: AWS Batch changes nothing of it until it is VALID."""

    def __init__(self) -> None:
        self.looks = 0
        self.calls: list[str] = []
        self.queue: dict[str, Any] | None = {"status": "CREATING", "state": "ENABLED"}

    def describe_job_queues(self, jobQueues: list[str]) -> Any:  # noqa: N803
        self.looks += 1
        if self.queue and self.looks > 3:
            self.queue["status"] = "VALID"
        return {"jobQueues": [self.queue] if self.queue else []}

    def update_job_queue(self, *, jobQueue: str, state: str) -> None:  # noqa: N803
        assert self.queue
        assert self.queue["status"] == "VALID", "the queue is being modified"
        self.calls.append(state)
        self.queue["state"] = state

    def delete_job_queue(self, *, jobQueue: str) -> None:  # noqa: N803
        assert self.queue
        assert (self.queue["status"], self.queue["state"]) == ("VALID", "DISABLED")
        self.calls.append("deleted")
        self.queue = None


def test_one_that_is_being_made_is_waited_for_before_it_is_removed() -> None:
    batch = Settling()
    remove_probe_queue(batch, "probe", tick=0.0)  # type: ignore[arg-type]
    assert batch.calls == ["DISABLED", "deleted"]
