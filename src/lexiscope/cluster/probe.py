"""Probe: what a machine says of itself, before it is given anything to do.

Nothing of this package is imported: it may be missing there, and then that is what is to be told.
"""

from __future__ import annotations

import platform
from importlib import metadata

# What decides the bits of a result, beside the text and the options.
PACKAGES = ("lexiscope", "numba", "llvmlite", "numpy", "ray")


def probe(packages: tuple[str, ...] = PACKAGES) -> dict[str, str]:
    """Versions by name, "" for what is not installed; with llvmlite the vector width, too.

    Builds of one version for other devices (2.9.0+cpu, 2.9.0+cu128) count as the same.
    """
    found = {"Python": ".".join(platform.python_version_tuple()[:2])}
    for package in packages:
        try:
            found[package] = metadata.version(package).partition("+")[0]
        except metadata.PackageNotFoundError:
            found[package] = ""
    if found.get("llvmlite"):
        from llvmlite import binding

        wide = binding.get_host_cpu_features().get("avx512f", False)
        found["floats a vector"] = "16" if wide else "8"
    return found
