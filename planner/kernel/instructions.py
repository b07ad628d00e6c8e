"""Vector instructions for compiled loops, on rows of LANES 32-bit whole numbers.

A loop over so few numbers is not made into vector instructions by numba, and that is what sixteen
searches at once live on. On machines with shorter vectors the compiler splits them.
"""

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]  # numba's own; it has no types
from numba import types
from numba.core import cgutils

from planner.kernel.compiled import instruction
from planner.kernel.frames import LANES

_WORD = ir.IntType(32)
_BITS = ir.IntType(64)
_ROW = ir.VectorType(_WORD, LANES)
_MARK = ir.VectorType(ir.IntType(1), LANES)
_BLANK = ir.Constant(_ROW, ir.Undefined)
_COUNTING = ir.Constant(_ROW, list(range(LANES)))


def _row_at(builder: Any, base: Any, row: Any) -> Any:  # noqa: ANN401 - llvmlite has no types
    """Return the address of a row of LANES 32-bit numbers."""
    return _place_at(builder, base, builder.mul(row, ir.Constant(row.type, LANES)))


def _place_at(builder: Any, base: Any, number: Any) -> Any:  # noqa: ANN401
    """Return the address of LANES 32-bit numbers from one of a table's numbers on."""
    offset = builder.mul(number, ir.Constant(number.type, 4))
    return builder.inttoptr(builder.add(base, offset), _ROW.as_pointer())


def _spread_out(builder: Any, value: Any) -> Any:  # noqa: ANN401
    """Return LANES copies of a number."""
    one = builder.insert_element(_BLANK, value, ir.Constant(_WORD, 0))
    return builder.shuffle_vector(one, _BLANK, ir.Constant(_ROW, [0] * LANES))


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


def _deal(_context: Any, _table: Any, _slot: Any, _most: Any, _out: Any) -> Any:  # noqa: ANN401
    """Deal LANES rows of labels out to the lanes: name and label of those up to most.

    Given are the addresses of the labels and of the names of the rows; the first row; the largest
    label; the addresses of the columns for names and labels, and of the place in them where each
    lane goes on, which moves.
    """

    def code(target: Any, builder: Any, _signature: Any, given: Any) -> Any:  # noqa: ANN401
        table, slot, most, out = given
        labels, names = (builder.extract_value(table, k) for k in range(2))
        node, mm, places = (builder.extract_value(out, k) for k in range(3))
        rows = [
            _read(builder, _row_at(builder, labels, builder.add(slot, ir.Constant(_BITS, i))))
            for i in range(LANES)
        ]
        name, limit = _read(builder, _place_at(builder, names, slot)), _spread_out(builder, most)
        for lane, column in enumerate(_turned(builder, rows)):
            near = builder.icmp_signed("<=", column, limit)
            count = builder.ctpop(builder.bitcast(near, ir.IntType(LANES)))
            written = builder.icmp_unsigned(
                "<", _COUNTING, _spread_out(builder, builder.zext(count, _WORD))
            )
            at = builder.inttoptr(
                builder.add(places, ir.Constant(_BITS, 8 * lane)), _BITS.as_pointer()
            )
            here = builder.load(at)
            for values, to in ((name, node), (column, mm)):
                moved = _call(builder, "experimental.vector.compress", _ROW, values, near, _BLANK)
                place = _place_at(builder, to, here)
                _call(builder, "masked.store", ir.VoidType(), moved, place, written)
            builder.store(builder.add(here, builder.zext(count, _BITS)), at)
        return target.get_dummy_value()

    return types.void(_table, types.int64, types.int32, _out), code


def _turned(builder: Any, rows: list[Any]) -> list[Any]:  # noqa: ANN401
    """Return the columns of a square of rows: corners of ever smaller squares change places."""
    step = LANES // 2
    while step:
        kept = [k if not k & step else LANES + k - step for k in range(LANES)]
        taken = [k + step if not k & step else LANES + k for k in range(LANES)]
        turned = list(rows)
        for i in range(LANES):
            if not i & step:
                pair = rows[i], rows[i + step]
                turned[i] = builder.shuffle_vector(*pair, ir.Constant(_ROW, kept))
                turned[i + step] = builder.shuffle_vector(*pair, ir.Constant(_ROW, taken))
        rows, step = turned, step // 2
    return rows


def _call(builder: Any, name: str, returned: Any, *given: Any) -> Any:  # noqa: ANN401
    """Call one of LLVM's own functions on rows; the place of a row says how it is aligned."""
    kinds = [value.type for value in given]
    full = f"llvm.{name}.v{LANES}i32" + (".p0" if returned != _ROW else "")
    values = list(given)
    if returned != _ROW:
        kinds.insert(2, _WORD)
        values.insert(2, ir.Constant(_WORD, 4))
    form = ir.FunctionType(returned, kinds)
    function = cgutils.get_or_insert_function(builder.module, form, full)  # type: ignore[no-untyped-call]
    return builder.call(function, values)


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
deal = instruction(_deal)
fill = instruction(_fill)
lowest_bit = instruction(_lowest_bit)
near_bits = instruction(_near_bits)
