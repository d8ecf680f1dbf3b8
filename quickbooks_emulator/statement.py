"""QuickBooks' query language as a grammar: a text becomes a Statement, or is refused with code 4000."""

from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedEOF, UnexpectedToken
from lark.exceptions import VisitError

from quickbooks_emulator import errors

_GRAMMAR = r"""
start: "SELECT"i projection "FROM"i IDENTIFIER where? tail*
projection: selected ("," selected)*
?selected: STAR | COUNT "(" STAR ")" | IDENTIFIER
where: "WHERE"i condition ("AND"i condition)*
condition: IDENTIFIER OPERATOR value      -> compare
         | IDENTIFIER "LIKE"i value       -> like
         | IDENTIFIER "IN"i "(" value ("," value)* ")" -> among
value: STRING | NUMBER | IDENTIFIER
?tail: ("ORDERBY"i | "ORDER"i "BY"i) ordering ("," ordering)* -> order
     | "STARTPOSITION"i NUMBER -> start_position
     | "MAXRESULTS"i NUMBER -> max_results
ordering: IDENTIFIER (ASC | DESC)?
STAR: "*"
COUNT: "COUNT"i
ASC: "ASC"i
DESC: "DESC"i
OPERATOR: "<=" | ">=" | "=" | "<" | ">"
STRING: /'(\\.|[^'\\])*'/s
NUMBER: /-?\d+(\.\d+)?/
IDENTIFIER: /[a-z_][a-z0-9_.]*/i
%ignore /\s+/
%ignore ";"
"""


class Condition(NamedTuple):
    name: str
    operator: str  # = < > <= >= IN LIKE
    values: tuple[str, ...]
    quoted: bool


class Statement(NamedTuple):
    entity: str
    counted: bool
    conditions: tuple[Condition, ...]
    order: tuple[tuple[str, bool], ...]  # (field, descending)
    start: int | None
    most: int | None


class _Build(Transformer[Token, Statement]):
    def start(self, parts: list[Any]) -> dict[str, Any]:
        clauses: dict[str, Any] = {
            "counted": False,
            "conditions": (),
            "order": (),
            "start": None,
            "most": None,
        }
        for part in parts:
            if isinstance(part, Token):
                clauses["entity"] = str(part)
            else:
                clauses |= part
        return clauses

    def projection(self, parts: list[Token]) -> dict[str, Any]:
        return {"counted": any(part.type == "COUNT" for part in parts)}

    def selected(self, parts: list[Token]) -> Token:
        return parts[0]

    def where(self, parts: list[Condition]) -> dict[str, Any]:
        return {"conditions": tuple(parts)}

    def value(self, parts: list[Token]) -> Token:
        return parts[0]

    def compare(self, parts: list[Token]) -> Condition:
        return _condition(parts[0], str(parts[1]), parts[2:])

    def like(self, parts: list[Token]) -> Condition:
        return _condition(parts[0], "LIKE", parts[1:])

    def among(self, parts: list[Token]) -> Condition:
        return _condition(parts[0], "IN", parts[1:])

    def ordering(self, parts: list[Token]) -> tuple[str, bool]:
        return str(parts[0]), len(parts) > 1 and parts[1].type == "DESC"

    def order(self, parts: list[tuple[str, bool]]) -> dict[str, Any]:
        return {"order": tuple(parts)}

    def start_position(self, parts: list[Token]) -> dict[str, Any]:
        return {"start": int(Decimal(parts[0]))}

    def max_results(self, parts: list[Token]) -> dict[str, Any]:
        return {"most": int(Decimal(parts[0]))}


def _condition(name: Token, operator: str, values: list[Token]) -> Condition:
    return Condition(
        str(name),
        operator,
        tuple(str(each)[1:-1] if each.type == "STRING" else str(each) for each in values),
        all(each.type != "NUMBER" for each in values),
    )


_PARSER = Lark(_GRAMMAR, parser="lalr", lexer="contextual")


@lru_cache(maxsize=256)
def parse(text: str) -> Statement:
    """Raises Refusal 4000 with a text in the format recorded from QuickBooks' own parser."""
    try:
        parts: Any = _Build().transform(_PARSER.parse(text))
        return Statement(**parts)
    except UnexpectedToken as problem:
        token = problem.token
        if token.type == "$END":
            raise errors.unreadable_query(
                f'Encountered "<EOF>" at line {token.line or 1}, column {len(text)}.'
            ) from None
        kind = (
            f'<{token.type}> "{token} ""'
            if token.type in ("IDENTIFIER", "STRING", "NUMBER")
            else f'"{token}" "{token} ""'
        )
        raise errors.unreadable_query(
            f'Encountered " {kind} at line {token.line}, column {token.column}.'
        ) from None
    except UnexpectedCharacters as problem:
        character = text[problem.pos_in_stream or 0]
        raise errors.unreadable_query(
            f"Lexical error at line {problem.line}, column {problem.column}.  "
            f'Encountered: "{character}" ({ord(character)}), after : ""'
        ) from None
    except (UnexpectedEOF, VisitError):
        raise errors.unreadable_query(f'Encountered "<EOF>" at line 1, column {len(text)}.') from None
