"""Pieces of kernels: functions that LLVM puts into the kernels which call them; nobody else does.

Numba finishes every function by itself: optimizes it, makes machine code of it, and a wrapper by
which Python and C would call it. What is inlined needs none of that. It was half of what a first
training waits for.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NoReturn

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import register_pass
from numba.core.typed_passes import NativeLowering


def _entry(name: str) -> Any:
    """What stands for a piece among the functions that Numba knows, which have to be built-in
    ones: whoever calls it from Python gets a `TypeError`."""

    def refuse() -> NoReturn:
        raise TypeError(f"{name} is a piece of a kernel: call it from one")

    return defaultdict(refuse).__missing__


class _PieceLibrary(JITCodeLibrary):
    """A piece's instructions as LLVM reads them, optimized where they are inlined."""

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalized = True


@register_pass(mutates_CFG=True, analysis_only=False)
class _PieceLowering(NativeLowering):
    """From typed Python to LLVM's instructions, and no further."""

    _name = "piece_lowering"

    def run_pass(self, state: Any) -> bool:
        """One piece for one combination of types."""
        name = state.func_id.func_qualname
        state.flags.no_compile = True
        state.flags.no_cpython_wrapper = True
        state.flags.no_cfunc_wrapper = True
        state.library = _PieceLibrary(state.targetctx.codegen(), name)
        super().run_pass(state)
        entry = _entry(name)
        state.targetctx.insert_user_function(entry, state.cr.fndesc, [state.library])
        state.cr = state.cr._replace(cfunc=entry)
        return True


class PieceCompiler(CompilerBase):
    """Numba's compiler of such a function."""

    def define_pipelines(self) -> list[Any]:
        """Numba's own passes, but for the lowering."""
        manager = DefaultPassBuilder.define_nopython_pipeline(self.state)
        manager.passes = [
            (_PieceLowering, told) if step is NativeLowering else (step, told)
            for step, told in manager.passes
        ]
        manager.finalize()
        return [manager]
