"""Docker's part of ``deploy/``, for a machine without it: what compose.yaml and the Dockerfile say, read as Docker reads them.

Here: the files. Not here: starting what they say (``containers``).
"""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from rentaxis_pipelines.settings.shipped import DEPLOY

_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\}")
# What a service may say; the others would be passed over in silence by these tests.
KNOWN = {
    "user", "read_only", "tmpfs", "cap_drop", "security_opt", "init", "restart", "env_file", "networks", "image", "command",
    "environment", "group_add", "volumes", "ports", "depends_on", "healthcheck", "stop_grace_period",
}  # fmt: skip


@dataclass(frozen=True)
class Image:
    """One target of the Dockerfile."""

    environment: Mapping[str, str]
    command: tuple[str, ...]
    health: tuple[str, ...]
    user: str


def composed(variables: Mapping[str, str]) -> dict[str, Any]:
    """compose.yaml with its variables filled in from .env. Fails for a key of a service that is not known here."""

    def value(found: re.Match[str]) -> str:
        given = variables.get(found["name"], "")
        assert given or found["kind"] != "?", f"{found['name']}: {found['rest']}"
        return given or found["rest"] or ""

    content = yaml.safe_load(_VARIABLE.sub(value, (DEPLOY / "compose.yaml").read_text()))
    for name, service in content["services"].items():
        assert service.keys() <= KNOWN, f"{name}: {service.keys() - KNOWN} is not tried here"
    return content


def image(target: str) -> Image:
    """What the stages of the Dockerfile up to this target leave in the image's settings."""
    environment: dict[str, str] = {}
    command: tuple[str, ...] = ()
    health: tuple[str, ...] = ()
    user = "root"
    for line in _lines_of(target):
        word, _, rest = line.partition(" ")
        if word == "ENV":
            environment |= dict(pair.split("=", 1) for pair in shlex.split(rest))
        elif word == "CMD":
            command = tuple(json.loads(rest))
        elif word == "HEALTHCHECK":
            health = tuple(json.loads(rest.partition(" CMD ")[2]))
        elif word == "USER":
            user = rest
    return Image(environment, command, health, user)


def _lines_of(target: str) -> list[str]:
    text = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    stages: dict[str, list[str]] = {}
    for line in lines:
        if line.startswith("FROM "):
            _, before, _, name = line.split()
            stages[name] = [*stages.get(before, [])]
        else:
            stages[name].append(line)
    return stages[target]


def example(name: str) -> dict[str, str]:
    """The lines NAME=value of an example file, as ``env_file`` and ``kubectl create secret --from-env-file`` read them."""
    lines = [line for line in (DEPLOY / name).read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)
