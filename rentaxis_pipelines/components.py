"""The component by which a project of Dagster's ``dg`` has companies among its definitions: a folder with ``defs.yaml`` and ``company.yaml``.

The program itself reads the same folders by ``settings.companies`` and needs no project. Not here: what the files mean
(``settings.company_folder``), what a company is made of (``orchestration.definitions``).
"""

import dagster as dg

from rentaxis_pipelines.orchestration.definitions import build_defs
from rentaxis_pipelines.settings.companies import company_folders, scopes_in


class Company(dg.Component, dg.Model, dg.Resolvable):
    """One company: its RentAxis organization, and the QuickBooks company whose books it keeps."""

    # dg makes a number of a text of digits. What counts is what settings.company_folder reads in the same file.
    organization: str | int
    realm: str | int
    prefix: str = ""

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The first of the companies in one folder brings the definitions of all: they share their sensors and the session of a run."""
        companies = context.path.resolve().parent
        first, *_ = company_folders(companies)
        if context.path.resolve() != first:
            return dg.Definitions()
        return build_defs(scopes_in(companies))
