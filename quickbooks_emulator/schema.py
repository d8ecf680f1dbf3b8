"""The public schema: reads a payload into clean values and refuses what Intuit's parser refuses.

`facts.json` holds names, types and enums from Intuit's public schema, and lengths and traits from its entity
reference. No rule about the meaning of a record belongs here.
"""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from quickbooks_emulator import errors
from quickbooks_emulator.money import money, quantity

FACTS = msgspec.json.decode(Path(__file__).with_name("facts.json").read_bytes())
TYPES: dict[str, dict[str, str]] = FACTS["types"]
ENUMS: dict[str, frozenset[str]] = {name: frozenset(values) for name, values in FACTS["enums"].items()}
TRAITS: dict[str, dict[str, Any]] = FACTS["entities"]

# Decimals that are not amounts: written without trailing zeros.
QUANTITIES = frozenset(
    [
        "Qty",
        "Quantity",
        "UnitPrice",
        "UnitCostPrice",
        "RatePercent",
        "DiscountPercent",
        "TaxPercent",
        "DiscountRate",
        "ExchangeRate",
        "QtyOnHand",
        "QtyOnPurchaseOrder",
        "QtyOnSalesOrder",
        "ReorderPoint",
        "PurchaseCost",
        "AvgCost",
        "BillRate",
        "CostRate",
        "Percent",
        "Value",
        "RateValue",
        "BuildPoint",
        "AbatementRate",
        "ReverseChargeRate",
        "DefaultMarkup",
        "NumberValue",
    ]
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_STAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}")

Reader = Callable[[Any], Any]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return str(value)
    raise errors.unreadable_property()


def _truth(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false", ""):
        return value.lower() == "true" if value else None
    raise errors.unreadable_property()


def _decimal_reader(name: str) -> Reader:
    shape = quantity if name in QUANTITIES else money

    def read(value: Any) -> Any:
        if isinstance(value, str):
            if not value:
                return None
            try:
                value = Decimal(value)
            except InvalidOperation:
                raise errors.invalid_decimal(name, value) from None
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise errors.unreadable_property()
        # Amounts have 15 digits at most. A comparison with what is no number would itself fail.
        if not (isinstance(value, int) or value.is_finite()) or not abs(value) < 10**15:
            raise errors.invalid_decimal(name, value)
        return shape(value)

    return read


def _integer_reader(name: str) -> Reader:
    def read(value: Any) -> Any:
        if value == "":
            return None
        try:
            if isinstance(value, Decimal) and not abs(value) < 10**15:
                raise errors.invalid_number(name, value)
            number = int(value)
        except (TypeError, ValueError):
            raise errors.invalid_number(name, value) from None
        if not abs(number) < 10**15:
            raise errors.invalid_number(name, value)
        return number

    return read


def _day(value: Any) -> str | None:
    if value == "":
        return None
    if not isinstance(value, str) or not _DAY.match(value):
        raise errors.unreadable_property()
    try:
        date.fromisoformat(value[:10])
    except ValueError:
        raise errors.unreadable_property() from None
    return value[:10]


def _stamp(value: Any) -> str | None:
    if value == "":
        return None
    if not isinstance(value, str) or not (_STAMP.match(value) or _DAY.fullmatch(value)):
        raise errors.unreadable_property()
    return value


def _enum_reader(values: frozenset[str]) -> Reader:
    def read(value: Any) -> Any:
        if value == "":
            return None
        if not isinstance(value, str) or value not in values:
            raise errors.invalid_enumeration(value)
        return value

    return read


def _list_reader(read_one: Reader) -> Reader:
    def read(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise errors.unreadable_property()
        return [clean for each in value if (clean := read_one(each)) is not None]

    return read


def _complex_reader(type_name: str) -> Reader:
    # A detail block may be empty and still means something; any other empty block is as good as absent.
    keep_empty = type_name.endswith("LineDetail") or type_name in ("Line", "TxnTaxDetail")

    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            raise errors.unreadable_property()
        readers = _readers(type_name)
        clean: dict[str, Any] = {}
        for key, raw in value.items():
            reader = readers.get(key)
            if reader is None:
                raise errors.unreadable_property()
            if raw is None or raw == "":
                continue
            cleaned = reader(raw)
            if cleaned is not None:
                clean[key] = cleaned
        if type_name == "ReferenceType" and "value" not in clean:
            return None
        return clean if clean or keep_empty else None

    return read


def _as_is(value: Any) -> Any:
    return value


@cache
def _readers(type_name: str) -> dict[str, Reader]:
    return {name: _reader(name, kind) for name, kind in TYPES[type_name].items()}


_PLAIN: dict[str, Reader] = {
    "string": _text, "id": _text, "anyURI": _text, "boolean": _truth, "date": _day, "dateTime": _stamp,
}  # fmt: skip


def _reader(name: str, kind: str) -> Reader:
    if kind.endswith("[]"):
        return _list_reader(_reader(name, kind[:-2]))
    if kind == "decimal":
        return _decimal_reader(name)
    if kind in ("int", "positiveInteger"):
        return _integer_reader(name)
    if kind in ENUMS:
        return _enum_reader(ENUMS[kind])
    return _complex_reader(kind) if kind in TYPES else _PLAIN.get(kind, _as_is)


def read_payload(entity: str, payload: Any, refuse_extensions: bool) -> tuple[dict[str, Any], set[str]]:
    """Clean values of `payload`, and the names of the fields sent empty (a sparse update clears those).

    Null counts as not sent. Raises Refusal 2010, 2040, 2050, 2110, 2170.
    """
    if not isinstance(payload, dict):
        raise errors.unreadable_property()
    readers = _readers(entity)
    clean: dict[str, Any] = {}
    emptied: set[str] = set()
    for key, raw in payload.items():
        reader = readers.get(key)
        if reader is None:
            raise errors.unknown_property(key, entity, known_properties(entity))
        if raw is None:
            continue
        if key.endswith("Ex"):  # a read-only extension block that was echoed
            if refuse_extensions:
                raise errors.unreadable_property()
            continue
        cleaned = reader(raw) if raw != "" else None
        if cleaned is None:
            emptied.add(key)
        else:
            clean[key] = cleaned
    if (tree := _length_tree(entity)) is not None:
        _check_lengths(clean, tree)
    return clean, emptied


def known_properties(entity: str) -> list[str]:
    """In the order of Intuit's own fault text if one was recorded, otherwise in schema order."""
    return FACTS["listed"].get(entity) or list(TYPES[entity])


# How fault texts name a field whose name differs from the property (field notes).
_SPOKEN = {"CustomerMemo": "Customer Memo"}


@cache
def _length_tree(entity: str) -> dict[str, Any] | None:
    tree: dict[str, Any] = {}
    for path, longest in TRAITS.get(entity, {}).get("lengths", {}).items():
        node = tree
        *parents, leaf = path.split(".")
        for parent in parents:
            node = node.setdefault(parent, {})
            if not isinstance(node, dict):
                break
        else:
            node[leaf] = longest
    return tree or None


def _check_lengths(value: dict[str, Any], tree: dict[str, Any], above: str = "") -> None:
    for name, rule in tree.items():
        text_or_list = value.get(name)
        if text_or_list is None:
            continue
        if isinstance(rule, dict):
            for each in text_or_list if isinstance(text_or_list, list) else (text_or_list,):
                if isinstance(each, dict):
                    _check_lengths(each, rule, name)
        elif isinstance(text_or_list, str) and len(text_or_list) > rule:
            spoken = above if name in ("value", "Address", "URI", "FreeFormNumber") else name
            raise errors.wrong_length(_SPOKEN.get(spoken, spoken), rule, len(text_or_list))


@cache
def property_path(entity: str, written: str) -> tuple[str, ...] | None:
    """The correct spelling of a property that a query names in any case, or None if there is none."""
    path: list[str] = []
    type_name: str | None = entity
    for part in written.split("."):
        if type_name is None or type_name not in TYPES:
            return None
        real = next((name for name in TYPES[type_name] if name.lower() == part.lower()), None)
        if real is None:
            return None
        path.append(real)
        type_name = TYPES[type_name][real].removesuffix("[]")
    return tuple(path)


def property_type(entity: str, path: tuple[str, ...]) -> str:
    kind = entity
    for part in path:
        kind = TYPES[kind][part].removesuffix("[]")
    return kind
