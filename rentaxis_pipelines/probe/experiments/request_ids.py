"""Does a repeated request id give the first answer again, and when does it not?"""

from rentaxis_pipelines.probe.company import ProbeCompany
from rentaxis_pipelines.probe.experiment import Seen


def same_body(company: ProbeCompany) -> Seen:
    """The same create twice."""
    prepared = company.prepare("Invoice", company.invoice_payload())
    first, again = company.send(prepared), company.send(prepared)
    if first.ok and again.ok and first.of("Invoice")["Id"] == again.of("Invoice")["Id"]:
        return Seen("The second call brought the first answer again; there is one invoice.", as_expected=True)
    if first.ok and again.ok:
        return Seen(
            "The second call made a second invoice.", as_expected=False, switches={"requestid": "ignored"}
        )
    return Seen(f"The first call was {first.said}, the second {again.said}.", as_expected=False)


def checkpoints(longest: int) -> list[int]:
    """Minutes after which a request id is sent again: 1, 10 and 60 as far as ``longest`` goes, and ``longest`` itself; none for 0."""
    return sorted({minutes for minutes in (1, 10, 60, longest) if 0 < minutes <= longest})
