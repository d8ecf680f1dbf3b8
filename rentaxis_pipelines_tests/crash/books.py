"""Are the books right? The invariants that hold after every run, crash and fault, read from both sides.

1 one live object a record, one record an object   2 rows in = rows out, in count and in money   3 equal to the cent
5 a second run writes nothing (asked by ``harness``, which counts the writes)
"""

import base64
import json
import urllib.error
import urllib.request
from collections import Counter
from decimal import Decimal
from typing import Any

import psycopg

from rentaxis_pipelines.model.marker import parse_marker
from rentaxis_pipelines_tests.crash.expected import Books

NUMBER = {
    "Invoice": "DocNumber",
    "Payment": "PaymentRefNum",
    "Purchase": "DocNumber",
    "RefundReceipt": "DocNumber",
    "Bill": "DocNumber",
    "BillPayment": "DocNumber",
    "Deposit": "TxnDate",  # of each day one
    "JournalEntry": "DocNumber",
    "CreditMemo": "DocNumber",
    "VendorCredit": "DocNumber",
}
PLACES = {
    "Class": ("Residential", "Commercial"),
    "Department": ("Maple Court", "Harbor Street"),
}  # with those of the seed
Object = dict[str, Any]


def control(base_url: str, path: str, body: Any = None) -> Any:
    """Ask the emulator's control plane."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{base_url}/_emulator/{path}", data)
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer, parse_float=Decimal)
    except urllib.error.HTTPError as error:
        raise ValueError(f"the emulator's control plane says: {error.read().decode()}") from error


def writes_made(base_url: str, since: int) -> int:
    """Write calls the emulator saw after call number ``since``."""
    return sum(call["kind"] in ("write", "batch") for call in control(base_url, f"log?since={since}"))


def last_call(base_url: str) -> int:
    """The number of the newest call."""
    return int(control(base_url, "")["log"]["last"])


def faults_of(base_url: str, ledger_url: str, expected: Books) -> list[str]:
    """Everything that is wrong, in sentences; empty when the books are right."""
    found = {
        entity: control(base_url, f"objects?entity={entity}")
        for entity in (*NUMBER, "Customer", "Vendor", *PLACES, "Attachable")
    }
    contents = {
        str(one["Id"]): base64.b64decode(control(base_url, f"file?id={one['Id']}")["content"])
        for one in found["Attachable"]
    }
    with psycopg.connect(ledger_url) as connection:
        return [
            *_wrong_papers(found["Attachable"], contents, expected),
            *_wrong_objects(found, expected),
            *_wrong_names(found, expected),
            *_wrong_parents(found["Customer"], expected),
            *_wrong_places(found, expected),
            *wrong_links(connection, found),
            *lost_rows(connection),
        ]


def _wrong_objects(found: dict[str, list[Object]], expected: Books) -> list[str]:
    wrong: list[str] = []
    for entity, number_field in NUMBER.items():
        wanted = expected.objects.get(entity, {})
        numbers = Counter(str(one.get(number_field)) for one in found[entity])
        wrong += [
            f"{entity} {number} is there {times} times" for number, times in numbers.items() if times > 1
        ]
        wrong += [f"{entity} {number} is there, unasked" for number in numbers if number not in wanted]
        wrong += [f"{entity} {number} is missing" for number in wanted if number not in numbers]
        markers = Counter(parse_marker(one.get("PrivateNote")) for one in found[entity])
        wrong += [
            f"{entity}: marker {marker} {times} times" for marker, times in markers.items() if times > 1
        ]
        for one in found[entity]:
            for name, amount in wanted.get(str(one.get(number_field)), {}).items():
                stands = total_of(one) if name == "TotalAmt" else Decimal(one.get(name, 0))
                if stands != amount:
                    wrong.append(f"{entity} {one.get(number_field)}: {name} is {stands}, not {amount}")
    return wrong


def total_of(one: Object) -> Decimal:
    """What it comes to: QuickBooks says 0 of every journal entry, so the debits are added up."""
    sides = [(line.get("JournalEntryLineDetail"), line) for line in one.get("Line", ())]
    debits = [Decimal(line["Amount"]) for side, line in sides if side and side["PostingType"] == "Debit"]
    return sum(debits, Decimal(0)) if debits else Decimal(one.get("TotalAmt", 0))


def _wrong_papers(attached: list[Object], contents: dict[str, bytes], expected: Books) -> list[str]:
    """Every file is attached once, with its own bytes, and none besides."""
    there = Counter(parse_marker(one.get("Note")) for one in attached)
    wrong = [f"file {marker} is attached {times} times" for marker, times in there.items() if times > 1]
    ids = {marker[1] for marker in there if marker is not None}
    wrong += [f"file {source_id} is attached, unasked" for source_id in ids - expected.papers.keys()]
    wrong += [f"file {source_id} is missing" for source_id in expected.papers.keys() - ids]
    for one in attached:
        marker = parse_marker(one.get("Note"))
        if marker is None or contents[str(one["Id"])] != expected.papers.get(marker[1]):
            wrong.append(f"file {marker} has other bytes than its own")
    return wrong


def _wrong_names(found: dict[str, list[Object]], expected: Books) -> list[str]:
    names = Counter(one["DisplayName"] for one in (*found["Customer"], *found["Vendor"]))
    doubled = [
        name for name in names for wanted in expected.names if name != wanted and name.startswith(wanted)
    ]
    missing = [name for name in expected.names if names[name] != 1]
    return [f"the name {name!r} is there twice" for name in doubled] + [
        f"the name {name!r} is there {names[name]} times" for name in missing
    ]


def _wrong_parents(customers: list[Object], expected: Books) -> list[str]:
    """Each customer is below the one it should be below, or below none."""
    names = {one["Id"]: one["DisplayName"] for one in customers}
    above = {one["DisplayName"]: names.get(one.get("ParentRef", {}).get("value")) for one in customers}
    return [
        f"the customer {name!r} is below {above.get(name)!r}, not {expected.below.get(name)!r}"
        for name in expected.names & above.keys()
        if above[name] != expected.below.get(name)
    ]


def _wrong_places(found: dict[str, list[Object]], expected: Books) -> list[str]:
    """Every house and unit has one class, every house one location, and there is none besides."""
    there = Counter(
        f"{entity} {one['FullyQualifiedName']}"
        for entity, seeded in PLACES.items()
        for one in found[entity]
        if one["Name"] not in seeded
    )
    wanted = Counter(expected.places())
    return [
        f"{name} is there {there[name]} times, not {wanted[name]}"
        for name in there | wanted
        if there[name] != wanted[name]
    ]


def wrong_links(connection: psycopg.Connection, found: dict[str, list[Object]]) -> list[str]:
    standing = {(entity, one["Id"]): one for entity, objects in found.items() for one in objects}
    linked = connection.execute(
        "select quickbooks_type, quickbooks_id, source_type, source_id, total, sync_token from ledger.links"
    ).fetchall()
    wrong: list[str] = []
    for entity, quickbooks_id, source_type, source_id, total, _token in linked:
        one = standing.get((entity, quickbooks_id))
        if one is None:
            wrong.append(
                f"{source_type} {source_id} is linked to {entity} {quickbooks_id}, which is not there"
            )
        elif total is not None and total_of(one) != total:
            wrong.append(f"{source_type} {source_id}: the ledger says {total}, QuickBooks {total_of(one)}")
        elif entity in NUMBER and parse_marker(one.get("PrivateNote")) != (
            source_type.removesuffix("_replaced"),
            source_id,
        ):
            wrong.append(f"{source_type} {source_id} is linked to an object that says it is another")
    known = {(row[0], row[1]) for row in linked}
    wrong += [
        f"{entity} {one['Id']} carries our marker and belongs to no record"
        for entity in NUMBER
        for one in found[entity]
        if parse_marker(one.get("PrivateNote")) and (entity, one["Id"]) not in known
    ]
    return wrong


def lost_rows(connection: psycopg.Connection) -> list[str]:
    """Rows in = created + updated + skipped + failed, for every plan that ever was, dead or alive."""
    unfinished = connection.execute("select count(*) from ledger.plans where finished_at is null").fetchone()
    unrecorded = connection.execute(
        "select count(*) from ledger.requests where state <> 'recorded'"
    ).fetchone()
    sums = connection.execute(
        """select l.plan_id, l.record_type, l.rows_in, l.money_in, count(r.source_id) filter (where p.phase = 1 or l.undoes is not null),
                  coalesce(sum(r.amount) filter (where p.phase = 1 or l.undoes is not null), 0), count(*) filter (where r.source_id is null)
           from ledger.plans l join ledger.planned_rows p using (plan_id)
           left join ledger.row_results r on r.run_id = l.run_id and r.source_type = p.source_type and r.source_id = p.source_id
           group by l.plan_id"""
    ).fetchall()
    wrong = [
        f"plan {plan_id} of {record_type}: {rows_in} in ({money_in}), {rows_out} out ({money_out}), {lost} lost"
        for plan_id, record_type, rows_in, money_in, rows_out, money_out, lost in sums
        if (rows_in, money_in, 0) != (rows_out, money_out, lost)
    ]
    if unfinished and unfinished[0]:
        wrong.append(f"{unfinished[0]} plans never came to their end")
    if unrecorded and unrecorded[0]:
        wrong.append(f"{unrecorded[0]} requests are still open")
    return wrong
