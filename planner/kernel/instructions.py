"""Vector instructions for compiled loops, on rows of LANES 32-bit whole numbers.

A loop over so few numbers is not made into vector instructions by numba, and that is what sixteen
searches at once live on. On machines with shorter vectors the compiler splits them.
"""

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]  # numba's own; it has no types
from numba import types

from planner.kernel.compiled import instruction
from planner.kernel.frames import LANES

_WORD = ir.IntType(32)
_BITS = ir.IntType(64)
_ROW = ir.VectorType(_WORD, LANES)


def _row_at(builder: Any, base: Any, row: Any) -> Any:  # noqa: ANN401 - llvmlite has no types
    """Return the address of a row of LANES 32-bit numbers."""
    offset = builder.mul(row, ir.Constant(row.type, 4 * LANES))
    return builder.inttoptr(builder.add(base, offset), _ROW.as_pointer())


def _spread_out(builder: Any, value: Any) -> Any:  # noqa: ANN401
    """Return LANES copies of a number."""
    blank = ir.Constant(_ROW, ir.Undefined)
    one = builder.insert_element(blank, value, ir.Constant(_WORD, 0))
    zeros = ir.Constant(ir.VectorType(_WORD, LANES), [0] * LANES)
    return builder.shuffle_vector(one, blank, zeros)


def _read(builder: Any, place: Any) -> Any:  # noqa: ANN401
    row = builder.load(place)
    row.align = 4
    return row


def _write(builder: Any, row: Any, place: Any) -> None:  # noqa: ANN401
    builder.store(row, place).align = 4


def _lower(_context: Any, _base: Any, _to: Any, _from: Any, _mm: Any) -> Any:  # noqa: ANN401
    """Lower row `to` to row `from` + mm where that is less; return a bit for each lane lowered."""

    def code(_target: Any, builder: Any, _signature: Any, given: Any) -> Any:  # noqa: ANN401
        base, to, source, mm = given
        place = _row_at(builder, base, to)
        old = _read(builder, place)
        new = builder.add(_read(builder, _row_at(builder, base, source)), _spread_out(builder, mm))
        less = builder.icmp_unsigned("<", new, old)
        _write(builder, builder.select(less, new, old), place)
        return builder.zext(builder.bitcast(less, ir.IntType(LANES)), _BITS)

    return types.uint64(types.uint64, types.int64, types.int64, types.int32), code


def _fill(_context: Any, _base: Any, _to: Any, _value: Any) -> Any:  # noqa: ANN401
    """Set row `to` to one number."""

    def code(target: Any, builder: Any, _signature: Any, given: Any) -> Any:  # noqa: ANN401
        base, to, value = given
        _write(builder, _spread_out(builder, value), _row_at(builder, base, to))
        return target.get_dummy_value()

    return types.void(types.uint64, types.int64, types.int32), code


def _count_up(_context: Any, _base: Any, _to: Any, _other: Any, _row: Any, _most: Any) -> Any:  # noqa: ANN401
    """Add 1 to each number of row `to` whose fellow in a row of the other table is up to most."""

    def code(target: Any, builder: Any, _signature: Any, given: Any) -> Any:  # noqa: ANN401
        base, to, other, row, most = given
        place = _row_at(builder, base, to)
        values = _read(builder, _row_at(builder, other, row))
        near = builder.icmp_signed("<=", values, _spread_out(builder, most))
        _write(builder, builder.add(_read(builder, place), builder.zext(near, _ROW)), place)
        return target.get_dummy_value()

    row = (types.uint64, types.int64)
    return types.void(*row, *row, types.int32), code


def _lowest_bit(_context: Any, _word: Any) -> Any:  # noqa: ANN401
    """Return the number of the lowest bit set in a word that is not 0."""

    def code(_target: Any, builder: Any, _signature: Any, given: Any) -> Any:  # noqa: ANN401
        return builder.cttz(given[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), code


def _near_bits(_context: Any, _a: Any, _near_a: Any, _b: Any, _near_b: Any) -> Any:  # noqa: ANN401
    """Return a bit for each of LANES numbers at address a up to near_a, or at b up to near_b."""

    def code(_target: Any, builder: Any, _signature: Any, given: Any) -> Any:  # noqa: ANN401
        a, near_a, b, near_b = given
        near = [
            builder.icmp_signed(
                "<=",
                _read(builder, builder.inttoptr(address, _ROW.as_pointer())),
                _spread_out(builder, most),
            )
            for address, most in ((a, near_a), (b, near_b))
        ]
        return builder.zext(builder.bitcast(builder.or_(*near), ir.IntType(LANES)), _BITS)

    return types.uint64(types.uint64, types.int32, types.uint64, types.int32), code


lower = instruction(_lower)
count_up = instruction(_count_up)
fill = instruction(_fill)
lowest_bit = instruction(_lowest_bit)
near_bits = instruction(_near_bits)
