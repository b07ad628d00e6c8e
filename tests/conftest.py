"""No test reads or writes the user's own cache."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault(
    "PLANNER_CACHE", str(Path(tempfile.gettempdir()) / f"planner-tests-{os.getpid()}")
)


def pytest_sessionfinish():
    import shutil  # noqa: PLC0415  (only here)

    folder = Path(os.environ["PLANNER_CACHE"])
    if folder.name == f"planner-tests-{os.getpid()}":
        shutil.rmtree(folder, ignore_errors=True)
