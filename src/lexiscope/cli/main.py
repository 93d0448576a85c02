"""`lexiscope`, the program: from its first line to its exit code, whatever stops it in between.

Nothing is imported here that takes time: before `main` is called, Ctrl-C is Python's own business.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from lexiscope.interruption import AtOnce, OneAtATime, exit_code


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command line.

    Args:
        arguments: The words after the program's name; those of the process where None.

    Returns:
        The exit code.
    """
    if arguments is not None:
        return _run(list(arguments))
    at_end = AtOnce()
    at_end.__enter__()  # for good: what is left to do when this function returns, is not to be told
    code = _run(sys.argv[1:])
    workers = sys.modules.get("lexiscope.server.workers")
    if workers is not None and workers.at_work():
        # What a stopped server still computes can be in the midst of another language's code, which
        # does not bear that the interpreter ends around it.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code


def _run(arguments: list[str]) -> int:
    with AtOnce():
        from lexiscope.cli.application import run
    requests = OneAtATime(asked_to_end=True)
    try:
        with requests:
            return run(arguments, requests)
    except KeyboardInterrupt:  # while the command put things in order: its work was told or done
        return exit_code(requests.number)


if __name__ == "__main__":
    sys.exit(main())
