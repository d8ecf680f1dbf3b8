"""What a container or a unit may write, kept by the kernel: a mount namespace in which the whole file system is read only.

Here: the words that run a command that way, as an ordinary user. Not here: which command, and what it may write (``units``, ``compose``).
Only root can make one; who is not root runs the same commands without it.
"""

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path


@cache
def possible() -> bool:
    """Whether this process may make mount namespaces."""
    tried = ["unshare", "--mount", "sh", "-c", "mount -t tmpfs tmpfs /mnt"]
    return os.geteuid() == 0 and subprocess.run(tried, capture_output=True, check=False).returncode == 0


def contained(
    words: Sequence[str],
    user: int,
    *,
    groups: Sequence[int] = (),
    seen: Sequence[Path] = (),
    mounts: Mapping[str, tuple[Path, bool]],
    folder: str = "/tmp",
) -> list[str]:
    """The words that run ``words`` as the user, in the folder, where nothing can be written but an empty /tmp and the writable mounts.

    ``seen``: what has to stay visible below /tmp and /root, which are empty otherwise; ``mounts``: what stands at a place of the file
    system, and whether it can be written.
    """
    lines = [
        "set -e",
        "mask=$(umask)",
        "umask 022",
        "mount --make-rprivate /",
        "mount -t tmpfs -o mode=0755 tmpfs /mnt",
    ]
    sources = {
        path: f"/mnt/{number}" for number, path in enumerate([*seen, *(each for each, _ in mounts.values())])
    }
    for path, staged in sources.items():
        lines += [_made(staged, path), _bound(path, staged)]
    # A place that is nowhere on this machine needs a folder to be made in.
    places = {Path(place).parts[1] for place in mounts if not Path(place).exists()} | {"tmp", "root"}
    lines += [
        f"mount -t tmpfs -o mode={'1777' if top == 'tmp' else '0755'} tmpfs /{top}" for top in sorted(places)
    ]
    for path in seen:
        lines += [_made(path, path, Path(sources[path])), _bound(Path(sources[path]), path)]
    for place, (path, _) in mounts.items():
        lines += [_made(place, path, Path(sources[path])), _bound(Path(sources[path]), place)]
    lines += ["mount -o remount,bind,ro /"]
    lines += [f"mount -o remount,bind,ro /{top}" for top in sorted(places - {"tmp"})]
    lines += [f"mount -o remount,bind,ro {shlex.quote(str(path))}" for path in seen]
    lines += [
        f"mount -o remount,bind,ro {shlex.quote(place)}"
        for place, (_, writable) in mounts.items()
        if not writable
    ]
    lines += ["umount -l /mnt", f"cd {shlex.quote(folder)}", "umask $mask"]
    identity = [
        f"--reuid={user}",
        f"--regid={user}",
        f"--groups={','.join(map(str, groups))}" if groups else "--clear-groups",
    ]
    lines += [
        shlex.join(["exec", "setpriv", *identity, "--no-new-privs", "--bounding-set=-all", "--", *words])
    ]
    return ["unshare", "--mount", "sh", "-c", "\n".join(lines)]


def _made(place: str | Path, like: Path, now_at: Path | None = None) -> str:
    """Makes a folder or a file to mount upon."""
    quoted = shlex.quote(str(place))
    is_folder = f"[ -d {shlex.quote(str(now_at or like))} ]"
    return f"if {is_folder}; then mkdir -p {quoted}; else mkdir -p $(dirname {quoted}); touch {quoted}; fi"


def _bound(path: Path, place: str | Path) -> str:
    return f"mount --bind {shlex.quote(str(path))} {shlex.quote(str(place))}"
