"""Who is who among many: seconds and memory of matching payers against customers, how both grow, and what is found.

The town is made up: e-mail addresses, names and misspelt names are shared between the two books in known numbers. The pool
of names stays the same while the town grows, so names stand closer together in a big town, as they do in a real one.
"""

import datetime as dt
import itertools
import random
import resource
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import msgspec

from rentaxis_pipelines.demo import names
from rentaxis_pipelines.ledger.people import Person
from rentaxis_pipelines.matching.customers import match_customers
from rentaxis_pipelines.matching.people_index import index_people
from rentaxis_pipelines.model.source_records import Payer
from rentaxis_pipelines_bench.figures import Figure

SECONDS, MEGABYTES = 30, 2_000  # promised for 100,000 payers and as many customers
GROUP = "Who is who, one process"
SURNAMES = 20_000
_NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
_MISSPELT = range(
    6, 8
)  # of each ten payers: four share the e-mail, two the name, two a misspelt name, two nothing


class Matched(msgspec.Struct):
    """One town matched, in a process of its own."""

    seconds: float
    busy: float  # seconds of processor time: the others on the machine do not count
    peak: int  # bytes, the town itself included
    by_mail: float  # share of the shared e-mail addresses that were linked
    by_name: float  # share of the misspelt names whose customer a person is shown


def measure(counts: tuple[int, ...] = (25_000, 50_000, 100_000)) -> list[Figure]:
    """Each town in a process of its own, so that nothing measured before is counted."""
    matched: dict[int, Matched] = {}
    for count in counts:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            matched[count] = pool.submit(match_town, count).result()
    few, many = counts[0], counts[-1]
    most, growth = matched[many], matched[many].busy / matched[few].busy
    size = f"{many:,} payers, {many:,} customers"
    shown = [
        Figure(group=GROUP, name=f"{count:,} payers, {count:,} customers", value=one.seconds, unit="s", note=f"{one.busy:.1f} s of processor, {one.peak / 1e6:,.0f} MB")
        for count, one in matched.items() if count != many
    ]  # fmt: skip
    return [
        *shown,
        Figure(group=GROUP, name=size, value=most.seconds, unit="s", target=f"under {SECONDS} s", met=most.seconds < SECONDS, note=f"{most.busy:.1f} s of processor"),
        Figure(group=GROUP, name="peak memory of it", value=most.peak / 1e6, unit="MB", target=f"under {MEGABYTES:,} MB", met=most.peak / 1e6 < MEGABYTES),
        Figure(
            group=GROUP, name=f"processor time from {few:,} to {many:,}", value=growth, unit="times", target=f"near {many / few:.0f}, far from {(many / few) ** 2:.0f}",
            met=growth < 2 * many / few, note="names stand closer together in a bigger town, so each meets a few more near ones",
        ),
        Figure(group=GROUP, name="shared e-mail addresses linked", value=100 * most.by_mail, unit="%", target="100 %", met=most.by_mail == 1),
        Figure(group=GROUP, name="misspelt names that wait for a person", value=100 * most.by_name, unit="%", note="the others would be made a second time: a letter left out anywhere in the name"),
    ]  # fmt: skip


def match_town(count: int) -> Matched:
    """Match a made-up town of as many payers as customers."""
    payers, customers, misspelt = _town(count)
    started, busy = time.perf_counter(), time.process_time()
    matches = match_customers(payers, index_people(customers), {}, {})
    taken, used = time.perf_counter() - started, time.process_time() - busy
    linked = sum(match.resolution == "matched_email" for match in matches.values())
    asked = sum(
        any(one.quickbooks_id == quickbooks_id for one in matches["tenant", quickbooks_id].candidates)
        for quickbooks_id in misspelt
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # Linux counts in kilobytes
    return Matched(taken, used, peak, linked / (count * 4 // 10), asked / len(misspelt))


def _town(count: int) -> tuple[list[Payer], list[Person], list[str]]:
    """Payers, customers, and the ids of those whose name is misspelt in QuickBooks. Payer n is customer n, or nobody."""
    chance = random.Random(20261)
    everybody = _people(chance)
    payers: list[Payer] = []
    customers: list[Person] = []
    misspelt: list[str] = []
    for number in range(count):
        key, name, kind = str(number), next(everybody), number % 10
        mail = f"tenant{number}@example.com"
        payers.append(
            Payer(
                kind="tenant", source_id=key, name=name, email=mail, phone=None, address=None, payers_with_same_email=1,
                created_at=_NOW, updated_at=_NOW, deleted_at=None, imported_link=None,
            )
        )  # fmt: skip
        if kind in _MISSPELT:
            at = chance.randrange(1, len(name) - 1)
            misspelt.append(key)
            customers.append(Person(key, name[:at] + name[at + 1 :], None, True))
        elif kind < _MISSPELT.start:
            customers.append(Person(key, name, mail if kind < 4 else None, True))
        else:
            customers.append(Person(key, next(everybody), f"customer{number}@example.com", True))
    return payers, customers, misspelt


def _people(chance: random.Random) -> Iterator[str]:
    """Names of people: some surnames are common, most are rare, one in four has an initial."""
    openings = "b|d|f|g|h|k|l|m|n|p|r|s|t|v|w|br|st|th|ch|sh|kr|gr"
    vowels = "a|e|i|o|u|ai|ea|oo"
    starts = [opening + vowel for opening in openings.split("|") for vowel in vowels.split("|")]
    endings = ["", "n", "s", "r", "ll", "son", "er", "ez"]
    surnames: dict[str, None] = dict.fromkeys(names.FAMILY_NAMES)
    while len(surnames) < SURNAMES:
        syllables = chance.choices(starts, k=chance.choice((2, 2, 3)))
        surnames["".join(syllables).title() + chance.choice(endings)] = None
    known = list(surnames)
    weights = list(itertools.accumulate(1 / (rank + 10) ** 0.8 for rank in range(len(known))))
    while True:
        (surname,) = chance.choices(known, cum_weights=weights)
        initial = f" {chance.choice('ABCDEFGHJKLMNPRSTW')}." if chance.random() < 0.25 else ""
        yield f"{chance.choice(names.GIVEN_NAMES)}{initial} {surname}"
