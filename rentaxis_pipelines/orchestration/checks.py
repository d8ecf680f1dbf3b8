"""What must hold for an extract and for the days of a run, as Dagster checks: one evaluation per run, however many days it has.

They are evaluated where their facts are at hand, inside the steps of the assets. Not here: the proof of the run's own rows
(``reports.run_adds_up``) and of everything ever pushed (``reports``).
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import dagster as dg
import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger import snapshots
from rentaxis_pipelines.ledger.attention import WORDS, Need, describe
from rentaxis_pipelines.orchestration.company_types import models_with_extracts
from rentaxis_pipelines.orchestration.markdown_metadata import md
from rentaxis_pipelines.orchestration.names import extract_key, results_key
from rentaxis_pipelines.render.markdown import text
from rentaxis_pipelines.reports import markdown
from rentaxis_pipelines.reports.days_proof import Open, needs_attention_of_any_day, totals
from rentaxis_pipelines.settings import Scope

SCHEMA, ATTENTION, TOTALS, FRESH = "schema", "nothing_needs_attention", "totals_equal", "snapshot_is_fresh"
# A run reads QuickBooks' lists when it begins and may take six hours (dagster.yaml). Somebody may have closed the books meanwhile.
FRESH_FOR = dt.timedelta(hours=2)


def extract_check_specs(scope: Scope) -> list[dg.AssetCheckSpec]:
    """The checks of a company's extracts."""
    return [
        dg.AssetCheckSpec(
            SCHEMA,
            asset=extract_key(scope, name),
            blocking=True,
            description="Every column the sync needs is present with its exact type; otherwise nothing is pushed.",
        )
        for name in models_with_extracts(scope)
    ]


def results_check_specs(scope: Scope) -> list[dg.AssetCheckSpec]:
    """The checks of a company's results."""
    descriptions = {
        ATTENTION: "No record of any day has failed or is waiting, going by its latest result in any run.",
        TOTALS: "For all finished records of the run's days, the totals in QuickBooks equal those in RentAxis to the cent.",
        FRESH: f"QuickBooks' lists were read less than {FRESH_FOR.seconds // 3600} hours before the run ended.",
    }
    return [
        dg.AssetCheckSpec(name, asset=results_key(scope), description=description)
        for name, description in descriptions.items()
    ]


def schema_holds(asset: dg.AssetKey, rows: int, refused: Mapping[str, int]) -> dg.AssetCheckResult:
    """The extract passed its checks; shows how many of its rows were refused, and why."""
    return dg.AssetCheckResult(
        check_name=SCHEMA,
        asset_key=asset,
        passed=True,
        metadata={
            "rows": rows,
            "refused_rows": sum(refused.values()),
            "refused_why": md(
                markdown.table([{"reason": code, "rows": count} for code, count in refused.items()])
            ),
        },
    )


def schema_broken(asset: dg.AssetKey, sentence: str) -> dg.AssetCheckResult:
    """RentAxis' rows do not have the shape the sync knows; ``sentence`` names file and column."""
    return dg.AssetCheckResult(
        check_name=SCHEMA,
        asset_key=asset,
        passed=False,
        severity=dg.AssetCheckSeverity.ERROR,
        # Dagster's pages show a description here as text, there as Markdown: it is ours alone, what was found is metadata.
        description="RentAxis' rows do not have the shape the sync expects; none of them is pushed.",
        metadata={"what_is_wrong": md(text(sentence))},
    )


def day_checks(
    asset: dg.AssetKey,
    connection: sa.Connection,
    realm: str,
    days: Sequence[str],
    open_rows: Sequence[Open],
    now: dt.datetime,
) -> Iterator[dg.AssetCheckResult]:
    """The checks of ``asset``, the results, over the run's days; ``open_rows``: what of them needs attention."""
    asked = [dt.date.fromisoformat(day) for day in days]
    yield attention(asset, needs_attention_of_any_day(connection, realm), of_these_days=open_rows)
    sums, off = totals(connection, realm, asked)
    yield dg.AssetCheckResult(
        check_name=TOTALS,
        asset_key=asset,
        passed=not off,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={
            "rows_that_differ": sum(each.differing for each in sums),
            "difference": float(sum((each.quickbooks - each.rentaxis for each in sums), Decimal(0))),
            "totals": md(markdown.table([msgspec.structs.asdict(each) for each in sums])),
            "rows": md(markdown.table([msgspec.structs.asdict(row) for row in off])),
        },
    )
    state = snapshots.state_of(connection, realm)
    yield freshness(asset, None if state is None else state[0], now)


def attention(
    asset: dg.AssetKey, causes: Sequence[Open], *, of_these_days: Sequence[Open]
) -> dg.AssetCheckResult:
    """Whether nothing has failed or is waiting, on any day: the page shows only the last evaluation. If something has, how much, by cause."""
    counts: Counter[Need] = Counter()
    for cause in causes:
        counts[cause.need] += cause.rows
    rows = [
        {
            "records": cause.record_type.replace("_", " "),
            "how many": cause.rows,
            "amount": cause.money,
            "what": WORDS[cause.need],
            "why": cause.words,
            "what to do": cause.how_to_fix,
        }
        for cause in causes
    ]
    return dg.AssetCheckResult(
        check_name=ATTENTION,
        asset_key=asset,
        passed=not causes,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"Records that need attention: {describe(counts)}." if causes else None,
        metadata={
            "needs_attention": counts.total(),
            "of_these_days": sum(cause.rows for cause in of_these_days),
            **{need: counts[need] for need in WORDS},
            "failed_money": float(
                sum((cause.money for cause in causes if cause.need == "failed"), Decimal(0))
            ),
            "waiting_money": float(
                sum((cause.money for cause in causes if cause.need == "waiting"), Decimal(0))
            ),
            "by_cause": md(markdown.table(rows)),
        },
    )


def freshness(asset: dg.AssetKey, as_of: dt.datetime | None, now: dt.datetime) -> dg.AssetCheckResult:
    """Whether QuickBooks' lists, read up to ``as_of``, are fresh enough to have decided by."""
    age = None if as_of is None else now - as_of
    return dg.AssetCheckResult(
        check_name=FRESH,
        asset_key=asset,
        passed=age is not None and age <= FRESH_FOR,
        severity=dg.AssetCheckSeverity.WARN,
        description=None
        if age is not None and age <= FRESH_FOR
        else "Customers, accounts or the closing date may have changed in QuickBooks since the run read them. Run the range again.",
        metadata={} if age is None else {"age_minutes": round(age.total_seconds() / 60)},
    )
