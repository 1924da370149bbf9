"""Keys of jobs' roles: issued where IAM has the role, and taken back some time after their task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_batch.services import issued_keys, role_keys
from local_batch.services.moto_gate import MotoGate
from local_batch.services.role_keys import RoleKeyIssuer

if TYPE_CHECKING:
    import pytest


def test_keys_of_tasks_that_have_ended_are_taken_back_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    gate, clock = MotoGate(), [0.0]
    issuer = RoleKeyIssuer(gate, lambda: clock[0])
    with gate.backend("iam", "aws") as iam:
        role = iam.create_role("of-the-test", "{}", "/", None, "", [], 3600).arn
    assert issuer.issue("arn:aws:iam::123456789012:role/none", "us-east-1", "task") is None
    first, second, third = [issuer.issue(role, "us-east-1", f"task-{n}") for n in range(3)]
    assert first is not None
    assert second is not None
    assert third is not None
    assert set(first.variables()) == {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
    assert first.secret_access_key not in repr(first)

    def lives() -> list[bool]:
        return [issued_keys.lives(gate, one.access_key_id) for one in (first, second, third)]

    issuer.ended(first)
    assert lives() == [True, True, True]
    clock[0] = role_keys.KEPT_SECONDS + 1
    issuer.ended(second)
    assert lives() == [False, True, True]
    monkeypatch.setattr(role_keys, "KEPT", 1)
    issuer.ended(third)
    assert lives() == [False, False, True]
