"""The chart of the reconciliation: open receivables by month on both sides. Small, and identical for identical figures.

Here: its data series and the drawing. Not here: any figure that is not in the mart ``receivables_by_month``.
"""

import datetime as dt
import io
from collections.abc import Sequence
from decimal import Decimal

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.render import markdown
from rentaxis_pipelines.render.markdown import Markdown
from rentaxis_pipelines.reports.marts import rows_of

SIZE = (6.4, 3.2)  # inches
DOTS = 80  # per inch: 512 x 256 pixels, about 15 kB
SHOWN = 36  # months; more would crowd the axis


class Month(msgspec.Struct, frozen=True):
    """Open receivables at the end of one month (``month`` is its first day)."""

    month: dt.date
    rentaxis: Decimal
    quickbooks: Decimal

    @property
    def difference(self) -> Decimal:
        return self.rentaxis - self.quickbooks


def receivables_by_month(connection: sa.Connection) -> list[Month]:
    """The last 36 months of the mart, oldest first."""
    rows = rows_of(connection, "receivables_by_month", order_by="month desc", limit=SHOWN)
    return [Month(row["month"], row["rentaxis"], row["quickbooks"]) for row in reversed(rows)]


def draw(months: Sequence[Month]) -> bytes:
    """The chart as PNG, 512 x 256 pixels: RentAxis as bars, QuickBooks as a line that touches their tops where the two agree."""
    # Imported here: it takes a third of a second, and a code location that only lists assets draws nothing.
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415
    from matplotlib.ticker import StrMethodFormatter  # noqa: PLC0415

    # Without pyplot: no window system and no state shared between runs.
    figure = Figure(figsize=SIZE, dpi=DOTS, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    axes = figure.subplots()
    places = range(len(months))
    # matplotlib needs floats; these are for display only, never for arithmetic.
    axes.bar(places, [float(month.rentaxis) for month in months], color="#9db8d2", label="RentAxis")
    axes.plot(
        places,
        [float(month.quickbooks) for month in months],
        color="#1f7a1f",
        marker="o",
        markersize=4,
        label="QuickBooks",
    )
    every = max(1, len(months) // 12)
    axes.set_xticks(
        list(places)[::every],
        [f"{month.month:%Y-%m}" for month in months][::every],
        rotation=45,
        ha="right",
        fontsize=7,
    )
    axes.tick_params(axis="y", labelsize=7)
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.set_title("Open receivables at the end of each month", fontsize=9)
    axes.legend(fontsize=7, frameon=False)
    for edge in ("top", "right"):
        axes.spines[edge].set_visible(False)
    picture = io.BytesIO()
    canvas.print_png(picture, metadata={"Software": None})  # no version: the same figures give the same bytes
    return picture.getvalue()


def as_markdown(months: Sequence[Month]) -> Markdown:
    """The chart embedded in Markdown for Dagster's UI: no file to serve, and it is kept with the run."""
    return markdown.picture("Open receivables at the end of each month", draw(months))
