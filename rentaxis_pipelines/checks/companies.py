"""What ``check`` finds for several companies: each for itself, and one that cannot be checked keeps none of the others from it.

Not here: the checks (``everything``), which companies there are (``settings.companies``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from rentaxis_pipelines.checks.everything import check_everything
from rentaxis_pipelines.checks.finding import Finding, in_order, stops
from rentaxis_pipelines.settings import Scope


@dataclass(frozen=True)
class FoundFor:
    """One finding, and the short names of all companies it was made for."""

    slugs: Sequence[str]
    finding: Finding


def check_company(scope: Scope) -> list[Finding]:
    """As ``check_everything``, with what keeps the company from being used at all, such as books that another one keeps too."""
    try:
        findings = check_everything(scope.variables)
    except Exception as error:  # a fault of the program: the other companies are checked all the same
        findings = [
            stops(
                f"The checks of this company ended with a fault of the program ({type(error).__name__}).",
                "Run rentaxis-sync --company for it alone and report what it prints.",
            )
        ]
    told = [
        sentence
        for sentence in (scope.problem or "").splitlines()
        if not any(sentence in finding.text for finding in findings)
    ]
    named = [msgspec.structs.replace(stops(f"Settings: {sentence}"), check="Settings") for sentence in told]
    return in_order([*named, *findings])


def together(found: Iterable[tuple[str, Sequence[Finding]]]) -> list[FoundFor]:
    """Worst first, most money first; what is the same for several companies once. Given: short name and findings of each company."""
    slugs: dict[Finding, list[str]] = {}
    for slug, findings in found:
        for finding in findings:
            slugs.setdefault(finding, []).append(slug)
    return [FoundFor(tuple(dict.fromkeys(slugs[finding])), finding) for finding in in_order(slugs)]
