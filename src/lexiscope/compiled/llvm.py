"""LLVM building blocks: loads, stores, shuffles and loops for the vector code of the kernels.

Addresses are int64 values, and rows are whole cache lines, so that loads and stores are aligned.
"""

from __future__ import annotations

import llvmlite.binding as llvm
from llvmlite import ir
from numba.core import cgutils, config


def _has_wide_vectors() -> bool:
    """Whether the code that Numba makes may use AVX-512; NUMBA_CPU_FEATURES can keep it from it."""
    features = getattr(config, "CPU_FEATURES", None)
    if features is None:
        return bool(llvm.get_host_cpu_features().get("avx512f", False))
    return "+avx512f" in features.split(",")


# Vector width in floats: one AVX-512 register, or two NEON / one AVX register.
LANES = 16 if _has_wide_vectors() else 8
SLOTS = 6
SLOT_STRIDE = 8
ROW_MULTIPLE = 16  # rows are padded to whole cache lines, whatever the vector width
ALIGNMENT = 4 * LANES

F32 = ir.FloatType()
I32 = ir.IntType(32)
I64 = ir.IntType(64)
VECTOR = ir.VectorType(F32, LANES)
PAIR = ir.VectorType(F32, 2 * SLOT_STRIDE)


def splat(value: float, type_: ir.VectorType = PAIR) -> ir.Constant:
    return ir.Constant(type_, [value] * type_.count)


def splat_int(value: int, type_: ir.VectorType) -> ir.Constant:
    return ir.Constant(type_, [value] * type_.count)


def call(builder: ir.IRBuilder, name: str, args: list[ir.Value]) -> ir.Value:
    """An LLVM intrinsic whose arguments and result are all of one vector type."""
    type_ = args[0].type
    lanes = f"v{type_.count}f32"
    function = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(type_, [type_] * len(args)), f"llvm.{name}.{lanes}"
    )
    return builder.call(function, args)


def fma(builder: ir.IRBuilder, a: ir.Value, b: ir.Value, c: ir.Value) -> ir.Value:
    return call(builder, "fma", [a, b, c])


def shuffle(builder: ir.IRBuilder, a: ir.Value, b: ir.Value, mask: list[int]) -> ir.Value:
    return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(I32, len(mask)), mask))


def broadcast(builder: ir.IRBuilder, scalar: ir.Value, type_: ir.VectorType) -> ir.Value:
    seed = builder.insert_element(ir.Constant(type_, ir.Undefined), scalar, I32(0))
    return shuffle(builder, seed, ir.Constant(type_, ir.Undefined), [0] * type_.count)


def load(builder: ir.IRBuilder, address: ir.Value, type_: ir.VectorType, align: int) -> ir.Value:
    """The vector at an integer address."""
    return builder.load(builder.inttoptr(address, type_.as_pointer()), align=align)


def store(builder: ir.IRBuilder, value: ir.Value, address: ir.Value, align: int) -> None:
    builder.store(value, builder.inttoptr(address, value.type.as_pointer()), align=align)


def prefetch(builder: ir.IRBuilder, address: ir.Value, *, writing: bool) -> None:
    """Asks for the cache line at an integer address, to be written or only to be read."""
    pointer = ir.IntType(8).as_pointer()
    function = cgutils.get_or_insert_function(
        builder.module,
        ir.FunctionType(ir.VoidType(), [pointer, I32, I32, I32]),
        "llvm.prefetch.p0",
    )
    builder.call(function, [builder.inttoptr(address, pointer), I32(int(writing)), I32(3), I32(1)])


def offset(builder: ir.IRBuilder, base: ir.Value, by: ir.Value | int) -> ir.Value:
    return builder.add(base, by if isinstance(by, ir.Value) else I64(by))


def address_at(builder: ir.IRBuilder, table: ir.Value, index: ir.Value | int) -> ir.Value:
    """The int64 at position `index` of the array at the address `table`."""
    step = builder.mul(index, I64(8)) if isinstance(index, ir.Value) else I64(8 * index)
    return builder.load(builder.inttoptr(builder.add(table, step), I64.as_pointer()))


class Loop:
    """A counted loop with values carried from one turn to the next, as phi nodes.

    Inside `with loop as (index, values):` the body ends with `loop.carry(new_values)`; after it the
    last ones are in `loop.results`. Accumulators carried in memory would be spilled by LLVM.

    Args:
        builder: Where.
        count: Turns, at least 1 unless the loop may be empty.
        initial: The values of the first turn.
        may_be_empty: Whether there may be no turn at all.
    """

    def __init__(
        self,
        builder: ir.IRBuilder,
        count: ir.Value,
        initial: list[ir.Value],
        *,
        may_be_empty: bool = False,
    ) -> None:
        self._builder = builder
        self._count = count
        self._initial = initial
        self._may_be_empty = may_be_empty
        self.results: list[ir.Value] = []

    def __enter__(self) -> tuple[ir.Value, list[ir.Value]]:
        builder = self._builder
        self._entry = entry = builder.block
        self._body = builder.append_basic_block("tile.body")
        self._end = builder.append_basic_block("tile.end")
        if self._may_be_empty:
            builder.cbranch(builder.icmp_signed(">", self._count, I64(0)), self._body, self._end)
        else:
            builder.branch(self._body)
        builder.position_at_end(self._body)
        self._index = builder.phi(I64)
        self._index.add_incoming(I64(0), entry)
        self._phis = [builder.phi(value.type) for value in self._initial]
        for phi, value in zip(self._phis, self._initial, strict=True):
            phi.add_incoming(value, entry)
        return self._index, list(self._phis)

    def carry(self, values: list[ir.Value]) -> None:
        """The values for the next turn."""
        self.results = values

    def __exit__(self, *_: object) -> None:
        builder = self._builder
        following = builder.add(self._index, I64(1))
        self._index.add_incoming(following, builder.block)
        for phi, value in zip(self._phis, self.results, strict=True):
            phi.add_incoming(value, builder.block)
        last = builder.block
        again = builder.icmp_signed("<", following, self._count)
        builder.cbranch(again, self._body, self._end)
        builder.position_at_end(self._end)
        if self._may_be_empty:
            self.results = [
                self._merged(value, found, last)
                for value, found in zip(self._initial, self.results, strict=True)
            ]

    def _merged(self, initial: ir.Value, found: ir.Value, last: ir.Block) -> ir.Value:
        """The value behind the loop, whether it had a turn or not."""
        phi = self._builder.phi(found.type)
        phi.add_incoming(initial, self._entry)
        phi.add_incoming(found, last)
        return phi
