"""AWS's price list and Spot history, as they are documented, made into an environment's table."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber
from click.testing import CliRunner
from cost_support import Batch, Clients

from awa_batch.batch.failures import CallError
from awa_batch.cli.main import cli
from awa_batch.cost import Money, prices_of
from awa_batch.cost.prices import read_prices
from awa_batch.cost.update import fetch
from awa_batch.errors import AwsError, UsageError


def product(usage: str, *usd: str, **attributes: str) -> str:
    """Return an entry of GetProducts' PriceList: a JSON text (Price List Query API, "Reading a price list file")."""
    dimensions = {f"S.J.{number}": {"unit": "Hrs", "pricePerUnit": {"USD": price}} for number, price in enumerate(usd)}
    return json.dumps(
        {
            "product": {"sku": "S", "attributes": {"usagetype": usage, **attributes}},
            "terms": {"OnDemand": {"S.J": {"priceDimensions": dimensions}}, "Reserved": {"S.R": {}}},
        }
    )


FARGATE = [
    product("APN1-Fargate-vCPU-Hours:perCPU", "0.05"),
    product("APN1-Fargate-GB-Hours", "0.005"),
    product("APN1-Fargate-ARM-vCPU-Hours:perCPU", "0.04"),
    product("APN1-Fargate-ARM-GB-Hours", "0.004"),
    product("APN1-Fargate-Windows-vCPU-Hours:perCPU", "9"),
    product("APN1-Fargate-Windows-GB-Hours", "9"),
    product("APN1-SpotUsage-Fargate-vCPU-Hours:perCPU", "0.015"),
    product("APN1-SpotUsage-Fargate-GB-Hours", "0.0015"),
    product("APN1-SpotUsage-Fargate-ARM-GB-Hours", "0.001"),  # one of two: nothing can be made of it
    product("APN1-Fargate-EphemeralStorage-GB-Hours", "0.0001"),
    product("APN1-ECS-EC2-GB-Hours", "9"),
]


class Pricing:
    """AWS's price list, in pages of two."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []

    def get_paginator(self, name: str) -> Any:
        assert name == "get_products"
        return SimpleNamespace(paginate=self._pages)

    def _pages(self, ServiceCode: str, Filters: list[dict[str, str]]) -> Any:  # noqa: N803
        assert {one["Type"] for one in Filters} == {"TERM_MATCH"}
        wanted = {one["Field"]: one["Value"] for one in Filters}
        assert wanted["regionCode"] == "ap-northeast-1"
        self.asked.append((ServiceCode, wanted))
        found = self._found(ServiceCode, wanted)
        return [{"PriceList": found[at : at + 2]} for at in range(0, max(1, len(found)), 2)]

    def _found(self, service: str, wanted: dict[str, str]) -> list[str]:
        if service == "AmazonECS":
            return FARGATE
        if service == "AmazonVPC":
            return [product("APN1-VpcEndpoint-Hours", "0.014"), product("APN1-PublicIPv4:InUseAddress", "0.005"),
                    product("APN1-VpcEndpoint-GWLBE-Hours", "9")]  # fmt: skip
        if wanted.get("productFamily") == "NAT Gateway":
            return [product("APN1-NatGateway-Bytes", "0.06"), product("APN1-NatGateway-Hours", "0.062")]
        assert wanted["operatingSystem"] == "Linux"
        kind = wanted["instanceType"]
        if kind == "m6a.large":
            return []
        if kind == "m6i.xlarge":
            return [product(f"APN1-BoxUsage:{kind}", "0.1", "0.2")]  # by amounts: no one price
        return [product(f"APN1-BoxUsage:{kind}", "0.124"), product(f"APN1-DedicatedUsage:{kind}", "0.2"),
                product(f"APN1-UnusedBox:{kind}", "0")]  # fmt: skip


class Ec2:
    """The history of Spot prices: several of a zone, of which the last counts."""

    def get_paginator(self, name: str) -> Any:
        assert name == "describe_spot_price_history"
        return SimpleNamespace(paginate=self._pages)

    def _pages(self, InstanceTypes: list[str], ProductDescriptions: list[str], StartTime: datetime) -> Any:  # noqa: N803
        assert ProductDescriptions == ["Linux/UNIX"]
        assert all(name.startswith("m6i.") for name in InstanceTypes)  # those of the Spot pool alone

        def one(zone: str, price: str, hours: int) -> dict[str, Any]:
            at, place = StartTime - timedelta(hours=hours), f"ap-northeast-1{zone}"
            return {"InstanceType": "m6i.large", "AvailabilityZone": place, "SpotPrice": price, "Timestamp": at}

        local = one("-tpe-1a", "0.001", 1)  # a Local Zone's, where no pool is
        return [{"SpotPriceHistory": [one("a", "0.09", 5), one("a", "0.041", 1)]},
                {"SpotPriceHistory": [one("b", "0.05", 2), one("a", "0.08", 3), local]}]  # fmt: skip


def clients() -> tuple[Any, Pricing]:
    pricing = Pricing()
    return Clients(Batch(), pricing=pricing, ec2=Ec2()), pricing


def test_aws_prices_become_a_table() -> None:
    made, pricing = clients()
    entry = fetch(made, lambda _: None)
    assert entry["date"] == datetime.now(UTC).strftime("%Y-%m-%d")
    found = read_prices({"currency": "USD", "regions": {"ap-northeast-1": entry}})["ap-northeast-1"]
    assert {name: (rate.vcpu, rate.gb) for name, rate in found.fargate.items()} == {
        "X86_64": (0.05, 0.005),
        "ARM64": (0.04, 0.004),
    }
    assert {name: (rate.vcpu, rate.gb) for name, rate in found.fargate_spot.items()} == {"X86_64": (0.015, 0.0015)}
    assert found.ephemeral_gb == 0.0001
    assert found.hourly == {"nat_gateway": 0.062, "interface_endpoint": 0.014, "public_ipv4": 0.005}
    assert found.instance("m6i.large", on_spot=True) == Money(0.041, 0.05)
    assert found.instance("m7i.large", on_spot=False) == Money(0.124, 0.124)
    assert found.instance("m6a.large", on_spot=False) is None
    assert found.instance("m6i.xlarge", on_spot=False) is None
    asked = [filters["instanceType"] for _, filters in pricing.asked if "instanceType" in filters]
    assert len(asked) == len(set(asked)) > 20
    assert {name.partition(".")[0] for name in asked} == {"m7i", "m6i", "m6a"}


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1"])
def test_a_region_without_a_list_is_refused_before_anything_is_asked(region: str) -> None:
    made, pricing = clients()
    object.__setattr__(made.contract, "region", region)
    with pytest.raises(UsageError, match=f"does not have {region}"):
        fetch(made, lambda _: None)
    assert pricing.asked == []


@pytest.mark.parametrize(
    ("service", "lacking"), [("AmazonECS", "fargate"), ("AmazonVPC", "hourly"), ("AmazonEC2", "ec2")]
)
def test_an_answer_without_what_every_region_has_hides_nothing(
    account: Path, made: Any, service: str, lacking: str
) -> None:
    pricing, found = made.make("pricing"), Pricing._found
    pricing._found = lambda name, wanted: [] if name in (service, "AmazonVPC" * (lacking == "hourly")) or (
        lacking == "hourly" and "productFamily" in wanted) else found(pricing, name, wanted)  # fmt: skip
    done = CliRunner().invoke(cli, ["prices", "update", "-E", "dev"])
    assert isinstance(done.exception, AwsError)
    assert f"no price of {lacking}" in str(done.exception)
    assert not account.exists()


@pytest.fixture
def made() -> Any:
    found, _ = clients()
    object.__setattr__(found.contract, "environment", "dev")
    return found


@pytest.fixture
def account(made: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment in an account, whose prices AWS tells; returns the file."""
    folder = tmp_path / "terraform" / "environments" / "dev"
    folder.mkdir(parents=True)
    monkeypatch.setattr("awa_batch.cost.prices.project_root", lambda: tmp_path)
    monkeypatch.setattr("awa_batch.cli.commands.prices.open_environment", lambda *_: made)
    return folder / "prices.json"


def test_the_file_gets_the_region_and_keeps_the_others(account: Path) -> None:
    account.write_text(json.dumps({"currency": "USD", "regions": {"eu-west-1": {"ec2": {"m6i": 0.05}}}}))
    done = CliRunner().invoke(cli, ["prices", "update", "-E", "dev"])
    assert (done.exit_code, done.stdout) == (0, f"{account}\n")
    assert prices_of("dev", "ap-northeast-1").hourly["nat_gateway"] == 0.062
    assert prices_of("dev", "eu-west-1").ec2 == {"m6i": 0.05}
    shown = json.loads(CliRunner().invoke(cli, ["prices", "show", "-E", "dev", "-o", "json"]).stdout)
    assert shown["spot"] == {"m6i.large": [0.041, 0.05]}
    table = CliRunner().invoke(cli, ["prices", "show", "-E", "dev"]).stdout
    assert "EC2 Spot m6i.large" in table
    assert "0.041-0.05" in table


def test_on_this_machine_nothing_has_a_price(monkeypatch: pytest.MonkeyPatch) -> None:
    made, pricing = clients()
    monkeypatch.setattr("awa_batch.cli.commands.prices.open_environment", lambda *_: made)
    done = CliRunner().invoke(cli, ["prices", "update"])
    assert isinstance(done.exception, UsageError)
    assert pricing.asked == []


@pytest.mark.parametrize("text", ["{", '{"version": 2, "currency": "USD", "regions": {}}'])
def test_a_file_that_is_not_understood_is_not_written_over(account: Path, text: str) -> None:
    account.write_text(text)
    done = CliRunner().invoke(cli, ["prices", "update", "-E", "dev"])
    assert isinstance(done.exception, UsageError)
    assert "environments/dev/prices.json holds no prices" in str(done.exception)
    assert account.read_text() == text


# ------------------------------------------------- AWS's own model of the calls
def stubbed(service: str) -> Any:
    """Return a real client of a service that sends nothing, and what holds its calls and answers to AWS's model."""
    client = boto3.client(service, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    return client, Stubber(client)


def test_the_calls_and_their_answers_are_those_of_awss_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("awa_batch.cost.update._types", lambda _: (["m6i.large"], ["m6i.large"]))
    pricing, prices = stubbed("pricing")
    ec2, spots = stubbed("ec2")

    def filters(**wanted: str) -> list[dict[str, str]]:
        return [{"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in wanted.items()]

    here = {"regionCode": "ap-northeast-1"}
    linux = {
        "instanceType": "m6i.large", "operatingSystem": "Linux", "preInstalledSw": "NA", "tenancy": "Shared",
        "capacitystatus": "Used", "licenseModel": "No License required",
    }  # fmt: skip
    asked: list[tuple[str, dict[str, str], list[str]]] = [
        ("AmazonECS", here, FARGATE[:2]),
        ("AmazonECS", here, FARGATE[2:]),
        ("AmazonEC2", here | linux, [product("APN1-BoxUsage:m6i.large", "0.124")]),
        ("AmazonEC2", here | {"productFamily": "NAT Gateway"}, [product("APN1-NatGateway-Hours", "0.062")]),
        ("AmazonVPC", here, [product("APN1-VpcEndpoint-Hours", "0.014")]),
    ]
    for number, (service, wanted, found) in enumerate(asked):
        more = {"NextToken": "t"} if number == 0 else {}
        given = {"ServiceCode": service, "Filters": filters(**wanted)} | ({"NextToken": "t"} if number == 1 else {})
        prices.add_response("get_products", {"FormatVersion": "aws_v1", "PriceList": found, **more}, given)
    now = datetime.now(UTC)
    told = {"AvailabilityZone": "ap-northeast-1a", "InstanceType": "m6i.large", "SpotPrice": "0.04", "Timestamp": now}
    given_spot = {"InstanceTypes": ["m6i.large"], "ProductDescriptions": ["Linux/UNIX"], "StartTime": ANY}
    spots.add_response("describe_spot_price_history", {"SpotPriceHistory": [told], "NextToken": "n"}, given_spot)
    later = {**told, "AvailabilityZone": "ap-northeast-1c", "SpotPrice": "0.06"}
    spots.add_response(
        "describe_spot_price_history", {"SpotPriceHistory": [later], "NextToken": ""}, given_spot | {"NextToken": "n"}
    )
    with prices, spots:
        entry = fetch(Clients(Batch(), pricing=pricing, ec2=ec2), lambda _: None)
    prices.assert_no_pending_responses()
    spots.assert_no_pending_responses()
    assert entry["ec2"] == {"m6i.large": 0.124}
    assert entry["spot"] == {"m6i.large": [0.04, 0.06]}
    assert sorted(entry["fargate"]) == ["ARM64", "X86_64"]


@pytest.mark.parametrize("denied", ["pricing:GetProducts", "ec2:DescribeSpotPriceHistory"])
def test_a_right_that_is_missing_is_named_and_nothing_is_written(account: Path, made: Any, denied: str) -> None:
    service = denied.partition(":")[0]
    client, answers = stubbed(service)
    call, code = ("get_products", "AccessDeniedException") if service == "pricing" else (
        "describe_spot_price_history", "UnauthorizedOperation")  # fmt: skip
    said = f"User: arn:aws:iam::123456789012:user/a is not authorized to perform: {denied}"
    answers.add_client_error(call, code, said, http_status_code=403)
    other = made.make("ec2" if service == "pricing" else "pricing")
    refused = Clients(Batch(), **{service: client, ("ec2" if service == "pricing" else "pricing"): other})
    object.__setattr__(refused.contract, "environment", "dev")
    with answers, pytest.MonkeyPatch.context() as patch:
        patch.setattr("awa_batch.cli.commands.prices.open_environment", lambda *_: refused)
        done = CliRunner().invoke(cli, ["prices", "update", "-E", "dev"])
    assert isinstance(done.exception, CallError)
    assert done.exception.exit_code == 3
    assert denied in done.exception.what
    assert "docs/operations.md" in done.exception.fix
    assert not account.exists()
