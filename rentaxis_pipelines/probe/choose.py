"""Which experiments of the catalogue a start runs. Pure."""

from collections.abc import Collection, Sequence

from rentaxis_pipelines.probe.experiment import Experiment
from rentaxis_pipelines.probe.journal import CannotProbe

OPTIONS = {"wait": "--wait MINUTES", "limits": "--limits", "by_hand": "--by-hand"}


def chosen(
    catalogue: Sequence[Experiment], numbers: Collection[int], allowed: Collection[str]
) -> list[Experiment]:
    """Those with these numbers, or all whose needs are met. Raises CannotProbe for an unknown number or an unmet need."""
    known = {experiment.number: experiment for experiment in catalogue}
    if unknown := sorted(set(numbers) - set(known)):
        raise CannotProbe(
            f"There is no experiment {', '.join(map(str, unknown))}; rentaxis-sync probe --list shows them all. Nothing was sent."
        )
    for number in numbers:
        if (needs := known[number].needs) and needs not in allowed:
            raise CannotProbe(f"Experiment {number} requires {OPTIONS[needs]}. Nothing was sent.")
    return [
        experiment
        for experiment in catalogue
        if (experiment.number in numbers if numbers else not experiment.needs or experiment.needs in allowed)
    ]


def listing(catalogue: Sequence[Experiment]) -> str:
    """The experiments, one per line."""
    return "\n".join(
        f"{experiment.number:>3}  {experiment.name}: {experiment.question}"
        + (f" ({OPTIONS[experiment.needs]})" if experiment.needs else "")
        for experiment in catalogue
    )
