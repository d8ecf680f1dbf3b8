"""The companies as a server needs them, many times a second: read again only when one of their files has changed.

Not here: reading them (``companies``). A company's connections are never kept: whoever needs them reads them then (``Scope.environment``).
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rentaxis_pipelines.settings.companies import companies_folder, scopes_from_environment
from rentaxis_pipelines.settings.company_folder import COMPANY_FILE, DEFS
from rentaxis_pipelines.settings.file_state import FileState, state_of
from rentaxis_pipelines.settings.scope import Scope, company_file_named

_States = tuple[tuple[Path, FileState | None], ...]


@dataclass
class ScopeCache:
    """Called, it is ``scopes_from_environment`` as the files say now. For many threads."""

    _states: _States | None = field(default=None, init=False)
    _scopes: Sequence[Scope] = field(default=(), init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def __call__(self) -> Sequence[Scope]:
        """The companies, those that cannot be used included. Raises EnvironmentSettingsError where their folder is not there."""
        with self._lock:
            # Before they are read: a file that changes meanwhile is read again the next time.
            states = tuple((file, state_of(file)) for file in files_of_companies())
            if states != self._states:
                self._scopes, self._states = scopes_from_environment(), states
            return self._scopes


def files_of_companies() -> list[Path]:
    """What the companies are read from; of a folder, what is in it counts."""
    folder = companies_folder()
    if folder is None:
        return [company_file_named()]
    each = sorted(path for path in folder.iterdir() if path.is_dir())
    return [folder, *(file for path in each for file in (path, path / DEFS, path / COMPANY_FILE))]
