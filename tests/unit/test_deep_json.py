"""JSON that a job, an image or a bucket holds may be nested deeper than Python reads: it is passed over, not an end."""

from __future__ import annotations

import io
import struct
from types import SimpleNamespace
from typing import Any, cast

from awa_batch.explain.row import row_of
from awa_batch.images.facts import ImageFacts
from awa_batch.images.labels import CODE, REPOSITORIES

DEEP = '{"a": ' + "[" * 100_000


def test_of_an_images_label() -> None:
    facts = ImageFacts("sha256:0", {}, {CODE: DEEP, REPOSITORIES: DEEP}, "amd64")
    assert facts.code is None
    assert facts.repositories == {}


def test_of_a_manifests_row() -> None:
    def get_object(Key: str, **_more: str) -> Any:  # noqa: N803
        body = struct.pack(">2Q", 0, len(DEEP)) if Key.endswith(".index") else DEEP.encode()
        return {"Body": io.BytesIO(body)}

    clients = cast("Any", SimpleNamespace(s3=SimpleNamespace(get_object=get_object)))
    named = [{"name": "AWA_BATCH_MANIFEST", "value": "s3://b/rows.jsonl"}]
    detail = cast("Any", {"jobId": "a", "container": {"environment": named}})
    assert row_of(clients, detail) == ""
