"""Ask AWS for the prices of an environment's region: its price list, and what Spot instances cost now."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from awa_batch.batch.failures import CallError, calling
from awa_batch.batch.instances import types_of
from awa_batch.batch.parts import in_parts
from awa_batch.batch.queues import all_environments
from awa_batch.errors import AwsError, UsageError

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients

LIST_REGION = "us-east-1"
"""Where the price list is asked: it stands in few regions and has the prices of all (Price List API reference,
"Endpoints": us-east-1, eu-central-1, ap-south-1)."""
OTHER_PARTITIONS = ("cn-", "us-gov-", "us-iso", "eu-iso", "eusc-")
"""How regions begin whose accounts are not those of the public regions (botocore's endpoints.json, partitions)."""
SOURCE = "AWS Price List API; Spot: EC2 DescribeSpotPriceHistory, lowest and highest zone"

_FARGATE = re.compile(r"(?:[A-Z]+\d*-)?(Fargate|SpotUsage-Fargate)-(ARM-)?(vCPU-Hours:perCPU|GB-Hours)")
"""Usage types, whole: Windows' have a word more."""
_EPHEMERAL = re.compile(r"(?:[A-Z]+\d*-)?Fargate-EphemeralStorage-GB-Hours")
_HOURLY = {
    "nat_gateway": re.compile(r"(?:[A-Z]+\d*-)?NatGateway-Hours"),
    "interface_endpoint": re.compile(r"(?:[A-Z]+\d*-)?VpcEndpoint-Hours"),
    "public_ipv4": re.compile(r"(?:[A-Z]+\d*-)?PublicIPv4:InUseAddress"),
}


RIGHTS = ("pricing:GetProducts", "ec2:DescribeSpotPriceHistory", "batch:DescribeComputeEnvironments")
"""What it takes, all of them on ``*``; no role of the iam module has the first two."""


def fetch(clients: Clients, say: Callable[[str], object]) -> dict[str, Any]:
    """Return the region's entry of a table, as `prices.read_prices` takes it.

    Of the instances that the environment's pools may take, Fargate, and what costs by the hour while nothing runs. One
    call for each instance type and few more. Raises CallError (where a right is missing, with those that it takes),
    UsageError where AWS has no price list for the region, AwsError where the answer lacks what every region has: an
    empty entry would hide the prices that are known.
    """
    try:
        return _fetch(clients, say)
    except CallError as error:
        if not error.is_denied:
            raise
        raise CallError(
            *error.problem,
            fix=f"Nothing was written. It takes {', '.join(RIGHTS)} on *: docs/operations.md, Cost.",
            failure=error.failure,
            said=error.said,
            code=error.code,
            status=error.status,
        ) from error


def _fetch(clients: Clients, say: Callable[[str], object]) -> dict[str, Any]:
    region = clients.contract.region
    if region.startswith(OTHER_PARTITIONS):
        raise UsageError(
            f"AWS's price list in {LIST_REGION} does not have {region}, or knows no credentials from there.",
            fix="What jobs cost there stays unknown, unless you write prices.json by hand (docs/cli.md, cost).",
        )
    pricing, ec2 = clients.make("pricing", region=LIST_REGION), clients.make("ec2")
    now = datetime.now(UTC)
    entry: dict[str, Any] = {"date": now.strftime("%Y-%m-%d"), "source": SOURCE}
    entry |= _fargate(_products(pricing, "AmazonECS", regionCode=region))
    types, on_spot = _types(clients)
    entry["ec2"] = _on_demand(pricing, region, types, say)
    entry["spot"] = _spot(ec2, region, on_spot, now)
    network = [*_products(pricing, "AmazonEC2", regionCode=region, productFamily="NAT Gateway"),
               *_products(pricing, "AmazonVPC", regionCode=region)]  # fmt: skip
    entry["hourly"] = {
        name: price
        for name, pattern in _HOURLY.items()
        if (price := next((cost for usage, cost in network if pattern.fullmatch(usage)), None))
    }
    lacking = [name for name in ("fargate", "hourly") if not entry[name]] + ["ec2"] * bool(types and not entry["ec2"])
    if lacking:
        raise AwsError(
            f"AWS's price list told no price of {', '.join(lacking)} in {region}.",
            fix="Nothing was written. Try again later; what was known before holds.",
        )
    return entry


def _types(clients: Clients) -> tuple[list[str], list[str]]:
    """Return the instance types of the environment's pools, and those of its Spot pools."""
    prefix = clients.contract.prefix
    all_types: dict[str, bool] = {}
    for one in all_environments(clients.batch):
        resources: Mapping[str, Any] = one.get("computeResources") or {}
        if not one["computeEnvironmentName"].startswith(f"{prefix}-") or str(resources.get("type", "")).startswith(
            "FARGATE"
        ):
            continue
        for name in types_of(resources.get("instanceTypes") or ()):
            all_types[name] = all_types.get(name, False) or resources.get("type") == "SPOT"
    return sorted(all_types), sorted(name for name, spot in all_types.items() if spot)


def _products(pricing: Any, service: str, **filters: str) -> Iterator[tuple[str, float]]:
    """Yield (usage type, US dollars) of a service's products. Raises CallError."""
    wanted = [{"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in filters.items()]
    with calling(f"reading AWS's price list of {service}"):
        for page in pricing.get_paginator("get_products").paginate(ServiceCode=service, Filters=wanted):
            for text in page["PriceList"]:
                product = json.loads(text) if isinstance(text, str) else text
                if (price := _price(product)) is not None:
                    yield str(product["product"]["attributes"].get("usagetype", "")), price


def _price(product: Mapping[str, Any]) -> float | None:
    """Return a product's On-Demand price in US dollars; None where it has none, or several for amounts."""
    dimensions = [
        dimension
        for term in (product.get("terms") or {}).get("OnDemand", {}).values()
        for dimension in term["priceDimensions"].values()
    ]
    prices = {float(one["pricePerUnit"].get("USD", "nan")) for one in dimensions}
    price = prices.pop() if len(prices) == 1 else 0.0
    return price if price > 0 else None


def _fargate(products: Iterable[tuple[str, float]]) -> dict[str, Any]:
    found: dict[str, dict[str, dict[str, float]]] = {"fargate": {}, "fargate_spot": {}}
    more: dict[str, Any] = {}
    for usage, price in products:
        if match := _FARGATE.fullmatch(usage):
            kind = "fargate" if match[1] == "Fargate" else "fargate_spot"
            rates = found[kind].setdefault("ARM64" if match[2] else "X86_64", {})
            rates["vcpu" if match[3].startswith("vCPU") else "gb"] = price
        elif _EPHEMERAL.fullmatch(usage):
            more["ephemeral_gb"] = price
    return {
        kind: {name: pair for name, pair in sorted(rates.items()) if len(pair) == 2} for kind, rates in found.items()
    } | more


def _on_demand(pricing: Any, region: str, types: list[str], say: Callable[[str], object]) -> dict[str, float]:
    found = {}
    for number, name in enumerate(types, start=1):
        say(f"{number} of {len(types)} instance types")
        prices = {
            price
            for usage, price in _products(
                pricing, "AmazonEC2", regionCode=region, instanceType=name, operatingSystem="Linux",
                preInstalledSw="NA", tenancy="Shared", capacitystatus="Used", licenseModel="No License required",
            )
            if "BoxUsage" in usage
        }  # fmt: skip
        if len(prices) == 1:
            found[name] = prices.pop()
    return found


def _spot(ec2: Any, region: str, types: list[str], now: datetime) -> dict[str, list[float]]:
    """Return type → lowest and highest price of the region's zones now. One call for each 100 types and page.

    What begins at ``now`` has the last change before it too, which is the price now (API reference,
    DescribeSpotPriceHistory). Local Zones, which are told as well, have prices of their own and none of our subnets.
    """
    own = re.compile(rf"{re.escape(region)}[a-z]")
    zones: dict[str, dict[str, tuple[Any, float]]] = {}
    with calling("reading what Spot instances cost"):
        for some in in_parts(types):
            pages = ec2.get_paginator("describe_spot_price_history").paginate(
                InstanceTypes=some, ProductDescriptions=["Linux/UNIX"], StartTime=now
            )
            for page in pages:
                for one in page["SpotPriceHistory"]:
                    if not own.fullmatch(one["AvailabilityZone"]):
                        continue
                    told = zones.setdefault(one["InstanceType"], {})
                    new = (one["Timestamp"], float(one["SpotPrice"]))
                    told[one["AvailabilityZone"]] = max(told.get(one["AvailabilityZone"], new), new)
    return {
        name: [min(price for _, price in told.values()), max(price for _, price in told.values())]
        for name, told in sorted(zones.items())
    }
