"""Every switch of the emulator, and how the probe determined its value, or why it cannot. Pure.

Not here: the switches themselves, which are the emulator's own (``quickbooks_emulator.switches``); a test holds the two together.
"""

from collections.abc import Mapping, Sequence

from rentaxis_pipelines.probe.choose import OPTIONS
from rentaxis_pipelines.probe.experiment import Experiment, Seen

_EMULATOR_ONLY = "Exists only in the emulator."
_SIGN_IN = "Trying it could end the connected company's sign-in."
_STRANGE_TOKENS = "Calls with foreign tokens would look like an attack on the company."
# Why no experiment measures it.
NOT_MEASURED: Mapping[str, str] = {
    "refresh_rotation": _SIGN_IN,
    "refresh_grace_seconds": _SIGN_IN,
    "access_token_seconds": "Documented, and returned with every token.",
    "shortest_bearer": _STRANGE_TOKENS,
    "longest_bearer": _STRANGE_TOKENS,
    "grant_seconds": "It would take five years.",
    "monthly_reads": "A sandbox has no monthly allowance.",
    "tax_id_answered": "The probe enters no tax id: one that is wrong could be filed.",
    "limits_scale": _EMULATOR_ONLY,
    "latency_ms": _EMULATOR_ONLY,
    "keep_log": _EMULATOR_ONLY,
    "log_bodies": _EMULATOR_ONLY,
}


def switch_rows(catalogue: Sequence[Experiment], seen: Mapping[int, Seen]) -> list[tuple[str, str, str]]:
    """(name, value or "", how it was measured or why it was not) of every switch, those with a value first."""
    claims: dict[str, list[Experiment]] = {}
    for experiment in catalogue:
        for name in experiment.switches:
            claims.setdefault(name, []).append(experiment)
    rows = [_row(name, experiments, seen) for name, experiments in claims.items()]
    rows += [(name, "", reason) for name, reason in NOT_MEASURED.items()]
    return sorted(rows, key=lambda row: not row[1])


def _row(name: str, experiments: Sequence[Experiment], seen: Mapping[int, Seen]) -> tuple[str, str, str]:
    for experiment in experiments:
        what = seen.get(experiment.number)
        if what and name in what.switches:
            value = what.switches[name]
            shown = str(value).lower() if isinstance(value, bool) else str(value)
            return name, shown, f"Measured by experiment {experiment.number}."
    numbers = " and ".join(str(experiment.number) for experiment in experiments)
    which, was = ("Experiments", "were") if len(experiments) > 1 else ("Experiment", "was")
    if any(experiment.number in seen for experiment in experiments):
        return name, "", f"{which} {numbers} {was} run without a result."
    options = sorted({OPTIONS[experiment.needs] for experiment in experiments if experiment.needs})
    with_option = f" Add {' and '.join(options)}." if options else ""
    return name, "", f"{which} {numbers} {was} not run.{with_option}"
