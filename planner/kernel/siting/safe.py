"""Bounds that hold whatever a solver says: derived from multipliers alone, in plain numpy.

For any multipliers y on the rows, a plan costs at least
y . b + sum of the least of (c - A'y)_j x_j between the bounds of each column, b being the lower end
of rows with y > 0 and the upper end of those with y < 0 (Neumaier and Shcherbina 2004). With c = 0
the same sum above zero proves that there is no plan (Farkas). What rounding may have added is taken
off, by the standard error bound of sums and products.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from planner.kernel.siting.model import BROKEN, Model

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
Mask = NDArray[np.bool_]
Box = tuple[F64, F64]

_EPS = float(np.finfo(np.float64).eps)
_SWEEPS = 6


class Form(NamedTuple):
    """A model seen as costs to be made least, without its offset; made by `form_of`."""

    model: Model
    cost: F64
    turned: sparse.csr_array  # columns by rows
    sizes: sparse.csr_array  # the same without signs
    whole: Mask
    row: I64  # row of every entry
    terms: int  # most numbers added up for a bound


class Certificate(NamedTuple):
    """A proof that no plan is better than `bound`: multipliers, and a tree of whole columns.

    Every vector of multipliers is stored by its entries other than zero. A node without a column
    is a leaf: closed if no plan below it is as good as the target, else open.

    Parameters
    ----------
    target
        Plans at least as good are looked for; minus infinity where any plan is (infinity where
        less is better).
    bound
        What is claimed: the target if all leaves are closed, else the best bound of open ones.
    rounds
        Vectors that fix columns at the root, in this order, shape (k,).
    column, split, child
        Of every node the column branched on, or -1; the first child has it at `split` at most, the
        next one above; the number of the first child, shape (nodes,).
    vector
        Multipliers of every node, or -1, shape (nodes,).
    ray
        Whether they prove that there is no plan, shape (nodes,).
    start, row, value
        Entries of the vectors: start (vectors + 1,), rows and multipliers.
    """

    target: float
    bound: float
    rounds: I64
    column: I64
    split: F64
    child: I64
    vector: I64
    ray: Mask
    start: I64
    row: I32
    value: F64


def form_of(model: Model) -> Form:
    """Return the model as costs to be made least."""
    matrix = model.rows.matrix
    turned = sparse.csr_array(matrix.T.tocsr())
    long = int(np.diff(turned.indptr).max(initial=0))
    cost = -model.columns.worth if model.maximise else model.columns.worth
    return Form(
        model,
        cost + 0.0,
        turned,
        sparse.csr_array(abs(turned)),
        model.columns.kind != BROKEN,
        np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr)),
        matrix.shape[0] + matrix.shape[1] + long + 8,
    )


def to_cost(form: Form, value: float) -> float:
    """Return a value of the model as a cost of the form."""
    return form.model.offset - value if form.model.maximise else value - form.model.offset


def to_value(form: Form, cost: float) -> float:
    """Return a cost of the form as a value of the model."""
    return form.model.offset - cost if form.model.maximise else form.model.offset + cost


def safe_bound(form: Form, y: F64, box: Box, *, ray: bool = False) -> tuple[float, F64]:
    """Return what no plan within the box costs less than, and the reduced costs.

    Parameters
    ----------
    form
        The model.
    y
        Any multipliers, shape (m,); those that no end of their row allows count as zero.
    box
        Lower and upper bounds of the columns.
    ray
        Leave the costs out: a bound above zero then proves that the box holds no plan.
    """
    rows = form.model.rows
    lower, upper = box
    end = np.where(y > 0, rows.lower, rows.upper)
    used = (y != 0) & np.isfinite(end)
    kept = np.where(used, y, 0.0)
    paid = kept[used] @ end[used]
    cost = np.zeros(len(lower)) if ray else form.cost
    reduced = cost - form.turned @ kept
    least = np.where(reduced > 0, reduced * lower, reduced * upper)
    widest = np.maximum(np.abs(lower), np.abs(upper))
    size = np.abs(kept[used]) @ np.abs(end[used]) + (
        (np.abs(cost) + form.sizes @ np.abs(kept)) @ widest
    )
    guard = form.terms * _EPS * float(size)
    return float(paid + least.sum()) - guard, np.asarray(reduced)


def fix_by_price(form: Form, bound: float, reduced: F64, box: Box, cutoff: float) -> Box:
    """Narrow whole columns as far as every plan that costs `cutoff` at most is.

    Parameters
    ----------
    form
        The model.
    bound, reduced
        From `safe_bound` with this box.
    box
        Lower and upper bounds of the columns.
    cutoff
        Not below the bound.
    """
    lower, upper = box
    if not np.isfinite(cutoff):
        return box
    movable = form.whole & (reduced != 0) & (upper > lower)
    room = np.full(len(lower), np.inf)
    room[movable] = np.floor((cutoff - bound) / np.abs(reduced[movable]) * (1 + 1e-9) + 1e-9)
    up = np.where(reduced > 0, np.minimum(upper, lower + room), upper)
    down = np.where(reduced < 0, np.maximum(lower, upper - room), lower)
    return down, up


def tighten(form: Form, box: Box) -> Box | None:
    """Narrow whole columns as far as the rows alone force; None if there is no plan.

    Each sweep looks at every row by itself: its least sum without one column leaves that column
    only so much.
    """
    rows, whole = form.model.rows, form.whole
    matrix = rows.matrix
    lower = np.where(whole, np.ceil(box[0] - 1e-9), box[0])
    upper = np.where(whole, np.floor(box[1] + 1e-9), box[1])
    if not matrix.nnz:
        short = (rows.lower > 0) | (rows.upper < 0)
        return None if short.any() or (lower > upper).any() else (lower, upper)
    value, column = matrix.data, matrix.indices
    rises, whole_entry = value > 0, whole[matrix.indices]
    length = np.diff(matrix.indptr)
    for _ in range(_SWEEPS):
        low, high = value * lower[column], value * upper[column]
        least, most = np.where(rises, low, high), np.where(rises, high, low)
        sum_least, sum_most = _row_sums(form, least), _row_sums(form, most)
        size = _row_sums(form, np.maximum(np.abs(low), np.abs(high)))
        slack = (length + 8) * _EPS * (size + _finite(rows.lower) + _finite(rows.upper))
        if (sum_least > rows.upper + slack).any() or (sum_most < rows.lower - slack).any():
            return None
        at_most = rows.upper[form.row] + slack[form.row] - (sum_least[form.row] - least)
        at_least = rows.lower[form.row] - slack[form.row] - (sum_most[form.row] - most)
        end = (np.where(rises, at_most, at_least) / value)[whole_entry]
        new_upper, new_lower = upper.copy(), lower.copy()
        np.minimum.at(new_upper, column[whole_entry], np.floor(end + 1e-9))
        end = (np.where(rises, at_least, at_most) / value)[whole_entry]
        np.maximum.at(new_lower, column[whole_entry], np.ceil(end - 1e-9))
        if (new_lower > new_upper).any():
            return None
        if (new_lower == lower).all() and (new_upper == upper).all():
            break
        lower, upper = new_lower, new_upper
    return lower, upper


def _finite(values: F64) -> F64:
    return np.where(np.isfinite(values), np.abs(values), 0.0)


def _row_sums(form: Form, entries: F64) -> F64:
    count = form.model.rows.matrix.shape[0]
    return np.bincount(form.row, weights=entries, minlength=count).astype(np.float64)


def derive_bound(model: Model, certificate: Certificate) -> float | None:
    """Derive anew what the certificate proves; None if it is not a proof of anything.

    Returns
    -------
    float
        No plan is better: the target if all leaves are closed, else the best bound of open ones.
    """
    form = form_of(model)
    if not _is_whole(form, certificate):
        return None
    cutoff = to_cost(form, certificate.target)
    root = _root_box(form, certificate, cutoff)
    least = cutoff
    stack = [] if root is None else [(0, root)]
    seen = np.zeros(len(certificate.column), np.bool_)
    while stack:
        node, box = stack.pop()
        if seen[node]:
            return None
        seen[node] = True
        bound, box = _at_node(form, certificate, node, box, cutoff)
        if bound is None:
            continue
        column = int(certificate.column[node])
        if column < 0:
            least = min(least, bound)
            continue
        split, child = float(certificate.split[node]), int(certificate.child[node])
        if not form.whole[column] or split % 1 or not node < child < len(seen) - 1:
            return None
        for side in (0, 1):
            lower, upper = box[0].copy(), box[1].copy()
            if side == 0:
                upper[column] = min(upper[column], split)
            else:
                lower[column] = max(lower[column], split + 1)
            if lower[column] <= upper[column]:
                stack.append((child + side, (lower, upper)))
    return certificate.target if least >= cutoff else to_value(form, least)


def recheck_certificate(model: Model, certificate: Certificate) -> bool:
    """Return whether the certificate proves its bound.

    It needs nothing but the model, the multipliers and the branching: every leaf's bound is
    derived anew, and both sides of every branch must be there.
    """
    derived = derive_bound(model, certificate)
    if derived is None:
        return False
    return derived <= certificate.bound if model.maximise else derived >= certificate.bound


def multipliers(form: Form, certificate: Certificate, vector: int) -> F64:
    """Return a stored vector of multipliers in full, shape (m,); zeros for number -1."""
    y = np.zeros(len(form.model.rows.lower))
    if vector >= 0:
        part = slice(certificate.start[vector], certificate.start[vector + 1])
        y[certificate.row[part]] = certificate.value[part]
    return y


def _is_whole(form: Form, certificate: Certificate) -> bool:
    nodes, vectors = len(certificate.column), len(certificate.start) - 1
    rows = len(form.model.rows.lower)
    numbers = np.concatenate([certificate.vector, certificate.rounds])
    parts = (certificate.split, certificate.child, certificate.vector, certificate.ray)
    return bool(
        nodes > 0
        and vectors >= 0
        and all(len(part) == nodes for part in parts)
        and ((numbers >= -1) & (numbers < vectors)).all()
        and certificate.start[0] == 0
        and (np.diff(certificate.start) >= 0).all()
        and certificate.start[-1] == len(certificate.row) == len(certificate.value)
        and ((certificate.row >= 0) & (certificate.row < rows)).all()
        and np.isfinite(certificate.value).all()
        and not np.isnan(certificate.target)
        and ((certificate.column >= -1) & (certificate.column < len(form.cost))).all()
    )


def _root_box(form: Form, certificate: Certificate, cutoff: float) -> Box | None:
    columns = form.model.columns
    box = tighten(form, (columns.lower, columns.upper))
    for vector in certificate.rounds:
        if box is None:
            break
        bound, reduced = safe_bound(form, multipliers(form, certificate, int(vector)), box)
        if bound > cutoff:
            return None
        box = tighten(form, fix_by_price(form, bound, reduced, box, cutoff))
    return box


def _at_node(
    form: Form, certificate: Certificate, node: int, box: Box, cutoff: float
) -> tuple[float | None, Box]:
    """Return the bound of a node, None if it is closed, and its box narrowed by the prices."""
    y = multipliers(form, certificate, int(certificate.vector[node]))
    if certificate.ray[node]:
        if safe_bound(form, y, box, ray=True)[0] > 0:
            return None, box
        y = np.zeros(len(y))
    bound, reduced = safe_bound(form, y, box)
    if bound > cutoff:
        return None, box
    return bound, fix_by_price(form, bound, reduced, box, cutoff)
