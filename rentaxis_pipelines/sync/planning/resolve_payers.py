"""Who is who in one run: what the ledger and the snapshot know, brought to ``matching``, and what came of it, kept.

Here: reading for matching, keeping the links it found and the questions it left open. Not here: the rules (``matching``),
what is pushed (``plan_customers``).
"""

import itertools
from collections.abc import Iterable, Mapping
from typing import Any, cast

import msgspec

from rentaxis_pipelines.ledger import decisions, links, people
from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.ledger.people import Person
from rentaxis_pipelines.mapping.parties import map_customer, payer_label
from rentaxis_pipelines.mapping.text import given_names, is_given_name
from rentaxis_pipelines.matching.customers import Match, PayerKey, match_customers
from rentaxis_pipelines.matching.people_index import index_people
from rentaxis_pipelines.model.decisions import Candidate, Question
from rentaxis_pipelines.model.links import Link, Origin
from rentaxis_pipelines.model.marker import parse_marker
from rentaxis_pipelines.model.payload import content_hash
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.model.source_records import Payer
from rentaxis_pipelines.quickbooks.compare import differences
from rentaxis_pipelines.sync.known_links import decision_states, link_to, links_of_keys
from rentaxis_pipelines.sync.planning.current_links import NAME
from rentaxis_pipelines.sync.planning.names_in_use import payer_suffix, plain_name
from rentaxis_pipelines.sync.run import Run
from rentaxis_pipelines.sync.source import Dated

Matches = Mapping[PayerKey, Match]
_ORIGINS: Mapping[str, Origin] = {"matched_email": "matched_email", "imported": "imported", "own": "created"}


def match_payers(run: Run, payers: Iterable[Payer]) -> dict[PayerKey, Match]:
    """How each payer resolves, by all that is known now. Where all are linked, only their customers are looked at."""
    payers = list(payers)
    keys = {(payer.kind, payer.source_id) for payer in payers}
    known = links_of_keys(run.connection, run.realm, keys)
    if keys == known.keys():
        ids = [link.quickbooks_id for link in known.values()]
        return match_customers(
            payers, index_people(people.people(run.connection, run.realm, "Customer", ids)), known, {}
        )
    everybody = people.people(run.connection, run.realm, "Customer")
    return match_customers(
        payers,
        index_people(everybody),
        known,
        links.owners_of(run.connection, run.realm, "Customer"),
        decision_states(run.connection, run.realm, keys),
        run.imported_customers(),
        _own(everybody, [payer for payer in payers if (payer.kind, payer.source_id) not in known]),
    )


def _own(everybody: Iterable[Person], payers: Iterable[Payer]) -> dict[PayerKey, list[str]]:
    """Customers that we made, by payer: they say so in their notes, or bear a name that we alone give."""
    given = {
        name.casefold(): (payer.kind, payer.source_id)
        for payer in payers
        for name in itertools.islice(given_names(plain_name(payer), payer_suffix(payer)), 1, 3)
    }
    own: dict[PayerKey, list[str]] = {}
    for person in everybody:
        key = parse_marker(person.mark) or given.get(person.name.casefold())
        if key is not None:
            own.setdefault(key, []).append(person.quickbooks_id)
    return own


def payers_of(records: Iterable[Dated]) -> list[Payer]:
    """Everybody the records are about: the tenants and programs among them, and whoever owes or pays."""
    return [payer for _, record in records if (payer := payer_of(record)) is not None]


def payer_of(record: Any) -> Payer | None:
    """The tenant or program that the record is, or that owes or pays it; None for one that knows none."""
    return record if isinstance(record, Payer) else getattr(record, "payer", None)


def to_be_matched(run: Run, payers: Iterable[Payer], matches: Matches) -> list[Payer]:
    """Payers nobody has matched, and those whose customer has become somebody else's since."""
    found = {match.quickbooks_id for match in matches.values() if match.resolution in _ORIGINS}
    owners = links.owners_of(run.connection, run.realm, "Customer", filter(None, found))
    outdated = {
        key
        for key, match in matches.items()
        if match.resolution in _ORIGINS and owners.get(match.quickbooks_id or "", key) != key
    }
    return [
        payer for payer in payers if (key := (payer.kind, payer.source_id)) not in matches or key in outdated
    ]


def found_links(run: Run, payers: Iterable[Payer], matches: Matches) -> dict[Key, Link]:
    """What matching found, as links: new ones (one e-mail, imported), and those that live again.

    A link a person confirmed says nothing yet of what the payer was then; it is filled in here. Whoever a person excluded is not
    linked.
    """
    by_key = {(payer.kind, payer.source_id): payer for payer in payers}
    known = links_of_keys(run.connection, run.realm, by_key)
    wanted = {matches[key].quickbooks_id or "" for key in by_key if matches[key].resolution in _ORIGINS}
    customers = people.objects(run.connection, run.realm, "Customer", wanted)
    owners = links.owners_of(run.connection, run.realm, "Customer", wanted) if customers else {}
    excluded = _excluded(run, by_key)
    found: dict[Key, Link] = {}
    for key, payer in by_key.items():
        match, link = matches[key], known.get(key)
        mapped = cast("dict[str, Any]", map_customer(payer, plain_name(payer)))
        if link is None:
            customer = customers.get(match.quickbooks_id or "")
            origin = _ORIGINS.get(match.resolution)
            free = customer is not None and str(customer["Id"]) not in owners
            if customer is not None and free and origin == "created" and key not in excluded:
                found[key] = _own_link(run, payer, customer)
            elif customer is not None and free and origin is not None and key not in excluded:
                found[key] = link_to(run, key, "Customer", customer, mapped, origin)
        elif match.resolution == "linked" and (link.state == "gone" or not link.mapped):
            filled = {} if link.mapped else {"mapped": mapped, "content_hash": content_hash(mapped)}
            found[key] = msgspec.structs.replace(link, state="live", **filled)
    return found


def keep(run: Run, payers: Iterable[Payer], matches: Matches) -> None:
    """Keep what matching found: links, and questions for people; whoever a person excluded is not asked about. Commits."""
    by_key = {(payer.kind, payer.source_id): payer for payer in payers}
    known = links_of_keys(run.connection, run.realm, by_key)
    excluded = _excluded(run, by_key)
    links.save_links(run.connection, list(found_links(run, by_key.values(), matches).values()))
    # A payer that this run has made since it matched has no question any more.
    asked = [
        question(run, key, payer_label(payer), why, matches[key].candidates)
        for key, payer in by_key.items()
        if key not in excluded
        and (key not in known or matches[key].resolution == "stale")
        and (why := matches[key].refusal) is not None
    ]
    decisions.keep_questions(run.connection, run.realm, by_key, asked)
    run.connection.commit()


def _excluded(run: Run, keys: Iterable[Key]) -> set[Key]:
    states = decision_states(run.connection, run.realm, keys)
    return {key for key, state in states.items() if state.excluded is not None}


def _own_link(run: Run, payer: Payer, customer: Mapping[str, Any]) -> Link:
    """The link to a customer we made and the ledger forgot.

    What was written to it last is not known. One that nobody changed since it was made (SyncToken 0) and that differs is behind
    RentAxis; in any other that differs a person may have changed it, so it counts as up to date until RentAxis changes.
    """
    key, name = (payer.kind, payer.source_id), str(customer.get(NAME) or "")
    given = is_given_name(name, plain_name(payer), payer_suffix(payer))
    mapped = cast("dict[str, Any]", map_customer(payer, name if given else plain_name(payer)))
    changed = [field for field in differences(mapped, customer) if field != NAME]
    link = link_to(run, key, "Customer", customer, mapped, "created")
    return msgspec.structs.replace(
        link,
        owned=sorted(mapped),
        sync_token="0" if changed or not given else link.sync_token,
        content_hash="" if changed and link.sync_token == "0" else link.content_hash,
    )


def question(run: Run, key: Key, label: str, why: Refusal, candidates: list[Candidate]) -> Question:
    """What a person is asked about a record."""
    return Question(
        realm=run.realm,
        source_type=key[0],
        source_id=key[1],
        label=label,
        reason_code=why.code,
        reason=why.reason,
        how_to_fix=why.remedy,
        candidates=candidates,
        asked_at=run.now(),
    )
