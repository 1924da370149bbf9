"""``awa-batch release``: a candidate, jobs on it, and then it is what runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from awa_batch.batch.scanning import SEVERITIES, Scan
from awa_batch.cli.asking import agreed
from awa_batch.cli.options import aws_options, environment_option, open_environment, output_option, say
from awa_batch.cli.pushing import pushing_shown
from awa_batch.cli.render import print_json, print_table
from awa_batch.cli.table import Column
from awa_batch.cli.types import LONGEST_WAIT, Duration, Number
from awa_batch.errors import JobFailedError, UsageError
from awa_batch.target import target_of
from awa_batch.text import Command, Step

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients
    from awa_batch.image_release import Canary, Session, Standing, Verdict

_F = TypeVar("_F", bound=Callable[..., Any])

_IMAGE = click.option("--image", default="latest", show_default=True, help="The image, by its folder below container/.")
_YES = click.option("--yes", "-y", is_flag=True, help="Do not ask.")
_FILE_ONLY = click.option(
    "--file-only", is_flag=True, help="Write the release file and apply nothing: for a pull request, or by hand."
)


def _start_options(command: _F) -> _F:
    for option in reversed(
        (
            click.option(
                "--digest", metavar="IMAGE", help="An image of the repository: digest, its beginning, or a tag."
            ),
            click.option("--build", is_flag=True, help="Build and push the image of this clone (the default)."),
            click.option(
                "--severity",
                type=click.Choice(SEVERITIES, case_sensitive=False),
                default="CRITICAL",
                show_default=True,
                help="Refuse an image in which ECR's scan finds this or worse, or that was not scanned.",
            ),
            click.option(
                "--scan-wait",
                type=Duration(0, 3600),
                default=600.0,
                show_default="10m",
                help="Wait so long for the scan.",
            ),
            click.option("--unscanned", is_flag=True, help="Ask for no scan: the repository has none."),
        )
    ):
        command = option(command)
    return command


def _canary_options(command: _F) -> _F:
    for option in reversed(
        (
            click.option(
                "--job", "jobs", multiple=True, help="A job of jobs/ to run (again for more). Default: version_test."
            ),
            click.option(
                "--config", type=click.Path(path_type=Path), help="Its configuration, a JSON file; for one --job."
            ),
            click.option(
                "--count",
                type=click.IntRange(1, 10_000),
                default=1,
                show_default=True,
                help="Run each as an array of N.",
            ),
            click.option(
                "--timeout",
                type=Duration(60, LONGEST_WAIT),
                default=3600.0,
                show_default="1h",
                help="What has not ended by then fails the canary, and is cancelled.",
            ),
            click.option(
                "--slower",
                type=Number(1.0, 100.0),
                default=2.0,
                show_default=True,
                help="Fails above N times the median of blue's last runs of the same job (and 10 s).",
            ),
            click.option(
                "--heavier",
                type=Number(1.0, 100.0),
                default=2.0,
                show_default=True,
                help="The same of the memory they held at most (and 64 MiB), where their logs tell it.",
            ),
        )
    ):
        command = option(command)
    return command


@click.group()
def release() -> None:
    """Release an image by steps: start, canary, promote; or rollback, abort.

    An image has two slots. Jobs that name a definition run what is in blue. green holds the candidate, whose
    definitions end in -green. Each step writes the release file beside the environment's main.tf, plans, asks and
    applies; one command at a time, on whatever machine. Commit the file afterwards. docs/blue-green.md goes through it.
    """


@contextmanager
def _session(environment: str, image: str, doing: str, *, yes: bool) -> Iterator[Session]:
    from awa_batch.image_release import opened

    def agree(question: str) -> None:
        if target_of(environment).is_lasting and not yes and not agreed(question):
            raise UsageError("Not confirmed: nothing was changed.", fix="Answer y, or pass --yes (make: YES=1).")

    quiet = None if target_of(environment).is_lasting else (lambda _line: None)
    with opened(environment, image, doing, say=say, agree=agree, detail=quiet) as session:
        yield session


def _told(session: Session) -> None:
    """Say what is to be done with the file that the step has written."""
    from awa_batch.release import release_path
    from awa_batch.terraform.root import Root

    if session.environment.target.is_lasting:
        say(f"Commit {release_path(Root(session.name).path).name}.")


def _check_digest(digest: str | None) -> None:
    from awa_batch.environment.images import check_reference

    if digest is not None:
        check_reference(digest, "digest")


def _check_image(image: str) -> None:
    from awa_batch.images.dockerfiles import dockerfile
    from awa_batch.paths import project_root

    dockerfile(project_root(), image)


def _scan(severity: str, scan_wait: float, *, unscanned: bool) -> Scan | None:
    return None if unscanned else Scan(severity.upper(), scan_wait)


def _started(session: Session, digest: str | None, scan: Scan | None, *, apply: bool = True) -> str:
    from awa_batch.image_release import start
    from awa_batch.image_release.candidate_image import candidate_image

    with pushing_shown() as pushing:
        reference = candidate_image(session, digest, scan, pushing)
    if session.standing.applied.green == reference and session.standing.pending is None:
        say(f"{_short(reference)} is in green already.")
    else:
        start(session, reference, apply=apply)
    return reference


@release.command("start")
@environment_option
@_IMAGE
@_start_options
@_FILE_ONLY
@_YES
def start_(
    environment: str,
    image: str,
    digest: str | None,
    build: bool,
    severity: str,
    scan_wait: float,
    unscanned: bool,
    file_only: bool,
    yes: bool,
) -> None:
    """Put an image into green: the candidate. What runs is not touched.

    Without --digest the image of this clone is built and pushed. In an account an image that ECR has not scanned, or
    whose repository lets tags be moved, is refused. ENV=local has no scanner.
    """
    if digest is not None and build:
        raise UsageError("--digest names an image that is there; --build makes one.", fix="Leave one of the two out.")
    _check_digest(digest)
    with _session(environment, image, "release start", yes=yes) as session:
        reference = _started(session, digest, _scan(severity, scan_wait, unscanned=unscanned), apply=not file_only)
        if not file_only:
            _told(session)
    click.echo(reference)
    if not file_only:
        say(("Next: ", Command("release canary"), "."))


def _canaries(jobs: tuple[str, ...], config: Path | None) -> list[Canary]:
    from awa_batch.image_release import Canary
    from awa_batch.image_release.canary import DEFAULT_JOB, config_of

    if config is not None and len(jobs) != 1:
        raise UsageError("--config is for one job.", fix="Name it with one --job.")
    return [Canary.of(job, None if config is None else config_of(config)) for job in jobs or (DEFAULT_JOB,)]


def _judged(verdict: Verdict) -> None:
    for line in verdict.why:
        click.echo(f"{'ok' if verdict.passed else 'BAD'}  {line}")


@release.command()
@environment_option
@_IMAGE
@_canary_options
@click.option(
    "--share",
    type=click.IntRange(0, 100),
    help="Then send N of a hundred jobs that name blue to green, until promoted.",
)
@_YES
def canary(
    environment: str,
    image: str,
    jobs: tuple[str, ...],
    config: Path | None,
    count: int,
    timeout: float,
    slower: float,
    heavier: float,
    share: int | None,
    yes: bool,
) -> None:
    """Run jobs on the candidate, on EC2 and on Fargate, and judge it.

    It passes where all of them succeed, ran the candidate's image, report its version, and took no longer and held no
    more memory than blue's last runs of the same job allow. A canary that was cut off goes on. Exits with 1 where the
    candidate fails.

    --share is decided by a job's name, so that a job sent again goes the same way. Jobs that went to green have the tag
    awa-batch:slot. Where the candidate has passed already, --share alone runs nothing again; --share 0 takes it back.
    """
    from awa_batch.image_release import Bounds, run_canary
    from awa_batch.image_release.steps import share as set_share

    canaries = _canaries(jobs, config)
    with _session(environment, image, "release canary", yes=yes) as session:
        kept = session.standing.canary
        if share == 0 or (share is not None and not jobs and kept is not None and kept.passed):
            passed = True
        else:
            verdict = run_canary(session, canaries, count=count, timeout=timeout, bounds=Bounds(slower, heavier))
            _judged(verdict)
            passed = verdict.passed
        if share is not None and passed:
            set_share(session, share)
            _told(session)
    if not passed:
        raise JobFailedError(
            "The candidate failed its canary; blue runs on as it was.",
            fix=("Take it away: ", Command("release abort"), "."),
        )
    say(("The candidate passed. Next: ", Command("release promote"), "."))


@release.command("promote")
@environment_option
@_IMAGE
@click.option("--without-canary", is_flag=True, help="Also a candidate that no canary has passed.")
@_FILE_ONLY
@_YES
def promote_(environment: str, image: str, without_canary: bool, file_only: bool, yes: bool) -> None:
    """Make the candidate what runs.

    Each job definition gets a new revision; older ones stay, and jobs that wait or run keep theirs. While jobs are on
    the candidate's own definitions these stay: run it again later to take them away.
    """
    from awa_batch.image_release import promote

    with _session(environment, image, "release promote", yes=yes) as session:
        emptied = promote(session, without_canary=without_canary, apply=not file_only)
        if not file_only:
            _told(session)
    if file_only:
        return
    say(f"{image}: what was in green runs now.")
    if not emptied:
        say(("Jobs are on green's definitions still. When they have ended: ", Command("release promote"), "."))


@release.command("rollback")
@environment_option
@_IMAGE
@click.option("--to", metavar="REVISION|DIGEST", help="What to go back to. Default: the image that ran before.")
@_FILE_ONLY
@_YES
def rollback_(environment: str, image: str, to: str | None, file_only: bool, yes: bool) -> None:
    """Return to the release before, or to the one that is named, in one step."""
    from awa_batch.image_release import rollback
    from awa_batch.image_release.steps import check_to

    check_to(to)
    with _session(environment, image, "release rollback", yes=yes) as session:
        reference = rollback(session, to, apply=not file_only)
        if not file_only:
            _told(session)
    click.echo(reference)


@release.command("abort")
@environment_option
@_IMAGE
@click.option(
    "--wait",
    type=Duration(0, LONGEST_WAIT),
    default=600.0,
    show_default="10m",
    help="Wait so long for jobs on the candidate to end.",
)
@_FILE_ONLY
@_YES
def abort_(environment: str, image: str, wait: float, file_only: bool, yes: bool) -> None:
    """Take the candidate away. Its share ends at once; jobs that are on it are waited for."""
    from awa_batch.image_release import abort

    with _session(environment, image, "release abort", yes=yes) as session:
        abort(session, wait=wait, apply=not file_only)
        if not file_only:
            _told(session)


@release.command("run")
@environment_option
@_IMAGE
@_start_options
@_canary_options
@_YES
def run_(
    environment: str,
    image: str,
    digest: str | None,
    build: bool,
    severity: str,
    scan_wait: float,
    unscanned: bool,
    jobs: tuple[str, ...],
    config: Path | None,
    count: int,
    timeout: float,
    slower: float,
    heavier: float,
    yes: bool,
) -> None:
    """Do it all: start, canary, promote. A candidate that fails is taken away again; blue runs on as it was.

    It can be run again after it was cut off, and goes on where it was. Exits with 1 where the candidate fails.
    """
    from awa_batch.image_release import Bounds, abort, promote, run_canary

    if digest is not None and build:
        raise UsageError("--digest names an image that is there; --build makes one.", fix="Leave one of the two out.")
    canaries = _canaries(jobs, config)
    _check_digest(digest)
    with _session(environment, image, "release run", yes=yes) as session:
        if _is_promoting(session):
            reference = session.standing.written.blue or ""
        else:
            reference = _started(session, digest, _scan(severity, scan_wait, unscanned=unscanned))
            kept = session.standing.canary
            if kept is None or not kept.passed:
                verdict = run_canary(session, canaries, count=count, timeout=timeout, bounds=Bounds(slower, heavier))
                _judged(verdict)
                if not verdict.passed:
                    abort(session)
                    raise JobFailedError(
                        f"{_short(reference)} failed its canary and was taken away; blue runs on as it was.",
                        fix=("See the jobs with ", Command("why", *verdict.jobs[:1]), "."),
                    )
        promote(session)
        _told(session)
    click.echo(reference)


def _is_promoting(session: Session) -> bool:
    pending = session.standing.note.pending
    return pending is not None and pending.step == "promote"


@release.command()
@aws_options
@_IMAGE
@output_option("table", "json")
def status(environment: str, image: str, region: str | None, profile: str | None, output: str) -> None:
    """Show both slots: image, revisions, jobs that run on them, the canary's verdict, and a step that was cut off."""
    from awa_batch.batch.stored_json import StoredJson
    from awa_batch.image_release import standing
    from awa_batch.image_release.record import KEY, Record
    from awa_batch.image_release.revisions import jobs_in_use

    _check_image(image)
    clients = open_environment(environment, region=region, profile=profile)
    record = Record.read(StoredJson(clients.make("s3"), clients.contract.data_bucket.name, KEY))
    found = standing(clients.contract, image, record)
    used = jobs_in_use(clients)
    rows = _rows(clients, image, used)
    if output == "json":
        print_json({**asdict(found), "canary": found.canary and asdict(found.canary), "definitions": rows})
        return
    print_table(
        [Column("slot"), Column("job definition"), Column("image"), Column("jobs", right=True), Column("states")],
        [[row["slot"], row["definition"], _short(row["image"]), row["jobs"], row["states"]] for row in rows],
    )
    for line in _notes(found, environment):
        say(line)


def _rows(clients: Clients, image: str, used: dict[str, Any]) -> list[dict[str, Any]]:
    from awa_batch.batch.definitions import describe_definitions
    from awa_batch.image_release.slots import definitions_of

    definitions = definitions_of(clients.contract, image)
    named = {one.arn: one for one in definitions.values()}
    names = {one.name: one.slot for one in definitions.values()}
    rows = []
    older = sorted(arn for arn in used if arn not in named and arn.rsplit("/", 1)[-1].rpartition(":")[0] in names)
    described = describe_definitions(clients.batch, older)
    images = {arn: str(one["containerProperties"].get("image", "")) for arn, one in described.items()}
    for arn in [*named, *older]:
        short = arn.rsplit("/", 1)[-1]
        states = used.get(arn, {})
        rows.append(
            {
                "slot": named[arn].slot if arn in named else f"{names[short.rpartition(':')[0]]}, before",
                "definition": short,
                "image": named[arn].image if arn in named else images.get(arn, ""),
                "share": named[arn].share if arn in named else 0,
                "jobs": sum(states.values()),
                "states": ", ".join(f"{count} {state.lower()}" for state, count in states.items()),
            }
        )
    return rows


def _notes(found: Standing, environment: str) -> Iterator[Any]:
    if found.applied.share:
        yield f"{found.applied.share} of a hundred jobs that name blue go to green."
    if found.canary is not None:
        verdict = {True: "passed", False: "failed", None: "is under way, or was cut off"}[found.canary.passed]
        yield f"canary of green: {verdict}" + (
            f" ({found.canary.at}): {found.canary.why[0]}" if found.canary.why else ""
        )
    elif found.applied.green:
        yield "canary of green: none"
    if found.pending is not None:
        yield (
            f"The step {found.pending.step!r} was cut off: run ",
            Command(f"release {found.pending.step}"),
            " again; it goes on.",
        )
    elif found.written != found.applied:
        yield (
            "This clone's release file says what is not applied: git pull, or ",
            Step("plan", "apply", environment=environment),
            ".",
        )


@release.command()
@aws_options
@_IMAGE
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True, help="Show so many.")
@output_option("table", "json")
def history(environment: str, image: str, region: str | None, profile: str | None, limit: int, output: str) -> None:
    """Show what was released when and by whom, the newest first: from git and from job definitions' revisions."""
    from awa_batch.image_release import releases

    _check_image(image)
    clients = open_environment(environment, region=region, profile=profile)
    found = releases(clients, image, most=limit)
    if output == "json":
        print_json([asdict(one) for one in found])
        return
    print_table(
        [Column("image"), Column("released"), Column("by"), Column("commit"), Column("revisions that are ACTIVE")],
        [
            [
                _short(one.image) + (" (runs)" if one.runs else ""),
                one.when or "not committed",
                one.by,
                one.commit,
                ", ".join(one.revisions),
            ]
            for one in found
        ],
    )


@release.command()
@aws_options
@_IMAGE
@click.option(
    "--keep", type=click.IntRange(1, 1000), default=10, show_default=True, help="Keep the newest N of a name."
)
@_YES
def prune(environment: str, image: str, region: str | None, profile: str | None, keep: int, yes: bool) -> None:
    """Deregister old revisions of job definitions that nothing needs.

    What the slots hold, and what a job that has not ended runs on, stays. Images that nothing names any more are taken
    by the repository's lifecycle rules.
    """
    from awa_batch.image_release import deregister, prunable

    _check_image(image)
    clients = open_environment(environment, region=region, profile=profile)
    found = prunable(clients, image, keep)
    if not found:
        say("There is nothing to deregister.")
        return
    for one in found:
        click.echo(f"{one.name}:{one.number}")
    if not yes and not agreed(f"Deregister {len(found)} revisions?"):
        raise UsageError("Not confirmed: nothing was changed.", fix="Answer y, or pass --yes.")
    for one in found:
        deregister(clients, one)
    say(f"{len(found)} revisions were deregistered.")


def _short(reference: str) -> str:
    return reference.rpartition("@")[2][:19]
