"""How the kernel compiles its loops: on first call, never on import, kept on disk after that."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numba.extending

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile `function` with numba on its first call; it releases the interpreter lock.

    Numba looks only at the file of the outermost function to tell whether its cache is stale. After
    a change of `planner.kernel.frames` or `planner.kernel.lanes`, on which other files are built,
    remove the ``__pycache__`` of the kernel.
    """
    return cast("F", numba.njit(cache=True, nogil=True)(function))


def instruction(code: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function that compiled loops call out of one that writes the machine's instructions.

    `code` takes the types of the arguments and returns a signature and a writer, as
    `numba.extending.intrinsic` wants them.
    """
    return cast("Callable[..., Any]", numba.extending.intrinsic(code))
