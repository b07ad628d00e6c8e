"""Small siting models of any kind, and their answers by trying every plan."""

from itertools import product

import numpy as np
from hypothesis import strategies as st

from planner.kernel.siting.model import (
    BROKEN,
    DECIDED,
    FOLLOWS,
    build_model,
    join_columns,
    make_columns,
    make_rows,
)


@st.composite
def models(draw, loose=True):
    """Draw any model of a few whole columns and at most one that may be broken (the last)."""
    whole = draw(st.integers(1, 5))
    broken = draw(st.integers(0, 1)) if loose else 0
    count = whole + broken
    worth = (
        st.integers(-9, 9) if draw(st.booleans()) else st.floats(-9, 9).map(lambda v: round(v, 4))
    )
    low = np.array([draw(st.integers(-2, 1)) for _ in range(count)], float)
    high = low + [draw(st.integers(0, 2)) for _ in range(count)]
    kind = [draw(st.sampled_from([DECIDED, DECIDED, FOLLOWS])) for _ in range(whole)]
    values = np.array([draw(worth) for _ in range(count)], float)
    columns = join_columns(
        [make_columns(values[i], low[i], high[i], [*kind, BROKEN][i]) for i in range(whole)]
        + [make_columns(values[i], low[i], high[i], BROKEN) for i in range(whole, count)]
    )
    rows = []
    for group in range(draw(st.integers(0, 4))):
        entries = [draw(st.integers(-3, 3)) for _ in range(count)]
        middle = draw(st.integers(-4, 6))
        ends = draw(
            st.sampled_from(
                [(-np.inf, middle), (middle, np.inf), (middle, middle + 1), (middle,) * 2]
            )
        )
        rows.append(make_rows((0, np.arange(count), entries), (1, count), *ends, group))
    return build_model(
        columns,
        rows,
        maximise=draw(st.booleans()),
        offset=float(draw(st.integers(-5, 5))),
        names=tuple(f"row {k}" for k in range(len(rows))),
    )


def plans(model):
    """Yield every plan with its value; broken columns are at the ends of where they may be."""
    columns, rows = model.columns, model.rows
    matrix = rows.matrix.toarray()
    whole = columns.kind != BROKEN
    spans = [
        np.arange(columns.lower[j], columns.upper[j] + 1) if whole[j] else [0.0]
        for j in range(len(whole))
    ]
    for point in product(*spans):
        x = np.array(point)
        if whole.all():
            choices = [x]
        else:
            low, high = columns.lower[-1], columns.upper[-1]
            for a, lower, upper in zip(matrix, rows.lower, rows.upper, strict=True):
                rest = float(a[:-1] @ x[:-1])
                if a[-1] == 0:
                    continue
                ends = sorted([(lower - rest) / a[-1], (upper - rest) / a[-1]])
                low, high = max(low, ends[0]), min(high, ends[1])
            if low > high + 1e-12:
                continue
            choices = [np.append(x[:-1], end) for end in (low, high)]
        for choice in choices:
            sums = matrix @ choice
            if (sums >= rows.lower - 1e-9).all() and (sums <= rows.upper + 1e-9).all():
                yield choice, float(columns.worth @ choice) + model.offset


def best_of(model):
    """Return the best value, or the worst infinity where there is no plan."""
    values = [value for _, value in plans(model)]
    if model.maximise:
        return max(values, default=-np.inf)
    return min(values, default=np.inf)
