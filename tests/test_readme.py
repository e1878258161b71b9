"""What the README promises is tried out."""

import re
import subprocess
import sys
from pathlib import Path

from server.web.settings import Settings
from tests.waiting import PATIENCE
from tests.web.helpers import serving

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_the_python_client_of_the_readme_steps_a_run_and_prints_a_gradient() -> None:
    code = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert code is not None
    assert len([line for line in code[1].splitlines() if line]) == 10
    with serving(Settings()) as port:
        here = code[1].replace("127.0.0.1:8765", f"127.0.0.1:{port}")
        assert here != code[1]
        run = subprocess.run(
            [sys.executable, "-c", here], capture_output=True, text=True, timeout=PATIENCE, check=True
        )
    first, _, gradient = run.stdout.partition("\n")
    assert first == "10 iterations"
    numbers = re.findall(r"-?\d+\.\d*(?:e[+-]\d+)?", gradient)
    assert len(numbers) == 8 * 3 * 3
    assert any(float(number) for number in numbers)


def test_the_readme_names_files_and_commands_that_exist() -> None:
    for path in re.findall(r"`((?:server|static|tests|benchmarks)/[\w/.]+)`", README):
        assert (ROOT / path).exists(), path
    for path in re.findall(r"\]\(([\w/.]+)\)", README):
        assert (ROOT / path).exists(), path


def test_the_make_targets_of_the_readme_are_in_the_makefile() -> None:
    fenced = re.compile(r"^```\w*\n(.*?)^```", re.DOTALL | re.MULTILINE)
    code = [*fenced.findall(README), *re.findall(r"`([^`]+)`", fenced.sub("", README))]
    named = {target for part in code for target in re.findall(r"^make (\w+)", part, re.MULTILINE)}
    assert {"run", "test", "format"} <= named
    assert named <= {*re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)}
