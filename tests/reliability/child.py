"""A command of the program in a process that dies, or is hurt, at a chosen moment.

    python -m tests.reliability.child '{"kill_at": 7}' FOLDER train text.txt -o FOLDER/model

What changes files below FOLDER is counted (opened to be written, renamed, removed, made): without
`kill_at` the count is printed as the last line of stderr; with it the process kills itself before
that one. `file_bytes` bounds the size of any file, as a disk that is full does.
"""

from __future__ import annotations

import ctypes  # noqa: F401 - loaded before events are counted
import json
import os
import resource
import signal
import sys
from typing import Any

_CHANGES = {
    "os.rename",
    "os.remove",
    "os.rmdir",
    "os.mkdir",
    "os.link",
    "os.symlink",
    "os.truncate",
    "shutil.rmtree",
    "shutil.move",
}
COUNTED = "changes counted: "


class Watcher:
    """Counts changes of files below a folder, and kills the process before one of them."""

    def __init__(self, folder: str, kill_at: int | None) -> None:
        self.count = 0
        self._folder = os.path.realpath(folder)
        self._kill_at = kill_at

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """One audit event, as `sys.addaudithook` tells it."""
        if event == "open":
            changes = _writes(arguments) and self._is_inside(arguments[0])
        else:
            changes = event in _CHANGES and any(map(self._is_inside, arguments[:2]))
        if not changes:
            return
        if self.count == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.count += 1

    def _is_inside(self, path: Any) -> bool:
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        if not isinstance(path, str | os.PathLike):
            return False
        return os.path.abspath(os.fspath(path)).startswith(self._folder)  # noqa: PTH100


def _writes(arguments: tuple[Any, ...]) -> bool:
    _path, mode, flags = (*arguments, None, None)[:3]
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    return isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR) != 0


def main() -> int:
    """Runs the command that stands on the command line."""
    options = json.loads(sys.argv[1])
    folder, *arguments = sys.argv[2:]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # which nohup has all of its children ignore
    if "file_bytes" in options:
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (options["file_bytes"], hard))
    watcher = Watcher(folder, options.get("kill_at"))
    sys.addaudithook(watcher)
    from lexiscope.cli.main import main as lexiscope

    sys.argv[1:] = arguments
    code = lexiscope()
    print(f"{COUNTED}{watcher.count}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
