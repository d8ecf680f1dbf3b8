"""Edge cases of the query language. All only read, except one, which needs a customer with a backslash in its name.

Not here: change data capture (``changes``).
"""

from collections.abc import Sequence

from rentaxis_pipelines.probe.company import ProbeCompany
from rentaxis_pipelines.probe.experiment import CannotTell, Seen, SwitchValue, different, expected
from rentaxis_pipelines.probe.experiments.measuring import longest_accepted, outcomes, the_only
from rentaxis_pipelines.probe.wire import Reply


def _finds(reply: Reply) -> bool:
    return bool(reply.of("QueryResponse"))


def backslash(company: ProbeCompany) -> Seen:
    """A customer with a backslash in its name: is it found by two backslashes, or by one?"""
    name = f"{company.name('back')}\\slash"
    company.made("Customer", {"DisplayName": name})
    statement = "SELECT * FROM Customer WHERE DisplayName = '{}'"
    doubled = _finds(company.ask(statement.format(name.replace("\\", "\\\\"))))
    single = _finds(company.ask(statement.format(name)))
    said = f"Doubled in the query, it is {_found(doubled)}, single, it is {_found(single)}."
    value = {(True, False): "any", (False, True): "apostrophe"}.get((doubled, single))
    return Seen(said, as_expected=value == "any", switches={"backslash": value} if value else {})


def _found(found: bool) -> str:
    return "found" if found else "not found"


def _accepts(
    company: ProbeCompany,
    statement: str,
    switch: str,
    values: tuple[SwitchValue, SwitchValue],
    expected: bool,
) -> Seen:
    """``values``: what the switch is where the statement is accepted, and where it is refused."""
    reply = company.ask(statement)
    return Seen(
        f"It was {reply.said}.",
        as_expected=reply.ok == expected,
        switches={switch: values[0] if reply.ok else values[1]},
    )


def startposition_zero(company: ProbeCompany) -> Seen:
    """STARTPOSITION 0, although positions are documented from 1."""
    return _accepts(
        company,
        "SELECT * FROM Term STARTPOSITION 0 MAXRESULTS 1",
        "startposition_zero",
        ("allow", "refuse"),
        True,
    )


def maxresults_over_1000(company: ProbeCompany) -> Seen:
    """MAXRESULTS 1001, although the documented maximum is 1000."""
    return _accepts(
        company, "SELECT * FROM Term MAXRESULTS 1001", "maxresults_over_1000", ("cap", "refuse"), True
    )


def unquoted_numbers(company: ProbeCompany) -> Seen:
    """A number in a condition without quotation marks."""
    return _accepts(
        company,
        "SELECT * FROM Customer WHERE Balance > 0 MAXRESULTS 1",
        "unquoted_numbers",
        ("allow", "refuse"),
        True,
    )


def unmarked_name_filter(company: ProbeCompany) -> Seen:
    """A condition on the name of classes, locations and payment methods, which the reference does not mark as possible."""
    return _all_accept(
        company, ("Class", "Department", "PaymentMethod"), "Name = 'RentAxis probe'", "unmarked_name_filter"
    )


def unmarked_total_filter(company: ProbeCompany) -> Seen:
    """A condition on the total of credit memos, refund receipts and estimates, which the reference does not mark as possible."""
    return _all_accept(
        company, ("CreditMemo", "RefundReceipt", "Estimate"), "TotalAmt > '300.00'", "unmarked_total_filter"
    )


def _all_accept(company: ProbeCompany, entities: Sequence[str], where: str, switch: str) -> Seen:
    replies = {
        entity: company.ask(f"SELECT * FROM {entity} WHERE {where} MAXRESULTS 1")  # noqa: S608  # not SQL
        for entity in entities
    }
    said = outcomes(replies)
    allowed = the_only({reply.ok for reply in replies.values()})
    if allowed is None:
        return different(f"{said} The switch has only one value for all three.")
    return Seen(said, as_expected=allowed, switches={switch: "allow" if allowed else "refuse"})


def tax_code_page(company: ProbeCompany) -> Seen:
    """One tax code is requested: are TAX, NON and the like, which have no number, returned in addition?"""
    every = company.query("SELECT * FROM TaxCode MAXRESULTS 1000")
    pseudo = sum(not str(code["Id"]).isdigit() for code in every)
    if not pseudo or len(every) == 1:
        raise CannotTell("The company has no tax codes without a number, or only one tax code.")
    on_page = len(company.query("SELECT * FROM TaxCode MAXRESULTS 1"))
    switch = "counted" if on_page == 1 else "pseudo_beside"
    return Seen(
        f"Of {len(every)} tax codes, {pseudo} of them without a number, a page of one held {on_page}.",
        as_expected=on_page > 1,
        switches={"tax_code_page": switch},
    )


LONGEST_TRIED = 100_000


def longest_statement(company: ProbeCompany) -> Seen:
    """How long can a posted statement be? Up to 100,000 characters are tried."""
    refusals: dict[int, Reply] = {}

    def accepts(length: int) -> bool:
        reply = company.wire.call(
            "POST", "query", _statement(length).encode(), content_type="application/text", quiet=True
        )
        if not reply.ok:
            refusals[length] = reply
        return reply.ok

    longest = longest_accepted(accepts, 500, 8000, LONGEST_TRIED)
    if longest == LONGEST_TRIED:
        return expected("A statement of 100,000 characters was accepted.", longest_post_query=0)
    if not longest:
        return different(f"Even one of 500 characters was {refusals[500].said}.")
    refusal = refusals[min(refusals)]
    said = f"{longest:,} characters were accepted, {min(refusals):,} were {refusal.said}."
    # The switch speaks of HTTP 413; whatever else refuses a long statement, it is not this.
    return different(said, **({"longest_post_query": longest} if refusal.status == 413 else {}))


def _statement(length: int) -> str:
    """A condition with many long names, of exactly that many characters."""
    head, tail = "SELECT * FROM Customer WHERE DisplayName IN (", ")"
    room = length - len(head) - len(tail)
    value = "'" + "RentAxis probe of long statements ".ljust(198, "x") + "'"
    count = max(1, (room + 1) // (len(value) + 1) - 1)
    values = [value] * count
    last = room - sum(len(each) + 1 for each in values) - 2
    return head + ",".join([*values, "'" + "y" * last + "'"]) + tail
