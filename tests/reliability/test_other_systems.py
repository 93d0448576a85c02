"""Systems that lack what POSIX has: everything is imported, trained, kept and opened without it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE

# What Windows, or macOS, has not; taken away behind the packages that ask the platform themselves.
WITHOUT = """
import mmap, os, signal, sys
import fastapi, numba, numpy, psutil, rich.progress, typer, uvicorn
try:
    import torch, transformers
except ImportError:
    pass
import asyncio, concurrent.futures.process, importlib, multiprocessing, pkgutil, subprocess
sys.modules |= dict.fromkeys(("fcntl", "resource", "pwd", "grp", "termios", "tty", "uvloop"))
gone = {
    signal: ("SIGHUP", "SIGUSR1", "SIGALRM", "SIGQUIT"),
    os: ("fork", "sched_getaffinity", "getuid", "geteuid", "O_NONBLOCK", "O_CLOEXEC",
         "O_DIRECTORY", "O_NOFOLLOW", "register_at_fork", "set_blocking", "getloadavg", "mkfifo",
         "killpg", "setsid", "posix_fadvise", "pread", "sync"),
    mmap: ("MADV_HUGEPAGE", "MADV_DONTNEED", "MAP_ANONYMOUS", "PROT_READ", "PROT_WRITE"),
}
for module, names in gone.items():
    for name in names:
        if hasattr(module, name):
            delattr(module, name)
"""
IMPORTS = """
import lexiscope
for found in pkgutil.walk_packages(lexiscope.__path__, "lexiscope."):
    if found.name.split(".")[-1] not in ("__main__", "reference"):
        try:
            importlib.import_module(found.name)
        except lexiscope.MissingExtraError:
            pass
"""
RUNS = """
from lexiscope import Word2Vec, load
from lexiscope.cli.main import main
open("text", "w").write("a b c\\n" * 99)
options = {"min_count": 1, "vector_size": 8}
model = Word2Vec(corpus_file="text", checkpoint_path="M", workers=2, **options)
model.wv.save_word2vec_format("v.bin", binary=True)
assert load("M").index_to_key == load("v.bin").index_to_key == list(model.wv.index_to_key)
model.save("M")
assert main(["train", "text", "-o", "N", "--min-count", "1", "--validation", "0.1"]) == 0
assert main(["train", "text", "-o", "N", "--min-count", "1", "--overwrite"]) == 0
assert main(["corpus", "text"]) == main(["convert", "N", "n.txt"]) == main(["info", "N"]) == 0
"""


@pytest.mark.slow
@pytest.mark.parametrize("script", [IMPORTS, RUNS], ids=["imports", "runs"])
def test_nothing_that_only_posix_has_is_needed(script: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", WITHOUT + script]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=10 * PATIENCE
    )
    assert done.returncode == 0, done.stderr
