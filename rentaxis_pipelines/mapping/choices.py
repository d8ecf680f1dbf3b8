"""What a mapping may be set to: the names in QuickBooks' lists that a record could be pushed with.

A name is offered if ``resolve`` accepts it, so that nothing is offered that a push would refuse. Pure. Not here: which words are in use
(``reports.mapping_table``).
"""

from collections.abc import Callable, Collection, Iterable
from functools import partial

from rentaxis_pipelines.mapping import resolve
from rentaxis_pipelines.mapping.outcome import Context, RecordRefused
from rentaxis_pipelines.mapping.preflight import TYPES_BY_WAY
from rentaxis_pipelines.mapping.references import ListName

WAYS = tuple(TYPES_BY_WAY)
_KEY = "choice"  # no key of a file: a name that is refused here is not offered


def items(context: Context, *, held: bool = False) -> list[str]:
    """Products and services that can stand on an invoice. ``held``: for money held for the tenant, a liability."""
    return _fitting(context, "Item", lambda name: partial(resolve.sellable, context, name, _KEY, held=held))


def accounts_of_types(context: Context, wanted: Collection[tuple[str, ...]]) -> list[str]:
    """Accounts that are of one of the types in each of ``wanted``."""

    def checks(name: str) -> Callable[[], object]:
        def check() -> None:
            for types in wanted:
                resolve.account_of_type(context, name, _KEY, types)

        return check

    return _fitting(context, "Account", checks)


def spending_accounts(context: Context) -> list[str]:
    """Accounts that an expense can be booked to."""
    return _fitting(context, "Account", lambda name: partial(resolve.spending_account, context, name, _KEY))


def payment_methods(context: Context) -> list[str]:
    """QuickBooks' payment methods."""
    return _fitting(
        context,
        "PaymentMethod",
        lambda name: partial(resolve.reference, context, "PaymentMethod", name, _KEY),
    )


def _fitting(
    context: Context, list_name: ListName, check_of: Callable[[str], Callable[[], object]]
) -> list[str]:
    names = (entry.name for entry in context.references.lists[list_name].values())
    return sorted(_accepted(names, check_of), key=str.casefold)


def _accepted(names: Iterable[str], check_of: Callable[[str], Callable[[], object]]) -> Iterable[str]:
    for name in names:
        try:
            check_of(name)()
        except RecordRefused:
            continue
        yield name
