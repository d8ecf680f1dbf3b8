"""Names: which are accepted or refused, what happens to them, and the language of refusals.

Not here: how long a name can be (``lengths``), values in queries (``queries``).
"""

from rentaxis_pipelines.probe.company import ProbeCompany
from rentaxis_pipelines.probe.experiment import CannotTell, Seen, different, expected
from rentaxis_pipelines.probe.experiments.measuring import Changing, outcomes, the_only
from rentaxis_pipelines.quickbooks.query import literal

SCRIPTS = {
    "Latin with accents": "Zoë Ñandú",
    "accents as marks of their own": "Zoe\u0308 N\u0303andu\u0301",
    "Greek": "Ελένη Παπαδοπούλου",
    "Cyrillic": "Юлия Щербакова",
    "Hebrew": "שרה לוי",
    "Arabic": "فاطمة الزهراء",
    "Hindi": "प्रिया शर्मा",
    "Thai": "สมชาย ใจดี",
    "Chinese": "王小明",
    "a rare Chinese character": "𠮷野",
    "Japanese": "山田たろう",
    "Korean": "김민수",
    "emoji": "Unit 🏠",
    "apostrophe": "O'Brien's",
    "typographic apostrophe": "O’Brien",
    "quotation marks": 'The "Elms"',
    "ampersand": "Smith & Sons",
    "angle brackets": "A <b>",
    "percent sign": "50% Rentals",
    "slash": "Unit 1/2",
    "comma, semicolon, hash": "Lot 4; Unit #3, rear",
    "two spaces": "Lot  4",
    "no-break space": "Lot\u00a04",
}


def every_script(company: ProbeCompany) -> Seen:
    """One customer is renamed in every script: is the name stored as sent, and found?"""
    customer = Changing(
        company, "Customer", company.made("Customer", {"DisplayName": company.name("scripts")})
    )
    plain = customer.record["DisplayName"]
    refused: list[str] = []
    altered: list[str] = []
    unfound: list[str] = []
    for script, text in SCRIPTS.items():
        name = f"{plain} {text}"
        reply = customer.try_to({"DisplayName": name})
        if not reply.ok:
            refused.append(f"{script} (code {reply.code or 'none'})")
            continue
        if customer.record["DisplayName"] != name:
            altered.append(script)
        reply_to_query = company.ask(f"SELECT * FROM Customer WHERE DisplayName = {literal(name)}")  # noqa: S608  # not SQL
        if not reply_to_query.ok or not reply_to_query.of("QueryResponse"):
            unfound.append(script)
    customer.set({"DisplayName": plain})
    bad = [
        f"{what}: {', '.join(which)}"
        for what, which in (
            ("refused", refused),
            ("stored differently", altered),
            ("not found by a query", unfound),
        )
        if which
    ]
    said = (
        f"Of {len(SCRIPTS)} names, {'; '.join(bad)}."
        if bad
        else f"All {len(SCRIPTS)} names were stored as sent and found by a query."
    )
    return Seen(said, as_expected=not bad)


_FORBIDDEN = {"a colon": "a:b", "a tab": "a\tb", "a line break": "a\nb"}


def forbidden_characters(company: ProbeCompany) -> Seen:
    """A name with a character the reference forbids: which code refuses it?"""
    tries = {
        what: company.make("Customer", {"DisplayName": f"{company.name('character')} {text}"})
        for what, text in _FORBIDDEN.items()
    }
    code = the_only({reply.code for reply in tries.values()})
    said = outcomes(tries)
    if not code:
        return different(f"{said} The switch has only one code for all three.")
    return Seen(said, as_expected=code == "2040", switches={"forbidden_character_code": code})


# The two endings known of the detail of 6240: recorded traffic, and Intuit's page.
_RECORDED, _DOCUMENTED = ": null", "Another customer, vendor or employee is already using this"


def duplicate_name(company: ProbeCompany) -> Seen:
    """A second customer, and a vendor, with the same name: how is it refused?"""
    name = company.name("twice")
    company.made("Customer", {"DisplayName": name})
    same_name = company.make("Customer", {"DisplayName": name})
    capitals = company.make("Customer", {"DisplayName": name.upper()})
    vendor = company.make("Vendor", {"DisplayName": name})
    detail = same_name.fault.detail if same_name.fault else ""
    text = "recorded" if detail.endswith(_RECORDED) else "documented" if _DOCUMENTED in detail else ""
    tries = {"the same name again": same_name, "in capitals": capitals, "for a vendor": vendor}
    said = (
        f"{outcomes(tries)} "
        + {
            "recorded": "The detail ends with ': null'.",
            "documented": "The detail says that another customer, vendor or employee is using the name.",
            "": "The detail is neither of the two known ones.",
        }[text]
    )
    as_expected = same_name.code == capitals.code == vendor.code == "6240" and bool(text)
    return Seen(said, as_expected=as_expected, switches={"duplicate_name_text": text} if text else {})


def reactivated_name(company: ProbeCompany) -> Seen:
    """A customer is made inactive and active again: what is its name then?"""
    customer = Changing(company, "Customer", company.made("Customer", {"DisplayName": company.name("again")}))
    name = customer.record["DisplayName"]
    inactive = customer.set({"Active": False})["DisplayName"]
    if inactive == name:
        raise CannotTell("An inactive customer keeps its name, so there is nothing to restore.")
    active = customer.set({"Active": True})["DisplayName"]
    marked = inactive == f"{name} (deleted)"
    said = f"While inactive it is named '{'NAME (deleted)' if marked else 'something else'}', active again "
    if active == name:
        return Seen(
            f"{said}NAME, as before.", as_expected=marked, switches={"reactivation_restores_name": True}
        )
    if active == inactive:
        return different(f"{said}it keeps that name.", reactivation_restores_name=False)
    return different(f"{said}it has a third name.")


_FRENCH = ("é", "è", "ê", "à", "ç", "introuvable")


def language(company: ProbeCompany) -> Seen:
    """A customer that does not exist, a wrong query, a missing field: in what language are the refusals?"""
    refusals = (
        company.read("Customer", "999999999"),
        company.ask("SELECT * FROM Custmoer"),
        company.make("Customer", {"DisplayName": None, "Notes": "no name"}),
    )
    messages = [refusal.fault.message for refusal in refusals if refusal.fault is not None]
    if len(messages) != len(refusals):
        raise CannotTell("A call that should have been refused was not.")
    quoted = ", ".join(f"'{refusal}'" for refusal in messages)
    if "Object Not Found" in messages:
        return expected(f"English: {quoted}.", language="en")
    if any(sign in message for message in messages for sign in _FRENCH):
        return different(f"Apparently French: {quoted}.", language="fr")
    return different(f"Neither English nor French: {quoted}.")
