"""Why a container never started: the words of ECS, Fargate, the container engine and the local AWS."""

from __future__ import annotations

from collections.abc import Sequence

from awa_batch.explain.model import Finding
from awa_batch.text import Command, Field, Step, Text

_Rule = tuple[Sequence[str], str, str, Sequence[Text]]
"""Words of which one must be there (in small letters), the verdict, what it means, what to do."""

_RETRY: Text = ("retry",)
"""Stands for the command that tries this job again."""

_BUILD_FOR_IT: Text = (
    "Build it for the architecture of the compute environment: ", Command("build"), ", then ", Command("push"), ".",
)  # fmt: skip

_PULL: Sequence[_Rule] = (
    (
        ("runs jobs as processes",),
        "IMAGE_NOT_FOUND",
        "The local AWS runs jobs as processes, because no container engine answered when it started, and this is a "
        "container image.",
        (("Start Docker and then ", Step("up"), ", or release the process image: ", Step("up"), "."),),
    ),
    (
        ("no such process image",),
        "IMAGE_NOT_FOUND",
        "The process image that the job definition names is not in this clone's state any more.",
        (("Make it again: ", Step("up"), "."), _RETRY),
    ),
    (
        ("toomanyrequests", "pull rate limit", "too many requests"),
        "IMAGE_RATE_LIMIT",
        "The registry allows no more pulls for now.",
        (("Push the image to this environment's own repository: ", Command("push"), "."), _RETRY),
    ),
    (
        ("no space left",),
        "IMAGE_NO_SPACE",
        "The image does not fit on the disk.",
        (("Make the image smaller, or give the job definition more ephemeral storage in Terraform.",),),
    ),
    (
        ("no matching manifest", "descriptor matching platform", "does not match the specified platform"),
        "IMAGE_PLATFORM",
        "The image has no build for this processor (X86_64 or ARM64).",
        (_BUILD_FOR_IT,),
    ),
    (
        ("403", "denied", "unauthorized", "not authorized", "no basic auth", "authorization token", "forbidden"),
        "IMAGE_PERMISSION",
        "The registry did not let the execution role have the image.",
        (
            (
                "Give the job definition's execution role ecr:GetAuthorizationToken, ecr:BatchCheckLayerAvailability, "
                "ecr:GetDownloadUrlForLayer and ecr:BatchGetImage, and let the repository's policy allow its account.",
            ),
        ),
    ),
    (
        ("timeout", "timed out", "deadline", "dial tcp", "no such host", "connection re", "request canceled", "eof"),
        "IMAGE_NETWORK",
        "The registry could not be reached from the job's subnet.",
        (
            (
                "A private subnet needs a NAT gateway, or the endpoints ecr.api, ecr.dkr and S3 (and logs), whose "
                "security group lets port 443 in: see the network module.",
            ),
            _RETRY,
        ),
    ),
    (
        ("not found", "manifest unknown", "name unknown", "does not exist", "no such image", "no such manifest"),
        "IMAGE_NOT_FOUND",
        "The registry has no image of that name and digest; a lifecycle rule may have deleted it.",
        (
            (
                "Push the image again and release it: ",
                Command("build"),
                ", ",
                Command("push"),
                ", ",
                Step("plan", "apply"),
                ".",
            ),
        ),
    ),
)

_RESOURCES: Sequence[_Rule] = (
    (
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
    (
        ("efs", "mount"),
        "START_VOLUME",
        "A file system could not be mounted.",
        (("Check the file system's id and mount targets, and that its security group lets port 2049 in.",),),
    ),
    (
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
    (
        ("resourcenotfound", "invalid ssm parameters", "can't find", "does not exist", "did not contain json key"),
        "START_SECRET",
        "A secret or parameter that the job definition names is not there.",
        (("Check the ARNs under `secrets` in the job definition, and that they are in this region.",),),
    ),
    (
        ("secret", "ssm", "registry auth", "ecr", "timeout", "timed out", "deadline", "dial tcp", "no such host"),
        "START_NETWORK",
        "What the task needs before it starts (secrets, the registry, the log) could not be reached from its subnet.",
        (
            (
                "A private subnet needs a NAT gateway, or the endpoints ecr.api, ecr.dkr, logs and S3 (secretsmanager "
                "and ssm where used), whose security group lets port 443 in: see the network module.",
            ),
            _RETRY,
        ),
    ),
)

_CONTAINER: Sequence[_Rule] = (
    (
        ("executable file not found", "no such file or directory"),
        "COMMAND_NOT_FOUND",
        "The image has no such command, so the container could not start.",
        (("Check the command (", Command("submit", Field("dry_run")), " shows it) against what the image holds."),),
    ),
    (
        ("exec format error",),
        "IMAGE_PLATFORM",
        "The image is built for another processor than the one it was started on.",
        (_BUILD_FOR_IT,),
    ),
    (
        ("permission denied",),
        "COMMAND_PERMISSION",
        "The image's user may not run that command.",
        (("Make the file executable in the image (chmod +x), then ", Command("build"), " and ", Command("push"), "."),),
    ),
    (
        ("no command specified",),
        "COMMAND_MISSING",
        "Neither the job nor its image says what to run.",
        (("Submit it with a ", Field("command"), ", or set CMD in the Dockerfile."),),
    ),
)


def start_failure(reason: str, retry: Text) -> Finding | None:
    """Return why a task did not start, or None where ``reason`` is not about that.

    ``reason`` is the container's, else the task's. ``retry`` is the command that tries again, named where that
    alone may help.
    """
    text = reason.lower()
    if "cannotpull" in text:
        return _first(_PULL, text, retry) or Finding(
            "IMAGE_PULL", "The image could not be pulled; the reason does not say more.", next=(retry,)
        )
    if "network interface provisioning" in text or "resourceinitializationerror:eni" in text.replace(" ", ""):
        return Finding(
            "START_NETWORK",
            "The task got no network interface in time.",
            next=(("Check that the subnets have free addresses.",), retry),
        )
    if "resourceinitializationerror" in text:
        return _first(_RESOURCES, text, retry) or Finding(
            "START_RESOURCES", "What the task needs before it starts could not be set up.", next=(retry,)
        )
    if "capacity is unavailable" in text:
        return Finding(
            "NO_CAPACITY",
            "Fargate had no capacity for it at that moment.",
            next=(retry, ("Add subnets in more zones, or use another queue: ", Field("queue"), ".")),
        )
    if text.startswith(("cannotstart", "cannotcreate", "taskfailedtostart", "internalerror")):
        return _first(_CONTAINER, text, retry) or Finding(
            "CONTAINER_START", "The container could not be started.", next=(retry,)
        )
    if text.startswith(("dockertimeout", "containerruntimetimeout")):
        return Finding(
            "CONTAINER_START",
            "The container engine did not answer in time; the host may be overloaded.",
            next=(retry,),
        )
    return None


def _first(rules: Sequence[_Rule], text: str, retry: Text) -> Finding | None:
    for words, verdict, what, steps in rules:
        if any(word in text for word in words):
            return Finding(verdict, what, next=tuple(retry if step is _RETRY else step for step in steps))
    return None
