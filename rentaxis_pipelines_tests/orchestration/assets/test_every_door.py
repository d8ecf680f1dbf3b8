"""Every function that Dagster calls begins and ends at the same door, so that no error can reach its events past it."""

import ast
from pathlib import Path

import dagster as dg
import pytest

import rentaxis_pipelines
from rentaxis_pipelines.orchestration.failures import Stopped, step, tick
from rentaxis_pipelines.orchestration.session import NEEDS, company_op
from rentaxis_pipelines.safety.unexpected import Unexpected
from rentaxis_pipelines.settings import load_scope

PACKAGE = Path(rentaxis_pipelines.__file__).parent
DOOR_OF = {
    "op": "step", "company_op": "company_op", "asset": "step", "multi_asset": "step", "asset_check": "step", "multi_asset_check": "step",
    "sensor": "tick", "schedule": "tick", "run_status_sensor": "tick", "run_failure_sensor": "tick", "asset_sensor": "tick",
}  # fmt: skip


def called_by_dagster() -> list[tuple[str, str, list[str]]]:
    """(file and function, the door it must have, the names of its decorators from the outside in)."""
    found = []
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef):
                continue
            names = [
                ast.unparse(one.func if isinstance(one, ast.Call) else one) for one in node.decorator_list
            ]
            doors = [
                DOOR_OF[name.removeprefix("dg.")] for name in names if name.removeprefix("dg.") in DOOR_OF
            ]
            found += [(f"{file.relative_to(PACKAGE)} {node.name}", door, names) for door in doors]
    return found


def test_every_function_that_dagster_calls_has_the_door_innermost():
    functions = called_by_dagster()
    assert len(functions) >= 15
    assert [where for where, door, names in functions if names[-1] != door] == []


def test_a_tick_shows_the_sentence_alone():
    """As Dagster keeps it: the tick's error is the sentence, without class, trace or cause."""
    from dagster._utils.error import serializable_error_info_from_exc_info

    from rentaxis_pipelines.settings import load_environment

    @dg.sensor(job_name="none")
    @tick
    def look(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        load_environment()
        return dg.SkipReason("")

    with pytest.MonkeyPatch.context() as patch, dg.DagsterInstance.ephemeral() as instance:
        patch.delenv("QUICKBOOKS_REALM_ID", raising=False)
        with pytest.raises(Stopped) as caught:
            look.evaluate_tick(dg.build_sensor_context(instance=instance))
    shown = serializable_error_info_from_exc_info((type(caught.value), caught.value, caught.tb))
    assert "The environment variable QUICKBOOKS_REALM_ID is not set" in shown.message
    assert (shown.stack, shown.cause, shown.context) == ([], None, None)


@pytest.mark.parametrize("of_a_company", [False, True])
def test_a_fault_of_ours_keeps_its_trace_and_loses_its_values(of_a_company: bool):
    """In an op with the door written out, and in one of a company, which has it built in."""
    scope = load_scope()

    def reads(context: dg.OpExecutionContext) -> None:
        int("Zyxwell")

    op = company_op(scope, "reads")(reads) if of_a_company else dg.op(step(reads))

    @dg.job(resource_defs=dict.fromkeys(NEEDS, dg.ResourceDefinition.none_resource()))
    def reading() -> None:
        op()

    with dg.DagsterInstance.ephemeral() as instance:
        ended = reading.execute_in_process(instance=instance, raise_on_error=False)
    (failure,) = [event.step_failure_data for event in ended.all_events if event.is_step_failure]
    shown = failure.error.to_string()
    assert f"{Unexpected.__name__}: ValueError" in shown
    assert "test_every_door.py" in shown
    assert "invalid literal" not in shown
