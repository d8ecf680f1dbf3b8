"""One start of the probe: take up what was interrupted, run what is not done yet, clean up after each, count at both ends.

Not here: what is run (``catalogue``), who may be probed (``refuse``), what is written at the end (``report``).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from rentaxis_pipelines.probe.cleanup import clean_up
from rentaxis_pipelines.probe.company import SHARED, ProbeCompany
from rentaxis_pipelines.probe.counts import Counts, count_objects
from rentaxis_pipelines.probe.experiment import CannotTell, Experiment, Seen
from rentaxis_pipelines.probe.journal import Journal
from rentaxis_pipelines.probe.redact import Redaction
from rentaxis_pipelines.quickbooks.faults import (
    AuthenticationFailed,
    CompanyUnavailable,
    NotSent,
    QuickBooksError,
)
from rentaxis_pipelines.safety.private_files import private_folder, written_privately

EXCHANGES = "exchanges"


@dataclass(frozen=True)
class Outcome:
    """What a start came to. ``journal`` holds what was seen and what stays."""

    journal: Journal
    after: Counts


def run(
    company: ProbeCompany,
    experiments: Sequence[Experiment],
    redaction: Redaction,
    folder: Path,
    said: Callable[[str], object] = lambda _: None,
    *,
    again: bool = False,
) -> Outcome:
    """Run the experiments that the journal does not know as told, in order; ``again``: all of them. ``said`` is told what is going on.

    Raises QuickBooksError where QuickBooks cannot be used any longer; then the journal says what is done, and another start goes on.
    """
    journal = company.journal
    journal.begin_attempt()
    if journal.still_there:
        said(f"Cleaning up {len(journal.still_there)} records that an interrupted probe left")
        clean_up(company)
    if again:
        journal.forget()
    if not journal.counts:
        said("Counting what the company holds")
        journal.counted(count_objects(company))
    waiting = [
        one for one in experiments if one.number not in journal.seen or not journal.seen[one.number].told
    ]
    for place, experiment in enumerate(waiting, start=1):
        said(f"Experiment {experiment.number} ({place} of {len(waiting)}): {experiment.name}")
        seen = _seen(company, experiment)
        _keep_exchanges(company, experiment, redaction, folder)
        clean_up(company, lambda made: made.experiment != SHARED)
        journal.saw(experiment.number, seen)
    company.number = SHARED
    clean_up(company)
    said("Counting what the company holds now")
    return Outcome(journal, count_objects(company))


def _seen(company: ProbeCompany, experiment: Experiment) -> Seen:
    company.number = experiment.number
    company.wire.exchanges.clear()
    try:
        return experiment.run(company)
    except CannotTell as error:
        return Seen(str(error), told=False)
    except (CompanyUnavailable, AuthenticationFailed, NotSent):
        raise  # nothing else would go either
    except QuickBooksError as error:  # of this one call: no answer, or none that can be read
        return Seen(f"{error}.", told=False)


def _keep_exchanges(
    company: ProbeCompany, experiment: Experiment, redaction: Redaction, folder: Path
) -> None:
    """The exchanges of the experiment, before the cleaning adds its own."""
    path = (
        private_folder(folder / EXCHANGES)
        / f"{experiment.number:02}-{experiment.name.replace(' ', '_')}.json"
    )
    content = [redaction.exchange(one) for one in company.wire.exchanges]
    with written_privately(path) as beside:
        beside.write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n")
