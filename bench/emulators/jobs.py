"""Jobs: how they run, what is said of them, how they fail, are tried again and stopped."""

from __future__ import annotations

import re

from bench.emulators.account import Account, equal, must
from bench.emulators.behaviours import API, USER, behaviour

J, S = "A job", "Retries, stops"
STATES = USER + "job_states.html"
VARIABLES = USER + "job_env_vars.html"


@behaviour(J, "exit code 0 is SUCCEEDED, and the exit code is there", STATES)
def job_succeeds(a: Account) -> None:
    found = a.run("exit 0")
    equal(found["status"], "SUCCEEDED", "status")
    equal(found["container"].get("exitCode"), 0, "exitCode")


@behaviour(J, "another exit code is FAILED, with that code in the attempt", API + "API_AttemptContainerDetail.html")
def job_fails(a: Account) -> None:
    found = a.run("exit 3")
    equal(found["status"], "FAILED", "status")
    equal([one["container"].get("exitCode") for one in found["attempts"]], [3], "exit codes of attempts")


@behaviour(J, "the reason of a job that ended by itself is in statusReason", API + "API_JobDetail.html")
def job_says_why_it_ended(a: Account) -> None:
    equal(a.run("exit 3").get("statusReason"), "Essential container in task exited", "statusReason")


@behaviour(J, "its output is in /aws/batch/job", USER + "using_awslogs.html")
def job_has_a_log(a: Account) -> None:
    a.written(a.run("echo one; echo two >&2"), "one", "two")


@behaviour(J, "its stream is DEFINITION/default/ID", USER + "using_awslogs.html")
def stream_has_a_form(a: Account) -> None:
    name = a.definition("echo one")
    stream = a.wait(a.submit(definition=name))["container"].get("logStreamName", "")
    must(re.fullmatch(rf"{name}/default/[0-9a-f-]{{32,36}}", stream), f"it is {stream!r}")


@behaviour(J, "its output is there while it runs", USER + "using_awslogs.html")
def log_comes_while_it_runs(a: Account) -> None:
    job = a.submit("echo early; sleep 30")
    try:
        found = a.wait(job, "RUNNING")
        a.until(lambda: "early" in a.lines({**found, **a.job(job)}), "the log has a line", 15)
        equal(a.job(job)["status"], "RUNNING", "status")
    finally:
        a.batch.terminate_job(jobId=job, reason="enough")


@behaviour(J, "it knows its job, attempt, queue and environment by variables", VARIABLES)
def job_has_variables(a: Account) -> None:
    environment = a.environment()
    queue = a.queue(environment)
    job = a.run('echo "$AWS_BATCH_JOB_ID/$AWS_BATCH_JOB_ATTEMPT/$AWS_BATCH_JQ_NAME/$AWS_BATCH_CE_NAME"', queue=queue)
    a.written(job, f"{job['jobId']}/1/{queue}/{environment}")


@behaviour(J, "variables of the definition, and of the submission over them", API + "API_ContainerOverrides.html")
def variables_are_overridden(a: Account) -> None:
    given = [{"name": "A", "value": "1"}, {"name": "B", "value": "1"}]
    name = a.definition(properties=a.container('echo "$A$B"', environment=given))
    a.written(a.run(definition=name, containerOverrides={"environment": [{"name": "B", "value": "2"}]}), "12")


@behaviour(J, "the command of the submission takes the definition's place", API + "API_ContainerOverrides.html")
def command_is_overridden(a: Account) -> None:
    a.written(a.run("echo first", containerOverrides={"command": ["echo", "second"]}), "second")


@behaviour(
    J, "Ref:: is replaced by the submission's parameter, or the definition's", USER + "job_definition_parameters.html"
)
def parameters_are_replaced(a: Account) -> None:
    name = a.definition(["echo", "Ref::a", "Ref::b"], parameters={"a": "1", "b": "1"})
    a.written(a.run(definition=name, parameters={"b": "2"}), "1 2")


@behaviour(J, "createdAt, startedAt and stoppedAt are milliseconds, in order", API + "API_JobDetail.html")
def times_are_in_order(a: Account) -> None:
    found = a.run("sleep 1")
    times = [found[name] for name in ("createdAt", "startedAt", "stoppedAt")]
    must(times == sorted(times), f"they are {times}")
    must(1_500_000_000_000 < times[0] < 4_000_000_000_000, f"createdAt is {times[0]}")
    must(900 <= times[2] - times[1] < 20_000, f"it ran {times[2] - times[1]} ms by them, and slept 1 s")


@behaviour(J, "vCPUs and memory of the submission are what is shown", API + "API_ContainerDetail.html")
def sizes_are_overridden(a: Account) -> None:
    needs = [{"type": "VCPU", "value": "2"}, {"type": "MEMORY", "value": "256"}]
    shown = a.job(a.submit(containerOverrides={"resourceRequirements": needs}))["container"]["resourceRequirements"]
    equal({one["type"]: one["value"] for one in shown}, {"VCPU": "2", "MEMORY": "256"}, "resourceRequirements")


@behaviour(J, "more memory than it asked for ends it: exit code 137, OutOfMemoryError", USER + "memory-management.html")
def memory_is_a_limit(a: Account) -> None:
    found = a.run("head -c 300000000 /dev/zero | tail >/dev/null")  # one line of 300 MB, which tail keeps
    equal(found["status"], "FAILED", "status")
    must("OutOfMemoryError" in (found["container"].get("reason") or ""), f"reason {found['container'].get('reason')!r}")


@behaviour(J, "a program that the image lacks is a CannotStartContainerError", USER + "troubleshooting.html")
def program_is_not_there(a: Account) -> None:
    found = a.run(["no-such-program"])
    equal(found["status"], "FAILED", "status")
    reason = found["container"].get("reason") or ""
    must("CannotStartContainerError" in reason, f"reason {reason!r}")


@behaviour(J, "an image that is not there is a CannotPullContainerError", USER + "troubleshooting.html")
def image_is_not_there(a: Account) -> None:
    name = a.definition(properties=a.container("true", image="127.0.0.1:9/no/such-image:1"))
    found = a.run(definition=name)
    equal(found["status"], "FAILED", "status")
    must("CannotPullContainerError" in (found["container"].get("reason") or ""),
         f"reason {found['container'].get('reason')!r}")  # fmt: skip


@behaviour(J, "a secret of the definition is a variable of the job", API + "API_Secret.html")
def secrets_are_variables(a: Account) -> None:
    name = a.name("secret")
    arn = a.client("secretsmanager").create_secret(Name=name, SecretString="hidden")["ARN"]
    properties = a.container("echo $SECRET", secrets=[{"name": "SECRET", "valueFrom": arn}],
                             executionRoleArn=a.place()["role"])  # fmt: skip
    a.written(a.run(definition=a.definition(properties=properties)), "hidden")


@behaviour(J, "it reads of itself at ECS_CONTAINER_METADATA_URI_V4", VARIABLES)
def job_has_metadata(a: Account) -> None:
    must(a.written(a.run('echo "x$ECS_CONTAINER_METADATA_URI_V4"'))[:1] != ["x"], "there is no such variable")


@behaviour(J, "ListJobs finds it by its status, and RUNNING ones where none is asked for", API + "API_ListJobs.html")
def jobs_are_listed(a: Account) -> None:
    queue = a.queue()
    job = a.run(queue=queue)["jobId"]
    done = a.batch.list_jobs(jobQueue=queue, jobStatus="SUCCEEDED")["jobSummaryList"]
    equal([one["jobId"] for one in done], [job], "SUCCEEDED")
    equal(a.batch.list_jobs(jobQueue=queue)["jobSummaryList"], [], "those without a status")


@behaviour(J, "ListJobs finds it by a name with * at its end", API + "API_ListJobs.html")
def jobs_are_listed_by_name(a: Account) -> None:
    queue = a.queue()
    job = a.submit(queue=queue, jobName="first-one")
    a.submit(queue=queue, jobName="second-one")
    found = a.batch.list_jobs(jobQueue=queue, filters=[{"name": "JOB_NAME", "values": ["first*"]}])["jobSummaryList"]
    equal([one["jobId"] for one in found], [job], "jobs of the name")


@behaviour(J, "ListJobs comes in pages of maxResults", API + "API_ListJobs.html")
def jobs_are_paged(a: Account) -> None:
    queue = a.queue()
    jobs = {a.submit(queue=queue) for _ in range(3)}
    for job in jobs:
        a.wait(job)
    first = a.batch.list_jobs(jobQueue=queue, jobStatus="SUCCEEDED", maxResults=2)
    equal(len(first["jobSummaryList"]), 2, "jobs of the first page")
    rest = a.batch.list_jobs(jobQueue=queue, jobStatus="SUCCEEDED", maxResults=2, nextToken=first["nextToken"])
    equal({one["jobId"] for one in first["jobSummaryList"] + rest["jobSummaryList"]}, jobs, "jobs of both pages")


@behaviour(J, "a job that is not there is left out of DescribeJobs", API + "API_DescribeJobs.html")
def unknown_jobs_are_left_out(a: Account) -> None:
    equal(a.batch.describe_jobs(jobs=["00000000-0000-4000-8000-000000000000"])["jobs"], [], "jobs")


@behaviour(J, "a job's tags are listed by its ARN", API + "API_ListTagsForResource.html")
def jobs_have_tags(a: Account) -> None:
    found = a.job(a.submit(tags={"team": "one"}))
    equal(a.batch.list_tags_for_resource(resourceArn=found["jobArn"])["tags"], {"team": "one"}, "tags")


@behaviour(S, "two attempts are two attempts, and the second knows its number", USER + "job_retries.html")
def failed_is_tried_again(a: Account) -> None:
    found = a.run('[ "$AWS_BATCH_JOB_ATTEMPT" = 2 ]', retryStrategy={"attempts": 2})
    equal(found["status"], "SUCCEEDED", "status")
    equal([one["container"].get("exitCode") for one in found["attempts"]], [1, 0], "exit codes of attempts")


@behaviour(S, "evaluateOnExit: an exit code that says EXIT ends the job", API + "API_EvaluateOnExit.html")
def evaluate_on_exit_ends(a: Account) -> None:
    rules = [{"onExitCode": "4*", "action": "EXIT"}, {"onReason": "*", "action": "RETRY"}]
    found = a.run("exit 42", retryStrategy={"attempts": 3, "evaluateOnExit": rules})
    equal(len(found["attempts"]), 1, "attempts")


@behaviour(S, "evaluateOnExit: what no rule matches is tried again", API + "API_RetryStrategy.html")
def evaluate_on_exit_goes_on(a: Account) -> None:
    rules = [{"onExitCode": "9", "action": "EXIT"}]
    equal(len(a.run("exit 42", retryStrategy={"attempts": 2, "evaluateOnExit": rules})["attempts"]), 2, "attempts")


@behaviour(S, "a timeout of 60 s ends an attempt, which is not tried again, and says so", USER + "job_timeouts.html")
def timeout_ends_it(a: Account) -> None:
    job = a.submit("sleep 300", timeout={"attemptDurationSeconds": 60}, retryStrategy={"attempts": 2})
    found = a.wait(job, seconds=130)
    equal(found["status"], "FAILED", "status")
    equal(found.get("statusReason"), "Job attempt duration exceeded timeout", "statusReason")
    equal(len(found["attempts"]), 1, "attempts")


@behaviour(S, "a terminated job is FAILED with the reason that was given", API + "API_TerminateJob.html")
def terminated_says_why(a: Account) -> None:
    job = a.submit("sleep 60")
    a.wait(job, "RUNNING")
    a.batch.terminate_job(jobId=job, reason="not needed")
    found = a.wait(job, seconds=45)
    equal(found["status"], "FAILED", "status")
    equal(found.get("statusReason"), "not needed", "statusReason")


@behaviour(S, "a terminated job has SIGTERM first", API + "API_TerminateJob.html")
def terminated_is_told(a: Account) -> None:
    job = a.submit("trap 'echo told; exit 5' TERM; echo up; while :; do sleep 0.2; done")
    found = a.wait(job, "RUNNING")
    a.until(lambda: "up" in a.lines({**found, **a.job(job)}), "it is up", 15)
    a.batch.terminate_job(jobId=job, reason="not needed")
    a.written(a.wait(job, seconds=45), "told")


@behaviour(S, "a job that waits is cancelled: FAILED with the reason", API + "API_CancelJob.html")
def waiting_is_cancelled(a: Account) -> None:
    first = a.submit("sleep 4")
    second = a.submit(dependsOn=[{"jobId": first}])
    a.batch.cancel_job(jobId=second, reason="not needed")
    # "A PENDING job is canceled after all dependency jobs are completed" (CancelJob).
    found = a.wait(second, seconds=45)
    equal((found["status"], found.get("statusReason")), ("FAILED", "not needed"), "status and reason")


@behaviour(S, "a job that runs is not cancelled", API + "API_CancelJob.html")
def running_is_not_cancelled(a: Account) -> None:
    job = a.submit("sleep 4; echo end")
    a.wait(job, "RUNNING")
    a.batch.cancel_job(jobId=job, reason="not needed")
    equal(a.wait(job)["status"], "SUCCEEDED", "status")
