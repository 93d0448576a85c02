"""Atomic counters and a barrier, by which threads inside a kernel wait for each other."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils

from lexiscope.compiled.decorators import inlined, intrinsic
from lexiscope.compiled.llvm import I64

# Turns of a waiting loop before the thread lets others have the core.
SPINS = 4000


@intrinsic
def fetch_add(typingctx: Any, address: Any, value: Any) -> Any:
    """Adds to the int64 at an address; gives its value before. All memory is in order with it."""
    signature = types.int64(types.int64, types.int64)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        pointer = builder.inttoptr(args[0], I64.as_pointer())
        return builder.atomic_rmw("add", pointer, args[1], "seq_cst")

    return signature, codegen


@intrinsic
def load_shared(typingctx: Any, address: Any) -> Any:
    """The int64 at an address, with all that other threads wrote before they wrote it."""
    signature = types.int64(types.int64)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        pointer = builder.inttoptr(args[0], I64.as_pointer())
        return builder.load_atomic(pointer, ordering="acquire", align=8)

    return signature, codegen


@intrinsic
def yield_core(typingctx: Any) -> Any:
    """Lets another thread run, where the system's C library has a call for it."""
    signature = types.void()

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        if not sys.platform.startswith("win"):
            function = cgutils.get_or_insert_function(
                builder.module, ir.FunctionType(ir.IntType(32), []), "sched_yield"
            )
            builder.call(function, [])
        return context.get_dummy_value()

    return signature, codegen


@inlined
def wait_for(counter, value):
    """Waits until the int64 at the address `counter` is at least `value`."""
    spins = 0
    while load_shared(counter) < value:
        spins += 1
        if spins > SPINS:
            yield_core()


@inlined
def barrier(counter, threads, generation):
    """Waits for all threads. Returns the next generation; the first is 0, the counter begins at 0.

    The counter only grows, so a thread that is late cannot miss a turn.
    """
    fetch_add(counter, np.int64(1))
    wait_for(counter, (generation + 1) * threads)
    return generation + 1
