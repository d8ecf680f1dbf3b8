"""From an error to what Dagster shows: the sentence for people alone, or a fault of ours whole, but without values.

Here: the door that every function Dagster calls begins and ends at (``step``, ``tick``, and ``in_peoples_words`` for resources),
and reading the sentence back. Not here: the errors and their words (``orchestration.errors_for_people``, ``safety.unexpected``).
"""

import contextlib
import functools
import inspect
from collections.abc import Callable, Generator
from typing import Any, TypeVar, cast

import dagster as dg
from dagster._core.errors import DagsterUserCodeProcessError  # pinned exactly; the tests see it go
from dagster_shared.error import SerializableErrorInfo

from rentaxis_pipelines.orchestration.errors_for_people import for_people
from rentaxis_pipelines.orchestration.known_tags import refuse_unknown_tags
from rentaxis_pipelines.orchestration.options import options_from_tags
from rentaxis_pipelines.render.characters import lines
from rentaxis_pipelines.safety.unexpected import without_values

# On every job of ours: what a step says will be said again. A run whose process died is started again all the same.
NOT_RETRIED = {"dagster/retry_on_asset_or_op_failure": "false"}

Called = TypeVar("Called", bound=Callable[..., Any])


class Stopped(dg.Failure, DagsterUserCodeProcessError):
    """A step or tick that ended with a sentence for people; Dagster does not try the step again.

    Dagster writes class, trace and causes to the text of any exception, and wraps it in one of its own, but hands on as it
    stands what another process has reported: so the sentence comes first, and alone.
    """

    def __init__(self, sentence: str) -> None:
        sentence = lines(sentence)  # it may name a record, and console logs are read on a terminal
        shown = SerializableErrorInfo(sentence, stack=[], cls_name="Failure")
        DagsterUserCodeProcessError.__init__(self, sentence, user_code_process_error_infos=[shown])
        self.description, self.metadata, self.allow_retries = sentence, {}, False


@contextlib.contextmanager
def in_peoples_words() -> Generator[None]:
    """Raises Stopped for an error with a sentence for people; for any other the error itself, its texts without values."""
    try:
        yield
    except dg.DagsterError:  # Dagster's own; Stopped is one of them
        raise
    except Exception as error:
        told = for_people(error)
        shown: BaseException = without_values(error) if told is None else Stopped(str(told))
    else:
        return
    shown.__suppress_context__ = True
    raise shown


def step(function: Called) -> Called:
    """For ops, assets and asset checks, whose first argument is the context."""

    def begin(context: Any) -> None:
        options_from_tags(context.run.tags)  # raises for a wrong value: a mistyped preview must not push
        refuse_unknown_tags(context.run.job_name, context.run.tags)

    return _at_the_door(function, begin)


def tick(function: Called) -> Called:
    """For schedules and sensors."""
    return _at_the_door(function, lambda _: None)


def _at_the_door(function: Called, begin: Callable[[Any], None]) -> Called:
    # Dagster looks whether the function is a generator, and reads its parameters through functools.wraps.
    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def generating(context: Any, *args: Any, **named: Any) -> Generator[Any, Any, Any]:
            with in_peoples_words():
                begin(context)
                yield from function(context, *args, **named)

        return cast("Called", generating)

    @functools.wraps(function)
    def returning(context: Any, *args: Any, **named: Any) -> Any:
        with in_peoples_words():
            begin(context)
            return function(context, *args, **named)

    return cast("Called", returning)


def told_by(event: dg.DagsterEvent) -> str | None:
    """The sentence of ``Stopped`` in a failure event, which is for people; None for one without."""
    data: Any = event.event_specific_data if event.is_failure else None
    told = getattr(data, "user_failure_data", None)
    if told is not None and told.description:
        return told.description
    error = _first_error(data)
    return error.message.strip() if error is not None and error.cls_name == "Failure" else None


def sentence_of(event: dg.DagsterEvent) -> str | None:
    """What a failure event says to people: the sentence of ``Stopped``, else the text of the error that came first, without its class."""
    if sentence := told_by(event):
        return sentence
    error = _first_error(event.event_specific_data) if event.is_failure else None
    return None if error is None else error.message.strip().split(f"{error.cls_name}: ", 1)[-1]


def _first_error(data: Any) -> Any:
    """The error that the others of a failure event were raised from; None where it has none."""
    error = getattr(data, "error", None)
    while error is not None and error.cause is not None:
        error = error.cause
    return error
