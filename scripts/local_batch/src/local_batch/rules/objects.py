"""AWS's rules for compute environments, job queues and scheduling policies."""

from __future__ import annotations

from local_batch.rules.bounds import Bounds

# -- job queues

PRIORITY = Bounds(0, 1000)
"""A queue's priority (guide, "Job queue parameters")."""

MOST_ENVIRONMENTS = 3
"""Compute environments of a queue (model: CreateJobQueueRequest.computeEnvironmentOrder)."""

STATE_TIME_LIMIT = Bounds(600, 86400)
"""maxTimeSeconds of a state time limit (model: JobStateTimeLimitAction.maxTimeSeconds)."""

STATE_TIME_LIMIT_ACTIONS = ("CANCEL",)
STATE_TIME_LIMIT_REASONS = (
    "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
    "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE",
    "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT",
    "MISCONFIGURATION:EC2_INSTANCE_CONFIGURATION_UNSUPPORTED",
)
"""The reasons that may have an action; SERVICE_ROLE_PERMISSIONS, ACTION_REQUIRED and UNDETERMINED are shown and may not
(Batch guide, "Automatic remediation with jobStateTimeLimitActions")."""
"""What a state time limit may do to a job of a queue of containers (model: JobStateTimeLimitAction.action)."""

# -- scheduling policies

SHARE_DECAY_SECONDS = Bounds(0, 604800)
"""shareDecaySeconds (model: FairsharePolicy.shareDecaySeconds)."""

DEFAULT_DECAY_SECONDS = 600.0
"""What a shareDecaySeconds of 0 means (model: FairsharePolicy.shareDecaySeconds)."""

COMPUTE_RESERVATION = Bounds(0, 99)
"""computeReservation in percent (model: FairsharePolicy.computeReservation)."""

WEIGHT = Bounds(0.0001, 999.9999)
"""weightFactor; a lower one gets more (model: ShareAttributes.weightFactor)."""

MOST_SHARES = 500
"""Share identifiers of a policy (model: ShareAttributes.shareIdentifier: active in a queue)."""

# -- compute environments

FARGATE_SUBNETS = 16
"""Subnets of a Fargate environment (model: ComputeResource.subnets)."""

FARGATE_SECURITY_GROUPS = 5
"""Security groups of a Fargate environment (model: ComputeResourceUpdate.securityGroupIds)."""

TEMPLATE_OVERRIDES = 10
"""Launch template overrides (model: LaunchTemplateSpecification.overrides)."""

IMAGE_CHOICES = Bounds(1, 2)
"""Entries of ec2Configuration: "One or two values can be provided" (model: ComputeResource.ec2Configuration)."""

SCALE_DOWN_MINUTES = Bounds(20, 10080)
"""minScaleDownDelayMinutes, where it is not 0 (model: ComputeScalingPolicy.minScaleDownDelayMinutes)."""

FARGATE = ("FARGATE", "FARGATE_SPOT")
"""Types of compute resources on Fargate (model: CRType)."""

SPOT_ONLY_STRATEGIES = (
    "SPOT_CAPACITY_OPTIMIZED",
    "SPOT_PRICE_CAPACITY_OPTIMIZED",
    "SPOT_CAPACITY_OPTIMIZED_PRIORITIZED",
)
"""Allocation strategies for type SPOT only (model: ComputeResource.allocationStrategy)."""

UPDATABLE_STRATEGIES = ("BEST_FIT_PROGRESSIVE", "BEST_FIT_PROGRESSIVE_ORDERED", *SPOT_ONLY_STRATEGIES)
"""Strategies with which infrastructure updates are possible (model: CRUpdateAllocationStrategy)."""

SCALING_MEMBERS = ("minvCpus", "maxvCpus", "desiredvCpus")
"""Changes of these alone are not an infrastructure update (guide, "Updating compute environments")."""

BID_PERCENTAGE = Bounds(0, 100)
"""bidPercentage (guide, "Compute environment parameters")."""

NOT_ON_FARGATE = (
    "allocationStrategy",
    "bidPercentage",
    "desiredvCpus",
    "ec2Configuration",
    "ec2KeyPair",
    "imageId",
    "instanceRole",
    "instanceTypes",
    "launchTemplate",
    "minvCpus",
    "placementGroup",
    "scalingPolicy",
    "spotIamFleetRole",
    "tags",
)
"""Members of compute resources that Fargate does not take (model: ComputeResource)."""

DEFAULT_UPDATE_POLICY = {"terminateJobsOnUpdate": False, "jobExecutionTimeoutMinutes": 30}
"""(model: UpdatePolicy)"""
