"""Importing the kernel compiles nothing; a command that only prints help stays quick."""

import subprocess
import sys

COUNT = """
import numba, planner.kernel.cover, planner.kernel.shape
from planner.kernel import cover, paths, shape, snap, spread
loops = [x for m in (cover, paths, shape, snap, spread) for x in vars(m).values()
         if isinstance(x, numba.core.dispatcher.Dispatcher)]
print(len(loops), sum(len(loop.signatures) for loop in loops))
"""


def test_importing_compiles_nothing():
    run = subprocess.run([sys.executable, "-c", COUNT], capture_output=True, text=True, check=True)
    loops, compiled = map(int, run.stdout.split())
    assert loops > 10
    assert compiled == 0
