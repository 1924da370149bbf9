"""When schedules are due: one thread that sleeps until the next time, or until a schedule changes."""

from __future__ import annotations

import logging
import threading
import time
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from eventbridge_schedules import Expression, ExpressionError, Rate, expression_of
from local_batch.schedules.checks import moment
from local_batch.schedules.invocation import Invocation

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_batch.json_object import Json
    from local_batch.services.moto_gate import MotoGate

log = logging.getLogger(__name__)

LONGEST_SLEEP = 60.0
"""Seconds: the thread's clock stands still while the machine sleeps, and people set the other one."""
SHORTEST_PERIOD = 1.0
"""Seconds of the clock on the wall between two times of a rate, however fast Batch's minutes pass."""
Key = tuple[str, str, str]
RULES = "rules of EventBridge"
"""Stands in a key where a schedule of Scheduler has its group: no group's name has a blank."""


@dataclass
class _Seen:
    """What was last seen of a schedule: when it was made and changed, and the time after which it is due next."""

    created: float
    modified: float
    after: datetime


@dataclass
class _Rule:
    """A rule of EventBridge with a schedule, as a schedule of Scheduler is: from its creation on, without an end."""

    name: str
    arn: str
    schedule_expression: str
    state: str
    creation_date: float
    last_modified_date: float
    group_name: str = RULES
    schedule_expression_timezone: str = (
        "UTC"  # EventBridge guide, "Creating an Amazon EventBridge rule … on a schedule"
    )
    start_date: None = None
    end_date: None = None
    action_after_completion: str = "NONE"


class Timer:
    """Starts what is due of all schedules in moto's store, those of EventBridge's rules too.

    ``submit`` submits a job from a target's input in a region; ``scaled`` turns seconds of Batch's into the server's
    own: the periods of rates and waits between retries pass faster by it; the times of cron and at are those of the
    clock on the wall.
    """

    def __init__(self, gate: MotoGate, submit: Callable[[str, Json], Json], scaled: Callable[[float], float]) -> None:
        self._gate = gate
        self._submit = submit
        self._scaled = scaled
        self._changed = threading.Condition()
        self._regions: set[str] = set()
        self._is_dirty = False
        self._stopping = threading.Event()
        self._seen: dict[Key, _Seen] = {}
        self._rules: dict[Key, _Rule] = {}
        self.on_rule: Callable[[str, str, datetime], None] = lambda *_: None
        """Told of each rule that is due: region, the rule's name, its time."""
        self._forgotten = threading.Event()
        """Set when all schedules are forgotten; those that come afterwards get another one."""
        self._thread = threading.Thread(target=self._run, name="schedules", daemon=True)

    def start(self) -> None:
        """Begin to start what is due."""
        self._thread.start()

    def stop(self) -> None:
        """Start nothing more."""
        self._stopping.set()
        self._forgotten.set()
        with self._changed:
            self._changed.notify()

    def changed(self, region: str) -> None:
        """Look at the schedules of a region again. Every schedule there was made by a call that this is told of."""
        with self._changed:
            self._regions.add(region)
            self._is_dirty = True
            self._changed.notify()

    def wake(self) -> None:
        """Look again: periods pass at another speed now."""
        with self._changed:
            self._is_dirty = True
            self._changed.notify()

    def forget(self) -> None:
        """Forget every schedule, and what is to be tried again."""
        with self._changed:
            self._forgotten.set()
            self._forgotten = threading.Event()
            self._regions.clear()
            self._is_dirty = True
            self._changed.notify()

    def _run(self) -> None:
        while not self._stopping.is_set():
            with self._changed:
                self._is_dirty = False
                regions = sorted(self._regions)
            upcoming = None
            try:
                upcoming = self._look(regions, datetime.now(UTC))
            except Exception:
                log.exception("the schedules could not be looked at")
            with self._changed:
                if not self._is_dirty and not self._stopping.is_set():
                    self._changed.wait(_seconds_until(upcoming))

    def _look(self, regions: list[str], now: datetime) -> datetime | None:
        """Start what is due, and return when the next one is."""
        there: set[Key] = set()
        times: list[datetime] = []
        for region in regions:
            for schedule in [*self._schedules(region), *self._rules_of(region, now)]:
                key = (region, schedule.group_name, schedule.name)
                there.add(key)
                following = self._turn(key, schedule, now)
                if following is not None:
                    times.append(following)
        self._seen = {key: seen for key, seen in self._seen.items() if key in there}
        self._rules = {key: rule for key, rule in self._rules.items() if key in there}
        return min(times, default=None)

    def _schedules(self, region: str) -> list[Any]:
        with self._gate.backend("scheduler", region) as scheduler:
            return [deepcopy(one) for group in scheduler.schedule_groups.values() for one in group.schedules.values()]

    def _rules_of(self, region: str, now: datetime) -> list[_Rule]:
        """Return a region's rules with a schedule. They count from when they are seen: moto keeps no times of them."""
        with self._gate.backend("events", region) as events:
            bus = events.event_buses.get("default")
            found = [
                (rule.name, rule.arn, rule.scheduled_expression, rule.state)
                for rule in (bus.rules.values() if bus is not None else ())
                if rule.scheduled_expression
            ]
        rules = []
        for name, arn, expression, state in found:
            key, state = (region, RULES, name), "ENABLED" if state.startswith("ENABLED") else "DISABLED"
            known, seen = self._rules.get(key), now.timestamp()
            if known is None:
                known = self._rules[key] = _Rule(name, arn, expression, state, seen, seen)
            elif (known.schedule_expression, known.state) != (expression, state):
                begun = known.creation_date if known.schedule_expression == expression else seen
                known = self._rules[key] = _Rule(name, arn, expression, state, begun, seen)
            rules.append(known)
        return rules

    def _turn(self, key: Key, schedule: Any, now: datetime) -> datetime | None:
        """Start a schedule where it is due, and return when it is due next; None where it never is."""
        seen = self._noticed(key, schedule)
        if schedule.state == "DISABLED":
            seen.after = now  # what passes while it is off is not made up for
            return None
        try:
            expression = expression_of(schedule.schedule_expression, schedule.schedule_expression_timezone)
        except ExpressionError:
            return None  # it was refused when it came
        if isinstance(expression, Rate):
            seconds = max(SHORTEST_PERIOD, self._scaled(expression.every.total_seconds()))
            expression = replace(expression, every=timedelta(seconds=seconds))
        last, following = self._due(expression, schedule, seen.after, now)
        if last is not None:
            seen.after = last
            self._invoke(key[0], schedule, last)
            if following is None and schedule.action_after_completion == "DELETE":
                self._delete(key)
        return following

    def _noticed(self, key: Key, schedule: Any) -> _Seen:
        """Return what is known of a schedule; one that is new or was changed is due from then on."""
        seen = self._seen.get(key)
        if seen is None or seen.created != schedule.creation_date:
            after = datetime.fromtimestamp(schedule.creation_date, UTC)
            if schedule.group_name != RULES:  # a rate of Scheduler is due at the very moment of its creation
                after -= timedelta(microseconds=1)
            seen = _Seen(schedule.creation_date, schedule.last_modified_date, after)
        elif seen.modified != schedule.last_modified_date:
            changed = datetime.fromtimestamp(schedule.last_modified_date, UTC)
            seen = _Seen(schedule.creation_date, schedule.last_modified_date, max(seen.after, changed))
        self._seen[key] = seen
        return seen

    @staticmethod
    def _due(
        expression: Expression, schedule: Any, after: datetime, now: datetime
    ) -> tuple[datetime | None, datetime | None]:
        """Return the last time that has come and the next that has not.

        Of several that have come only the last is started: they did while this machine slept, which AWS never does. A
        flexible window begins with its first moment.
        """
        created = datetime.fromtimestamp(schedule.creation_date, UTC)
        last, missed = None, 0
        for due in expression.due(after, created, moment(schedule.start_date), moment(schedule.end_date)):
            if due > now:
                break
            missed += last is not None
            last = due
        else:
            due = None
        if missed:
            log.warning("%s was not started %s times until %s: the machine slept", schedule.arn, missed, last)
        return last, due

    def _invoke(self, region: str, schedule: Any, due: datetime) -> None:
        if schedule.group_name == RULES:
            self.on_rule(region, schedule.name, due)
            return
        forgotten = self._forgotten
        one = Invocation(
            self._gate,
            self._submit,
            lambda seconds: forgotten.wait(self._scaled(seconds)),
            region,
            schedule.arn,
            schedule.target,
            due,
        )
        # A thread of its own: while one is tried again, others are due.
        threading.Thread(target=one.run, name=f"schedule {schedule.name}", daemon=True).start()

    def _delete(self, key: Key) -> None:
        region, group, name = key
        with self._gate.backend("scheduler", region) as scheduler:
            scheduler.delete_schedule(group, name)


def _seconds_until(upcoming: datetime | None) -> float | None:
    if upcoming is None:
        return None
    return min(max(0.0, upcoming.timestamp() - time.time()), LONGEST_SLEEP)
