"""Probe: what a machine says of itself, before it is given anything to do.

Nothing of this package is imported: it may be missing there, and then that is what is to be told.
"""

from __future__ import annotations

import platform
from importlib import metadata

# What decides the bits of a result, beside the text and the options.
PACKAGES = ("lexiscope", "numba", "llvmlite", "numpy", "ray")


def probe() -> dict[str, str]:
    """Versions by name, "" for what is not installed; and the processor's vector width."""
    found = {"Python": ".".join(platform.python_version_tuple()[:2])}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = ""
    if found["llvmlite"]:
        from llvmlite import binding

        wide = binding.get_host_cpu_features().get("avx512f", False)
        found["floats a vector"] = "16" if wide else "8"
    return found
