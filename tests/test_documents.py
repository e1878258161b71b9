"""What the documents say is tried out."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from server.web.settings import Settings
from server.wire.messages.frames import Frame, ListedArray
from tests.waiting import PATIENCE
from tests.web.helpers import Stream, call, serving
from tests.web.pages import Browser, reading

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]

every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)


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


def test_the_stream_of_the_readme_sends_activations_filters_gradients_and_the_loss_as_plain_numbers() -> None:
    code = re.search(r"```sh\n(RUN=.*?)```", README, re.DOTALL)
    assert code is not None
    create, train, watch = (line[line.index("/api/") :].split(" |")[0] for line in code[1].splitlines())
    with serving(Settings()) as port:
        run = call(port, "POST", create)["id"]
        call(port, "POST", train.replace("$RUN", run))
        path, _, query = watch.replace("$RUN", run).rstrip('"').partition("?")
        assert path == f"/api/runs/{run}/events"
        with Stream(port, run, query=f"?{query}") as stream:
            stream.open()
            while (event := stream.event()) and event["event"] != "frame":
                pass
    assert event is not None
    frame = Frame.model_validate(event["data"])
    assert frame.loss is not None
    assert [found.name for found in frame.tensors] == ["conv1.out", "conv1.w", "conv1.dw", "loss.loss"]
    assert all(isinstance(found.data, ListedArray) and any(found.data.values) for found in frame.tensors)


def test_the_player_of_the_readme_plays_and_its_stream_sends_plain_numbers() -> None:
    code = re.search(r"```sh\n(RUN=[^`]*PLAYER=.*?)```", README, re.DOTALL)
    assert code is not None
    command = re.search(r'COMMAND="(.*)"', code[1])
    assert command is not None
    with serving(Settings()) as port:
        browser = Browser(port)
        run = call(port, "POST", "/api/runs")["id"]
        body = json.loads(command[1].replace('\\"', '"').replace("$RUN", run))
        status, player = browser.ask("PUT", f"/api/players/{'5e' * 16}", body)
        assert (status, player["playing"]) == (200, True)
        with reading(browser, f"/api/players/{'5e' * 16}/events") as events:
            frame = events.next("frame")
    assert [found.name for found in frame.tensors] == ["conv1.dw", "loss.loss"]
    assert all(isinstance(found.data, ListedArray) for found in frame.tensors)


@every_document
def test_the_documents_name_files_that_exist(document: Path) -> None:
    text = document.read_text()
    for path in re.findall(r"`((?:server|static|tests|benchmarks|docs)/[\w/.]+)`", text):
        assert (ROOT / path).exists(), path
    for path in re.findall(r"\]\(([\w/.]+)\)", text):
        assert (document.parent / path).exists(), path


@every_document
def test_the_commands_of_the_documents_are_in_the_makefile(document: Path) -> None:
    fenced = re.compile(r"^```\w*\n(.*?)^```", re.DOTALL | re.MULTILINE)
    text = document.read_text()
    code = [*fenced.findall(text), *re.findall(r"`([^`]+)`", fenced.sub("", text))]
    named = {target for piece in code for target in re.findall(r"^make ([\w-]+)", piece, re.MULTILINE)}
    assert named <= {*re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)}


def test_the_readme_and_contributing_name_the_commands_to_run_and_to_check() -> None:
    for document in (ROOT / "README.md", ROOT / "CONTRIBUTING.md"):
        assert all(f"make {command}" in document.read_text() for command in ("run", "check", "test"))


def test_the_readme_contributing_and_architecture_link_each_other() -> None:
    readme, contributing, architecture = (
        (ROOT / name).read_text() for name in ("README.md", "CONTRIBUTING.md", "docs/architecture.md")
    )
    assert "](CONTRIBUTING.md)" in readme
    assert "](docs/architecture.md)" in readme
    assert "](README.md)" in contributing
    assert "](docs/architecture.md)" in contributing
    assert "](../CONTRIBUTING.md)" in architecture
