"""The mappings as a table: each word of RentAxis with what it is mapped to, what it may be mapped to, how many records use it and how many wait.

Here: composition of settings, QuickBooks' lists, RentAxis' words and what needs attention. Not here: what is suitable
(``mapping.choices``), where the words come from (``rentaxis.lookups``), and showing it (``web.desk.setup``).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final, Literal, get_args

import msgspec

from rentaxis_pipelines.ledger.open_records import OpenRemedy
from rentaxis_pipelines.mapping import choices, resolve
from rentaxis_pipelines.mapping.outcome import Context
from rentaxis_pipelines.mapping.preflight import TYPES_BY_WAY, check_mappings
from rentaxis_pipelines.model.source_records import Account
from rentaxis_pipelines.rentaxis.contract import Word
from rentaxis_pipelines.settings import Mappings, Method

SectionName = Literal[
    "charges",
    "invoice_accounts",
    "expense_accounts",
    "bank_accounts",
    "payment_methods",
    "expense_payment_methods",
    "general",
]
SECTIONS: Final[Sequence[SectionName]] = get_args(SectionName)
DEFAULT_ITEM, PAYABLE = "default_item", "accounts_payable"  # the words of the section ``general``
RECEIVABLE, RETURN_FEES, PROCESSOR_FEES = "accounts_receivable", "return_fees", "processor_fees"
DEPOSITS_REFUNDED_FROM = "deposits_refunded_from"
_GENERAL: Final[Mapping[str, str]] = {
    DEFAULT_ITEM: "Any other charge",
    PAYABLE: "Bills are recorded in",
    RECEIVABLE: "Returned payments are charged to",
    RETURN_FEES: "Fees of returned payments",
    PROCESSOR_FEES: "Fees of payouts",
    DEPOSITS_REFUNDED_FROM: "Security deposits are refunded from",
}
NO_METHOD = "-"  # the first choice of a payment that gets no payment method in QuickBooks
# In what a failed row says, the mapping that it lacks: the sentences are those of ``mapping.resolve``.
_IN_REMEDY = re.compile(
    r"mappings\.(\w+)(?:\.(.+?))?(?:\.payment_method|\.deposit_to|\.pay_from)?(?: to company\.yaml| to an? |, then run again|$)"
)

Key = tuple[SectionName, str]


class MappingRow(msgspec.Struct, frozen=True, kw_only=True):
    """One word. ``value``: what it is mapped to, empty if it is not; for an expense's method the way and the account, as ``Check|Checking``.

    ``second_value`` and ``second_choices``: of a payment's method, the account its money is deposited to; empty leaves it to
    QuickBooks. ``problem``: whether what it is mapped to cannot be used. ``used`` and ``waiting``: records in RentAxis, and those
    that wait because of it.
    """

    section: SectionName
    key: str
    label: str
    value: str = ""
    second_value: str = ""
    choices: Sequence[str] = ()
    second_choices: Sequence[str] = ()
    problem: bool = False
    used_rows: int = 0
    used_amount: Decimal = Decimal("0.00")
    waiting_rows: int = 0
    waiting_amount: Decimal = Decimal("0.00")

    @property
    def missing(self) -> bool:
        """Whether records need it and it is not mapped, or not to something that can be used."""
        return self.problem or (not self.value and bool(self.used_rows or self.waiting_rows))


class _Use(msgspec.Struct):
    """What is known of a word in use while the table is made."""

    label: str
    rows: int = 0
    amount: Decimal = Decimal("0.00")
    held: bool = False
    types: set[tuple[str, ...]] = msgspec.field(default_factory=set)


def mapping_table(
    context: Context,
    words: Iterable[Word],
    waiting: Mapping[Key, tuple[int, Decimal]],
    *,
    lists_read: bool = True,
) -> list[MappingRow]:
    """Every word that is mapped, in use or waited for; what is missing first, most money first, then as people count.

    ``waiting``: by section and key, as ``waiting_by_key`` makes it. ``lists_read``: before QuickBooks' lists are, nothing can be said of
    what a word is mapped to.
    """
    mappings = context.company.mappings
    used = _uses(mappings, words)
    broken = {
        key
        for problem in check_mappings(context.company, context.references)
        if lists_read and (key := key_of(problem.key_path))
    }
    keys = dict.fromkeys([*_mapped_keys(mappings), *used, *waiting])
    offered = _Offered(context)
    rows = [
        _row(mappings, key, used.get(key, _Use(_label(key))), waiting.get(key), key in broken, offered)
        for key in keys
        if _can_be_mapped(key)
    ]
    return sorted(rows, key=_order)


def blank_row(context: Context, section: SectionName, word: str) -> MappingRow:
    """The row of a word that is neither mapped nor in use yet."""
    key = (section, word)
    return _row(context.company.mappings, key, _Use(_label(key)), None, False, _Offered(context))


def waiting_by_key(remedies: Iterable[OpenRemedy]) -> dict[Key, tuple[int, Decimal]]:
    """What waits for each mapping: rows and their money, of what needs attention because of a mapping."""
    waiting: dict[Key, tuple[int, Decimal]] = {}
    for remedy in remedies:
        key = key_of(remedy.how_to_fix or "")
        if key is not None:
            rows, amount = waiting.get(key, (0, Decimal(0)))
            waiting[key] = (rows + remedy.rows, amount + remedy.amount)
    return waiting


def key_of(sentence: str) -> Key | None:
    """Section and word of the mapping that a key path, or the remedy of a row, names."""
    found = _IN_REMEDY.search(sentence)
    if found is None:
        return None
    section, word = found.groups()
    if section in _GENERAL:
        return "general", section
    return next(((name, word) for name in SECTIONS if name == section and word), None)


def _uses(mappings: Mappings, words: Iterable[Word]) -> dict[Key, _Use]:
    uses: dict[Key, _Use] = {}
    labels: dict[Key, str] = {}
    for word in words:
        key = _key_of_word(mappings, word)
        if word.account is not None:
            for section in ("invoice_accounts", "expense_accounts", "bank_accounts"):
                mapped: Mapping[str, str] = getattr(mappings, section)
                labels[section, resolve.account_key(word.account, mapped)] = resolve.account_label(
                    word.account
                )
        if key is None:
            continue
        use = uses.setdefault(key, _Use(_label(key)))
        use.rows += word.rows
        use.amount += word.money
        use.held = use.held or word.word == resolve.HELD_CHARGE or _is_liability(word.account)
        if key[0] == "bank_accounts":
            use.types.add(_TYPES_OF_USE[word.use])
    for key in _mapped_keys(mappings):
        if key in labels:
            uses.setdefault(key, _Use(_label(key)))
    for key, use in uses.items():
        use.label = labels.get(key, use.label)
    return uses


_TYPES_OF_USE = {
    "deposited": resolve.DEPOSIT_TYPES,
    "paid_purchase": resolve.PAYING_TYPES,
    "paid_bill": resolve.BILL_PAYING_TYPES,
}


def _key_of_word(mappings: Mappings, word: Word) -> Key | None:
    account = word.account
    match word.use:
        case "charge" if account is not None:
            return "invoice_accounts", resolve.account_key(account, mappings.invoice_accounts)
        case "charge":
            # The default stands in for a kind that is not mapped.
            known = word.word in mappings.charges or mappings.default_item is None
            return ("charges", word.word) if word.word and known else None
        case "category" if account is not None:
            return "expense_accounts", resolve.account_key(account, mappings.expense_accounts)
        case "deposited" | "paid_purchase" | "paid_bill" if account is not None:
            return "bank_accounts", resolve.account_key(account, mappings.bank_accounts)
        case "deposited" if word.word:
            return "payment_methods", word.word
        case "paid_purchase" | "paid_bill" if word.word:
            return "expense_payment_methods", word.word
    return None


def _is_liability(account: Account | None) -> bool:
    return account is not None and account.type == "liability"


def _mapped_keys(mappings: Mappings) -> list[Key]:
    keys: list[Key] = [("general", word) for word in _GENERAL]
    for section in SECTIONS[:-1]:
        keys += [(section, str(word)) for word in getattr(mappings, section)]
    return keys


def _can_be_mapped(key: Key) -> bool:
    """A method that RentAxis holds and the settings cannot name fails for that, not for its mapping."""
    section, word = key
    return "methods" not in section or word in get_args(Method)


def _label(key: Key) -> str:
    section, word = key
    if section == "general":
        return _GENERAL[word]
    if section in ("charges", "payment_methods", "expense_payment_methods"):
        plain = word.replace("_", " ")
        return {"ach": "ACH"}.get(word, plain[:1].upper() + plain[1:])
    return word


class _Offered:
    """The choices of each kind of word, worked out once."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known: dict[object, list[str]] = {}

    def items(self, *, held: bool) -> list[str]:
        if held not in self._known:
            self._known[held] = choices.items(self._context, held=held)
        return self._known[held]

    def accounts(self, *wanted: tuple[str, ...]) -> list[str]:
        key = frozenset(wanted)
        if key not in self._known:
            self._known[key] = choices.accounts_of_types(self._context, wanted)
        return self._known[key]

    def named(self, kind: str) -> list[str]:
        if kind not in self._known:
            made = {
                "expense_accounts": choices.spending_accounts,
                "payment_methods": choices.payment_methods,
            }[kind]
            self._known[kind] = made(self._context)
        return self._known[kind]

    def ways_to_pay(self) -> list[str]:
        return [f"{way}|{account}" for way in choices.WAYS for account in self.accounts(TYPES_BY_WAY[way])]


def _row(
    mappings: Mappings,
    key: Key,
    use: _Use,
    waiting: tuple[int, Decimal] | None,
    broken: bool,
    offered: _Offered,
) -> MappingRow:
    section, word = key
    value, second = _values(mappings, key)
    waiting_rows, waiting_amount = waiting or (0, Decimal("0.00"))
    return MappingRow(
        section=section,
        key=word,
        label=use.label,
        value=value,
        second_value=second,
        choices=_choices(key, use, offered),
        second_choices=offered.accounts(resolve.DEPOSIT_TYPES) if section == "payment_methods" else (),
        problem=broken,
        used_rows=use.rows,
        used_amount=use.amount,
        waiting_rows=waiting_rows,
        waiting_amount=waiting_amount,
    )


def _values(mappings: Mappings, key: Key) -> tuple[str, str]:
    """What the word is mapped to, as the table's choices say it."""
    section, word = key
    if section == "general":
        return getattr(mappings, word) or "", ""
    mapped = next((value for known, value in getattr(mappings, section).items() if known == word), None)
    if mapped is None:
        return "", ""
    if section == "payment_methods":
        return mapped.payment_method or NO_METHOD, mapped.deposit_to or ""
    if section == "expense_payment_methods":
        return f"{mapped.payment_type}|{mapped.pay_from}", ""
    return mapped, ""


def _choices(key: Key, use: _Use, offered: _Offered) -> Sequence[str]:
    match key:
        case (("charges" | "invoice_accounts"), word):
            return offered.items(held=use.held or (key[0] == "charges" and word == resolve.HELD_CHARGE))
        case "general", "default_item":
            return offered.items(held=False)
        case "general", "accounts_payable":
            return offered.accounts(resolve.PAYABLE_TYPES)
        case "general", "accounts_receivable":
            return offered.accounts(resolve.RECEIVABLE_TYPES)
        case "general", "deposits_refunded_from":
            return offered.accounts(resolve.DEPOSIT_TYPES)
        case "bank_accounts", _:
            return offered.accounts(*(use.types or {resolve.PAYING_TYPES}))
        case "expense_payment_methods", _:
            return offered.ways_to_pay()
        case "payment_methods", _:
            return [NO_METHOD, *offered.named("payment_methods")]
        case _:
            return offered.named("expense_accounts")


def _order(row: MappingRow) -> tuple[bool, Decimal, int, int, str]:
    place = SECTIONS.index(row.section)
    if not row.missing:
        return True, Decimal(0), 0, place, row.key
    return False, -abs(row.waiting_amount or row.used_amount), -row.used_rows, place, row.key
