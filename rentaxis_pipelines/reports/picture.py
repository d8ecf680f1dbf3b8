"""The one picture of the proof: open receivables on both sides over the months. Small, and the same for the same figures.

Here: its series and its drawing. Not here: any number that the mart ``receivables_by_month`` does not hold.
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
DOTS = 80  # an inch: 512 x 256 pixels, about 15 kB
SHOWN = 36  # months; older ones would only crowd the axis


class Month(msgspec.Struct, frozen=True):
    """What was open at the end of one month (its first day is ``month``)."""

    month: dt.date
    rentaxis: Decimal
    quickbooks: Decimal


def receivables_by_month(connection: sa.Connection) -> list[Month]:
    """The last 36 months of the mart, oldest first."""
    rows = rows_of(connection, "receivables_by_month", order_by="month desc", limit=SHOWN)
    return [Month(row["month"], row["rentaxis"], row["quickbooks"]) for row in reversed(rows)]


def draw(months: Sequence[Month]) -> bytes:
    """The picture as PNG, 512 x 256 pixels: RentAxis as bars, QuickBooks as a line; where they agree it runs along their tops."""
    # Imported here: it takes a third of a second, and a code location that only lists assets never draws.
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415
    from matplotlib.ticker import StrMethodFormatter  # noqa: PLC0415

    # Without pyplot: no window system, no state shared between runs.
    figure = Figure(figsize=SIZE, dpi=DOTS, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    axes = figure.subplots()
    places = range(len(months))
    # A plot's numbers are floats; they are looked at, never reckoned with.
    axes.bar(places, [float(one.rentaxis) for one in months], color="#9db8d2", label="RentAxis")
    axes.plot(
        places,
        [float(one.quickbooks) for one in months],
        color="#1f7a1f",
        marker="o",
        markersize=4,
        label="QuickBooks",
    )
    every = max(1, len(months) // 12)
    axes.set_xticks(
        list(places)[::every],
        [f"{one.month:%Y-%m}" for one in months][::every],
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
    """The picture within the text itself, as Dagster's UI shows it: no file to serve, and it stays with the run."""
    return markdown.picture("Open receivables at the end of each month", draw(months))
