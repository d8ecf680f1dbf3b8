"""Runs the schemas over the rows read and records in each row why it is refused, if it is.

Here: facts that rules need and no single column has (the sum of the lines), validation, and converting
pandera's failure cases to ``problem_code`` and ``problem``. Not here: the rules and their messages
(``schemas``).
"""

import datetime as dt
import string
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa
import pyarrow.compute
from pandera.errors import SchemaError, SchemaErrorReason, SchemaErrors

from rentaxis_pipelines.model.arrow_json import Unreadable
from rentaxis_pipelines.model.money import as_read
from rentaxis_pipelines.model.record_types import POSTS_NOTHING
from rentaxis_pipelines.rentaxis.database import SourceShapeChanged
from rentaxis_pipelines.rentaxis.frames import RECORD_CLASSES, RecordType, to_frame, with_stand_ins
from rentaxis_pipelines.rentaxis.schemas import (
    CHILD_SCHEMAS,
    IDENTITY_SCHEMAS,
    NESTED_PAYER_SCHEMA,
    PAYER_KINDS,
    SCHEMAS,
    UNREADABLE,
)

pc: Any = pyarrow.compute  # its functions are generated on import, so a type checker cannot see them

_SIDES = ("debit", "credit")
_PAYER_NAMED_BY = (("payer_type", "payer_id"), ("billed_to_type", "billed_to_id"))
SENTENCES_SHOWN = 5
SUM = pa.decimal128(30, 4)  # wide enough for any sum of money, and one subtraction
VALUE_SHOWN = 80  # characters of a value quoted in a sentence


class BrokenRule(NamedTuple):
    """One rule that one row breaks."""

    row: int
    code: str
    reason: str


def with_problems(record_type: RecordType, table: pa.Table, unreadable: Sequence[Unreadable]) -> pa.Table:
    """The same rows with ``problem_code`` and ``problem`` set where a rule is broken.

    A row that breaks more than one rule gets the code of the first and the sentences of all. A payer nested in
    a row gets its own two fields; the row itself is not refused for them. Raises SourceShapeChanged if a record
    comes twice or a column is missing or has the wrong type.
    """
    if table.num_rows == 0:
        return table
    view = _with_column(table, UNREADABLE, _unreadable_sentences(table.num_rows, unreadable))
    view = _with_payer_fact(view)
    children = None
    if record_type in ("invoices", "credits"):
        children = _invoice_lines(table)
        view = _with_invoice_facts(view, children)
    elif record_type == "payments":
        children = _allocations(table)
        view = _with_payment_facts(view, children)
    elif record_type == "credit_applications":
        children = _allocations(table)
        view = _with_application_facts(view, children)
    elif record_type == "deposits":
        children = _children(table.column("payments").combine_chunks())
    elif record_type == "expenses":
        children = _children(table.column("payments").combine_chunks())
        view = _with_expense_facts(view, children)
    elif record_type == "journal_entries":
        children = _journal_lines(table)
        view = _with_journal_facts(view, children)
    posted = _posted(record_type, table)
    broken = [
        *broken_rules(SCHEMAS[record_type], view.filter(posted), _numbers(posted)),
        *broken_rules(
            IDENTITY_SCHEMAS[record_type], view.filter(pc.invert(posted)), _numbers(pc.invert(posted))
        ),
    ]
    if children is not None:
        children = children.filter(pc.take(posted, children.column("row")))
        broken += broken_rules(CHILD_SCHEMAS[record_type], children, children.column("row").to_pylist())
    if "payer" in table.column_names:
        table = _with_column(table, "payer", _checked_payers(table.column("payer").combine_chunks()))
    codes, problems = _problem_columns(table.num_rows, broken)
    table = _with_column(_with_column(table, "problem_code", codes), "problem", problems)
    return with_stand_ins(table, RECORD_CLASSES[record_type])


def broken_rules(schema: pandera.DataFrameSchema, view: pa.Table, rows: Sequence[int]) -> list[BrokenRule]:
    """What ``schema`` finds wrong with ``view``, in the order of the rules; ``rows``: the original row of each of its rows."""
    if view.num_rows == 0:
        return []
    frame = to_frame(view)
    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        return [
            BrokenRule(rows[index], code, sentence)
            for error in errors.schema_errors
            for index, code, sentence in _read(error, frame)
        ]
    return []


def _read(error: SchemaError, frame: pd.DataFrame) -> list[tuple[int, str, str]]:
    """The failing rows of one broken rule, with code and sentence each."""
    cases: Any = error.failure_cases
    check: Any = error.check  # a pandera.Check, or the name of a built-in one
    match error.reason_code:
        case SchemaErrorReason.SERIES_CONTAINS_NULLS:
            indexes, code, template = (
                list(cases["index"]),
                "missing_field",
                f"The {error.schema.title} is missing.",
            )
        case SchemaErrorReason.DATAFRAME_CHECK:
            indexes, code, template = list(cases["index"]), check.title, check.description
        case SchemaErrorReason.SERIES_CONTAINS_DUPLICATES:
            raise SourceShapeChanged(
                f"The staging SQL returned {len(cases)} rows of {frame.shape[0]} with a {error.schema.name} that "
                "occurs more than once; it must return one row per record. Nothing was written."
            )
        case SchemaErrorReason.COLUMN_NOT_IN_DATAFRAME:
            raise SourceShapeChanged(f"The column {cases} is missing from the rows read.")
        case SchemaErrorReason.WRONG_DATATYPE:
            raise SourceShapeChanged(f"The column {error.schema.name} is not of type {error.schema.dtype}.")
        case _:
            raise error
    names = [name for _, name, _, _ in string.Formatter().parse(template) if name]
    column = error.schema.name
    shown = str if column == UNREADABLE else _shown  # which already contains full sentences
    values = {name: frame[column if name == "value" else name].loc[indexes].map(shown) for name in names}
    return [
        (index, code, template.format_map({name: values[name].loc[index] for name in names}))
        for index in indexes
    ]


def _shown(value: Any) -> str:
    """A value as quoted to an accountant."""
    if value is None or value is pd.NA:
        return "nothing"
    if isinstance(value, Decimal):
        return as_read(value)
    text = value.isoformat() if isinstance(value, dt.date) else str(value)
    return text if len(text) <= VALUE_SHOWN else text[:VALUE_SHOWN] + "..."


def _problem_columns(count: int, broken: Sequence[BrokenRule]) -> tuple[pa.Array, pa.Array]:
    codes: list[str | None] = [None] * count
    sentences: dict[int, list[str]] = {}
    for row, code, sentence in broken:
        codes[row] = codes[row] or code
        sentences.setdefault(row, []).append(sentence)
    problems: list[str | None] = [None] * count
    for row, row_sentences in sentences.items():
        more = (
            [f"{len(row_sentences) - SENTENCES_SHOWN} more problems of this kind."]
            if len(row_sentences) > SENTENCES_SHOWN
            else []
        )
        problems[row] = " ".join([*row_sentences[:SENTENCES_SHOWN], *more])
    return pa.array(codes, pa.string()), pa.array(problems, pa.string())


def _posted(record_type: RecordType, table: pa.Table) -> pa.Array:
    """Which rows would be posted: neither deleted nor of a status that posts nothing. Tenants and programs have no status."""
    if "status" not in table.column_names:
        return pa.array([True] * table.num_rows)
    idle = pc.is_in(table.column("status"), pa.array(POSTS_NOTHING.get(record_type, ()), pa.string()))
    if "returned_on" in table.column_names:  # its money came, and went again
        idle = pc.and_(idle, pc.is_null(table.column("returned_on")))
    return pc.invert(pc.or_(idle, pc.is_valid(table.column("deleted_at")))).combine_chunks()


def _invoice_lines(table: pa.Table) -> pa.Table:
    lines = _children(table.column("lines").combine_chunks())
    return lines.append_column("account_type", pc.struct_field(lines.column("account"), "type"))


def _allocations(table: pa.Table) -> pa.Table:
    allocations = _children(table.column("allocations").combine_chunks())
    named = pc.coalesce(allocations.column("invoice_number"), allocations.column("invoice_id"))
    return allocations.append_column("invoice", named)


def _journal_lines(table: pa.Table) -> pa.Table:
    lines = _children(table.column("lines").combine_chunks())
    for name in ("name", "type"):
        lines = lines.append_column(f"account_{name}", pc.struct_field(lines.column("account"), name))
    sides = (pc.not_equal(lines.column(side), pa.scalar(0, pa.int64())).cast(pa.int64()) for side in _SIDES)
    return lines.append_column("sides", pc.add(*sides))


def _children(lists: pa.ListArray) -> pa.Table:
    """One row per child: its fields, the ``row`` of its parent, its ``number`` among its siblings, from 1."""
    children = pa.Table.from_struct_array(lists.flatten())
    rows = pc.list_parent_indices(lists).cast(pa.int64())
    starts = pc.subtract(
        pc.cumulative_sum(pc.fill_null(lists.value_lengths(), 0)), pc.fill_null(lists.value_lengths(), 0)
    )
    numbers = pc.add(pc.subtract(pa.array(range(len(rows)), pa.int64()), pc.take(starts, rows)), 1)
    return children.append_column("row", rows).append_column("number", numbers)


def _with_invoice_facts(view: pa.Table, lines: pa.Table) -> pa.Table:
    counts, amounts, totals = _sums(lines, view.num_rows)
    complete = pc.and_(pc.equal(counts, amounts), pc.greater(counts, 0))  # otherwise the sum is meaningless
    difference = pc.subtract(view.column("total_amount").cast(SUM), totals)
    difference = pc.if_else(complete, difference, pa.scalar(None, difference.type))
    view = _with_column(view, "line_count", counts)
    view = _with_column(view, "lines_total", totals)
    return _with_column(view, "lines_difference", difference)


def _with_payment_facts(view: pa.Table, allocations: pa.Table) -> pa.Table:
    return _with_rest(view, allocations, "allocated", "unallocated")


def _with_expense_facts(view: pa.Table, payments: pa.Table) -> pa.Table:
    return _with_rest(view, payments, "paid", "unpaid")


def _with_rest(view: pa.Table, children: pa.Table, taken: str, left: str) -> pa.Table:
    """What the children come to, and how much of the amount is left besides."""
    counts, _, totals = _sums(children, view.num_rows)
    view = _with_column(view, taken, totals)
    rest = pc.subtract(view.column("amount").cast(SUM), totals)
    rest = pc.if_else(
        pc.greater(counts, 0), rest, pa.scalar(None, rest.type)
    )  # nothing applied, nothing to compare
    return _with_column(view, left, rest)


def _with_application_facts(view: pa.Table, allocations: pa.Table) -> pa.Table:
    _, _, totals = _sums(allocations, view.num_rows)
    view = _with_column(view, "allocated", totals)
    return _with_column(view, "left_of_credit", pc.subtract(view.column("credit_total").cast(SUM), totals))


def _with_journal_facts(view: pa.Table, lines: pa.Table) -> pa.Table:
    counts, on_debit, debited = _sums(lines, view.num_rows, "debit")
    _, on_credit, credited = _sums(lines, view.num_rows, "credit")
    complete = pc.and_(
        pc.equal(counts, on_debit), pc.equal(counts, on_credit)
    )  # otherwise the sums are meaningless
    imbalance = pc.subtract(debited, credited)
    view = _with_column(view, "line_count", counts)
    view = _with_column(view, "debits", debited)
    view = _with_column(view, "credits", credited)
    return _with_column(view, "imbalance", pc.if_else(complete, imbalance, pa.scalar(None, imbalance.type)))


def _with_payer_fact(view: pa.Table) -> pa.Table:
    """False only if a payer is properly named but does not exist; an invalid name is covered by another rule."""
    if "payer" not in view.column_names:
        return view
    kind, source_id = next(names for names in _PAYER_NAMED_BY if names[0] in view.column_names)
    named = pc.and_(pc.is_in(view.column(kind), pa.array(PAYER_KINDS)), pc.is_valid(view.column(source_id)))
    return _with_column(view, "payer_is_known", pc.or_(pc.invert(named), pc.is_valid(view.column("payer"))))


def _sums(children: pa.Table, parents: int, amount: str = "amount") -> tuple[pa.Array, pa.Array, pa.Array]:
    """For each parent: how many children, how many with an amount, the sum of the amounts (0 for none)."""
    grouped = children.group_by("row").aggregate([("row", "count"), (amount, "count"), (amount, "sum")])
    places = pc.index_in(pa.array(range(parents), pa.int64()), grouped.column("row").combine_chunks())

    def of_each(column: str) -> pa.Array:
        values = grouped.column(column).combine_chunks()
        return pc.fill_null(values.take(places), pa.scalar(0).cast(values.type))

    return of_each("row_count"), of_each(f"{amount}_count"), of_each(f"{amount}_sum").cast(SUM)


def _checked_payers(payers: pa.StructArray) -> pa.Array:
    """The nested payers with their own problems set."""
    present = pc.is_valid(payers)
    flat = pa.Table.from_struct_array(payers)
    view = _with_column(flat, UNREADABLE, pa.array([""] * len(payers)))
    broken = broken_rules(NESTED_PAYER_SCHEMA, view.filter(present), _numbers(present))
    codes, problems = _problem_columns(len(payers), broken)
    flat = _with_column(_with_column(flat, "problem_code", codes), "problem", problems)
    columns = [column.combine_chunks() for column in flat.columns]
    return pa.StructArray.from_arrays(columns, fields=list(payers.type), mask=pc.invert(present))


def _unreadable_sentences(count: int, unreadable: Sequence[Unreadable]) -> pa.Array:
    sentences = [""] * count
    for row, path, text in unreadable:
        words = " of the ".join(reversed(path.replace("_", " ").split(".")))
        sentence = f"The {words} is '{_shown(text)}', which is not a valid value."
        sentences[row] = f"{sentences[row]} {sentence}".strip()
    return pa.array(sentences)


def _with_column(table: pa.Table, name: str, values: Any) -> pa.Table:
    if name in table.column_names:
        return table.set_column(table.column_names.index(name), table.schema.field(name), values)
    return table.append_column(name, values)


def _numbers(chosen: pa.Array) -> list[int]:
    return pc.indices_nonzero(chosen).to_pylist()
