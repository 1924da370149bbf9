"""Apache Airflow's operator and sensor of AWS Batch, in a DAG that its own `dag.test()` runs."""

from __future__ import annotations

import re
from pathlib import Path

from local_batch.testing import BatchForTests
from tests.clients.support import define, jobs, programs, run

DAG = """
from airflow.providers.amazon.aws.hooks.batch_client import BatchClientHook
from airflow.providers.amazon.aws.operators.batch import BatchOperator
from airflow.providers.amazon.aws.sensors.batch import BatchSensor
from airflow.sdk import DAG

# As its documentation says: how long it sleeps before it looks at a job, in seconds.
BatchClientHook.DEFAULT_DELAY_MIN = BatchClientHook.DEFAULT_DELAY_MAX = 0
BATCH = {"job_queue": "QUEUE", "aws_conn_id": None}

with DAG("greetings") as dag:
    waited = BatchOperator(
        task_id="waited", job_name="waited", job_definition="greet", parameters={"word": "waited"},
        array_properties={"size": 2}, **BATCH)
    # It ends once the trigger has found it running; then its lines are read.
    deferred = BatchOperator(
        task_id="deferred", job_name="deferred", job_definition="slow", awslogs_enabled=True, deferrable=True,
        poll_interval=1, **BATCH)
    submitted = BatchOperator(
        task_id="submitted", job_name="submitted", job_definition="greet", wait_for_completion=False,
        container_overrides={"command": ["echo", "overridden"]}, **BATCH)
    sensed = BatchSensor(task_id="sensed", job_id=submitted.output, aws_conn_id=None, poke_interval=1)
    waited >> deferred >> submitted >> sensed

if __name__ == "__main__":
    print("the run ended as", dag.test().state.value)
"""


def test_a_dag_waits_for_an_array_defers_for_a_job_and_senses_a_third(
    aws: BatchForTests, env: dict[str, str], tmp_path: Path
) -> None:
    bin_folder = programs("airflow")
    define(aws, "greet", "echo", "hello from", "Ref::word")
    awaited = tmp_path / "awaited"
    define(aws, "slow", "sh", "-c", f"until [ -e {awaited} ]; do sleep 0.1; done; echo hello from a slow one")
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "greetings.py").write_text(DAG.replace("QUEUE", aws.queue))
    env |= {"AIRFLOW_HOME": str(tmp_path), "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "PYTHONUNBUFFERED": "1"}
    run([bin_folder / "airflow", "db", "migrate"], env, tmp_path)

    def heard(line: str) -> None:
        if re.search(r"Batch job \S+ not ready yet: \['RUNNING'\]", line):
            awaited.touch()

    said = run([bin_folder / "python", "dags/greetings.py"], env, tmp_path, heard)
    assert "the run ended as success" in said, said
    assert awaited.exists(), said
    assert re.search(r"\[info +\] .*hello from a slow one", said), said
    found = {job["jobName"]: job for job in jobs(aws)}
    assert {name: job["status"] for name, job in found.items()} == dict.fromkeys(
        ("waited", "deferred", "submitted"), "SUCCEEDED"
    )
    assert found["waited"]["arrayProperties"]["size"] == 2
    assert aws.lines(f"{found['waited']['jobId']}:1") == ["hello from waited"]
    assert aws.lines(found["submitted"]["jobId"]) == ["overridden"]
