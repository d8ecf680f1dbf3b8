"""The company file: what goes where in the books, and what to do in doubtful cases.

QuickBooks objects are named here as an accountant sees them (``Checking``, ``Parent:Child``), never by id;
``mapping`` resolves them. Not here: connections and secrets (``environment``).
"""

import datetime as dt
import functools
import re
import types
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from rentaxis_pipelines.model.record_type import (
    BILL_PAYMENTS,
    CREDIT_APPLICATIONS,
    CREDITS,
    DEPOSIT_SETTLEMENTS,
    EXPENSE,
    PAPER,
    VENDOR,
    VENDORS,
)
from rentaxis_pipelines.model.record_types import OPTIONAL_TYPES, SOURCE, whole_key
from rentaxis_pipelines.settings.addresses import is_this_machine, link
from rentaxis_pipelines.settings.errors import CompanyFileError, nearest
from rentaxis_pipelines.settings.yaml_file import KeyPath, parse_yaml, text_of


def _known_time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("expected a time zone such as America/New_York") from None
    return name


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError("expected a name, but it is empty")
    return text.strip()


def is_slug(text: str) -> bool:
    """Whether it can be a company's short name. Dagster joins names with two underscores, so it holds single ones alone."""
    return len(text) <= _LONGEST_SLUG and re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", text) is not None


def _slug(text: str) -> str:
    if not is_slug(text):
        raise ValueError(
            f"expected a short name of lowercase letters, digits and single underscores, {_LONGEST_SLUG} characters at most, such as elm_street"
        )
    return text


def _time_of_day(text: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise ValueError('expected a time of day such as "03:00", in quotes')
    return text


def _link(text: str) -> str:
    try:
        return link(text)
    except ValueError as error:
        problem = str(error)
    # Not a value error: those quote what was given, and this may hold a password.
    raise PydanticCustomError("link", problem)  # pyright: ignore[reportArgumentType]  # asks for a literal text


def _record_address(text: str) -> str:
    if "{id}" not in text or set(re.findall(r"[{}][^{}]*}?", text)) - {"{id}", "{record_type}"}:
        raise PydanticCustomError(
            "address_pattern",
            "expected an address with {id} in it, and {record_type} where the kind of record stands; no other braces",
        )
    return text if _link(text.replace("{id}", "1").replace("{record_type}", "invoices")) else ""


def _optional_type(name: str) -> str:
    if name not in OPTIONAL_TYPES:
        raise ValueError(f"expected any of {', '.join(OPTIONAL_TYPES)}{nearest(name, list(OPTIONAL_TYPES))}")
    return name


def _absolute(value: str) -> str:
    if not Path(value).is_absolute():
        raise ValueError("expected the whole path of a folder, such as /srv/rentaxis/files")
    return value


def _exact(value: object) -> object:
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _as_tuple(value: object) -> object:
    return tuple(cast("list[object]", value)) if isinstance(value, list) else value


Name = Annotated[str, AfterValidator(_filled)]
Money = Annotated[Decimal, BeforeValidator(_exact), Field(ge=0)]
Method = Literal[
    "cash", "check", "bank_transfer", "money_order", "zelle", "venmo", "credit_card", "ach", "stripe", "other"
]


_LONGEST_SLUG = 20
_EARLIEST = dt.date(1970, 1, 1)  # Dagster counts the days of a range in seconds since then


class _Section(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class PaymentMethodMapping(_Section):
    """How a payment received by one RentAxis method arrives."""

    payment_method: Name | None = None
    deposit_to: Name | None = None  # None: QuickBooks' own default, Undeposited Funds


class ExpenseMethodMapping(_Section):
    """How an expense paid by one RentAxis method is booked."""

    payment_type: Literal["Cash", "Check", "CreditCard"]
    pay_from: Name


class PlaceMapping(_Section):
    """Class and location of a property or unit; either may be left out."""

    class_name: Name | None = Field(default=None, alias="class")
    location: Name | None = None


class Mappings(_Section):
    """From RentAxis' words to QuickBooks names. Accounts are keyed by RentAxis number, or by name without
    one.
    """

    charges: dict[Name, Name] = {}
    default_item: Name | None = None
    invoice_accounts: dict[Name, Name] = {}
    expense_accounts: dict[Name, Name] = {}
    bank_accounts: dict[Name, Name] = {}
    ledger_accounts: dict[Name, Name] = {}
    payment_methods: dict[Method, PaymentMethodMapping] = {}
    expense_payment_methods: dict[Method, ExpenseMethodMapping] = {}
    accounts_payable: Name | None = None
    accounts_receivable: Name | None = None
    return_fees: Name | None = None
    processor_fees: Name | None = None
    deposits_refunded_from: Name | None = None
    terms: dict[Name, Name | None] = {}
    properties: dict[Name, PlaceMapping] = {}
    units: dict[Name, PlaceMapping] = {}
    class_by: Literal["property", "unit"] | None = None
    location_by: Literal["property", "unit"] | None = None
    make_missing: bool = False


class Guard(_Section):
    """When records of one type are held back before any of them is sent (``sync.guard``); None: no such limit."""

    rows: Annotated[int, Field(ge=1)] | None = None
    money: Money | None = None
    voids: Annotated[int, Field(ge=0)] | None = 25
    times_usual: Annotated[int, Field(ge=1)] | None = 10
    first_rows: Annotated[int, Field(ge=1)] | None = 1000
    # A company with 200 homes bills less in a month, and no usual record averages this much; cents mistaken for dollars do.
    first_money: Money | None = Decimal("1000000.00")
    first_average: Money | None = Decimal("10000.00")


class Policies(_Section):
    """What to do in doubtful cases; each choice is explained in config/company.example.yaml."""

    closed_period: Literal["block", "redate"] = "block"
    deleted: Literal["void", "report"] = "void"
    adopt: Literal["always", "ask", "never"] = "ask"
    matched_customers: Literal["leave", "update"] = "leave"
    sub_customers: Literal["none", "property", "property_and_move"] = "none"
    vendor_1099: Literal["leave", "push"] = "leave"
    check_numbers: Literal["reference", "memo"] = "reference"
    unapplied: Literal["push", "hold"] = "push"
    vendor_credits: Literal["refuse", "push"] = "refuse"
    returned_payments: Literal["void", "as_deposited", "on_their_day"] = "void"
    approval: Literal["never", "first_run", "unusual", "always"] = "never"
    overwrite_edits: Literal["ask", "push"] = "ask"
    preview_days: Annotated[int, Field(ge=1, le=366)] = 14
    guard: Guard = Guard()


class Automation(_Section):
    """What runs automatically; each choice is explained in config/company.example.yaml."""

    switched_on: bool = False  # until a person switches it at the desk
    nightly_at: Annotated[str, AfterValidator(_time_of_day)] = "03:00"
    catch_up_days: Annotated[int, Field(ge=0, le=92)] = 7
    tries: Annotated[int, Field(ge=1, le=10)] = 3

    @property
    def nightly_time(self) -> dt.time:
        """``nightly_at``, in the company's time zone."""
        return dt.time.fromisoformat(self.nightly_at)


class Email(_Section):
    """Where notices are sent from and to. The password is in the environment (``NoticeSecrets``)."""

    to: Annotated[tuple[Name, ...], BeforeValidator(_as_tuple), Field(min_length=1)]
    sender: Name = Field(alias="from")
    server: Name
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: Name | None = None

    @field_validator("user")
    @classmethod
    def _signs_in_unseen(cls, value: str | None, info: ValidationInfo) -> str | None:
        in_the_clear = info.data.get("security") == "none" and not is_this_machine(
            info.data.get("server", "")
        )
        if value and in_the_clear:
            raise ValueError(
                "needs security: starttls or tls; otherwise the password would be sent unencrypted"
            )
        return value


class Notice(_Section):
    """Who is notified of unattended runs; each choice is explained in config/company.example.yaml."""

    when: Literal["trouble", "always", "never"] = "trouble"
    email: Email | None = None
    webhook: bool = False  # its address is in the environment: it may hold a secret
    include_details: bool = False
    dagster_url: Annotated[str, AfterValidator(_link)] | None = None


class Company(_Section):
    """One company's settings. ``slug`` is its short name, part of every name in Dagster; ``first_day`` is the first day that can be chosen in a date range, the last one lies ``days_ahead``
    days after today.
    """

    slug: Annotated[str, AfterValidator(_slug)] = "company"
    time_zone: Annotated[str, AfterValidator(_known_time_zone)]
    first_day: dt.date
    days_ahead: Annotated[int, Field(ge=0, le=366)] = 31
    go_live: dt.date | None = None
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "USD"
    rentaxis_record_url: Annotated[str, AfterValidator(_record_address)] | None = None
    also_push: Annotated[
        tuple[Annotated[str, AfterValidator(_optional_type)], ...], BeforeValidator(_as_tuple)
    ] = ()
    papers_folder: Annotated[Name, AfterValidator(_absolute)] | None = None
    mappings: Mappings = Mappings()
    policies: Policies = Policies()
    automation: Automation = Automation()
    notice: Notice = Notice()

    @field_validator("also_push")
    @classmethod
    def _settles_whole_deposits(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """What is kept of a deposit is a credit: without credits half of each settlement would be booked."""
        needed = [name for name in (CREDITS, CREDIT_APPLICATIONS) if name not in value]
        if DEPOSIT_SETTLEMENTS in value and needed:
            raise ValueError(
                f"{DEPOSIT_SETTLEMENTS} needs {' and '.join(needed)} as well: what is kept of a deposit is a credit"
            )
        return value

    @field_validator("first_day")
    @classmethod
    def _is_a_day_to_choose(cls, value: dt.date, info: ValidationInfo) -> dt.date:
        today = dt.datetime.now(ZoneInfo(info.data.get("time_zone", "UTC"))).date()
        if not _EARLIEST <= value <= today:
            raise ValueError(f"expected a day from {_EARLIEST} to today, {today}")
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The company's time zone, ready for use with datetimes."""
        return ZoneInfo(self.time_zone)

    def record_url(self, source_type: str, source_id: str) -> str | None:
        """The address of a record's page in RentAxis, where the company file says how such addresses look.

        None for what has no page of its own there, such as a class.
        """
        if self.rentaxis_record_url is None or source_type not in _PAGES:
            return None
        _, source_id = whole_key((source_type, source_id))
        written = self.rentaxis_record_url.replace("{record_type}", _PAGES[source_type])
        return written.replace("{id}", quote(source_id, safe=""))

    def last_day(self, now: dt.datetime) -> dt.date:
        """The last day that can be chosen in a date range at that instant."""
        return now.astimezone(self.zone).date() + dt.timedelta(days=self.days_ahead)


# What stands for {record_type} in the address of a record's page.
_PAGES = {
    **{source_type: source.model for source_type, source in SOURCE.items() if source_type != PAPER},
    VENDOR: VENDORS,
    **dict.fromkeys(BILL_PAYMENTS, SOURCE[EXPENSE].model),
}


def load_company(path: Path | str) -> Company:
    """Read and check the company file.

    Raises ``CompanyFileError``: file, line, key and what was expected, one fault a line.
    """
    path = Path(path)
    return company_from(text_of(path), path)


@functools.lru_cache(maxsize=4_096)  # more than there are companies in one place
def company_from(text: str, path: Path) -> Company:
    """As ``load_company``, of a text that may not stand in the file yet; ``path`` is named in errors.

    Kept for the same text: a page asks for it several times.
    """
    values, lines = parse_yaml(text, path)
    try:
        return Company.model_validate(values)
    except ValidationError as error:
        sentences = [_sentence(path, lines, dict(problem)) for problem in error.errors(include_url=False)]
    raise CompanyFileError("\n".join(sentences))


_EXPECTED = {
    "missing": "is required but missing",
    "string_type": "expected text; put it in quotes if it looks like a number, a date, yes or no",
    "date_type": "expected a date such as 2026-01-31",
    "int_type": "expected a whole number",
    "decimal_type": "expected an amount such as 50000.00",
    "is_instance_of": "expected an amount such as 50000.00",
    "tuple_type": "expected a list of names, such as [books@example.com]",
    "bool_type": "expected true or false",
    "dict_type": "expected a list of 'key: value' lines, indented under it",
    "model_type": "expected a list of 'key: value' lines, indented under it",
    "string_pattern_mismatch": "expected a currency code of three capital letters, such as USD",
}

_BOUNDS = {"greater_than_equal": ("ge", "more"), "less_than_equal": ("le", "less")}


def _sentence(path: Path, lines: dict[KeyPath, int], problem: dict[str, Any]) -> str:
    location: KeyPath = tuple(part for part in problem["loc"] if part != "[key]")
    key = str(location[-1])
    dotted = ".".join(map(str, location))
    line = lines.get(location) or lines.get(location[:-1]) or 1
    if problem["type"] == "extra_forbidden":
        known = _keys_allowed_at(location[:-1])
        what = f"is not a setting.{nearest(key, known)} Known here: {', '.join(known)}."
    elif problem["type"] == "literal_error":
        allowed = problem["ctx"]["expected"].replace("'", "")
        what = f"expected one of {allowed}, got '{problem['input']}'."
        what += nearest(str(problem["input"]), allowed.replace(" or ", ", ").split(", "))
    elif problem["type"] == "value_error":
        what = f"{problem['msg'].removeprefix('Value error, ')} (got '{problem['input']}')."
    elif problem["type"] in _BOUNDS:
        bound, words = _BOUNDS[problem["type"]]
        what = f"expected {problem['ctx'][bound]} or {words}, got {problem['input']}."
    else:
        what = f"{_EXPECTED.get(problem['type'], problem['msg'])}."
    return f"{path}, line {line}: {dotted} {what}"


def _keys_allowed_at(location: KeyPath) -> list[str]:
    """The keys the section at ``location`` may hold."""
    here: Any = Company
    for part in location:
        if isinstance(here, type) and issubclass(here, BaseModel):
            by_key = {field.alias or name: field.annotation for name, field in here.model_fields.items()}
            here = by_key.get(str(part))
        elif get_origin(here) is dict:
            here = get_args(here)[1]
        here = _without_none(here)
    if isinstance(here, type) and issubclass(here, BaseModel):
        return [field.alias or name for name, field in here.model_fields.items()]
    return []


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, types.UnionType):
        return next(inner for inner in get_args(annotation) if inner is not type(None))
    return annotation
