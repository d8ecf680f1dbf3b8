"""Markdown as Dagster metadata: the only way in, so that all of it was made by ``render.markdown``."""

import dagster as dg

from rentaxis_pipelines.render.markdown import Markdown


def md(markdown: Markdown) -> dg.MarkdownMetadataValue:
    """The metadata value. Raises TypeError for text that is not ``Markdown``, which could be anybody's."""
    if not isinstance(markdown, Markdown):
        raise TypeError("Only text made by render.markdown can be shown as Markdown.")
    return dg.MetadataValue.md(str(markdown))
