"""The component by which Dagster's ``dg`` adds a company: a folder with ``defs.yaml`` and ``company.yaml``.

Here: what a project of its own needs that keeps companies among its definitions. The program itself reads the same folders by
``settings.companies``, which adds to each company what all share. Not here: what the files mean (``settings.company_folder``).
"""

import dagster as dg

from rentaxis_pipelines.orchestration.definitions import build_defs
from rentaxis_pipelines.settings.companies import scope_or_stand_in


class Company(dg.Component, dg.Model, dg.Resolvable):
    """One company: its RentAxis organization, and the QuickBooks company whose books it keeps."""

    organization: str
    realm: str
    prefix: str = ""

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The company's assets, jobs, schedule and resources, and its sensors."""
        return build_defs([scope_or_stand_in(context.path)])
