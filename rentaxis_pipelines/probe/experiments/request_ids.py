"""When does a repeated request ID return the first response, and when does it not?"""

from typing import Any

from rentaxis_pipelines.probe.company import ProbeCompany, code_of, items_of
from rentaxis_pipelines.probe.experiment import CannotTell, Seen, different, expected

_REMEMBERED = "request ids are remembered"
# A repeat that is carried out meets its own number where the company warns of numbers used twice; else it makes a second invoice.
_NUMBER_TAKEN = "6140"
FOR_GOOD = 60  # minutes; what is remembered for that long is not told from what is remembered for ever


def checkpoints(longest: int) -> list[int]:
    """Minutes after which a request ID is repeated: 1, 10 and 60 up to ``longest``, and ``longest`` itself; none for 0."""
    return sorted({minutes for minutes in (1, 10, 60, longest) if 0 < minutes <= longest})


def same_body(company: ProbeCompany) -> Seen:
    """The same create twice."""
    if _remembered(company):
        return expected("The second call returned the first response; there is one invoice.")
    return different("The second call created a second invoice.", requestid="ignored")


def other_body(company: ProbeCompany) -> Seen:
    """Two creates with different amounts and the same request ID."""
    _refuse_ignored(company)
    request_id = company.request_id()
    first = company.made("Invoice", company.invoice_payload("10.00"), request_id=request_id)
    reply = company.make("Invoice", company.invoice_payload("11.00"), request_id=request_id)
    if reply.ok and reply.of("Invoice").get("Id") == first["Id"]:
        old = {"requestid_other_body": "old_answer"}
        return expected("The first response was returned, as if the second body had not been read.", **old)
    if reply.code == "600":
        return different("The second call was refused with code 600.", requestid_other_body="error_600")
    return different(f"The second call was {reply.said}, and it was not the first response.")


def batch(company: ProbeCompany) -> Seen:
    """A batch of one create, twice."""
    ignored = not _remembered(company)
    prepared = company.prepare_batch(
        [{"bId": "1", "operation": "create", "Invoice": company.invoice_payload()}]
    )
    first, second = _only_item(items_of(company.send(prepared))), _only_item(items_of(company.send(prepared)))
    if "Invoice" not in first:
        raise CannotTell(f"The batch's invoice was refused with code {code_of(first)}.")
    if code_of(second) == "6000":
        return different("The second batch returned code 6000 for its item.", requestid_batch="answers_6000")
    if "Invoice" not in second and code_of(second) != _NUMBER_TAKEN:
        return different(f"The second batch returned code {code_of(second)} for its item.")
    if second.get("Invoice", {}).get("Id") == first["Invoice"]["Id"]:
        return expected("The second batch returned the first response.", requestid_batch="documented")
    # Where no id is remembered at all, nothing is said about batches.
    switches = {} if ignored else {"requestid_batch": "ignored"}
    return different("The second batch was executed again.", **switches)


def after_failure(company: ProbeCompany) -> Seen:
    """An update with a token the invoice does not have yet is refused; the same update is repeated once it does."""
    _refuse_ignored(company)
    invoice = company.invoice()
    later = {**invoice, "SyncToken": str(int(invoice["SyncToken"]) + 1)}
    request_id = company.request_id()
    first = company.change("Invoice", later, {"PrivateNote": "RentAxis probe, second"}, request_id=request_id)
    if first.ok:
        raise CannotTell("An update with a token that the invoice did not have was accepted.")
    between = company.change("Invoice", invoice, {"PrivateNote": "RentAxis probe, first"})
    if not between.ok or between.of("Invoice").get("SyncToken") != later["SyncToken"]:
        raise CannotTell(f"The update in between was {between.said}, or its token is not the next number.")
    second = company.change(
        "Invoice", later, {"PrivateNote": "RentAxis probe, second"}, request_id=request_id
    )
    if second.ok:
        return expected("The second call was executed.", requestid_failures="rerun")
    if second.code == first.code:
        replayed = {"requestid_failures": "replay"}
        return different(f"The first refusal (code {first.code}) was returned.", **replayed)
    return different(f"The first call was {first.said}, the second {second.said}.")


def name_lists(company: ProbeCompany) -> Seen:
    """The same customer twice."""
    _refuse_ignored(company)
    prepared = company.prepare("Customer", {"DisplayName": company.name("twice")})
    first, second = company.send(prepared), company.send(prepared)
    if not first.ok:
        raise CannotTell(f"The customer was {first.said}.")
    if second.ok and second.of("Customer").get("Id") == first.of("Customer")["Id"]:
        return expected("The second call brought the first answer again.", requestid_name_lists=True)
    if second.code == "6240":
        return different(
            "The second call was refused because the name is in use.", requestid_name_lists=False
        )
    return different(f"The second call was {second.said}.")


def after_minutes(company: ProbeCompany) -> Seen:
    """Creates that are repeated after a while, each only once, so that no repetition extends the memory."""
    _refuse_ignored(company)
    first = [
        (minutes, company.prepare("Invoice", company.invoice_payload())) for minutes in company.checkpoints
    ]
    ids = {minutes: _id_of_invoice(company, prepared) for minutes, prepared in first}
    gone_by = remembered_for = 0
    for minutes, prepared in first:
        company.wait(60 * (minutes - remembered_for))
        if _id_of_invoice(company, prepared) != ids[minutes]:
            gone_by = minutes
            break
        remembered_for = minutes
    if gone_by:
        return different(
            f"The request ID was remembered after {remembered_for} minutes and forgotten after {gone_by}: the call was executed again.",
            requestid="timed",
            requestid_minutes=gone_by,
        )
    switches = {"requestid": "documented"} if remembered_for >= FOR_GOOD else {}
    return expected(f"The request ID was still remembered after {remembered_for} minutes.", **switches)


def _remembered(company: ProbeCompany) -> bool:
    """Whether the simplest case works, determined once per start. Raises CannotTell if that cannot be determined."""
    if _REMEMBERED not in company.facts:
        prepared = company.prepare("Invoice", company.invoice_payload())
        company.facts[_REMEMBERED] = _id_of_invoice(company, prepared) == _id_of_invoice(company, prepared)
    return company.facts[_REMEMBERED]


def _refuse_ignored(company: ProbeCompany) -> None:
    if not _remembered(company):
        raise CannotTell("QuickBooks does not remember request IDs at all, so there is nothing to find out.")


def _id_of_invoice(company: ProbeCompany, prepared: Any) -> str:
    """The ID of the invoice in the response; the code if its number is already used by the one created before."""
    reply = company.send(prepared)
    if not reply.ok and reply.code != _NUMBER_TAKEN:
        raise CannotTell(f"The invoice was {reply.said}.")
    return reply.of("Invoice").get("Id", _NUMBER_TAKEN)


def _only_item(items: list[dict[str, Any]]) -> dict[str, Any]:
    if len(items) != 1:
        raise CannotTell(f"A batch of one item was answered with {len(items)} items.")
    return items[0]
