"""The one statement of what can be said of a job.

`submit`'s options and variables, the classic scripts' flags, the fields of ``jobs.jsonl``, the words of messages and
the table in docs/cli.md are derived from `JobSpec`. A field more is an entry here, its rule in `awa_batch.limits.job`
and its place in the request (`awa_batch.request.build`).
"""
# ruff: noqa: RUF009 - `stated` makes a dataclasses.field

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from awa_batch.job.statement import Classic, Statement, Way, stated, statement_of


@dataclass(frozen=True)
class JobSpec:
    """A job as its user says it; what is None or empty is left to the job definition. Units stand at the fields."""

    definition: str | None = stated(
        "Job definition: logical name, name, `name:revision` or ARN.",
        Way(("DEFINITION",), "argument", "Job definition."),
        classic=Classic(
            "--job-definition",
            "AWS_BATCH_JOB_DEFINITION",
            "Job definition: name (newest ACTIVE revision), name:revision or ARN.",
        ),
    )
    queue: str | None = stated(
        "Queue: logical name, name or ARN; else the platform's high-priority queue, or its first by priority.",
        Way(("--queue", "-q"), "text", "Queue (logical name, name or ARN). Default: high priority of the platform."),
        classic=Classic("--job-queue", "AWS_BATCH_JOB_QUEUE", "Job queue: name or ARN."),
    )
    name: str | None = stated(
        "Name: a random suffix is added; in a run it is how the job's name ends. Else the definition's logical name.",
        Way(
            ("--name", "--job-name-prefix", "-n"),
            "text",
            "Job name; a random suffix is added. Default: the definition's logical name.",
        ),
        classic=Classic(
            "--job-name-prefix", "AWS_BATCH_JOB_NAME_PREFIX", "Beginning of the job's name; a random suffix is added."
        ),
    )
    command: list[str] | None = stated(
        "The container's command; else the image's own.",
        Way(("--command",), "command", 'Command as JSON: \'["echo","hello"]\'. Or write it after --.'),
        Way(("--",), "rest", "The command's words.", "WORDS"),
    )
    env: dict[str, str] = stated(
        "Environment variables, the left way winning; all win over `container_overrides`.",
        Way(("--env",), "pairs", "Environment variable (again for more).", "K=V"),
        Way(("--environment",), "variables", 'Variables as JSON: \'{"A":"1"}\'.', "JSON"),
        Way(("--env-file",), "env_file", "Variables from a file of NAME=VALUE lines."),
        factory=dict,
    )
    params: dict[str, str] = stated(
        "Values for `Ref::K` in the command, and there alone. In a file, what is not a string becomes JSON text.",
        Way(("--param",), "pairs", "Value of Ref::K in the command (again for more).", "K=V"),
        Way(("--parameters-file",), "strings_file", "JSON object of such values."),
        factory=dict,
    )
    config: Any = stated(
        "The job gets it as `CONFIG_JSON`. It is checked first against the pydantic model `Config` of "
        "`jobs/<job>/model.py` where the command is `run_batch.py <job>`. Where the overrides would exceed ECS's "
        "8192 characters it goes to S3 (`submit/` in the data bucket) and the job gets the URI, which `load_config` "
        "follows.",
        Way(
            ("--config",),
            "json_file",
            "JSON file that the job gets as CONFIG_JSON, checked against the job's model; a large one goes by S3.",
        ),
    )
    code: str | None = stated(
        "The job code of this clone runs in place of the image's, without a build: what would go into the image is "
        "packed and put in S3 (`submit/` in the data bucket), and `run_batch.py` runs it once its SHA-256 is as named. "
        "Packages stay those of the image. For commands of `run_batch.py` alone; an environment may refuse it.",
        Way(("--code",), "text", "Run a clone's job code in place of the image's, without a build: --code .", "FOLDER"),
    )
    image: str | None = stated(
        "Runs on this image, `REPOSITORY@sha256:DIGEST`, in place of the released one: a job definition that is the "
        "same but for the main container's image is registered, once for each. An environment may refuse it.",
        Way(("--image",), "text", "Run on another image than the released one, named by its digest.", "REPO@sha256:…"),
    )
    container_overrides: dict[str, Any] = stated(
        "SubmitJob's `containerOverrides`; every other field wins over it.",
        Way(
            ("--container-overrides-file",),
            "object_file",
            "JSON file with SubmitJob's containerOverrides; other flags win.",
        ),
        factory=dict,
    )
    vcpu: float | None = stated("vCPUs, on EC2 and Fargate.", Way(("--vcpu",), "number", "vCPUs."))
    memory: int | None = stated("Memory in MiB.", Way(("--memory",), "integer", "Memory in MiB."))
    gpu: int | None = stated("GPUs, on EC2 alone.", Way(("--gpu",), "integer", "GPUs (EC2 alone)."))
    array: int | None = stated(
        "An array of so many children, 2 to 10,000; a child reads its index with `awa_runtime.array_index()`. With "
        "`--each` (.jsonl or .csv), a child for each row, which it reads with `awa_runtime.manifest_row()`: the rows "
        "lie in S3; one row is a plain job, more than 10,000 become several arrays with offsets.",
        Way(("--array",), "integer", "Submit an array of this many children (2 to 10000)."),
        Way(("--each",), "rows", "Submit a child for each row of this .jsonl or .csv file."),
        classic=Classic("--array-size"),
    )
    depends_on: list[str] = stated(
        "After these jobs have succeeded. `ID:N_TO_N` pairs the children of two arrays. With flags, `@last` and `@2` "
        "are your last submissions.",
        Way(
            ("--depends-on",),
            "words",
            "Start after these jobs have succeeded (commas between them, or again); N_TO_N: child after child.",
            "ID[:N_TO_N]",
        ),
        factory=list,
    )
    sequential: bool = stated(
        "An array's children one after the other.",
        Way(("--sequential",), "flag", "Run an array's children one after the other."),
        default=False,
    )
    share_identifier: str | None = stated(
        "Share on a fair-share queue; else the contract's default.",
        Way(("--share-identifier",), "text", "Share on a fair-share queue. Default: the contract's."),
        classic=Classic(variable="AWS_BATCH_SHARE_IDENTIFIER", help="Share on a fair-share queue."),
    )
    scheduling_priority: int | None = stated(
        "Priority within the share, 0 to 9999.",
        Way(("--scheduling-priority",), "integer", "Priority within the share, 0 to 9999."),
        classic=Classic(variable="AWS_BATCH_SCHEDULING_PRIORITY"),
    )
    attempts: int | None = stated(
        "Attempts, 1 to 10. Without causes any failure is tried again. With or without, it replaces the definition's "
        "retry strategy, exit rules included.",
        Way(("--attempts",), "integer", "Try up to this often (1 to 10) whatever the failure."),
    )
    retry_on: list[str] = stated(
        "Tries again for these causes alone (`spot`, `start`: its task did not start, `pull`, `oom`, `exit:7`): three "
        "attempts in all unless `attempts` says.",
        Way(
            ("--retry-on",),
            "words",
            "Try again for these causes alone: spot,start,pull,oom,exit:7. Three attempts unless --attempts says.",
            "CAUSE",
        ),
        factory=list,
    )
    timeout: int | None = stated(
        "Stops an attempt after so many seconds, at least 60; flags take `90m` and `2h` too.",
        Way(("--timeout",), "duration", "Stop an attempt after this long: 300, 90m, 2h. At least 60 s."),
    )
    tags: dict[str, str] = stated(
        "Tags, also on the ECS task.",
        Way(("--tag",), "pairs", "Tag (again for more).", "K=V"),
        Way(("--tags",), "tags", "Tags in one: K=V,K=V or a JSON object.", "K=V,…"),
        factory=dict,
    )
    platform_version: str | None = stated(
        "Fargate's platform version. Only a definition can set it: taken where it has that version, else an error.",
        Way(
            ("--platform-version",),
            "text",
            "Fargate version that the definition must have; SubmitJob cannot set it.",
        ),
    )


STATEMENTS: dict[str, Statement] = {field.name: statement_of(field.metadata) for field in fields(JobSpec)}
"""Field → its statement, in the order in which help and documentation show them."""
