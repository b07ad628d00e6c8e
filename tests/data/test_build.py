"""Building the embedded city again gives the committed files."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_rebuilding_changes_nothing():
    done = subprocess.run(
        [sys.executable, str(ROOT / "data/build.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
