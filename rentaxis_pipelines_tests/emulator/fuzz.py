"""Requests of every shape, from a seed: what test_any_request sends, and thousands more by hand:

python -m rentaxis_pipelines_tests.emulator.fuzz --requests 20000 [--seed N] [--http]

Every route, method and content type; broken, nested and huge bodies; odd addresses and query strings; bad UTF-8. A request
knows no schema: payloads begin as plausible ones and lose, gain and change pieces at random.
"""

import argparse
import copy
import json
import random
import sys
from base64 import b64encode
from collections import Counter
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from quickbooks_emulator.control import DESCRIBED
from quickbooks_emulator.faults import Rule
from quickbooks_emulator.hand import DEEDS
from quickbooks_emulator.oauth import ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN
from quickbooks_emulator.seeds import REALM
from quickbooks_emulator.switches import Switches
from rentaxis_pipelines_tests.emulator.plausible import PLAUSIBLE, TAX

OTHER = "42"


class Shot(NamedTuple):
    """One request. `path` is what stands in the request line, the query string included."""

    method: str
    path: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def shown(self) -> str:
        head = b"\n".join(b": ".join(each) for each in self.headers)
        return f"{self.method} {self.path[:2000]!r}\n{head!r}\n{self.body[:4000]!r}"


_STATEMENTS = (
    "SELECT * FROM Invoice WHERE TxnDate >= '2024-01-01' ORDERBY TxnDate DESC STARTPOSITION 1 MAXRESULTS 5",
    "SELECT COUNT(*) FROM Customer WHERE DisplayName LIKE 'A%' AND Active IN (true, false)",
    "SELECT Id, DocNumber FROM Bill WHERE DocNumber IN ('1', '2') AND TotalAmt > '3.5'",
    "SELECT * FROM Payment WHERE MetaData.LastUpdatedTime > '2024-01-01T00:00:00-08:00'",
    "SELECT * FROM Class WHERE Name = 'O\\'Neil'",
    "SELECT * FROM Account",
)
_NAMES = (
    *("Id", "SyncToken", "sparse", "Active", "MetaData", "Line", "LinkedTxn", "TotalAmt", "bId", "operation"),
    *("optionsData", "Query", "CDCQuery", "entities", "changedSince", "deed", "id", "entity", "fields", "name"),
    *("value", "Type", "type", "x", "", "Balance", "DocNumber", "TxnDate", "CurrencyRef", "TxnTaxDetail", "CustomField"),
)  # fmt: skip
_ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 58, 10**16, 10**40, 0.5, -0.01, 1e300),
    *("", "1", "58", "x", "NaN", "Infinity", "-1", "1e999", "1.005", "2024-02-30", "0001-01-01", "9999-12-31", 10**14, "999999999999999", "9999-12-31T23:59:59+14:00"),
    *("x" * 5000, "a:b\t\n", "\0", "\u202e\U0001f600", "'", "\\", "%", "void", "create", "delete", "update", "Customer"),
    *([], {}, [None], [[]], [1, "2"], {"value": None}, {"value": {"value": 1}}, {"": ""}),
)  # fmt: skip
_TYPES = (
    *(b"application/json", b"application/json", b"application/json", b"text/plain", b"application/text", b""),
    *(
        b"application/x-www-form-urlencoded",
        b"multipart/form-data; boundary=B",
        b"multipart/form-data",
        b"\xff\xfe",
    ),
)
_CONTROL_KEYS: dict[str, tuple[str, ...]] = {
    "faults": (*Rule.__struct_fields__, "clear"),
    "switches": Switches.__struct_fields__,
    "clock": ("now", "frozen", "advance", "real"),
    "seed": ("objects", "counters"),
    "reset": ("seed", "switches"),
    "snapshot": ("name",),
    "restore": ("name",),
    "tokens": ("expire", "revoke", "renew"),
    "companies": ("realm", "seed", "switches", "sign_in"),
}
_HAND = {
    "entity": "Invoice", "id": "1", "fields": {"PrivateNote": "x"}, "into": "58", "payments": ["1"], "account": "1",
    "date": "2024-06-30", "group": "SalesFormsPrefs", "name": "CustomTxnNumbers", "value": True, "payment": "2",
    "invoice": "1", "amount": 5, "ended": False,
}  # fmt: skip


class Gunner:
    """Makes the requests of one seed; each hangs on the seed and its number alone."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def shot(self, number: int) -> Shot:
        self.dice = random.Random(f"{self.seed}:{number}")
        kind = self.dice.choices(
            (self._write, self._batch, self._read, self._query, self._other, self._auth, self._control),
            (30, 15, 8, 12, 8, 8, 19),
        )[0]
        method, path, query, body = kind()
        if self._rarely(40):
            method = self.dice.choice(("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "BREW"))
        return Shot(method, self._address(path, query), self._headers(path), self._bytes(body))

    def _rarely(self, one_in: int) -> bool:
        return self.dice.randrange(one_in) == 0

    # Payloads

    def _changed(self, value: Any) -> Any:
        """A copy with some pieces changed, added or taken away."""
        value = copy.deepcopy(value)
        for _ in range(self.dice.choice((0, 0, 0, 1, 1, 1, 2, 4))):
            value = self._spoilt(value)
        return value

    def _odd(self) -> Any:
        return copy.deepcopy(self.dice.choice(_ODD))

    def _spoilt(self, value: Any) -> Any:
        if self._rarely(12) or not isinstance(value, dict | list) or not value:
            return self._odd()
        if isinstance(value, list):
            place = self.dice.randrange(len(value))
            value[place] = self._spoilt(value[place])
            return value * 2 if self._rarely(8) else value
        key = self.dice.choice(list(value))
        match self.dice.randrange(5):
            case 0:
                del value[key]
            case 1:
                value[self.dice.choice(_NAMES)] = self._odd()
            case 2:
                value[key] = self._odd()
            case _:
                value[key] = self._spoilt(value[key])
        return value

    def _record(self) -> tuple[str, Any]:
        entity = self.dice.choice(list(PLAUSIBLE))
        if self._rarely(2):
            entity = self.dice.choice(("Invoice", "Payment", "Bill", "BillPayment", "Customer", "Purchase"))
        content = {**PLAUSIBLE[entity]}
        if "DisplayName" in content or "Name" in content:
            content[next(iter(content))] = f"N{self.dice.randrange(10**6)}"
        if "DocNumber" in content:
            content["DocNumber"] = str(self.dice.randrange(10**6))
        if self._rarely(3):
            content |= {
                "Id": str(self.dice.choice((1, 2, 3, 4, 5, 58, 60))),
                "SyncToken": str(self.dice.randrange(3)),
            }
            content["sparse"] = self.dice.choice((True, False))
        return entity, self._changed(content)

    # (method, path, query, body)

    def _root(self) -> str:
        realm = self.dice.choice((REALM,) * 40 + (OTHER, "nobody", "", "%2F"))
        return f"/v3/company/{realm}"

    def _write(self) -> tuple[str, str, dict[str, str], Any]:
        entity, content = self._record()
        name = (
            entity.lower() if not self._rarely(20) else self.dice.choice((entity, entity.upper(), "é", "a/b"))
        )
        return "POST", f"{self._root()}/{name}", self._params(), content

    def _params(self) -> dict[str, str]:
        names = (
            "operation",
            "include",
            "requestid",
            "minorversion",
            "format",
            "sendTo",
            "query",
            "entities",
            "",
        )
        values = (
            "delete",
            "void",
            "update",
            "create",
            "allowduplicatedocnum",
            "r",
            "x" * 60,
            "75",
            "a@b",
            "",
            "é\0",
        )
        if not self._rarely(3):
            return {}
        return {self.dice.choice(names): self.dice.choice(values) for _ in range(self.dice.randrange(1, 4))}

    def _batch(self) -> tuple[str, str, dict[str, str], Any]:
        items = []
        for number in range(self.dice.choice((0, 1, 2, 3, 31))):
            entity, content = self._record()
            item = {
                "bId": str(number),
                "operation": self.dice.choice(("create", "update", "delete")),
                entity: content,
            }
            if self._rarely(4):
                item["optionsData"] = self.dice.choice((*_ODD, "void"))
            if self._rarely(5):
                item = {"bId": "q", "Query": self._statement()}
            if self._rarely(5):
                item = {"bId": "c", "CDCQuery": {"entities": "Invoice,Bill", "changedSince": "2024-01-01"}}
            items.append(self._changed(item) if self._rarely(2) else item)
        whole = {"BatchItemRequest": items}
        return (
            "POST",
            f"{self._root()}/batch",
            self._params(),
            self._changed(whole) if self._rarely(3) else whole,
        )

    def _read(self) -> tuple[str, str, dict[str, str], Any]:
        name = self.dice.choice([*PLAUSIBLE, "nothing", "CompanyInfo"]).lower()
        identifier = self.dice.choice(
            ("1", "2", "58", "-1", "x", "1.5", "9" * 30, "%00", "%FF", "..", "", "1/2/3", "²")
        )
        tail = self.dice.choice(("", "", "", "/pdf", "/send", "/1"))
        return (
            self.dice.choice(("GET", "GET", "POST")),
            f"{self._root()}/{name}/{identifier}{tail}",
            self._params(),
            None,
        )

    def _statement(self) -> str:
        text = self.dice.choice(_STATEMENTS)
        for _ in range(self.dice.choice((0, 0, 1, 2))):
            place, cut = self.dice.randrange(len(text) + 1), self.dice.randrange(6)
            put = self.dice.choice(
                (
                    "",
                    "'",
                    "(",
                    ")",
                    ",",
                    " = ",
                    " AND ",
                    "*",
                    "\\",
                    "%",
                    "0",
                    "-1",
                    "9" * 25,
                    "é",
                    "\0",
                    " IN ",
                )
            )
            text = text[:place] + put + text[place + cut :]
        return text * 400 if self._rarely(60) else text

    def _query(self) -> tuple[str, str, dict[str, str], Any]:
        if self._rarely(4):
            stamp = self.dice.choice(
                (
                    "2024-01-01",
                    "x",
                    "",
                    "0001-01-01",
                    "9999-12-31T23:59:59-14:00",
                    "1e9",
                    "2024-01-01T00:00:00+25:00",
                )
            )
            entities = self.dice.choice(("Invoice", "Invoice,Bill,", ",", "é", "invoice " * 500))
            return "GET", f"{self._root()}/cdc", {"entities": entities, "changedSince": stamp}, None
        if self._rarely(2):
            return "GET", f"{self._root()}/query", {"query": self._statement()}, None
        return "POST", f"{self._root()}/query", {}, self._statement().encode()

    def _other(self) -> tuple[str, str, dict[str, str], Any]:
        root = self._root()
        match self.dice.randrange(4):
            case 0:
                return "POST", f"{root}/taxservice/taxcode", {}, self._changed(TAX)
            case 1:
                return "POST", f"{root}/upload", {}, self._parts()
            case 2:
                path = self.dice.choice(
                    (
                        "",
                        "/v3",
                        "/v3/",
                        "/v3/company",
                        "//v3//company",
                        "/favicon.ico",
                        "/é",
                        "/%",
                        "/v3/x/y/z",
                    )
                )
                return self.dice.choice(("GET", "POST")), path, self._params(), self._odd()
        return "POST", f"{root}/invoice/1/send", {"sendTo": self.dice.choice(("a@b", "", "x"))}, None

    def _parts(self) -> bytes:
        _, content = self._record()
        described = json.dumps(content, ensure_ascii=self._rarely(2)).encode(errors="surrogatepass")
        name = self.dice.choice(
            (b"file_metadata_01", b"file_content_01", b"file_metadata", b"x", b"", b"\xff")
        )
        kind = self.dice.choice(
            (
                b"application/json",
                b"text/plain; charset=nothing",
                b"",
                b"multipart/mixed; boundary=B",
                b"\xff",
            )
        )
        part = b'--B\r\nContent-Disposition: form-data; name="%s"; filename="f%s"\r\nContent-Type: %s\r\n\r\n%s\r\n'
        return b"".join(part % (name, name, kind, described) for _ in range(2)) + self.dice.choice(
            (b"--B--\r\n", b"")
        )

    def _auth(self) -> tuple[str, str, dict[str, str], Any]:
        secrets = (REFRESH_TOKEN, ACCESS_TOKEN, "x", "", "é")
        form = {
            "grant_type": self.dice.choice(("refresh_token", "authorization_code", "x", "")),
            "refresh_token": self.dice.choice(secrets), "code": self.dice.choice(secrets), "token": self.dice.choice(secrets),
        }  # fmt: skip
        body = self.dice.choice(
            (urlencode(form).encode(), form, [form], self._changed(form), b"a=%ff&token=\xff", b"\xff")
        )
        asked = {
            "client_id": CLIENT_ID,
            "redirect_uri": self.dice.choice(("http://h/b", "é\r\nX: y", "", "http://[", "x?y=\0")),
        }
        asked |= {
            "state": self.dice.choice(("s", "é&", "\0", "")),
            "realm": self.dice.choice(("", REALM, "nobody", "é")),
        }
        path, method, query = self.dice.choice(
            (
                ("/oauth2/v1/tokens/bearer", "POST", {}),
                ("/v2/oauth2/tokens/revoke", "POST", {}),
                ("/oauth2/v1/tokens/revoke", "POST", {}),
                ("/connect/oauth2", "GET", asked),
                ("/.well-known/openid_configuration", "GET", {}),
                ("/.well-known/openid_sandbox_configuration/", "GET", {}),
                ("/v1/openid_connect/userinfo", "GET", {}),
            )
        )
        return method, path, query, body

    def _control(self) -> tuple[str, str, dict[str, str], Any]:
        name = self.dice.choice([*DESCRIBED, "hand", "hand", "seed"])
        query = {}
        if self._rarely(3):
            query[self.dice.choice(("realm", "since", "entity", "id"))] = self.dice.choice(
                ("Invoice", "é", "-1", "", OTHER, REALM)
            )
        if name == "companies":
            # A company that stays would slow the rest down; removal is asked for by the one who shoots.
            body: Any = self._changed({"realm": self.dice.choice((OTHER, "n", "é")), "seed": "empty"})
            return self.dice.choice(("GET", "POST", "DELETE")), "/_emulator/companies", query, body
        if name == "hand":
            body = {
                "deed": self.dice.choice([*DEEDS, "x"]),
                **_HAND,
                "entity": self.dice.choice(list(PLAUSIBLE)),
            }
            body["id"] = self.dice.choice(("1", "2", "58", 1, None))
        elif name == "seed":
            entity, content = self._record()
            body = {"objects": {entity: [content]}, "counters": {"names": 900}}
        else:
            body = {key: self._odd() for key in _CONTROL_KEYS.get(name, ()) if self._rarely(6)}
        method = "GET" if self._rarely(5) else "POST"
        return method, f"/_emulator/{name}", query, self._changed(body)

    # Bytes

    def _address(self, path: str, query: dict[str, str]) -> bytes:
        whole = quote(path, safe="/%.") + ("?" + urlencode(query) if query else "")
        if self._rarely(30):
            whole += self.dice.choice(
                ("?", "&&&", "?%", "?query=%FF%FE", "?=", "?a=%", "#x", "?requestid=%00", "?x=" + "y" * 20000)
            )
        return whole.encode() or b"/"

    def _headers(self, path: str) -> tuple[tuple[bytes, bytes], ...]:
        if f"/{OTHER}/" in path:
            return ((b"authorization", f"Bearer {ACCESS_TOKEN}-{OTHER}".encode()),)
        token = self.dice.choice((ACCESS_TOKEN,) * 100 + ("", "x", "é", "y" * 5000)).encode()
        shape = self.dice.choice((b"Bearer %s",) * 100 + (b"bearer  %s", b"%s", b"Basic %s", b"Basic \xff%s"))
        headers = [(b"authorization", shape % token)]
        if path.startswith(("/oauth2", "/v2")) and not self._rarely(4):
            headers = [(b"authorization", b"Basic " + _basic())]
        if path.endswith("/upload") and not self._rarely(4):
            headers.append((b"content-type", b"multipart/form-data; boundary=B"))
        elif not self._rarely(10):
            headers.append((b"content-type", self.dice.choice(_TYPES)))
        if self._rarely(10):
            headers.append((b"accept", self.dice.choice((b"application/xml", b"", b"\xff"))))
        return tuple(headers)

    def _bytes(self, body: Any) -> bytes:
        if isinstance(body, bytes):
            raw = body
        elif body is None:
            raw = b""
        else:
            raw = json.dumps(body, ensure_ascii=self._rarely(2)).encode(errors="surrogatepass")
        if not self._rarely(12):
            return raw
        place = self.dice.randrange(len(raw) + 1)
        return self.dice.choice(
            (
                raw[:place],
                raw[:place] + b"\xff\xfe" + raw[place:],
                raw[:place] + b"\\ud800" + raw[place:],
                raw.replace(b"1", b"1e400", 1),
                raw.replace(b"1", b"1" * 6000, 1),
                b"[" * 100_000,
                b'{"Line":' * 50_000,
                b'{"BatchItemRequest":' + b"[" * 5000 + b"]" * 5000 + b"}",
                b'{"Note":"' + b"x" * 3_000_000 + b'"}',
                raw + raw,
                b"\xef\xbb\xbf" + raw,
                raw.decode(errors="replace").encode("utf-16"),
                b"null",
            )
        )


def _basic() -> bytes:
    return b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode())


def main() -> int:
    from rentaxis_pipelines_tests.emulator.shooting import shoot, shoot_http

    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=random.randrange(10**9))
    parser.add_argument("--http", action="store_true", help="through sockets, to an emulator of its own")
    given = parser.parse_args()
    print(f"seed {given.seed}")
    statuses, failures = (shoot_http if given.http else shoot)(given.seed, given.requests)
    for failure in failures[:20]:
        print(f"\n{failure}")
    print(f"{given.requests} requests, {len(failures)} failures; {dict(sorted(Counter(statuses).items()))}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
