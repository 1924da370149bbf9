"""Step Functions: moto's interpreter of state machines, whose calls go to this server, with Batch's jobs as on AWS."""

from __future__ import annotations

import sys
import uuid
from datetime import UTC, datetime
from functools import lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from local_batch.json_object import Json

if TYPE_CHECKING:
    from collections.abc import Callable

LOOK_SECONDS = 0.1
"""How often a state that waits for a job asks for it. On AWS an event tells it."""
STOPPED = "The execution of Step Functions that waited for this job has ended"


def install(own: Callable[[], Json]) -> None:
    """Have moto run state machines. ``own`` returns the address and the keys that clients of this server need.

    moto runs them only where its settings say so, and calls a server at a fixed address with other keys.
    """
    import boto3
    from moto.core.config import default_user_config
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
        state_task_service,
        state_task_service_batch,
        state_task_service_callback,
    )
    from moto.stepfunctions.parser.asl.utils import boto_client

    default_user_config["stepfunctions"] = {"execute_state_machine": True}

    def client(**asked: Any) -> Any:
        make: Any = boto3.client  # its types know services by their names only
        return make(**{**asked, **own()})

    clients: Any = boto_client
    clients.boto3 = SimpleNamespace(client=client)
    waiting: Any = state_task_service_callback
    waiting._DELAY_SECONDS_SYNC_CONDITION_CHECK = LOOK_SECONDS
    _name_executions()
    _translate_members(state_task_service.StateTaskService)
    _take_all_members(state_task_service_batch)
    _end_with_its_execution(state_task_service_batch)


def _name_executions() -> None:
    """Give an execution that is started without a name one (API reference, StartExecution: name); moto has "None"."""
    from moto.stepfunctions.parser.models import StepFunctionsParserBackend

    backend: Any = StepFunctionsParserBackend
    original = backend.start_execution

    def start_execution(self: Any, state_machine_arn: str, name: str | None = None, *given: Any, **named: Any) -> Any:
        return original(self, state_machine_arn, name or str(uuid.uuid4()), *given, **named)

    backend.start_execution = start_execution


@lru_cache
def _operation(service: str, action: str) -> Any:
    """Return botocore's model of a call, for example ``batch`` and ``submit_job``; None where there is none."""
    from botocore import xform_name
    from botocore.exceptions import UnknownServiceError
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    try:
        model = ServiceModel(Loader().load_service_model(service, "service-2"), service)
    except UnknownServiceError:
        return None
    names = {xform_name(name): name for name in model.operation_names}
    return model.operation_model(names[action]) if action in names else None


def _translate_members(task: Any) -> None:
    """Translate what a state says in Pascal case for the service, and its answer back.

    Step Functions guide, "Passing parameters to a service API": "parameters are expressed in PascalCase", whatever the
    service's own case is. moto has the functions for it and does not call them.
    """

    def shape(self: Any, service: str | None, action: str | None, member: str) -> Any:
        operation = _operation(self._get_boto_service_name(service), self._get_boto_service_action(action))
        return getattr(operation, member, None)

    def parameters_of(self: Any, parameters: Any, service: str | None = None, action: str | None = None) -> None:
        if (found := shape(self, service, action, "input_shape")) is not None:
            self._to_boto_request(parameters, found)

    def response_of(
        self: Any, response: Any, boto_service_name: str | None = None, service_action_name: str | None = None
    ) -> None:
        if (found := shape(self, boto_service_name, service_action_name, "output_shape")) is not None:
            self._from_boto_response(response, found)

    task._normalise_parameters = parameters_of
    task._normalise_response = response_of


def _take_all_members(module: Any) -> None:
    """Take every member of SubmitJob, of which moto knows ten.

    Step Functions guide, "Run AWS Batch workloads with Step Functions": it names SubmitJob as a whole, and its example
    has PropagateTags.
    """
    members = _operation("batch", "submit_job").input_shape.members
    module._SUPPORTED_API_PARAM_BINDINGS["submitjob"] = {name[:1].upper() + name[1:] for name in members}


def _end_with_its_execution(module: Any) -> None:
    """Terminate the job that an execution waited for when the execution is stopped, or its state times out.

    Step Functions guide, "Run a Job (.sync)": the task is cancelled then, as far as possible.
    """
    task = module.StateTaskServiceBatch
    build, wait = task._build_sync_resolver, task._eval_sync

    def build_sync_resolver(self: Any, **given: Any) -> Any:
        job_id = given["env"].stack[-1]["JobId"]
        resolve = build(self, **given)

        def end() -> None:
            module.boto_client_for(
                service="batch",
                region=given["resource_runtime_part"].region,
                state_credentials=given["state_credentials"],
            ).terminate_job(jobId=job_id, reason=STOPPED)

        resolve.end = end
        return resolve

    def eval_sync(self: Any, **given: Any) -> Any:
        found = wait(self, **given)
        if not found:
            given["sync_resolver"].end()
        return found

    task._build_sync_resolver = build_sync_resolver
    task._eval_sync = eval_sync


def stop_all() -> None:
    """End every execution: their threads would go on asking for jobs."""
    models = sys.modules.get("moto.stepfunctions.parser.models")
    if models is None:
        return
    for account in models.stepfunctions_parser_backends.values():
        for backend in account.values():
            for machine in backend.state_machines:
                for execution in machine.executions:
                    execution.stop(datetime.now(UTC), None, None)
