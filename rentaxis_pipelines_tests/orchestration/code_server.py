"""A code server as far as the beginning and end of runs go: it says which runs it has, stops those, and breaks off while it starts one.

The rest of Dagster's protocol it does not know.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._grpc.__generated__ import dagster_api_pb2
from dagster._grpc.__generated__.dagster_api_pb2_grpc import (
    DagsterApiServicer,
    add_DagsterApiServicer_to_server,
)
from dagster._grpc.types import (
    CanCancelExecutionRequest,
    CanCancelExecutionResult,
    CancelExecutionRequest,
    CancelExecutionResult,
    ExecuteExternalJobArgs,
    ListRepositoriesResponse,
)
from dagster._serdes import deserialize_value, serialize_value
from dagster_shared.error import SerializableErrorInfo


@dataclass
class CodeServer(DagsterApiServicer):
    """``has``: the runs it has. A run it does not have: an error, as ``dagster code-server start`` answers after it was restarted."""

    port: int = 0
    has: set[str] = field(default_factory=set)
    stopped: list[str] = field(default_factory=list)
    started: list[str] = field(default_factory=list)

    @property
    def tag(self) -> dict[str, str]:
        """The tag of a run that this server started."""
        return {GRPC_INFO_TAG: json.dumps({"host": "127.0.0.1", "port": self.port})}

    def Ping(self, request: Any, context: Any) -> Any:  # noqa: N802  # Dagster's name
        """It is there."""
        return dagster_api_pb2.PingReply(echo=request.echo)

    def GetServerId(self, request: Any, context: Any) -> Any:  # noqa: N802
        """The same as long as it is there."""
        return dagster_api_pb2.GetServerIdReply(server_id=str(self.port))

    def ListRepositories(self, request: Any, context: Any) -> Any:  # noqa: N802
        """None: which jobs there are does not matter here."""
        listed = ListRepositoriesResponse([], container_image="none")
        return dagster_api_pb2.ListRepositoriesReply(
            serialized_list_repositories_response_or_error=serialize_value(listed)
        )

    def StartRun(self, request: Any, context: Any) -> Any:  # noqa: N802
        """The connection is gone before there is an answer: whether there is a process nobody knows."""
        asked = deserialize_value(request.serialized_execute_run_args, ExecuteExternalJobArgs)
        self.started.append(asked.run_id)
        context.abort(grpc.StatusCode.UNAVAILABLE, "the machine went down")

    def CanCancelExecution(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Whether the run is here."""
        asked = deserialize_value(request.serialized_can_cancel_execution_request, CanCancelExecutionRequest)
        result = CanCancelExecutionResult(can_cancel=asked.run_id in self.has)
        return dagster_api_pb2.CanCancelExecutionReply(
            serialized_can_cancel_execution_result=serialize_value(result)
        )

    def CancelExecution(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Stop it, if it is here."""
        asked = deserialize_value(request.serialized_cancel_execution_request, CancelExecutionRequest)
        here = asked.run_id in self.has
        if here:
            self.stopped.append(asked.run_id)
        error = SerializableErrorInfo(f"Could not find a server for run {asked.run_id}", [], "Exception")
        result = CancelExecutionResult(
            success=here, message=None, serializable_error_info=None if here else error
        )
        return dagster_api_pb2.CancelExecutionReply(
            serialized_cancel_execution_result=serialize_value(result)
        )


@contextmanager
def code_server() -> Iterator[CodeServer]:
    """A server on a port of its own."""
    served, server = CodeServer(), grpc.server(ThreadPoolExecutor(2))
    add_DagsterApiServicer_to_server(served, server)
    served.port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield served
    finally:
        server.stop(None).wait()
