"""One start of the probe: resume what was interrupted, run what is not done, clean up after each, count before and after.

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
    """The outcome of a start. ``journal`` contains what was observed and what remains."""

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
    """Run the experiments that have no result in the journal yet, in order; ``again``: all. ``said`` is told about progress.

    Raises QuickBooksError if QuickBooks can no longer be used; the journal records what was done, and another start continues.
    """
    journal = company.journal
    journal.begin_attempt()
    if journal.still_there:
        said(f"Cleaning up {len(journal.still_there)} records left by an interrupted probe")
        clean_up(company)
    if again:
        journal.forget()
    if not journal.counts:
        said("Counting the company's records")
        journal.counted(count_objects(company))
    waiting = [
        experiment
        for experiment in experiments
        if experiment.number not in journal.seen or not journal.seen[experiment.number].told
    ]
    for place, experiment in enumerate(waiting, start=1):
        said(f"Experiment {experiment.number} ({place} of {len(waiting)}): {experiment.name}")
        seen = _seen(company, experiment)
        _keep_exchanges(company, experiment, redaction, folder)
        clean_up(company, lambda made: made.experiment != SHARED)
        journal.saw(experiment.number, seen)
    company.number = SHARED
    clean_up(company)
    said("Counting the company's records again")
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
    content = [redaction.exchange(exchange) for exchange in company.wire.exchanges]
    with written_privately(path) as beside:
        beside.write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n")
