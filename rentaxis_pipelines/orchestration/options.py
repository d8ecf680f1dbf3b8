"""What a person may choose at launch. One resource, so the choice is made in one place of the run's configuration.

The same choices can be made by tags of the run: a backfill launched from the UI takes tags from a plain form, and jobs with a preset
take no other configuration.
"""

from collections.abc import Mapping

import dagster as dg
from pydantic import Field

from rentaxis_pipelines.model.errors import CannotLaunch

OPTIONS = "options"  # the key of this resource, which holds nothing of any company
REQUESTED_BY_TAG = "requested_by"  # who asked for the run; the front door writes it for whoever is signed in
_YES, _NO = ("yes", "true", "on", "1"), ("no", "false", "off", "0")


class SyncOptions(dg.ConfigurableResource):
    """The choices of one launch; each may also be a tag of the run, set to yes."""

    force: bool = Field(
        default=False,
        description="Push records again even if they have not changed, updating them in place. Never creates a second object in QuickBooks.",
    )
    preview: bool = Field(
        default=False,
        description="Only show what would be created, updated or skipped, and why. Nothing is sent to QuickBooks.",
    )
    full: bool = Field(
        default=False,
        description="Read every record of the days anew and decide it anew, also those that stand as they were. Slower, with the same result: "
        "for whoever wants to be sure. Nothing is pushed that would not be pushed otherwise.",
    )
    dry_run: bool = Field(default=False, description="What preview was called before.")
    confirm_unusual: bool = Field(
        default=False,
        description="You have reviewed it, and it is right: push even what the guard held back because it is far more than usual. "
        "Force does not do that. Set this to true, or give the run the tag confirm_unusual with the value yes.",
    )

    def create_resource(self, context: dg.InitResourceContext) -> "SyncOptions":
        """The options of this run: what is configured, and what its tags ask for.

        A tag with a wrong value is refused by the first step (``failures.step``), as a step alone can fail without being started
        again by Dagster; until then the run is a preview.
        """
        try:
            asked = options_from_tags(context.run.tags) if context.run else {}
        except CannotLaunch:
            asked = {"preview": True}
        configured = {name: getattr(self, name) for name in NAMES} | {"preview": self.preview or self.dry_run}
        return SyncOptions(**{name: configured[name] or asked.get(name, False) for name in NAMES})


NAMES = ("force", "preview", "full", "confirm_unusual")
FORMER_NAMES = {"dry_run": "preview"}  # still understood


def tag_name(written: str) -> str:
    """A tag's name as it is meant: case, spaces and hyphens do not matter."""
    return written.strip().lower().replace("-", "_").replace(" ", "_")


def options_from_tags(tags: Mapping[str, str]) -> dict[str, bool]:
    """The options that tags set.

    Raises CannotLaunch for a value that is neither yes nor no: a mistyped preview must not push.
    """
    chosen: dict[str, bool] = {}
    for key, value in tags.items():
        name = tag_name(key)
        name = FORMER_NAMES.get(name, name)
        if name not in NAMES:
            continue
        if value.strip().lower() not in (*_YES, *_NO):
            raise CannotLaunch(
                f"The tag {key} has the value '{value}'. Set it to yes or no. Nothing was sent."
            )
        # Under both its names, one yes is enough: what was to be looked at first is not pushed.
        chosen[name] = chosen.get(name, False) or value.strip().lower() in _YES
    return chosen
