"""Which plan is approved or which run undone, and which of its rows: as tags of the run, or in the job's form.

A tag is typed in the launchpad's dialog without a line of YAML, and a link can bring it along (``launchpad``). Here: reading the two
together. Not here: what the names mean (``sync.selection``, ``sync.which_run``), tags that any run may have (``options``).
"""

from collections.abc import Mapping

from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.orchestration.names import PUSH_APPROVED, UNDO_RUN
from rentaxis_pipelines.orchestration.options import tag_name

PLAN, UNDO, ONLY, WITHOUT = "plan", "undo", "only", "without"
# The tags each of the two jobs takes; on any other job they are refused (``known_tags``).
TAGS_OF = {PUSH_APPROVED: (PLAN, ONLY, WITHOUT), UNDO_RUN: (UNDO, ONLY)}


def chosen(job: str, form: Mapping[str, str], tags: Mapping[str, str]) -> dict[str, str]:
    """What the form and the tags of a run of that job (by its plain name) choose; a name neither has is left out.

    Raises CannotLaunch for a tag without a value, or where form and tag differ.
    """
    found = {name: value.strip() for name, value in form.items() if value.strip()}
    for key, value in tags.items():
        name = tag_name(key)
        if name not in TAGS_OF[job]:
            continue
        if not value.strip():
            raise CannotLaunch(f"The tag {key} is empty. Give it a value, or take it away. Nothing was sent.")
        if found.setdefault(name, value.strip()) != value.strip():
            raise CannotLaunch(
                f"{key} is given twice: '{found[name]}' and '{value.strip()}'. Give it once. Nothing was sent."
            )
    return found


def names_in(written: str) -> tuple[str, ...]:
    """The names in a list separated by commas. Raises CannotLaunch for one that names nothing, which would otherwise mean everything."""
    names = tuple(name.strip() for name in written.split(",") if name.strip())
    if written and not names:
        raise CannotLaunch(f"'{written}' names no rows. Nothing was sent.")
    return names
