"""Reading what was done to a record from the ledger. Not here: what follows from it (``history``, pure)."""

from zoneinfo import ZoneInfo

import sqlalchemy as sa

from rentaxis_pipelines.ledger import links, versions
from rentaxis_pipelines.reports.history import RecordHistory, record_history
from rentaxis_pipelines.reports.words_reading import words_of
from rentaxis_pipelines.sync.known_links import keys_with_parts


def history_of(
    connection: sa.Connection, realm: str, key: tuple[str, str], label: str, zone: ZoneInfo
) -> RecordHistory:
    """All that was done to the record with that source type and id, and to its parts, such as the payment of a bill; newest last.

    ``label``: as people know the record; ``zone``: the company's.
    """
    source_type, source_id = key
    kept = sorted(
        (
            version
            for each in keys_with_parts(connection, realm, key)
            for version in versions.of_record(connection, realm, *each)
        ),
        key=lambda version: version.version_id,
    )
    objects = [side for version in kept for side in (version.before, version.after) if side is not None]
    words = words_of(connection, realm, objects)
    link = links.links_of(connection, realm, source_type, [source_id]).get(source_id)
    return record_history(key, label, kept, link, words, zone)
