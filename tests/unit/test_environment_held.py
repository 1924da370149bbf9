"""The lock of an environment that is changed in several steps, on one machine and between two."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from awa_batch.batch.stored_json import StoredJson
from awa_batch.environment import lock
from awa_batch.environment.lock import KEY, Held, environment_held
from awa_batch.errors import ToolError, UsageError

BUCKET = "awa-batch-dev-data-123456789012"


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    for name, value in {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    here(monkeypatch, tmp_path / "here")
    with mock_aws():
        s3 = boto3.client("s3", region_name="ap-northeast-1")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
        contract = SimpleNamespace(environment="dev", data_bucket=SimpleNamespace(name=BUCKET))
        yield SimpleNamespace(contract=contract, make=lambda _service: s3, s3=s3)


def here(monkeypatch: pytest.MonkeyPatch, state: Path) -> None:
    """Work from here on in another clone, as another machine does."""
    monkeypatch.setattr(lock, "state_dir", lambda: state)


def silent(_line: object) -> None: ...


def test_it_is_there_while_it_is_held_and_says_by_whom(clients: Any) -> None:
    with environment_held(clients, "release promote", silent) as held:
        value = json.loads(clients.s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read())
        assert value["what"] == "release promote"
        assert "@" in value["who"]
        held.check()
    assert "Contents" not in clients.s3.list_objects_v2(Bucket=BUCKET)


def test_another_command_of_this_clone_is_refused(clients: Any) -> None:
    with environment_held(clients, "release start", silent), pytest.raises(UsageError, match="dev is being changed"):  # noqa: SIM117
        with environment_held(clients, "compute roll", silent):
            raise AssertionError


def test_another_machine_is_refused_and_told_who_has_it(
    clients: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with environment_held(clients, "release start", silent):
        here(monkeypatch, tmp_path / "there")
        with pytest.raises(UsageError, match=r"release start by .*@.* since 20"):  # noqa: SIM117
            with environment_held(clients, "compute roll", silent):
                raise AssertionError


def left_by(clients: Any, place: str) -> None:
    value = {"id": "gone", "what": "compute roll", "who": "a@b", "since": "2026-01-01T00:00:00Z", "place": place}
    assert StoredJson(clients.s3, BUCKET, KEY).write(value | {"renewed": 3}, over=None)


def test_what_a_killed_command_of_this_clone_left_is_taken_over_at_once(clients: Any, tmp_path: Path) -> None:
    left_by(clients, f"{lock.platform.node()}:{tmp_path / 'here'}")
    told: list[object] = []
    with environment_held(clients, "release start", told.append) as held:
        held.check()
    assert "taken over: compute roll by a@b" in str(told)


def test_what_a_killed_command_wrote_into_it_is_there_for_who_takes_it_over(clients: Any, tmp_path: Path) -> None:
    left_by(clients, f"{lock.platform.node()}:{tmp_path / 'here'}")
    value = json.loads(clients.s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read())
    for _ in range(2):  # the second command is killed as well, before it has written anything
        with environment_held(clients, "compute roll", silent) as held:
            held.say(ending=["ec2/spot"])
            held.renew()
            found = json.loads(clients.s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read())
            assert found["ending"] == ["ec2/spot"]
            assert not held.lost
        clients.s3.put_object(Bucket=BUCKET, Key=KEY, Body=json.dumps(value | {"ending": found["ending"]}).encode())
        with environment_held(clients, "compute roll", silent) as held:
            assert held.before["ending"] == held.value["ending"] == ["ec2/spot"]
            clients.s3.put_object(Bucket=BUCKET, Key=KEY, Body=json.dumps(held.value).encode())
    clients.s3.delete_object(Bucket=BUCKET, Key=KEY)
    with environment_held(clients, "compute roll", silent) as held:
        assert held.before == {}


def test_what_another_machine_left_is_taken_over_when_it_is_stale(
    clients: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    left_by(clients, "another:/place")
    with pytest.raises(UsageError, match="compute roll by a@b"), environment_held(clients, "x", silent):
        raise AssertionError
    monkeypatch.setattr(lock, "STALE", 0.0)
    with environment_held(clients, "x", silent) as held:
        held.check()


def test_who_was_silent_for_too_long_finds_that_it_was_taken_over(clients: Any) -> None:
    there = StoredJson(clients.s3, BUCKET, KEY)
    version = there.write({"id": "first", "renewed": 0}, over=None)
    assert version
    first = Held(there, {"id": "first", "renewed": 0}, version)
    first.renew()
    first.check()
    assert there.write({"id": "second", "renewed": 0}, over=first.version)
    first.renew()
    with pytest.raises(ToolError, match="no longer this command's"):
        first.check()


def test_of_two_that_write_over_one_version_one_wins(clients: Any) -> None:
    there = StoredJson(clients.s3, BUCKET, KEY)
    version = there.write({"n": 0}, over=None)
    assert there.write({"n": 0}, over=None) is None
    assert there.write({"n": 1}, over=version)
    assert there.write({"n": 2}, over=version) is None
    there.remove()
    assert there.write({"n": 3}, over=version) is None
    assert there.read() is None
