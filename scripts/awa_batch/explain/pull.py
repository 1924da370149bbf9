"""Why an image could not be pulled: the sub-causes of CannotPullContainerError.

Sources: Amazon ECS Developer Guide, "CannotPullContainer task errors" (cannot-pull-container-error), the words of
Docker and containerd that it quotes, and those of the local AWS.
"""

from __future__ import annotations

from awa_batch.explain.rules import RETRY, Rule
from awa_batch.text import Command, Step, Text

BUILD_FOR_IT: Text = (
    "Build it for the architecture of the compute environment: ", Command("build"), ", then ", Command("push"), ".",
)  # fmt: skip

_WAY: Text = (
    "A private subnet needs a NAT gateway, or the endpoints ecr.api, ecr.dkr and S3 (and logs), whose security group "
    "lets port 443 in: see the network module.",
)

PULL: tuple[Rule, ...] = (
    Rule(
        ("runs jobs as processes",),
        "IMAGE_NOT_FOUND",
        "The local AWS runs jobs as processes, because no container engine answered when it started, and this is a "
        "container image.",
        (("Start Docker and then ", Step("up"), ", or release the process image: ", Step("up"), "."),),
    ),
    Rule(
        ("no such process image",),
        "IMAGE_NOT_FOUND",
        "The process image that the job definition names is not in this clone's state any more.",
        (("Make it again: ", Step("up"), "."), RETRY),
    ),
    Rule(
        ("toomanyrequests", "pull rate limit", "too many requests"),
        "IMAGE_RATE_LIMIT",
        "The registry allows no more pulls for now.",
        (("Push the image to this environment's own repository: ", Command("push"), "."),),
        worth_retry=True,
    ),
    Rule(
        ("no space left",),
        "IMAGE_NO_SPACE",
        "The image does not fit on the disk.",
        (("Make the image smaller, or give the job definition more ephemeral storage in Terraform.",),),
    ),
    Rule(
        ("no matching manifest", "descriptor matching platform", "does not match the specified platform"),
        "IMAGE_PLATFORM",
        "The image has no build for this processor (X86_64 or ARM64).",
        (BUILD_FOR_IT,),
    ),
    Rule(
        ("invalid reference format",),
        "IMAGE_NAME",
        "The image's name has not the form of one (REPOSITORY@sha256:… or REPOSITORY:TAG).",
        (("Correct the image in the job definition, or release it again: ", Step("build-push"), "."),),
    ),
    Rule(
        ("connection issue", "check your network configuration", "check your task network configuration"),
        "IMAGE_NETWORK",
        "The registry could not be reached from the job's subnet.",
        (_WAY,),
        worth_retry=True,
    ),
    Rule(
        ("403", "denied", "unauthorized", "not authorized", "no basic auth", "authorization token", "forbidden",
         "has the permissions"),
        "IMAGE_PERMISSION",
        "The registry did not let the execution role have the image.",
        (
            (
                "Give the job definition's execution role ecr:GetAuthorizationToken, ecr:BatchCheckLayerAvailability, "
                "ecr:GetDownloadUrlForLayer and ecr:BatchGetImage, and let the repository's policy allow its account.",
            ),
        ),
    ),
    Rule(
        ("timeout", "timed out", "deadline", "dial tcp", "no such host", "connection re", "request canceled",
         "context canceled", "eof"),
        "IMAGE_NETWORK",
        "The registry could not be reached from the job's subnet.",
        (_WAY,),
        worth_retry=True,
    ),
    Rule(
        ("not found", "manifest unknown", "name unknown", "does not exist", "no such image", "no such manifest",
         "check if the image exists"),
        "IMAGE_NOT_FOUND",
        "The registry has no image of that name and digest; a lifecycle rule may have deleted it.",
        (
            (
                "Push the image again and release it: ", Command("build"), ", ", Command("push"), ", ",
                Step("plan", "apply"), ".",
            ),
        ),
    ),
    Rule(
        (),
        "IMAGE_PULL",
        "The image could not be pulled; the reason does not say more.",
        worth_retry=True,
    ),
)  # fmt: skip
"""The last one fits whatever else is said."""
