"""Behavior that is unknown outside Intuit, or that a test needs to choose: each is a switch here.

A switch has a documented or harmless default. Facts are not switches; they are code next to their source.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec


def _says(text: str) -> msgspec.Meta:
    return msgspec.Meta(description=text)


_LARGEST = 10**11  # in seconds, three thousand years; no clock and no list bears more


class Switches(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    # Replay of a request id
    requestid: Annotated[
        Literal["documented", "ignored", "timed"],
        _says(
            "documented: the first response is repeated; ignored: no effect; timed: remembered for requestid_minutes"
        ),
    ] = "documented"
    requestid_minutes: Annotated[
        float, _says("how long a request ID is remembered if requestid is timed")
    ] = 60.0
    requestid_batch: Annotated[
        Literal["documented", "answers_6000", "ignored"],
        _says("a repeated batch ID: as requestid says, code 6000 on every item (field note), or no effect"),
    ] = "documented"
    requestid_failures: Annotated[
        Literal["rerun", "replay"],
        _says("a repeat after the first call failed: run it, or return the same fault again"),
    ] = "rerun"
    requestid_name_lists: Annotated[
        bool,
        _says("request IDs also work for customers, vendors and other lists (a field note says they do not)"),
    ] = True
    requestid_other_body: Annotated[
        Literal["old_answer", "error_600"],
        _says("the same ID with a different body: the old response, or code 600"),
    ] = "old_answer"

    tax_id_answered: Annotated[
        Literal["masked", "whole"],
        _says(
            "a vendor's TaxIdentifier in answers: its last four characters, or whole (as in samples of the reference)"
        ),
    ] = "masked"

    # Limits and metering
    limits: Annotated[
        bool, _says("enforce 500 requests and 40 batches a minute, 10 a second, 10 at once; return 429")
    ] = False
    limits_scale: Annotated[float, _says("multiplies every limit, so that a test can reach or avoid it")] = (
        1.0
    )
    batch_counts_as: Annotated[
        Literal["one", "items"], _says("what a batch adds to the count of 500 requests a minute")
    ] = "one"
    throttle_shape: Annotated[
        Literal["gateway", "service"], _says("JSON format of a 429: lowercase gateway envelope, or Fault")
    ] = "gateway"
    throttle_status: Annotated[
        Literal[429, 403], _says("HTTP status of a throttled call (403 was seen in 2013)")
    ] = 429
    retry_after: Annotated[int, _says("seconds in a Retry-After header of a 429; 0 sends no header")] = 0
    monthly_reads: Annotated[
        int, _says("metered reads a month before reads return 429 (Builder tier 500000); 0: no limit")
    ] = 0

    # Batches
    batch_order: Annotated[
        Literal["request", "reversed", "shuffled"],
        _says("order of the responses in a batch (recorded: request)"),
    ] = "request"
    batch_collisions: Annotated[
        Literal["seen", "unseen"],
        _says("two items in a batch with the same name or number: the second is refused, or not"),
    ] = "seen"
    silent_void_in_batch: Annotated[
        Literal["refused", "left_out"],
        _says(
            "voiding a journal entry (alone: 200, empty, no effect) as a batch item: code 500, or no response for the item"
        ),
    ] = "refused"
    batch_throttled_items: Annotated[
        bool, _says("throttling appears as code 3001 on every item inside a 200 instead of as a 429")
    ] = False

    # Queries and change data capture
    maxresults_over_1000: Annotated[Literal["cap", "refuse"], _says("MAXRESULTS above 1000")] = "cap"
    startposition_zero: Annotated[
        Literal["allow", "refuse"],
        _says(
            "STARTPOSITION 0: treated as 1 (a maintained client pages this way), or refused (a fault from 2013)"
        ),
    ] = "allow"
    tax_code_page: Annotated[
        Literal["pseudo_beside", "counted"],
        _says(
            "MAXRESULTS on TaxCode: TAX, NON and CustomSalesTax are returned in addition (a public suite), or counted"
        ),
    ] = "pseudo_beside"
    unquoted_numbers: Annotated[
        Literal["allow", "refuse"], _says("a number without quotes in a WHERE clause")
    ] = "allow"
    unmarked_name_filter: Annotated[
        Literal["allow", "refuse"],
        _says("WHERE Name on Class, Department, PaymentMethod: used in a sample, not listed in the table"),
    ] = "allow"
    unmarked_total_filter: Annotated[
        Literal["allow", "refuse"],
        _says(
            "WHERE TotalAmt on CreditMemo, RefundReceipt, Estimate: accepted as on Invoice and SalesReceipt, or refused"
        ),
    ] = "allow"
    backslash: Annotated[
        Literal["any", "apostrophe"],
        _says("a backslash in a value escapes any character, or only an apostrophe"),
    ] = "any"
    longest_post_query: Annotated[
        int, _says("longest posted query in characters before HTTP 413; 0: no limit")
    ] = 0
    cdc_days: Annotated[
        int, _says("refuse changedSince older than this many days (documented: 30); 0: accept any")
    ] = 0

    # Money and links
    payment_bumps_invoice: Annotated[
        bool, _says("a payment raises the SyncToken of the invoice it is applied to")
    ] = True
    parent_pays_child: Annotated[
        Literal["refuse", "allow"], _says("applying a customer's payment to an invoice of its sub-customer")
    ] = "refuse"
    delete_linked: Annotated[
        Literal["refuse", "unlink"],
        _says("deleting an invoice or bill that has payments (documented: unlink first)"),
    ] = "refuse"
    void_linked: Annotated[Literal["unlink", "refuse"], _says("voiding an invoice that has payments")] = (
        "unlink"
    )
    paid_bill_again: Annotated[
        Literal["drop_lines", "refuse"],
        _says("a bill payment for a paid bill: the line is dropped (sample), or 6000"),
    ] = "drop_lines"
    inactive_reference: Annotated[
        Literal["2500", "610", "6250", "6000"],
        _says("code for a reference to an inactive record (6250: customers only, 6000: items only)"),
    ] = "2500"
    merged_away: Annotated[
        Literal["inactive", "gone"],
        _says("a customer or vendor merged into another: still returned as inactive (field notes), or gone"),
    ] = "inactive"
    currency_missing: Annotated[
        Literal["refuse", "home", "party"],
        _says(
            "with multiple currencies, a transaction without CurrencyRef: refused (documented: must be sent), in the home currency, "
            "or in that of its customer or vendor"
        ),
    ] = "refuse"
    auto_apply: Annotated[
        Literal["create", "every_write", "never"],
        _says(
            "with the preference AutoApplyCredit on, unapplied money is applied to open invoices when either is created "
            "through the API, at every write of either, or never"
        ),
    ] = "create"
    auto_apply_shown: Annotated[
        bool,
        _says("the response to such a write already shows it; false: it happens right after the response"),
    ] = True
    matched_change: Annotated[
        Literal["any", "money"],
        _says(
            "what is refused for a transaction matched to the bank feed: any change, or only a change of amount, date, account or line"
        ),
    ] = "any"
    warn_duplicate_numbers: Annotated[
        bool, _says("the company's warning about duplicate numbers (cannot be read through the API)")
    ] = True
    vendor_side_numbers: Annotated[
        Literal["left_out", "given"],
        _says(
            "a bill or expense sent without a number while the company assigns numbers (UseCustomTxnNumbers false): "
            "it gets no number, or the next one"
        ),
    ] = "left_out"
    sales_number_scope: Annotated[
        Literal["type", "sales"], _says("a number must be unique within its type, or among all sales forms")
    ] = "type"
    payment_ref_length: Annotated[
        int, _says("longest PaymentRefNum; 0: any length (not published; 21 is the limit of DocNumber)")
    ] = 21

    # Names and texts
    duplicate_name_text: Annotated[
        Literal["recorded", "documented"],
        _says("detail of 6240: '... : null' as recorded, or as on Intuit's page"),
    ] = "recorded"
    forbidden_character_code: Annotated[
        str, _says("code for a colon, tab or newline in a name (2040 assumed)")
    ] = "2040"
    reactivation_restores_name: Annotated[
        bool, _says("Active true removes ' (deleted)' from the name again")
    ] = True
    language: Annotated[Literal["en", "fr"], _says("language of fault texts; only the codes are stable")] = (
        "en"
    )
    extension_blocks: Annotated[
        Literal["refuse", "ignore"],
        _says("a returned PurchaseEx, InvoiceEx ... that is sent back (field note: refused)"),
    ] = "refuse"

    # OAuth
    refresh_rotation: Annotated[
        Literal["every_use", "daily"],
        _says("a refresh returns a new refresh token every time, or once in 24 hours"),
    ] = "every_use"
    refresh_grace_seconds: Annotated[
        float, _says("how long the previous refresh token still works (not published)")
    ] = 86400.0
    access_token_seconds: Annotated[float, _says("lifetime of an access token (documented: 3600)")] = 3600.0
    grant_seconds: Annotated[
        float, _says("lifetime of a sign-in, however often it is refreshed (documented: five years)")
    ] = 5 * 365 * 86400.0

    shortest_bearer: Annotated[
        int, _says("a shorter bearer token is called malformed (not published; one of 50 characters was not)")
    ] = 1
    longest_bearer: Annotated[int, _says("a longer bearer token is called malformed (not published)")] = 4096

    # The machine itself
    latency_ms: Annotated[float, _says("every call takes at least this long")] = 0.0
    keep_log: Annotated[int, _says("number of calls kept in the request log; older ones are dropped")] = 20000
    log_bodies: Annotated[bool, _says("keep the bodies of requests and responses in the log")] = True


def changed(switches: Switches, changes: dict[str, Any]) -> Switches:
    """A new set with `changes` applied. Raises msgspec.ValidationError that names the switch and the values
    it takes.
    """
    wanted = msgspec.convert({**msgspec.to_builtins(switches), **changes}, Switches, strict=False)
    for name in changes:
        value = getattr(wanted, name)
        if isinstance(value, int | float) and not 0 <= value <= _LARGEST:
            raise msgspec.ValidationError(f"Expected a number from 0 to {_LARGEST} - at `$.{name}`")
    return wanted


def changed_from_default(switches: Switches) -> dict[str, Any]:
    """The changes that turn the defaults into these."""
    default = msgspec.to_builtins(Switches())
    return {name: value for name, value in msgspec.to_builtins(switches).items() if value != default[name]}


def listing(switches: Switches) -> list[dict[str, Any]]:
    """Every switch with its value, default, choices and meaning."""
    schema = msgspec.json.schema(Switches)["$defs"]["Switches"]["properties"]
    return [
        {
            "name": name,
            "value": getattr(switches, name),
            "default": facts["default"],
            "choices": facts.get("enum", facts.get("type")),
            "meaning": facts["description"],
        }
        for name, facts in schema.items()
    ]


def help_text() -> str:
    """The list for a command's --help: one switch per line."""
    return "\n".join(_help_line(each) for each in listing(Switches()))


def _help_line(switch: dict[str, Any]) -> str:
    choices = switch["choices"]
    shown = "|".join(map(str, choices)) if isinstance(choices, list) else choices
    return f"{switch['name']} = {switch['default']} ({shown}): {switch['meaning']}"


def parse_switches(given: Sequence[str]) -> dict[str, Any]:
    """Switches from `NAME=VALUE` texts. Raises ValueError that names the wrong one and its choices."""
    pairs = [each.partition("=") for each in given]
    for name, equals, _ in pairs:
        if not equals:
            raise ValueError(f"switch {name!r}: write NAME=VALUE")
    return _checked({name: value for name, _, value in pairs})


def read_switches(path: Path | None) -> dict[str, Any]:
    """Switches from a file with a JSON object. Raises ValueError that says what is wrong with it, OSError."""
    if path is None:
        return {}
    try:
        content = msgspec.json.decode(path.read_bytes())
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise ValueError(f"{path} holds no JSON ({problem})") from None
    if not isinstance(content, dict):
        raise ValueError(f'{path}: write an object of names and values, such as {{"limits": true}}')  # noqa: TRY004 - a file's fault, not a caller's
    return _checked(content)


def _checked(wanted: dict[str, Any]) -> dict[str, Any]:
    try:
        changed(Switches(), wanted)
    except msgspec.ValidationError as problem:
        raise ValueError(f"switches: {problem}") from None
    return wanted
