"""YAML files of ``deploy/``, read strictly: a key that is given twice would silently win over the first."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml


class _Strict(yaml.SafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [
            self.construct_object(key, deep=True)
            for key, _ in node.value
            if key.tag != "tag:yaml.org,2002:merge"
        ]
        assert len(keys) == len(set(keys)), f"a key is given twice{node.start_mark}"
        return super().construct_mapping(node, deep)


def one_yaml(file: Path) -> dict[str, Any]:
    (only,) = every_yaml(file)
    return only


def every_yaml(file: Path) -> list[dict[str, Any]]:
    """Every document of the file."""
    return list(yaml.load_all(file.read_text(), Loader=_Strict))
