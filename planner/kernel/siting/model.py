"""A siting question written as columns and rows, for the questions the fast path does not know.

The best of  offset + worth . x  over  lower <= x <= upper  and  row_lower <= A x <= row_upper, with
some columns whole. Every column is bounded on both sides: that is what makes every bound checkable.
"""

from collections.abc import Sequence
from typing import NamedTuple

import highspy
import numpy as np
from highspy import _core
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
I8 = NDArray[np.int8]
Mask = NDArray[np.bool_]

BROKEN, DECIDED, FOLLOWS = 0, 1, 2  # any number; whole, and decided first; whole, and follows
COUNTED = 3  # whole, follows from those decided, and branched on before them
FIRM = -1  # the group of rows nobody may relax
_SCALES = (1, 10, 100, 1_000, 10_000)
_SLACK = 1e-9  # of the size of a row, where not all of it is whole


class Columns(NamedTuple):
    """Quantities to be decided.

    Parameters
    ----------
    worth
        What one unit adds to the objective, shape (n,).
    lower, upper
        Finite bounds, shape (n,).
    kind
        `BROKEN`: any number; `DECIDED`: whole, and branched on first; `FOLLOWS`: whole, and
        expected to be so when those decided are; `COUNTED`: like these, but branched on before
        those decided; int8, shape (n,).
    """

    worth: F64
    lower: F64
    upper: F64
    kind: I8


class RowBlock(NamedTuple):
    """Rows that belong together.

    Parameters
    ----------
    matrix
        Coefficients, rows by columns of the model.
    lower, upper
        Of every row, one of them may be infinite, shape (m,).
    group
        Number of the name under which each row may be relaxed, or `FIRM`, int32, shape (m,).
    """

    matrix: sparse.csr_array
    lower: F64
    upper: F64
    group: I32


class Model(NamedTuple):
    """A whole question; made by `build_model`, its arrays are read-only.

    Parameters
    ----------
    maximise
        Whether more is better.
    offset
        Added to every value.
    columns
        What is decided.
    rows
        What must hold.
    names
        Of the groups of rows.
    """

    maximise: bool
    offset: float
    columns: Columns
    rows: RowBlock
    names: tuple[str, ...]


def make_columns(worth: ArrayLike, lower: ArrayLike, upper: ArrayLike, kind: int) -> Columns:
    """Return columns of one kind; single numbers stand for all of them."""
    values = np.broadcast_arrays(np.atleast_1d(worth), lower, upper)
    one, two, three = (np.array(value, np.float64) for value in values)
    return Columns(one, two, three, np.full(len(one), kind, np.int8))


def join_columns(parts: Sequence[Columns]) -> Columns:
    """Return the columns of all parts, one after the other."""
    return Columns(
        np.concatenate([part.worth for part in parts]),
        np.concatenate([part.lower for part in parts]),
        np.concatenate([part.upper for part in parts]),
        np.concatenate([part.kind for part in parts]),
    )


def make_rows(
    entries: tuple[ArrayLike, ArrayLike, ArrayLike],
    shape: tuple[int, int],
    lower: ArrayLike,
    upper: ArrayLike,
    group: int = FIRM,
) -> RowBlock:
    """Return rows from their entries; single numbers stand for all rows or entries.

    Parameters
    ----------
    entries
        Row, column and coefficient of every entry; those given twice are added.
    shape
        Numbers of rows and of columns of the model.
    lower, upper
        Of every row.
    group
        Of all rows.
    """
    row, column, value = np.broadcast_arrays(*(np.atleast_1d(part) for part in entries))
    matrix = sparse.csr_array(
        sparse.coo_array((value.astype(np.float64), (row.astype(np.int32), column)), shape)
    )
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    low, high = (np.array(np.broadcast_to(end, shape[0]), np.float64) for end in (lower, upper))
    return RowBlock(matrix, low, high, np.full(shape[0], group, np.int32))


def join_rows(parts: Sequence[RowBlock], columns: int) -> RowBlock:
    """Return the rows of all parts, one after the other."""
    parts = [part for part in parts if len(part.lower)]
    if not parts:
        return make_rows(((), (), ()), (0, columns), (), ())
    return RowBlock(
        sparse.csr_array(sparse.vstack([part.matrix for part in parts], format="csr")),
        np.concatenate([part.lower for part in parts]),
        np.concatenate([part.upper for part in parts]),
        np.concatenate([part.group for part in parts]),
    )


def build_model(
    columns: Columns,
    rows: Sequence[RowBlock],
    *,
    maximise: bool,
    offset: float = 0.0,
    names: tuple[str, ...] = (),
) -> Model:
    """Return a model with read-only arrays of its own.

    Raises
    ------
    ValueError
        If numbers are missing or infinite where they must not be, bounds cross, or shapes differ.
    """
    kinds = join_columns([columns])
    block = join_rows(rows, len(kinds.worth))
    matrix = sparse.csr_array(block.matrix, copy=True)
    matrix.sum_duplicates()
    matrix.sort_indices()
    block = RowBlock(matrix, block.lower.copy(), block.upper.copy(), block.group.copy())
    fine = (
        len({len(part) for part in kinds}) == 1
        and matrix.shape == (len(block.lower), len(kinds.worth))
        and all(bool(np.isfinite(part).all()) for part in (*kinds[:3], matrix.data))
        and bool((kinds.lower <= kinds.upper).all())
        and bool(((block.lower <= block.upper) & (block.lower < np.inf)).all())
        and bool((block.upper > -np.inf).all())
        and bool((block.group < len(names)).all())
    )
    if not fine:
        raise ValueError("columns and rows do not fit, are not finite, or have crossed bounds")
    for part in (*kinds, matrix.data, matrix.indices, matrix.indptr, *block[1:]):
        part.flags.writeable = False
    return Model(maximise, float(offset), kinds, block, names)


def value_of(model: Model, x: F64) -> float:
    """Return the value of the quantities `x`."""
    return float(model.columns.worth @ x) + model.offset


def round_whole(model: Model, x: F64) -> F64:
    """Return `x` within its bounds, columns that must be whole rounded."""
    kept = np.where(model.columns.kind != BROKEN, np.rint(x), x)
    return np.asarray(np.clip(kept, model.columns.lower, model.columns.upper), np.float64)


def violations(model: Model, x: F64) -> F64:
    """Return by how much each row is missed, zero where it holds, shape (m,).

    Rows of whole columns and coefficients are measured exactly; others hold if they are missed by
    less than 1e-9 of what is added up in them.
    """
    rows = model.rows
    sums = np.asarray(rows.matrix @ x)
    missed = np.maximum(np.maximum(rows.lower - sums, sums - rows.upper), 0.0)
    size = np.asarray(abs(rows.matrix) @ np.abs(x)) + np.maximum(
        np.where(np.isfinite(rows.lower), np.abs(rows.lower), 0.0),
        np.where(np.isfinite(rows.upper), np.abs(rows.upper), 0.0),
    )
    return np.where(missed <= _SLACK * np.maximum(size, 1.0), 0.0, missed)


def is_feasible(model: Model, x: F64) -> bool:
    """Return whether `x` keeps to all bounds and rows, and is whole where it must be."""
    columns = model.columns
    whole = columns.kind != BROKEN
    return bool(
        np.isfinite(x).all()
        and (x >= columns.lower).all()
        and (x <= columns.upper).all()
        and (x[whole] % 1 == 0).all()
        and not violations(model, x).any()
    )


def objective_step(model: Model) -> float:
    """Return by how much values differ at least, or 0 where that is not known.

    Known where all columns that count are whole, and their worth a multiple of one part in ten
    thousand or of a coarser decimal.
    """
    worth, kind = model.columns.worth, model.columns.kind
    counts = np.abs(worth[worth != 0])
    if not len(counts) or (kind[worth != 0] == BROKEN).any():
        return 0.0
    for scale in _SCALES:
        parts = np.rint(counts * scale)
        if counts.max() * scale < 1e12 and np.allclose(parts, counts * scale, rtol=1e-12, atol=0):
            return float(np.gcd.reduce(parts.astype(np.int64))) / scale
    return 0.0


def new_solver(options: dict[str, float | str | bool]) -> _core._Highs:
    """Return a silent HiGHS with one thread."""
    solver = _core._Highs()  # noqa: SLF001  (the class above it greets on stdout when made)
    for key, setting in {"output_flag": False, "threads": 1, **options}.items():
        solver.setOptionValue(key, setting)
    return solver


def highs_model(model: Model, lower: F64, upper: F64, *, whole: bool) -> highspy.HighsLp:
    """Return the model for HiGHS, to be minimised, with these bounds on its columns.

    With `whole`, the columns to be decided are marked as integers.
    """
    lp = highspy.HighsLp()
    matrix = model.rows.matrix
    lp.num_row_, lp.num_col_ = matrix.shape
    lp.col_cost_ = -model.columns.worth if model.maximise else model.columns.worth
    lp.col_lower_, lp.col_upper_ = lower, upper
    lp.row_lower_, lp.row_upper_ = model.rows.lower, model.rows.upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = matrix.indptr.astype(np.int32)
    lp.a_matrix_.index_ = matrix.indices.astype(np.int32)
    lp.a_matrix_.value_ = matrix.data
    if whole:
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(kind == DECIDED)] for kind in model.columns.kind]
    return lp
