"""What a roll asks of Terraform and of AWS, for one environment."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from awa_batch.batch.clusters import tasks_on
from awa_batch.batch.jobs import describe_jobs, submit_job
from awa_batch.batch.probe_queue import make_probe_queue, remove_probe_queue
from awa_batch.batch.queues import compute_environment_names, describe_queues, named_environments
from awa_batch.errors import AwaBatchError, NotAppliedError, ToolError, UsageError
from awa_batch.terraform.compute_changes import ComputeChange, compute_changes
from awa_batch.terraform.generations import PLATFORMS, Pool, Pools, read_generations, write_generations
from awa_batch.terraform.root import LOCK_TIMEOUT
from awa_batch.text import Command, Field, Step

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients
    from awa_batch.contract import JobDefinition
    from awa_batch.terraform.root import Root

PoolKey = tuple[str, str]
"""Platform (ec2, fargate) and pool."""

OURS = frozenset({"aws_batch_compute_environment", "aws_batch_job_queue", "aws_launch_template", "terraform_data"})
"""Kinds of resources that a roll changes."""
FOLLOWING = frozenset({"aws_s3_object", "aws_cloudwatch_dashboard", "aws_cloudwatch_metric_alarm"})
"""Kinds that may be updated with it: they tell the queues' ceilings."""
GOING = frozenset({"aws_batch_compute_environment", "terraform_data"})
"""Kinds that a roll deletes."""


class ProbeError(AwaBatchError):
    """The job that was sent to a new environment did not succeed there."""


@dataclass(frozen=True)
class Applied:
    """An environment as it was applied last: names, and how ECS calls its cluster."""

    pool: PoolKey
    generation: str
    state: str
    name: str
    arn: str
    cluster: str


@dataclass(frozen=True)
class Planned:
    """A saved plan: what it does to environments and queues, and what else it would change.

    ``kept`` is environment → what it is made of today (`kept_by`), of those that exist.
    """

    any: bool
    changes: tuple[ComputeChange, ...]
    others: tuple[str, ...]
    kept: dict[str, dict[str, Any]]


class Site(Protocol):
    """One environment, as a roll sees it."""

    def applied(self) -> dict[str, Applied]:
        """Return the environments that were applied last, by their key (``ec2/on_demand/a``)."""

    def generations(self) -> dict[PoolKey, Pool]:
        """Return what was applied last of each pool's generations."""

    def file(self) -> Pools:
        """Return what the file says."""

    def restore(self, pools: Pools) -> None:
        """Have the file say what it said."""

    def write(self, pools: dict[PoolKey, Pool]) -> None:
        """Write the file: these pools as given, the others as they stand there."""

    def plan(self) -> Planned:
        """Plan and save the plan."""

    def apply(self) -> None:
        """Apply the saved plan."""

    def tasks(self, clusters: Iterable[str]) -> dict[str, int]:
        """Return cluster → tasks of jobs on it."""

    def orders(self) -> dict[str, list[str]]:
        """Return queue → its environments (ARNs) in their order."""

    def probe(self, there: Applied) -> None:
        """Run a job on an environment that is on no queue. Raises ProbeError where it does not succeed."""

    def forget_probe(self, pool: PoolKey, generation: str) -> None:
        """Remove what a probe has left, where it was killed."""


def key_of(pool: PoolKey, generation: str) -> str:
    """Return what plans and outputs call a generation: the first one on Fargate by its pool alone."""
    platform, name = pool
    return f"{platform}/{name}" if (platform, generation) == ("fargate", "a") else f"{platform}/{name}/{generation}"


def kept_by(plan: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return, by key, what each EC2 environment of a plan is made of today, as a generation says it of itself."""
    changes = plan.get("resource_changes") or ()
    contents = {
        str(one.get("index")): (one["change"].get("before") or {}).get("input")
        for one in changes
        if one.get("type") == "terraform_data" and one.get("name") == "replacement"
    }
    found = {}
    for one in changes:
        before = one["change"].get("before") or {}
        resources = (before.get("compute_resources") or [{}])[0]
        if one.get("type") != "aws_batch_compute_environment" or "FARGATE" in str(resources.get("type", "FARGATE")):
            continue
        said: dict[str, Any] = {"instance_types": sorted(resources.get("instance_type") or ())}
        if image := ((resources.get("ec2_configuration") or [{}])[0]).get("image_id_override"):
            said["image_id"] = image
        template = (resources.get("launch_template") or [{}])[0]
        if template.get("launch_template_id") and str(template.get("version", "")).isdecimal():
            said["launch_template"] = {
                "id": template["launch_template_id"],
                "version": int(template["version"]),
                "content": contents.get(str(one.get("index"))) or "in place",
            }
        found[f"ec2/{one.get('index')}"] = said
    return found


def others_of(plan: dict[str, Any]) -> tuple[str, ...]:
    """Return the addresses of what a plan changes beside what a roll does."""
    found = []
    for one in plan.get("resource_changes") or ():
        actions = set(one["change"]["actions"]) - {"no-op", "read"}
        kind = one.get("type")
        ours = kind in OURS and ("delete" not in actions or kind in GOING)
        if actions and not ours and not (kind in FOLLOWING and actions == {"update"}):
            found.append(str(one["address"]))
    return tuple(found)


@dataclass(frozen=True)
class TerraformSite:
    """An environment that is applied: its root, initialised, and its clients.

    ``noted`` is told after each apply. The probe's job is ``definition`` (None: no probe), given up after ``patience``
    seconds.
    """

    root: Root
    clients: Clients
    noted: Callable[[], None]
    definition: Callable[[str], JobDefinition | None]
    patience: float

    def applied(self) -> dict[str, Applied]:
        """Return the environments of Terraform's outputs. Raises NotAppliedError where an older version applied it."""
        return self._applied(self.root.outputs())

    def _applied(self, outputs: dict[str, Any]) -> dict[str, Applied]:
        try:
            return {
                key: Applied(
                    pool=(key.partition("/")[0], one["pool"]),
                    generation=one["generation"],
                    state=one["state"],
                    name=one["name"],
                    arn=one["arn"],
                    cluster=one["ecs_cluster_arn"],
                )
                for key, one in outputs["compute_environments"].items()
            }
        except KeyError:
            raise NotAppliedError(
                f"Environment {self.root.environment!r} was applied by a version without generations.",
                fix=("Run ", Step("plan", "apply", environment=self.root.environment), " once."),
            ) from None

    def generations(self) -> dict[PoolKey, Pool]:
        """Return what was applied last: what the file said then, and of pools that it did not name, main.tf."""
        found: dict[PoolKey, Pool] = {}
        outputs = self.root.outputs()
        for one in self._applied(outputs).values():
            found.setdefault(one.pool, {})[one.generation] = {"state": one.state}
        written: Pools = outputs.get("generations") or {}
        for platform in PLATFORMS:
            for pool, said in (written.get(platform) or {}).items():
                found[platform, pool] = {name: _said(one) for name, one in said.items()}
        return found

    def file(self) -> Pools:
        """Read the file."""
        return read_generations(self.root.path)

    def restore(self, pools: Pools) -> None:
        """Write the file as it was."""
        write_generations(self.root.path, pools)

    def write(self, pools: dict[PoolKey, Pool]) -> None:
        """Write the file."""
        value = read_generations(self.root.path)
        for (platform, pool), said in pools.items():
            value[platform][pool] = {name: dict(one) for name, one in said.items()}
        write_generations(self.root.path, value)

    def plan(self) -> Planned:
        """Plan, without a word but where it fails."""
        changes = self.root.plan(lambda _line: None, save=True, lock_timeout=LOCK_TIMEOUT)
        shown = self.root.saved_plan() if changes else {}
        return Planned(changes, tuple(compute_changes(shown)), others_of(shown), kept_by(shown))

    def apply(self) -> None:
        """Apply the saved plan, without a word but where it fails."""
        self.root.apply(lambda _line: None, plan_file=True, lock_timeout=LOCK_TIMEOUT)
        self.noted()

    def tasks(self, clusters: Iterable[str]) -> dict[str, int]:
        """Ask ECS."""
        return tasks_on(self.clients.make("ecs"), clusters)

    def orders(self) -> dict[str, list[str]]:
        """Ask AWS Batch for the queues of the contract."""
        queues = describe_queues(self.clients.batch, [one.arn for one in self.clients.contract.queues.values()])
        return {one["jobQueueName"]: compute_environment_names(one) for one in queues.values()}

    def probe(self, there: Applied) -> None:
        """Send a job there, alone, and wait for its end."""
        definition = self.definition(there.pool[0])
        self._see_valid(there)
        if definition is None:
            return
        contract = self.clients.contract
        tags = {"Project": contract.project, "Environment": contract.environment}
        name = self._queue(there.pool, there.generation)
        try:
            queue = make_probe_queue(self.clients.batch, name, there.arn, tags, self._tick)
            job_id = submit_job(
                self.clients.batch_submit,
                {
                    "jobName": f"{name}-{secrets.token_hex(3)}",
                    "jobQueue": queue,
                    "jobDefinition": definition.arn,
                    "containerOverrides": {"command": ["true"]},
                    "retryStrategy": {"attempts": 1},
                },
            )
            self._see_end(job_id, there)
        finally:
            remove_probe_queue(self.clients.batch, name, self._tick)

    def forget_probe(self, pool: PoolKey, generation: str) -> None:
        """Remove the probe's queue."""
        remove_probe_queue(self.clients.batch, self._queue(pool, generation), self._tick)

    # ---------------------------------------------------------------- the probe
    @property
    def _tick(self) -> float:
        return self.clients.contract.target.watch_intervals.first_tick

    def _queue(self, pool: PoolKey, generation: str) -> str:
        """Return the queue's name: below the prefix that policies name (terraform/modules/deployer)."""
        return f"{self.clients.contract.prefix}-probe-{pool[0]}-{pool[1].replace('_', '-')}-{generation}"

    def _see_valid(self, there: Applied) -> None:
        """Wait until the environment is VALID. Raises ProbeError where it is INVALID."""
        ends = time.monotonic() + self.patience
        while True:
            one = named_environments(self.clients.batch, [there.name]).get(there.name)
            status = one.get("status", "") if one else "not there"
            if one and status == "VALID" and one.get("state") == "ENABLED":
                return
            if one is None or status == "INVALID" or time.monotonic() > ends:
                raise ProbeError(
                    f"{there.name} is {status}: {one.get('statusReason', '') if one else ''}".rstrip(" :"),
                    fix="Correct what it names in the environment's values, and roll again.",
                )
            time.sleep(self._tick)

    def _see_end(self, job_id: str, there: Applied) -> None:
        """Wait for the job's end. Raises ProbeError where it does not succeed in time, or elsewhere."""
        ends = time.monotonic() + self.patience
        state = "not there"
        while time.monotonic() < ends:
            found = describe_jobs(self.clients.batch, [job_id]).get(job_id)
            state = found["status"] if found else state
            if found and state == "SUCCEEDED":
                return
            if found and state == "FAILED":
                container = found.get("container") or {}
                why = container.get("reason") or found.get("statusReason") or "no reason given"
                raise ProbeError(
                    f"The job that was tried on {there.name} failed: {why}",
                    fix=("See why: ", Command("why", job_id), "."),
                )
            time.sleep(self._tick)
        raise ProbeError(
            f"The job that was tried on {there.name} is still {state} after {self.patience:g} s.",
            fix=(
                "It may lack capacity, or a way to its image. See ",
                Command("why", job_id),
                "; give it longer with ",
                Field("probe_timeout"),
                ".",
            ),
        )


def _said(one: dict[str, Any]) -> dict[str, Any]:
    """Return what an output says of a generation, without what says nothing."""
    return {name: value for name, value in one.items() if value not in (None, [], {})}


def probe_definition(clients: Clients, platform: str, named: str | None) -> JobDefinition:
    """Return the definition of the probe's job on a platform: the one named, the sample, else the smallest.

    Only those with one container, as the probe's command is another. Raises UsageError where there is none.
    """
    known = clients.contract.job_definitions
    fitting = {
        name: one
        for name, one in known.items()
        if one.platform == platform.upper() and one.container is None and one.slot == "blue"
    }
    if named is not None:
        if named in fitting:
            return fitting[named]
        raise UsageError(
            Field("probe_job", named),
            f" is no job definition with one container on {platform.upper()}.",
            fix=f"Use one of {', '.join(sorted(fitting)) or '(none yet)'}.",
        )
    if not fitting:
        raise UsageError(
            f"There is no job definition on {platform.upper()}, so that a new environment could not be tried.",
            fix=(
                "Release an image first (",
                clients.contract.target.release_step,
                "), or use ",
                Field("no_probe"),
                ".",
            ),
        )
    sample = fitting.get(f"{platform}-sample")
    return sample or min(fitting.values(), key=lambda one: (one.vcpu, one.memory, one.name))


class RollError(ToolError):
    """A roll that did not come to its end: the old generations are as they were."""
