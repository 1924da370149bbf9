"""Why a task did not start, or was stopped around its job: the errors of ECS, Fargate and the container engine.

`CODES` is the table. Sources: Amazon ECS Developer Guide, "Stopped tasks error codes" (stopped-task-error-codes) and
"Viewing Amazon ECS stopped task errors" (stopped-task-errors) with their pages for each error; Amazon ECS API
Reference, Task.stopCode and stoppedReason. AWS Batch passes both on as statusReason and as the container's reason.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from awa_batch.explain.model import Finding
from awa_batch.explain.pull import BUILD_FOR_IT, PULL
from awa_batch.explain.rules import RETRY, Rule, first
from awa_batch.text import Command, Field, Text


@dataclass(frozen=True)
class Code:
    """An error by what its text holds (in small letters, without blanks), and the rules for what it may mean.

    ``retry_on`` is the cause of a job's retry rules that covers it, "" for none. The last rule fits any text.
    """

    words: tuple[str, ...]
    rules: tuple[Rule, ...]
    retry_on: str = "start"


_ENDPOINTS: Text = (
    "A private subnet needs a NAT gateway, or the endpoints ecr.api, ecr.dkr, logs and S3 (secretsmanager and ssm "
    "where used), whose security group lets port 443 in: see the network module.",
)

_SECRET = Rule(
    ("resourcenotfound", "invalid ssm parameters", "can't find", "does not exist", "did not contain json key",
     "whether the secret exists", "whether the parameter exists"),
    "START_SECRET",
    "A secret or parameter that the job definition names is not there.",
    (("Check the ARNs under `secrets` in the job definition, and that they are in this region.",),),
)  # fmt: skip

_RESOURCES: tuple[Rule, ...] = (
    Rule(
        ("network interface", "regular eni", "branch eni", "configure eni"),
        "START_NETWORK",
        "The task's network interface could not be set up.",
        (("Check that the subnets have free addresses.",),),
        worth_retry=True,
    ),
    Rule(
        ("logger args", "cloudwatch log", "logging driver", "log stream", "log group"),
        "START_LOGS",
        "The log could not be opened: its log group is not there, or CloudWatch Logs cannot be reached.",
        (
            (
                "The execution role needs logs:CreateLogStream and logs:PutLogEvents; the group must be there before "
                "the job (it has no logs:CreateLogGroup); a private subnet needs a NAT gateway or the endpoint logs.",
            ),
        ),
    ),
    Rule(
        ("efs", "mount"),
        "START_VOLUME",
        "A file system could not be mounted.",
        (("Check the file system's id and mount targets, and that its security group lets port 2049 in.",),),
    ),
    Rule(
        ("ebs volume", "ephemeral storage", "ephemeralstorage", "no space left"),
        "START_STORAGE",
        "The task's own storage could not be provided.",
        worth_retry=True,
    ),
    Rule(
        ("accessdenied", "access denied", "not authorized", "403"),
        "START_PERMISSION",
        "The execution role may not read what the job definition names (a secret, a parameter, a registry).",
        (
            (
                "Give the execution role what the message names: secretsmanager:GetSecretValue, ssm:GetParameters, "
                "ecr:….",
            ),
        ),
    ),
    Rule(
        ("connection issue",),
        "START_NETWORK",
        "What the task needs before it starts (secrets, the registry, the log) could not be reached from its subnet.",
        (_ENDPOINTS,),
        worth_retry=True,
    ),
    _SECRET,
    Rule(
        ("env file", "environment file"),
        "START_ENVIRONMENT_FILE",
        "A file of variables that the job definition names could not be read from S3.",
        (("Check the object under `environmentFiles`, and the execution role's s3:GetObject.",),),
    ),
    Rule(
        ("secret", "ssm", "registry auth", "ecr", "timeout", "timed out", "deadline", "dial tcp", "no such host"),
        "START_NETWORK",
        "What the task needs before it starts (secrets, the registry, the log) could not be reached from its subnet.",
        (_ENDPOINTS,),
        worth_retry=True,
    ),
    Rule(
        (),
        "START_RESOURCES",
        "What the task needs before it starts could not be set up.",
        worth_retry=True,
    ),
)  # fmt: skip

_CONTAINER: tuple[Rule, ...] = (
    Rule(
        ("executable file not found", "no such file or directory"),
        "COMMAND_NOT_FOUND",
        "The image has no such command, so the container could not start.",
        (("Check the command (", Command("submit", Field("dry_run")), " shows it) against what the image holds."),),
    ),
    Rule(
        ("exec format error",),
        "IMAGE_PLATFORM",
        "The image is built for another processor than the one it was started on.",
        (BUILD_FOR_IT,),
    ),
    Rule(
        ("permission denied",),
        "COMMAND_PERMISSION",
        "The image's user may not run that command.",
        (("Make the file executable in the image (chmod +x), then ", Command("build"), " and ", Command("push"), "."),),
    ),
    Rule(
        ("no command specified",),
        "COMMAND_MISSING",
        "Neither the job nor its image says what to run.",
        (("Submit it with a ", Field("command"), ", or set CMD in the Dockerfile."),),
    ),
    Rule(
        ("mount", "volume"),
        "START_VOLUME",
        "A volume of the job definition could not be made or mounted.",
        (("Check `volumes` and `mountPoints` in the job definition.",),),
    ),
    Rule(
        (),
        "CONTAINER_START",
        "The container could not be started.",
        worth_retry=True,
    ),
)

CODES: tuple[Code, ...] = (
    Code(("cannotpull",), PULL, "pull"),
    Code(
        ("unabletoassumetherole", "unabletoassumerole"),
        (
            Rule(
                (),
                "START_ROLE",
                "ECS may not use the role of the job definition: it is not there, or does not trust ECS tasks.",
                (
                    (
                        "Check the job role and the execution role: each must be there and let "
                        "ecs-tasks.amazonaws.com assume it. A role made seconds ago works a moment later.",
                    ),
                ),
            ),
        ),
        "",
    ),
    Code(
        ("networkinterface",),
        (
            Rule(
                ("free addresses", "insufficientfreeaddresses", "free ip"),
                "START_NETWORK",
                "The subnet has no free address for the task's network interface.",
                (("Use more or larger subnets, or run fewer tasks at a time.",),),
                worth_retry=True,
            ),
            Rule(
                (),
                "START_NETWORK",
                "The task got no network interface.",
                (("Check that the subnets have free addresses, and the quota of network interfaces.",),),
                worth_retry=True,
            ),
        ),
    ),
    Code(("resourceinitializationerror",), _RESOURCES),
    Code(
        ("ephemeralstorageprovisioning",),
        (Rule((), "START_STORAGE", "The task's own storage was not ready in time.", worth_retry=True),),
    ),
    Code(
        ("resourcenotfoundexception",),
        (
            replace(_SECRET, words=("secret", "parameter", "ssm")),
            Rule(
                (),
                "START_RESOURCES",
                "Something that the job definition names is not there.",
                (("Compare the ARNs in the job definition with what is in this account and region.",),),
            ),
        ),
        "",
    ),
    Code(
        ("capacityisunavailable",),
        (
            Rule(
                (),
                "NO_CAPACITY",
                "Fargate had no capacity for it at that moment.",
                (RETRY, ("Add subnets in more zones, or use another queue: ", Field("queue"), ".")),
                worth_retry=True,
            ),
        ),
        "",
    ),
    Code(
        ("unexpectedec2error",),
        (Rule((), "START_NETWORK", "EC2 failed to make what the task needs.", worth_retry=True),),
    ),
    Code(
        ("cannotinspectcontainer",),
        (
            Rule(
                (),
                "CONTAINER_LOST",
                "ECS could not learn how the container ended: the machine or its container engine did not answer. Its "
                "exit code tells nothing, and its work may be done.",
                (("See whether its result is there before it is done again: its log is the place to look.",),),
                worth_retry=True,
            ),
        ),
        "",
    ),
    Code(
        ("cannotstopcontainer",),
        (
            Rule(
                (),
                "CONTAINER_STOP",
                "The container could not be stopped: the machine or its container engine did not answer.",
                worth_retry=True,
            ),
        ),
        "",
    ),
    Code(
        ("dockertimeouterror", "containerruntimetimeouterror"),
        (
            Rule(
                (),
                "CONTAINER_START",
                "The container engine did not answer in time; the host may be overloaded.",
                worth_retry=True,
            ),
        ),
    ),
    Code(
        ("cannotstartcontainer", "cannotcreatecontainer", "cannotcreatevolume", "containerruntimeerror"),
        _CONTAINER,
    ),
    Code(("spotinterruption",), (
        Rule((), "SPOT_RECLAIMED", "AWS took the Spot capacity back while it ran.", worth_retry=True),
    ), "spot"),
    Code(
        ("internalerror", "unexpectederror"),
        (Rule((), "AWS_ERROR", "Something failed inside AWS, or on the machine that AWS chose.", worth_retry=True),),
    ),
    Code(
        ("underlyinginfrastructure", "terminationnotice", "infrastructurehealth", "instance-failure"),
        (
            Rule(
                (),
                "HOST_LOST",
                "AWS took the machine away that it ran on, for maintenance or because it was not healthy.",
                worth_retry=True,
            ),
        ),
        "",
    ),
    Code(
        ("healthcheck",),
        (
            Rule(
                (),
                "UNHEALTHY",
                "Its container did not pass its health check, and ECS stopped it.",
                (("Correct the health check of the image or the job definition; a job needs none.",),),
            ),
        ),
        "",
    ),
    Code(
        ("userinitiated", "taskstoppedbyuser", "servicescheduler", "scalingactivity", "taskstopped:"),
        (
            Rule(
                (),
                "STOPPED_IN_ECS",
                "Somebody or something stopped its task in ECS, past AWS Batch.",
                (("CloudTrail has the StopTask call with its user.",),),
                worth_retry=True,
            ),
        ),
        "",
    ),
    Code(("taskfailedtostart",), _CONTAINER),
)  # fmt: skip
"""The errors, the more particular ones first: ECS puts one into another (`TaskFailedToStart: InternalError: …`)."""


def start_failure(reason: str, retry: Text) -> Finding | None:
    """Return why a task did not start or was stopped, or None where ``reason`` is not about that.

    ``reason`` is the container's, else the task's. ``retry`` is the command that tries again, named where that
    alone may help.
    """
    text = "".join(reason.lower().split())
    for code in CODES:
        if any(word in text for word in code.words):
            rule = first(code.rules, reason)
            more = (_by_itself(code.retry_on),) if rule.worth_retry and code.retry_on else ()
            return rule.finding(retry, *more)
    return None


def _by_itself(cause: str) -> Text:
    return ("AWS Batch tries such a job again by itself where it is submitted with ", Field("retry_on", cause), ".")
