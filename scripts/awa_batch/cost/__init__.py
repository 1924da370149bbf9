"""What jobs cost: a table of prices, where jobs ran and for how long, added up."""

from awa_batch.cost.estimate import Estimate, estimate
from awa_batch.cost.groups import Group, add_up, key_of
from awa_batch.cost.jobs import JobCost, cost_of_jobs, costs_of
from awa_batch.cost.machines import Machine, Machines
from awa_batch.cost.money import NOTHING, Money
from awa_batch.cost.prices import RegionPrices, prices_of
from awa_batch.cost.rates import Asked, Rates, Unknown, charged, hourly
from awa_batch.cost.running import Running
from awa_batch.cost.saving import would_have

__all__ = [
    "NOTHING",
    "Asked",
    "Estimate",
    "Group",
    "JobCost",
    "Machine",
    "Machines",
    "Money",
    "Rates",
    "RegionPrices",
    "Running",
    "Unknown",
    "add_up",
    "charged",
    "cost_of_jobs",
    "costs_of",
    "estimate",
    "hourly",
    "key_of",
    "prices_of",
    "would_have",
]
