"""How the kernel compiles its loops: on first call, never on import, kept on disk after that."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile `function` with numba on its first call; it releases the interpreter lock.

    Functions that call one another must stand in one file: numba looks only at the file of the
    outermost function to tell whether its cache is stale. For the same reason a change of the
    numbers in `planner.kernel.frames` needs the ``__pycache__`` of the kernel removed.
    """
    return cast("F", numba.njit(cache=True, nogil=True)(function))
