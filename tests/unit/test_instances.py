"""The table of instance types is that of DescribeInstanceTypes, and both packages read it alike."""

from __future__ import annotations

import gzip
import json
import os
from datetime import date
from importlib import resources
from importlib.metadata import version
from pathlib import Path

import pytest

from awa_batch.batch import instances
from local_batch.services import instance_sizes

TERRAFORM_FILE = Path(__file__).resolve().parents[2] / "terraform/modules/resources_ec2/instance_types.json"
FILE = Path(__file__).resolve().parents[2] / "scripts/awa_batch/batch/instance_types.json"


def described() -> dict[str, list[int]]:
    packed = resources.files("moto") / "ec2" / "resources" / "instance_types.json.gz"
    return {
        name: [
            about["VCpuInfo"]["DefaultVCpus"],
            about["MemoryInfo"]["SizeInMiB"],
            sum(
                int(gpu.get("Count") or gpu.get("LogicalGpuCount") or 0)
                for gpu in (about.get("GpuInfo") or {}).get("Gpus") or ()
            ),
        ]
        for name, about in sorted(json.loads(gzip.decompress(packed.read_bytes())).items())
    }


def architectures() -> dict[str, str]:
    packed = resources.files("moto") / "ec2" / "resources" / "instance_types.json.gz"
    return {
        name: {"x86_64": "X86_64", "arm64": "ARM64"}.get(about["ProcessorInfo"]["SupportedArchitectures"][-1], "MAC")
        for name, about in json.loads(gzip.decompress(packed.read_bytes())).items()
    }


def test_terraforms_table_has_what_aws_describes() -> None:
    """As the toolkit's, with the architecture and where it comes from; without Macs, which AWS Batch does not have."""
    of = architectures()
    table = {name: [*size, of[name]] for name, size in described().items() if of[name] != "MAC"}
    if os.environ.get("AWA_TEST_GOLDEN") == "write":
        source = f"EC2's DescribeInstanceTypes as moto {version('moto')} has it, written {date.today()}"
        lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(size)}" for name, size in table.items())
        TERRAFORM_FILE.write_text(f'{{\n "source": {json.dumps(source)},\n "types": {{\n{lines}\n }}\n}}\n')
    kept = json.loads(TERRAFORM_FILE.read_text())
    assert {name: table.get(name, about) for name, about in kept["types"].items()} == kept["types"]
    assert len(kept["types"]) > 1000
    assert kept["source"]


def test_the_table_has_what_aws_describes() -> None:
    """AWA_TEST_GOLDEN=write writes it anew: read the difference before you commit it."""
    table = described()
    if os.environ.get("AWA_TEST_GOLDEN") == "write":
        lines = ",\n".join(f" {json.dumps(name)}: {json.dumps(size)}" for name, size in table.items())
        FILE.write_text(f"{{\n{lines}\n}}\n")
    kept = json.loads(FILE.read_text())
    # A newer moto may know more types; of those that both know nothing may differ.
    assert {name: table.get(name, size) for name, size in kept.items()} == kept
    assert len(kept) > 1000


def test_the_local_batch_takes_the_same_families() -> None:
    assert instances.FAMILIES == instance_sizes.FAMILIES


@pytest.mark.parametrize(
    "types",
    [
        ["m5.large"],
        ["m5"],
        ["optimal"],
        ["g5", "c7i"],
        ["u7in-32tb.224xlarge"],
        ["default_x86_64"],
        ["default_arm64"],
        ["g6f.large"],
    ],
)
@pytest.mark.parametrize("size", [(2, 8191, 0), (2, 8192, 0), (96, 1 << 18, 0), (4, 100, 1), (1, 1 << 22, 0)])
def test_both_say_the_same_of_what_fits(types: list[str], size: tuple[int, int, int]) -> None:
    sizes = instances.sizes_of(types)
    assert sizes is not None
    fits = any(one.holds(instances.Size(*size)) for one in sizes)
    assert fits == instance_sizes.can_hold(tuple(types), *size)


def test_what_is_not_known_is_not_guessed() -> None:
    assert instances.sizes_of(["m5.large", "z99.large"]) is None


def test_what_aws_chooses_by_itself_is_known() -> None:
    """A queue whose environments say `default_arm64` is checked like any other."""
    sizes = instances.sizes_of(["default_arm64"])
    assert sizes is not None
    assert max(size.memory for size in sizes) == 512 * 1024
    assert not any(size.gpus for size in sizes)


def test_a_part_of_a_gpu_takes_a_gpu_job() -> None:
    assert instances.sizes_of(["g6f.large"]) == [instances.Size(2, 8192, 1)]
