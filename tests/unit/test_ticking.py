"""What takes long says what it is at, how much is done, and since when."""

from __future__ import annotations

import threading

from awa_batch.ticking import Ticking

LINES = [
    "Plan: 3 to add, 1 to change, 0 to destroy.",
    "module.platform.module.network.aws_vpc.this[0]: Creating...",
    "module.platform.module.network.aws_vpc.this[0]: Creation complete after 1s [id=vpc-1]",
    'module.platform.module.resources_ec2[0].aws_batch_job_queue.this["high"]: Still creating... [10s elapsed]',
]


def test_a_long_apply_is_not_silent() -> None:
    said: list[str] = []
    heard = threading.Event()

    def say(line: object) -> None:
        said.append(str(line))
        heard.set()

    with Ticking(say, "terraform: applying", apart=0.01) as ticking:
        for line in LINES:
            ticking.terraform_line(line)
        heard.clear()
        assert heard.wait(10)
    last = said[-1]
    assert last.startswith("terraform: applying: 1 of 4 after ")
    assert last.endswith('s (aws_batch_job_queue.this["high"])')
    count = len(said)
    assert not any(thread.name == "terraform: applying" for thread in threading.enumerate())
    assert len(said) == count


def test_what_is_quick_says_nothing() -> None:
    said: list[object] = []
    with Ticking(said.append, "image: building"):
        pass
    assert said == []
