"""Whoever follows the walk-throughs of CONTRIBUTING.md by the letter ends with something proved.

SiLU, ELU, Adagrad, smooth L1 and an endpoint are added to a copy of the project by the documented steps
alone. The tests that run for the sigmoid, RMSProp and the mean squared error must run for the new ones as
well, and pass.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.walkthroughs import ROOT, apply, copy_project, edited, files, walkthrough

ACTIVATION = walkthrough("How to add an activation")
ACTIVATION_WITH_A_NUMBER = walkthrough("How to add an activation with a number of its own")
OPTIMIZER = walkthrough("How to add an optimizer")
LOSS = walkthrough("How to add a loss")
ENDPOINT = walkthrough("How to add an endpoint with its panel")
PROOFS = ("tests/nn", "tests/explain", "tests/recipe/test_layer_schema_and_network_presets.py", "tests/wire")
TWINS = {
    r"\bsilu on (images|rows)\b": r"\bsigmoid on (images|rows)\b",
    r"\belu on (images|rows)\b": r"\bsigmoid on (images|rows)\b",
    r"\bAdagrad\(": r"\bRMSProp\(",
    r"\[(.*-)?Adagrad(-[\w.-]+)?\]": r"\[(.*-)?RMSProp(-(?!fields)[\w.-]+)?\]",
    r"\bSmoothL1(\(.*\))?\]": r"\bMeanSquaredError(\(.*\))?\]",
}
"""What is new, and what was there before with as many cases: the same tests run for both."""

pytestmark = pytest.mark.slow


def run(folder: Path, *command: str) -> str:
    """What a Python command prints in `folder`, where it imports the copy. It must succeed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    ended = subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def node(folder: Path, script: str, *arguments: str) -> None:
    """Run a tool that npm has installed, in `folder`. It must succeed."""
    path = Path(sys.executable).parent
    command = [path / "node", f"tests/js/node_modules/{script}", *arguments]
    environment = {**os.environ, "PATH": f"{path}:{os.environ['PATH']}"}
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with all that the walk-throughs add, and its generated types."""
    folder = tmp_path_factory.mktemp("walkthrough")
    copy_project(folder)
    for steps in (ACTIVATION, ACTIVATION_WITH_A_NUMBER, OPTIMIZER, LOSS, ENDPOINT):
        apply(steps, folder)
    run(folder, "-m", "server.wire.typescript")
    return folder


@pytest.fixture(scope="module")
def proofs(copy: Path) -> list[str]:
    """The ids of all tests of the copy."""
    return run(copy, "-m", "pytest", "--collect-only", "-q", *PROOFS).splitlines()


@pytest.mark.parametrize("steps", [ACTIVATION, ACTIVATION_WITH_A_NUMBER, OPTIMIZER, LOSS])
def test_what_is_added_takes_three_files(steps: list) -> None:
    assert len(files(steps)) == 3


def test_the_added_files_have_the_format_the_style_and_the_types_of_the_others(copy: Path) -> None:
    run(copy, "-m", "ruff", "format", "--check", ".")
    run(copy, "-m", "ruff", "check", ".")
    run(copy, "-m", "mypy")
    run(copy, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()")


def test_an_endpoint_with_its_panel_takes_nine_files_and_the_tools_accept_them(
    copy: Path,
) -> None:
    assert len(files(ENDPOINT)) == 9
    modules, scripts = ROOT / "tests/js/node_modules", sorted(f for f in files(ENDPOINT) if f.endswith(".js"))
    (copy / "tests/js/node_modules").symlink_to(modules)
    node(copy, "prettier/bin/prettier.cjs", "--check", *scripts)
    node(copy, "typescript/bin/tsc", "--project", "tests/js")
    node(copy, "eslint/bin/eslint.js", "--config", "tests/js/eslint.config.js", *scripts)
    config = ("--config", "tests/js/dependency-cruiser.cjs")
    node(copy, "dependency-cruiser/bin/dependency-cruiser.mjs", *config, "static/js")


@pytest.mark.parametrize(("new", "old"), TWINS.items())
def test_every_proof_runs_for_what_is_added(proofs: list[str], new: str, old: str) -> None:
    of_new = [re.sub(r"\[.*", "", test) for test in proofs if re.search(new, test)]
    of_old = [re.sub(r"\[.*", "", test) for test in proofs if re.search(old, test)]
    assert {*of_new} == {*of_old}
    assert len(of_new) > 0


def test_the_proofs_pass(copy: Path, proofs: list[str]) -> None:
    chosen = [test for test in proofs if any(re.search(new, test) for new in TWINS)]
    chosen += [test for test in proofs if "layer_schema" in test or "test_typescript" in test]
    (copy / "chosen.txt").write_text("\n".join(chosen))
    out = run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "@chosen.txt")
    assert re.search(rf"^{len(chosen)} passed in", out, re.MULTILINE), out
    assert len(chosen) > 60


PAGE = """
import json
from starlette.testclient import TestClient
from server.web.app import create_app

activations = [{"kind": "silu"}, {"kind": "elu", "alpha": 0.5}]
network = [*activations, {"kind": "flatten"}, {"kind": "dense", "units": 10}]
recipe = {
    "dataset": "digits",
    "network": network,
    "optimizer": {"kind": "adagrad", "learning_rate": 0.01},
    "loss": {"kind": "smooth_l1", "beta": 0.5},
}
with TestClient(create_app(), base_url="http://127.0.0.1:8765") as client:

    def ask(path, **query):
        reply = client.get(path, params=query)
        assert reply.status_code == 200, reply.text
        return reply.json()

    run = client.post("/api/runs", json=recipe).json()
    client.post(f"/api/runs/{run['id']}/step", json={"count": 2})
    place = f"/api/runs/{run['id']}/iterations/1"
    layers = ("silu", "elu", "dense")
    updates = ("dense.total_w", "dense.step_w", "dense.delta_w")
    names = ("silu.out", "elu.out", "silu.dout", "loss.errors", "dense.dout", *updates)
    print(json.dumps({
        "layers": {kind["kind"]: kind for kind in ask("/api/networks")["kinds"]},
        "optimizers": [option["value"]["kind"] for option in ask("/api/options")["optimizer"]],
        "losses": [option["value"] for option in ask("/api/options")["loss"]],
        "columns": [layer["name"] for layer in run["layers"]],
        "tensors": [tensor["name"] for tensor in ask(place, names=names)["tensors"]],
        "explained": {name: ask(place + "/explanation", name=name, cell=3) for name in names},
        "norms": ask(place + "/norms")["norms"],
        "checked": {layer: ask(place + "/check", layer=layer)["passed"] for layer in layers},
    }))
"""
"""A page's requests for a run with all that was added, and what comes back."""


def test_what_is_added_is_offered_shown_explained_and_checked(copy: Path) -> None:
    found = json.loads(run(copy, "-c", PAGE))
    assert found["layers"]["silu"]["title"] == "SiLU"
    (alpha,) = found["layers"]["elu"]["settings"]
    assert (alpha["name"], alpha["minimum"], alpha["maximum"]) == ("alpha", 0, 10)
    assert "adagrad" in found["optimizers"]
    assert {"kind": "smooth_l1", "beta": 1.0} in found["losses"]
    assert {"silu", "elu"} <= {*found["columns"]}
    assert len(found["tensors"]) == len(found["explained"]) == 8
    for name, explanation in found["explained"].items():
        assert explanation["name"] == name
        assert explanation["words"]
    assert [norm["name"] for norm in found["norms"]] == ["dense.dw", "dense.db"]
    assert all(norm["value"] > 0 for norm in found["norms"])
    assert found["checked"] == {"silu": True, "elu": True, "dense": True}


def test_an_edit_is_applied_where_its_lines_stand_exactly_once(tmp_path: Path) -> None:
    assert edited(" a\n-b\n+c\n\n d\n", " -") == "a\nb\n\nd\n"
    assert edited(" a\n-b\n+c\n\n d\n", " +") == "a\nc\n\nd\n"
