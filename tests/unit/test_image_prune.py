"""Which images nothing needs: what is named anywhere stays, and what cannot be deleted is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner

from awa_batch.batch.ecr_images import delete_images
from awa_batch.batch.failures import CallError
from awa_batch.contract import Contract
from awa_batch.environment.image_prune import all_released, delete_unneeded, unneeded_in
from awa_batch.errors import NotAppliedError
from awa_batch.target import target_of
from tests.repositories import commit, repository

RELEASE = "terraform/environments/dev/release.auto.tfvars.json"


def digest(number: int) -> str:
    return f"sha256:{number:064x}"


class Ecr:
    """Repositories of numbered images, the higher the newer; every answer in pages of two."""

    def __init__(self, images: dict[str, dict[int, list[str]]]) -> None:
        self.images, self.asked, self.refused = images, [], dict[str, str]()

    def get_paginator(self, name: str) -> Any:
        assert name == "describe_images"
        return SimpleNamespace(paginate=self._pages)

    def _pages(self, repositoryName: str) -> Any:  # noqa: N803
        start = datetime(2026, 1, 1, tzinfo=UTC)
        found = [
            {"imageDigest": digest(number), "imageTags": tags, "imagePushedAt": start + timedelta(days=number)}
            for number, tags in self.images[repositoryName].items()
        ]
        return [{"imageDetails": found[at : at + 2]} for at in range(0, len(found), 2)]

    def batch_delete_image(self, repositoryName: str, imageIds: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803
        self.asked.append([one["imageDigest"] for one in imageIds])
        failures = []
        for one in imageIds:
            number = int(one["imageDigest"][7:], 16)
            if code := self.refused.get(one["imageDigest"]):
                failures.append({"imageId": one, "failureCode": code, "failureReason": "as it is"})
            elif self.images[repositoryName].pop(number, None) is None:
                failures.append({"imageId": one, "failureCode": "ImageNotFound", "failureReason": "gone"})
        return {"failures": failures}


class Batch:
    def __init__(self, definitions: list[dict[str, Any]], jobs: dict[str, dict[str, Any]]) -> None:
        self.definitions, self.jobs = definitions, jobs

    def get_paginator(self, name: str) -> Any:
        if name == "list_jobs":
            return SimpleNamespace(paginate=lambda **words: [self.list_jobs(**words)])
        assert name == "describe_job_definitions"

        def pages(**words: Any) -> Any:
            assert words == {"status": "ACTIVE"}
            return [{"jobDefinitions": [one]} for one in self.definitions]

        return SimpleNamespace(paginate=pages)

    def list_jobs(self, jobQueue: str, jobStatus: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        there = self.jobs if jobQueue.endswith("ec2-low-priority") and jobStatus == "RUNNABLE" else {}
        return {"jobSummaryList": [{"jobId": one} for one in there]}

    def describe_jobs(self, jobs: list[str]) -> dict[str, Any]:
        return {"jobs": [{"jobId": one, **self.jobs[one]} for one in jobs]}


class Clients:
    def __init__(self, contract: Contract, ecr: Ecr, batch: Batch) -> None:
        self.contract, self.ecr, self.batch = contract, ecr, batch

    def make(self, service: str) -> Any:
        assert service == "ecr"
        return self.ecr


@pytest.fixture
def clients(contract: Contract, project: Path) -> Any:
    """ENV=dev with ten images in each repository and nothing that names one of them."""
    repository(project, {})
    assert target_of("dev").has_account
    dev = replace(contract, environment="dev", job_definitions={})
    ecr = Ecr({one.name: {number: [f"v{number}"] for number in range(1, 11)} for one in dev.repositories.values()})
    return Clients(dev, ecr, Batch([], {}))


def gone(clients: Any, name: str = "latest", keep: int = 2, history: int = 5) -> list[int]:
    found = {one.name: one for one in unneeded_in(clients, keep, history)}
    return [int(image.digest[7:], 16) for image in found[clients.contract.repositories[name].name].unneeded]


def test_the_newest_stay(clients: Any) -> None:
    assert gone(clients) == [8, 7, 6, 5, 4, 3, 2, 1]
    assert gone(clients, keep=9) == [1]
    assert gone(clients, keep=100) == []


def test_what_anything_names_stays(clients: Any, project: Path, contract: Contract) -> None:
    url = clients.contract.repositories["latest"].url
    clients.batch.definitions = [
        {"containerProperties": {"image": f"{url}@{digest(1)}"}},
        {"ecsProperties": {"taskProperties": [{"containers": [{"image": "other"}, {"image": f"{url}:v2"}]}]}},
        {"nodeProperties": {"nodeRangeProperties": [{"container": {"image": f"{url}@{digest(3)}"}}]}},
    ]
    clients.batch.jobs = {"a": {"container": {"image": f"{url}@{digest(4)}"}}}
    clients.ecr.images[clients.contract.repositories["latest"].name][5] = ["v5", f"released-{5:064x}"]
    definition = replace(contract.job_definitions["ec2-sample"], image=f"{url}@{digest(6)}")
    clients.contract = replace(clients.contract, job_definitions={"ec2-sample": definition})
    (project / RELEASE).write_text(f'{{"release": {{"images": {{"latest": {{"blue": "{url}@{digest(7)}"}}}}}}}}')
    assert gone(clients) == [8]
    assert 2 in gone(clients, "test")  # the tag of another repository names nothing here


def test_what_the_release_file_named_stays_as_far_back_as_is_asked(clients: Any, project: Path) -> None:
    for number in (1, 2, 3):
        (project / RELEASE).write_text(f'"{digest(number)}"')
        commit(project)
    (project / RELEASE).write_text("{}")
    assert gone(clients, history=0) == [8, 7, 6, 5, 4, 3, 2, 1]
    assert gone(clients, history=2) == [8, 7, 6, 5, 4, 1]
    assert gone(clients, history=9) == [8, 7, 6, 5, 4]
    assert all_released(2) == {digest(2), digest(3)}


def test_one_repository_alone(clients: Any) -> None:
    (found,) = unneeded_in(clients, 2, 0, "test")
    assert found.name == clients.contract.repositories["test"].name
    with pytest.raises(NotAppliedError, match="no repository 'gpu'"):
        unneeded_in(clients, 2, 0, "gpu")


def test_what_is_named_while_the_question_stands_stays(clients: Any) -> None:
    first = unneeded_in(clients, 2, 0)
    url = clients.contract.repositories["latest"].url
    clients.batch.definitions = [{"containerProperties": {"image": f"{url}@{digest(1)}"}}]
    assert delete_unneeded(clients, first, unneeded_in(clients, 2, 0)) == {}
    assert set(clients.ecr.images[clients.contract.repositories["latest"].name]) == {10, 9, 1}


def test_a_hundred_go_with_a_call_and_each_that_stays_is_told() -> None:
    ecr = Ecr({"r": {number: [] for number in range(1, 251)}})
    ecr.refused = {digest(7): "ImageReferencedByManifestList"}
    told = delete_images(ecr, "r", [digest(number) for number in range(1, 252)])  # type: ignore[arg-type]
    assert [len(some) for some in ecr.asked] == [100, 100, 51, 1]
    assert told == {digest(7): "ImageReferencedByManifestList: as it is"}
    assert list(ecr.images["r"]) == [7]


def test_a_refused_call_is_an_error() -> None:
    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "BatchDeleteImage")

    with pytest.raises(CallError, match="deleting images of r"):
        delete_images(SimpleNamespace(batch_delete_image=refuse), "r", [digest(1)])  # type: ignore[arg-type]


# ------------------------------------------------------------------ the command


@pytest.fixture
def run(clients: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """Return a function that runs ``awa-batch image prune -E dev`` on the stubs: its exit code, and what it said."""
    from awa_batch.cli.commands import image

    monkeypatch.setattr(image, "open_environment", lambda *_: clients)
    monkeypatch.setattr(image, "environment_of", lambda _: SimpleNamespace(target=SimpleNamespace(has_account=True)))

    def prune(*words: str, answer: str = "") -> tuple[int, str]:
        done = CliRunner().invoke(image.prune, ["-E", "dev", "--keep", "9", *words], input=answer)
        code = getattr(type(done.exception), "exit_code", done.exit_code)
        return code, f"{done.output}{done.exception or ''}"

    return prune


def left(clients: Any) -> list[int]:
    return [len(images) for images in clients.ecr.images.values()]


def test_nothing_goes_without_a_yes(clients: Any, run: Callable[..., tuple[int, str]]) -> None:
    code, said = run("--dry-run")
    assert code == 0
    assert "2 images would be removed." in said
    for answer in ("", "n\n"):
        code, said = run(answer=answer)
        assert (code, left(clients)) == (2, [10, 10])
        assert "Not confirmed: nothing was removed." in said


@pytest.mark.parametrize(("words", "answer"), [(("--yes",), ""), ((), "y\n")])
def test_a_yes_removes(clients: Any, run: Callable[..., tuple[int, str]], words: tuple[str, ...], answer: str) -> None:
    code, said = run(*words, answer=answer)
    assert (code, left(clients)) == (0, [9, 9])
    assert "2 images were removed." in said
    assert "There is nothing to remove." in run(*words, answer=answer)[1]


def test_what_ecr_keeps_is_told_and_no_success(clients: Any, run: Callable[..., tuple[int, str]]) -> None:
    clients.ecr.refused = {digest(1): "ImageReferencedByManifestList"}
    code, said = run("--yes", "--image", "test")
    assert code == 3
    name = clients.contract.repositories["test"].name
    assert f"{name}@{digest(1)} stays: ImageReferencedByManifestList: as it is" in said
