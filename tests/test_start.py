"""What the server loads when it starts."""

import subprocess
import sys

PROGRAM = """
import sys
from server.data import load
from server.web.app import create_app

create_app()
load("drawn")
print(*{name for name in sys.argv[1:] if name in sys.modules})
"""
HEAVY = ("plotly", "pooch", "requests", "scipy.ndimage", "scipy.special", "sklearn", "sklearn.datasets")
"""Packages that take as long to load as the rest of the server, or a good part of that."""


def test_a_server_starts_without_the_heavy_packages_that_its_first_run_does_not_need() -> None:
    command = [sys.executable, "-c", PROGRAM, *HEAVY, "numpy"]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert loaded.split() == ["numpy"]
