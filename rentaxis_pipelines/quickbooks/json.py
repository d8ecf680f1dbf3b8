"""QuickBooks' JSON: money is exact on both sides of the wire.

Here: encoding, decoding, and the only conversion from a stored amount to the number that is sent. Not here: the
contents of a payload. Numbers with a fraction become ``Decimal``, whole numbers ``int`` (QuickBooks writes ``0``
for nothing and ``100.00`` for a hundred: recorded traffic), and a float is refused, because a float holding
money is a defect.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec

CENT = Decimal("0.01")

_EXACT = frozenset((str, int, bool, type(None)))

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)


def encode(value: Any) -> bytes:
    """UTF-8 JSON of dicts, lists, text, ``Decimal``, ``int``, ``bool`` and ``None``.

    Decimals keep their decimal places: ``Decimal("100.00")`` is written ``100.00``.

    Raises:
        TypeError: on a float, or on a Decimal that is not a number.
    """
    _refuse_inexact(value)
    return _encoder.encode(value)


def decode(body: bytes) -> Any:
    """The value in ``body``; numbers with a fraction or exponent are ``Decimal``.

    Raises:
        ValueError: it is not JSON.
    """
    try:
        return _decoder.decode(body)
    except RecursionError as error:
        raise ValueError("JSON nested too deeply") from error


def money(value: Decimal | int) -> Decimal:
    """``value`` in the company's currency with exactly two decimals: 100 -> ``Decimal("100.00")``.

    Raises:
        ValueError: it has a fraction of a cent, so rounding to two decimals would change it.
    """
    rounded = Decimal(value).quantize(CENT)
    if rounded != value:
        raise ValueError("an amount with a fraction of a cent cannot be sent")
    return rounded


def _refuse_inexact(value: Any) -> None:
    """Checks every value of a payload, so it is written for speed: plain values, which are most of them, are skipped immediately."""
    waiting: list[Iterable[Any]] = [(value,)]
    while waiting:
        for inner in waiting.pop():
            kind = inner.__class__
            if kind in _EXACT:
                continue
            if kind is dict:
                waiting.append(inner.values())
            elif kind is list or kind is tuple:
                waiting.append(inner)
            elif kind is Decimal:
                if not inner.is_finite():
                    raise TypeError("only finite numbers can be sent to QuickBooks")
            elif isinstance(inner, float):  # a numpy float is one too
                raise TypeError("a float cannot be sent to QuickBooks: use Decimal")
