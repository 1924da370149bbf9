"""Which commands of the guides another test runs, which nothing can run here and why; all others run as printed.

`tests/local/test_environment.py` runs those others in their order; `tests/unit/test_guide_commands.py` holds that no
line here is stale. A command is found by how it begins (``.venv/bin/`` left out); of two beginnings the longer counts.
"""

from __future__ import annotations

from collections.abc import Iterable

from tests.guide_commands import PAGES, Command, commands, in_sentences

ELSEWHERE = {
    # The environment
    "make demo": "test_demo_reaches_a_checked_result",
    "make up": "test_a_release_that_is_killed_at_each_step_and_one_that_fails_lose_no_job_of_two_hundred",
    "make down": "test_down_leaves_nothing_running",
    "make clean": "test_a_killed_server_is_noticed_and_everything_is_built_anew",
    "make drift": "test_drift_is_what_somebody_else_has_changed",
    "awa-batch drift": "test_drift_is_what_somebody_else_has_changed",
    "awa-batch prices update": "test_the_file_gets_the_region_and_keeps_the_others",
    "awa-batch cost -E dev": "test_cost_tells_of_a_plan",
    "make bootstrap ENV=dev": "test_bootstrap_makes_the_bucket_and_points_to_it",
    "make plan ENV=dev": "test_cost_tells_of_a_plan",
    "make apply ENV=dev": "test_apply_applies_the_saved_plan_without_asking",
    "make plan apply ENV=dev": "test_a_release_becomes_job_definitions_and_nothing_else",
    "make destroy ENV=dev": "test_destroy_wants_the_environments_name_and_leaves_nothing",
    "aws-batch-local up": "test_up_status_env_reset_down",
    "aws-batch-local down": "test_up_status_env_reset_down",
    'eval "$(aws-batch-local env': "test_up_status_env_reset_down",
    "awa-batch doctor -E dev": "test_the_doctor_has_a_row_for_credentials_and_one_for_the_account",
    "awa-batch local up": "test_a_killed_server_is_noticed_and_everything_is_built_anew",
    "awa-batch local reclaim JOB": "test_the_command_reclaims_and_shows_the_history",
    # Compute environments and releases
    "awa-batch compute roll": "test_a_roll_of_compute_that_is_killed_at_each_step_loses_no_job",
    "make release ENV=dev": "test_a_release_that_is_killed_at_each_step_and_one_that_fails_lose_no_job_of_two_hundred",
    "awa-batch release start": "test_a_candidate_becomes_what_runs_and_older_revisions_stay",
    "awa-batch release canary": "test_a_candidate_becomes_what_runs_and_older_revisions_stay",
    "awa-batch release promote": "test_a_candidate_becomes_what_runs_and_older_revisions_stay",
    "awa-batch release promote -E prod --file-only": "test_a_pull_request_gets_the_file_alone",
    "awa-batch release start -E prod --file-only": "test_a_pull_request_gets_the_file_alone",
    "awa-batch release rollback": "test_a_rollback_takes_a_revision_or_a_digest_and_nothing_else",
    # Images
    "make add PKG=": "test_a_package_is_added_locked_and_taken_out",
    "make add PKG='polars>=1.2' JOB=my_job": "test_a_jobs_own_package_is_in_its_project_and_in_every_lock",
    "make new-image NAME=gpu": "test_a_new_image_is_whole",
    "awa-batch image add 'numpy<2' --image gpu": "test_its_packages_are_its_own",
    "awa-batch image remove polars": "test_a_package_is_added_locked_and_taken_out",
    "awa-batch image lock": "test_what_was_changed_by_hand_is_locked",
    "awa-batch image list": "test_a_job_runs_in_the_image_here_and_reaches_the_local_aws",
    "awa-batch image diff": "test_a_job_runs_in_the_image_here_and_reaches_the_local_aws",
    "awa-batch image run": "test_a_job_runs_in_the_image_here_and_reaches_the_local_aws",
    "awa-batch build --image": "test_it_reports_its_version_and_where_it_runs",
    "awa-batch image pin": "test_an_image_is_built_on_the_digest_that_was_asked_for",
    "awa-batch image scan": "test_an_image_with_findings_is_not_released",
    "awa-batch image prune -E dev": "test_a_yes_removes",
    "awa-batch push -E dev --platform": "test_images_for_two_processors_have_one_name",
    "docker build": "test_an_image_is_built_on_the_digest_that_was_asked_for",
    # Jobs
    "make new-job NAME=my_job": "test_a_new_job_passes_its_own_test",
    "make test ARGS=jobs/my_job": "test_a_new_job_passes_its_own_test",
    "awa-batch logs JOB --container router": "test_a_retry_is_the_job_as_it_was_with_its_sidecars",
    "awa-batch logs JOB_ID --container router": "test_a_retry_is_the_job_as_it_was_with_its_sidecars",
    "awa-batch history --everybody": "test_history_of_everybody_has_each_job_as_it_was_last",
    "awa-batch schedules pause nightly": "test_a_second_project_stands_beside_the_first",
    "awa-batch schedules resume nightly": "test_a_second_project_stands_beside_the_first",
    "awa-batch schedules run nightly": "test_a_second_project_stands_beside_the_first",
    "awa-batch submit ec2-sample-green": "test_jobs_on_the_candidate_keep_its_definitions",
    # The wheel
    "make wheel": "test_the_wheel_has_the_toolkit_and_its_files_alone",
    "pip install dist/": "test_nothing_of_the_clone_is_there",
    "export AWA_BATCH_CONTRACT=s3://": "test_who_has_the_contract_in_s3_submits_as_to_an_account",
}
"""How a command begins → the test that runs it or, where no real one is run, what is behind it."""

CANNOT = {
    "git clone": "the tests run in a clone",
    "$EDITOR": "an editor asks for a person",
    "make setup": "made before the tests can run",
    "make check": "runs tests",
    "make test$": "runs tests",
    "make bench": "measures for an hour; each part of it is in docs/benchmarks.md with its date",
    "aws configure sso": "account only: there is no SSO in the local AWS",
    "aws sso login": "account only: there is no SSO in the local AWS",
    "export AWS_PROFILE": "account only: there is no SSO in the local AWS",
    "aws service-quotas": "account only: there are no quotas in the local AWS",
    "make build-push ENV=dev": "account only: ECR's registry is AWS's; ENV=local pushes to one of its own",
    "docker run --detach --name practice-registry": "takes a fixed port; by hand on 2026-11-27, with the next ones",
    "make build ENV=dev": "by hand, with that registry",
    "docker tag": "by hand, with that registry",
    "docker push": "by hand, with that registry",
    "docker rm --force practice-registry": "by hand, with that registry",
    "rm -r ~/practice-account": "deletes in the home directory",
    "awa-batch push -E dev": "account only: ECR's registry is AWS's",
    "awa-batch submit ec2-sample -q ec2-shared": "a queue of the page's own example; fargate-sample is said a share",
    "sudo container/offline": "run as root by .ci/run, before the tests",
}
"""How a command begins → why no test can run it. What was run by hand says so on its page."""

NAMES = ("awa-batch cancel", "awa-batch local", "awa-batch logs", "awa-batch retry", "awa-batch submit --dry-run")
"""Commands that a sentence only names, without what they need."""

EXITS = {
    "awa-batch attach JOB": 2,
    "awa-batch logs JOB_ID -f": 2,
    "awa-batch submit ec2-sample -E dev --wait -- sh -c 'exit 3'": 3,
    "awa-batch submit ec2-sample --config bad.json": 2,
    "awa-batch submit fargate-sample --vcpu 2 --memory 3000": 2,
    "python container/latest/run_batch.py version_test --param_json bad.json": 2,
}
"""How a command begins → its exit code: that of the job, which is one that failed, or of the refusal that is shown."""

FIGURES = {
    ("docs/blue-green.md", "awa-batch release status"): "of a release half way, and jobs on it",
    ("docs/cli.md", "awa-batch status"): "of a clone's jobs, in a terminal of 80 columns; run so by hand on 2026-11-27",
    ("docs/cli.md", "awa-batch queues"): "as above",
    ("docs/cli.md", "awa-batch history -n 4"): "as above",
    ("docs/cli.md", "awa-batch why b297e7b4 -n 2"): "as above",
    ("docs/cli.md", "awa-batch attach --no-log"): "as above",
    ("docs/cli.md", "awa-batch cost --since 24h --by queue"): "of a day's jobs",
    ("docs/cli.md", "awa-batch usage 7f0c5d7e"): "of 24 jobs that ran for minutes",
    ("docs/ec2-scaling.md", "awa-batch why @last:7"): "of a job that waits for a core",
}
"""Page and how a command begins → of what that is which it shows, where a test has not the like. It is run."""


def told(command: Command) -> tuple[str, str]:
    """Return (`test`, its name), (`reason`, why nothing runs it), or (`runs`, '')."""
    if command.text in NAMES:
        return "reason", "a name"
    begin = begin_of(command, [*ELSEWHERE, *CANNOT])
    if begin in ELSEWHERE:
        return "test", ELSEWHERE[begin]
    return ("reason", CANNOT[begin]) if begin else ("runs", "")


def begin_of(command: Command, known: Iterable[str]) -> str:
    """Return the longest of the known beginnings that a command has (with ``$`` it is the whole), or ''."""
    fits = (one for one in known if f"{command.plain}$".startswith(one))
    return max(fits, key=len, default="")


def exit_code(command: Command) -> int:
    """Return with what a command ends."""
    return EXITS.get(begin_of(command, EXITS), 0)


def shows_what_is_printed(command: Command) -> bool:
    """Tell whether what a page shows below a command is what it prints in the tests, but for ids and numbers."""
    return not any(command.page == page and command.plain.startswith(begin) for page, begin in FIGURES)


def pages_that_run() -> list[str]:
    """Return the pages with a command that neither is run elsewhere nor cannot be run."""
    return [page for page in PAGES if any(told(one)[0] == "runs" for one in (*commands(page), *in_sentences(page)))]
