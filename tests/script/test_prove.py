"""A sample of the proof that the scanner finds every mark and nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path


def test_a_sample_of_the_standard_library(checkout: Path) -> None:
    shown = subprocess.run(
        [sys.executable, "scripts/prove_scanner.py", "--files", "60", "--inject", "500", "--seed", "7"],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert re.search(r"no false hit: [5-9]\d files", shown.stdout)
    assert re.search(r"grafted: \d{3,} literal, \d+ dollar, \d+ statement, [1-9]\d* in f-string", shown.stdout)
    assert "0 failures" in shown.stdout
