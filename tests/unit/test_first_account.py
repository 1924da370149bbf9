"""The sums and the quotas of docs/first-account.md: what an environment's files say, times the prices beside them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "first-account.md").read_text(encoding="utf-8")
MODULES = ROOT / "terraform" / "modules"


def rows(heading: str) -> dict[str, list[str]]:
    """Return the first table below a heading, by its first column."""
    part = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    table = re.search(r"(?m)(^\|.*\n)+", part)
    assert table
    cells = [[cell.strip(" *") for cell in line.split("|")[1:-1]] for line in table[0].splitlines()]
    return {row[0]: row[1:] for row in cells[2:]}


def counted(environment: str) -> list[int]:
    """Return NAT gateways, their addresses, and endpoints times zones, as an environment's main.tf has them."""
    text = (ROOT / "terraform" / "environments" / environment / "main.tf").read_text(encoding="utf-8")
    network = (MODULES / "network" / "locals.tf").read_text(encoding="utf-8")
    lists = re.search(r"required_endpoints = toset\(concat\((.*?)\)\)", network, re.DOTALL)
    assert lists
    endpoints = len(re.findall(r'"[a-z.-]+"', lists[1].replace('"EC2"', "")))
    zones = re.search(r"availability_zone_count += (\d+)", text)
    nat = re.search(r'(?m)^ +nat += "(\w+)"', text)
    assert nat
    gateways = {"none": 0, "single": 1}[nat[1]]
    return [gateways, gateways, 0 if gateways else endpoints * int(zones[1] if zones else 2)]


@pytest.mark.parametrize(("environment", "column"), [("dev", 1), ("prod", 2)])
def test_the_cost_by_the_hour_is_what_the_environment_makes(environment: str, column: int) -> None:
    table = rows("What it costs while nothing runs")
    kinds = ("NAT gateway", "its public IPv4 address", "interface endpoint, in one zone")
    assert [int(table[kind][column]) for kind in kinds] == counted(environment)
    hour = sum(float(table[kind][0]) * int(table[kind][column]) for kind in kinds)
    assert float(table["together an hour"][column]) == pytest.approx(hour)
    assert float(table["together in a month of 730 hours"][column]) == pytest.approx(hour * 730, abs=0.005)


def test_the_sample_job_costs_what_its_size_does() -> None:
    vcpu, gb = (float(found) for found in re.findall(r"0\.05056|0\.00553", PAGE))
    assert f"(0.5 vCPU, 1 GB) {0.5 * vcpu + gb:.3f} an hour" in PAGE


def test_the_quotas_are_those_that_a_plan_knows() -> None:
    codes = {row[0] for row in rows("Quotas to raise").values()}
    assert all(re.fullmatch(r"L-[0-9A-F]{8}", code) for code in codes)
    known = set(re.findall(r"L-[0-9A-F]{8}", (MODULES / "platform" / "variables.tf").read_text(encoding="utf-8")))
    assert len(known) == 6
    assert known - codes == set()
    assert re.findall(r"L-0263D0A3", (MODULES / "network" / "nat.tf").read_text(encoding="utf-8"))


def test_the_endpoints_of_the_security_page_are_those_that_are_made() -> None:
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    part = page.partition("\n## Endpoints and PrivateLink\n")[2].partition("\n## ")[0]
    made = {
        name
        for row in part.splitlines()
        if row.startswith("| `") and "with `nat" in row
        for name in re.findall(r"`([a-z.-]+)`", row.split("|")[1])
    }
    network = (MODULES / "network" / "locals.tf").read_text(encoding="utf-8")
    lists = re.search(r"required_endpoints = toset\(concat\((.*?)\)\)", network, re.DOTALL)
    assert lists
    assert made == set(re.findall(r'"([a-z.-]+)"', lists[1]))


def test_what_could_not_be_followed_here_is_marked() -> None:
    assert PAGE.lower().count("account only") > 3
