"""What stands in the way of a destroy: images that go only after others, and nothing lost where the rest cannot go."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from awa_batch.contract import Contract
from awa_batch.environment.holdings import check_destroyable
from awa_batch.errors import ForeignContractError, NotAppliedError, UsageError


class Ecr:
    """A repository with an index and the image that it names, which goes only after it."""

    def __init__(self, stuck: bool) -> None:
        self.there = {"sha256:a-child", "sha256:z-index"}
        self.stuck = stuck

    def get_paginator(self, _name: str) -> Any:
        return SimpleNamespace(
            paginate=lambda **_: [{"imageIds": [{"imageDigest": one} for one in sorted(self.there)]}]
        )

    def batch_delete_image(self, repositoryName: str, imageIds: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803
        failures = []
        for one in imageIds:
            if one["imageDigest"].endswith("child") and ("sha256:z-index" in self.there or self.stuck):
                failures.append({"imageId": one, "failureReason": f"referenced in {repositoryName}"})
            else:
                self.there.discard(one["imageDigest"])
        return {"failures": failures}


class Clients:
    def __init__(self, contract: Contract, stuck: bool = False) -> None:
        self.contract = contract
        self.ecr = Ecr(stuck)
        self.batch = SimpleNamespace(list_jobs=lambda **_: {"jobSummaryList": []})
        empty = SimpleNamespace(paginate=lambda **_: [{"IsTruncated": False}])
        self.s3 = SimpleNamespace(get_paginator=lambda _name: empty)

    def make(self, _service: str) -> Ecr:
        return self.ecr


def look(clients: Clients, **more: Any) -> None:
    given = {"empty": True, "say": lambda _: None, "before_deleting": lambda: None, **more}
    check_destroyable(clients, "dev", **given)  # type: ignore[arg-type]


def test_an_image_that_an_index_names_goes_after_it(contract: Contract) -> None:
    clients = Clients(contract)
    look(clients)
    assert clients.ecr.there == set()


def test_what_never_goes_is_told(contract: Contract) -> None:
    with pytest.raises(UsageError, match=r"a-child.* cannot be deleted: referenced"):
        look(Clients(contract, stuck=True))


def test_nothing_is_deleted_where_the_rest_cannot_be_destroyed(contract: Contract) -> None:
    def locked() -> None:
        raise UsageError("the state is locked", fix="wait")

    clients = Clients(contract)
    with pytest.raises(UsageError, match="locked"):
        look(clients, before_deleting=locked)
    assert len(clients.ecr.there) == 2


def test_without_empty_nothing_is_deleted(contract: Contract) -> None:
    clients = Clients(contract)
    with pytest.raises(UsageError, match=r"still holds 2 images in .*: nothing was destroyed"):
        look(clients, empty=False)
    assert len(clients.ecr.there) == 2


def test_an_environment_of_another_version_is_not_destroyed_without_a_look(monkeypatch: pytest.MonkeyPatch) -> None:
    from awa_batch.cli.commands import environment
    from awa_batch.environment import opening

    def of_another_version(*_: Any, **__: Any) -> None:
        raise ForeignContractError("schema_version 9", fix="one version")

    def nothing_applied(*_: Any, **__: Any) -> None:
        raise NotAppliedError("no state", fix="apply")

    root: Any = SimpleNamespace(environment="dev")
    monkeypatch.setattr(opening, "open_clients", of_another_version)
    with pytest.raises(ForeignContractError):
        environment._look_before_destroying(root, empty=True)
    monkeypatch.setattr(opening, "open_clients", nothing_applied)
    environment._look_before_destroying(root, empty=True)
