"""Reasons and remedies as the sync desk says them: no command line, no settings file; the same sentences otherwise.

Here: one text in, one text out, and what each reason is called on the desk. Not here: the reasons (``model.reasons``).
"""

import re

from rentaxis_pipelines.model.reasons import REASONS, ReasonCode

# "(rentaxis-sync links confirm tenant 7 ID)", "(reject 5, or unlink it, then make-new)", "(make-new)".
_COMMAND = re.compile(r"\s*\((?:[^()]*\b)?(?:rentaxis-sync\b|make-new\b|reject \S)[^()]*\)")
# "(customer 5)", "(id 5)": what stands before it names the object already.
_ID = re.compile(r"\s*\((?:customer|vendor|id) [^\s()]+\)")
_BARE_COMMAND = re.compile(r"\brentaxis-sync [a-z-]+(?: [A-Za-z_]+)*")
# What the guard says beside its plan: the same by a tag or an option.
_OTHER_WAY = re.compile(r"\s*Or launch the same range with the tag .*?on the command line\)\.", re.DOTALL)
_IN_BRACKETS = re.compile(r"\s*\((?:policies\.[\w.]+|days_ahead[^()]*|first_day[^()]*)\)")
# "mappings.expense_accounts.5999", "mappings.payment_methods.check.deposit_to".
_SETTING = re.compile(r"\b(?:mappings|policies)\.([a-z_]+)((?:\.(?:'[^']*'|[A-Za-z0-9_-]+))*)")
# A person must say which QuickBooks object the record is.
MATCHES = (
    ReasonCode.WAITING_FOR_CONFIRMATION,
    ReasonCode.AMBIGUOUS_MATCH,
    ReasonCode.DUPLICATE_NAME,
    ReasonCode.DUPLICATE_NUMBER,
)
_MEANING = {
    ReasonCode.WAITING_FOR_CONFIRMATION: "QuickBooks has something that may be the same; a person must say whether it is.",
    ReasonCode.MISSING_MAPPING: "The set-up does not say where this goes in QuickBooks.",
}
_REMEDY = {
    ReasonCode.WAITING_FOR_CONFIRMATION: "Link it if it is the same; if not, say so, or have a new one made.",
    ReasonCode.AMBIGUOUS_MATCH: "Link the right one; if it is none of them, have a new one made.",
    ReasonCode.DUPLICATE_NAME: "Link the one that has the name if it is the same, or rename one of the two, then retry.",
    ReasonCode.DUPLICATE_NUMBER: "Link the one that has the number if it is the same, or change one of the two numbers, then retry.",
    ReasonCode.WAITING_FOR_PARENT: "Nothing by itself: these go once what they wait for is in QuickBooks. Each row says what that is.",
    ReasonCode.HELD_BACK: "Look at the plan that was stored instead; if it is right, approve it.",
    ReasonCode.NEEDS_APPROVAL: "Look at the plan that was stored instead; if RentAxis' version is right, approve it.",
    ReasonCode.CHANGED_IN_QUICKBOOKS: "Keep QuickBooks' version or put RentAxis' back: see the changes made in QuickBooks.",
    ReasonCode.GONE_IN_QUICKBOOKS: "If it is still owed or was paid, have it created again; if not, void it in RentAxis.",
    ReasonCode.NOT_REACHED: "Retry.",
}


def meaning_of(reason_code: str) -> str:
    """What the reason means, in a sentence."""
    code = ReasonCode(reason_code)
    return _MEANING.get(code) or for_the_desk(REASONS[code].meaning)


def remedy_of(reason_code: str, how_to_fix: str | None) -> str:
    """What a person does about it; ``how_to_fix``: as the results say it."""
    code = ReasonCode(reason_code)
    return _REMEDY.get(code) or for_the_desk(how_to_fix or REASONS[code].remedy)


def is_match(reason_code: str) -> bool:
    """Whether a person must say which QuickBooks object a record is."""
    return reason_code in MATCHES


def for_the_desk(text: str) -> str:
    """The sentences without commands, ids and the words of the settings file."""
    text = _ID.sub("", _IN_BRACKETS.sub("", _COMMAND.sub("", _OTHER_WAY.sub("", text))))
    text = _SETTING.sub(_setting, text).replace("company.yaml", "the set-up")
    text = _BARE_COMMAND.sub("the sync desk", text)
    return text.replace("then run again", "then retry").replace("Then run again", "Then retry")


def _setting(found: re.Match[str]) -> str:
    """``expense accounts, 5999``."""
    parts = [found[1].replace("_", " ")]
    parts += [
        part.strip("'").replace("_", " ") for part in re.findall(r"\.('[^']*'|[A-Za-z0-9_-]+)", found[2])
    ]
    return ", ".join(parts)
