"""The command: its help, its address and port, its data folder, and its end."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

import pytest

from server.web.listening import CannotListen, address, exposure, listen, own_addresses, settings_for
from server.web.settings import PORT
from tests.data.sets import published
from tests.waiting import PATIENCE, wait_until
from tests.web.helpers import Stream, call

PLAIN = {
    name: value for name, value in os.environ.items() if name not in ("HOST", "PORT", "OPEN", "ALLOWED_HOSTS")
}


@contextmanager
def started(*options: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the command and yield its process and its last line of output."""
    command = [sys.executable, "-m", "server", "--no-open", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=PLAIN | environment) as process:
        assert process.stdout is not None
        try:
            assert "Ctrl-C" in process.stdout.readline()
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def refused(*options: str, **environment: str) -> str:
    """The line that the command prints when it cannot start."""
    command = [sys.executable, "-m", "server", "--no-open", *options]
    ended = subprocess.run(command, capture_output=True, text=True, env=PLAIN | environment, timeout=PATIENCE)
    assert (ended.returncode, ended.stdout) == (1, "")
    (line,) = ended.stderr.splitlines()
    return line


def test_help_names_every_option_and_its_default() -> None:
    help_ = subprocess.run(
        [sys.executable, "-m", "server", "--help"], capture_output=True, text=True, check=True
    ).stdout
    for words in (
        "--host",
        "--port",
        "--open",
        "--no-open",
        "--allowed-hosts",
        "--data-dir",
        "--data-mirror",
        "--max-streams",
        "--reload-page",
        "127.0.0.1",
        str(PORT),
        "env: HOST",
    ):
        assert words in help_
    assert "whether there is a desktop here" in " ".join(help_.split())
    assert "factory" not in help_
    assert "_" not in re.sub("ALLOWED_HOSTS|DATA_DIR|DATA_MIRROR|MAX_STREAMS|RELOAD_PAGE", "", help_)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_no_worker_outlives_the_server(ending: signal.Signals) -> None:
    recipe = {
        "dataset": "lines",
        "epochs": 600,
        "network": [{"kind": "flatten"}, {"kind": "dense", "units": 4}],
    }
    sweep = {"recipe": recipe, "axes": [{"kind": "learning_rate", "values": [0.01, 0.02]}]}
    with started("--port", "0") as (process, url):
        port = int(re.fullmatch(r"http://127\.0\.0\.1:(\d+)/", url)[1])
        begun = call(port, "POST", "/api/sweeps", sweep)["id"]
        wait_until(lambda: call(port, "GET", f"/api/sweeps/{begun}")["runs"][0]["computed"] > 0)
        process.send_signal(ending)
        # The workers have inherited the output: it ends when the last of them has ended.
        output, _ = process.communicate(timeout=PATIENCE)
        assert output.strip() == ""
        assert process.returncode == (0 if ending == signal.SIGINT else -ending)


def test_ctrl_c_ends_the_server_while_a_stream_is_open() -> None:
    with started("--port", "0") as (process, url):
        port = int(re.fullmatch(r"http://127\.0\.0\.1:(\d+)/", url)[1])
        run = call(port, "POST", "/api/runs")["id"]
        call(port, "POST", f"/api/runs/{run}/run")
        with Stream(port, run) as stream:
            stream.open()
            assert stream.event() is not None
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE) == 0
        assert process.stdout is not None
        assert process.stdout.read().strip() == ""


def test_host_and_port_of_the_environment_are_respected() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with started(HOST="localhost", PORT=str(port)) as (_, url):
        assert url == f"http://localhost:{port}/"
        assert call(port, "GET", "/api/recipe")["seed"] == 7


def test_the_address_is_known_before_the_application_is_imported() -> None:
    code = "import sys, server.__main__; print(*(name for name in sys.modules if name.startswith('fastapi')))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded.split() == []


@pytest.mark.parametrize(
    ("options", "environment", "words"),
    [
        (["--port", "99999"], {}, ["--port 99999", "65535"]),
        (["--port", "web"], {}, ["--port web", "integer"]),
        ([], {"PORT": "web"}, ["--port web", "integer"]),
        (["--host", "nonsense.invalid"], {}, ["nonsense.invalid", "try --host 127.0.0.1"]),
        (["--host", "203.0.113.1"], {}, ["203.0.113.1", "try --host 127.0.0.1"]),
    ],
)
def test_an_invalid_address_is_refused_in_one_line(
    options: list[str], environment: dict[str, str], words: list[str]
) -> None:
    line = refused(*options, **environment)
    for word in words:
        assert word in line


def test_a_taken_port_is_refused_with_a_hint() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        line = refused("--port", str(taken.getsockname()[1]))
    assert "taken" in line
    assert "--port 0" in line


def test_the_next_free_port_replaces_a_taken_default_port(monkeypatch: pytest.MonkeyPatch) -> None:
    with listen("127.0.0.1", None) as first, listen("127.0.0.1", None) as second:
        assert PORT <= first.getsockname()[1] < second.getsockname()[1] <= PORT + 50


def test_a_server_without_a_free_port_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with listen("127.0.0.1", 0) as taken:
        monkeypatch.setattr("server.web.listening.PORT", taken.getsockname()[1])
        monkeypatch.setattr("server.web.listening.PORTS_TRIED", 0)
        with pytest.raises(CannotListen, match="are taken"):
            listen("127.0.0.1", None)


@pytest.mark.parametrize(
    ("host", "shown", "answered"),
    [
        ("127.0.0.1", "127.0.0.1", {"127.0.0.1", "localhost", "[::1]"}),
        ("localhost", "localhost", {"127.0.0.1", "localhost", "[::1]"}),
        ("127.0.0.2", "127.0.0.2", {"127.0.0.1", "localhost", "[::1]", "127.0.0.2"}),
    ],
)
def test_a_server_answers_to_the_names_of_its_address(host: str, shown: str, answered: set[str]) -> None:
    with listen(host, 0) as sock:
        port = sock.getsockname()[1]
        settings = settings_for(host, sock, (), 500)
        assert address(host, sock) == f"http://{shown}:{port}/"
    assert settings.hosts == {f"{name}:{port}" for name in answered}
    assert not settings.any_own_address


def test_a_server_on_all_addresses_answers_to_all_of_them_and_to_its_host_name() -> None:
    with listen("0.0.0.0", 0) as sock:
        port = sock.getsockname()[1]
        settings = settings_for("0.0.0.0", sock, (), 500)
        assert address("0.0.0.0", sock) == f"http://127.0.0.1:{port}/"
    assert settings.any_own_address
    assert f"{socket.gethostname().lower()}:{port}" in settings.hosts


def test_a_server_on_all_addresses_says_what_it_exposes_and_where_others_open_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "server.web.listening.own_addresses", lambda family: ["192.168.1.5"] + ["fe80::5"] * (not family)
    )
    name = socket.gethostname().lower()
    with listen("0.0.0.0", 0) as sock:
        port = sock.getsockname()[1]
        password, places = exposure("0.0.0.0", sock).splitlines()
        assert "without a password" in password
        assert places == f"Addresses for other machines: http://192.168.1.5:{port}/ http://{name}:{port}/"
        assert f"http://[fe80::5]:{port}/" in exposure("::", sock)
    with listen("127.0.0.1", 0) as sock:
        assert exposure("127.0.0.1", sock) == ""


def test_the_last_line_is_the_address_of_this_machine_also_on_all_addresses() -> None:
    command = [sys.executable, "-m", "server", "--no-open", "--port", "0", "--host", "0.0.0.0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=PLAIN) as process:
        assert process.stdout is not None
        try:
            lines = [process.stdout.readline().strip() for _ in range(4)]
        finally:
            process.kill()
    assert "Ctrl-C" in lines[0]
    assert "without a password" in lines[1]
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", lines[3])


def test_the_addresses_of_this_machine_belong_to_the_family() -> None:
    assert all(ip_address(each).version == 4 for each in own_addresses(socket.AF_INET))
    assert set(own_addresses(socket.AF_INET)) <= set(own_addresses(None))


def test_allowed_hosts_can_have_a_port() -> None:
    with listen("127.0.0.1", 0) as sock:
        port = sock.getsockname()[1]
        settings = settings_for("127.0.0.1", sock, ("Class.example", "lab.example:9000"), 500)
    assert {"class.example", f"class.example:{port}", "lab.example:9000"} <= settings.hosts
    assert f"lab.example:{port}" not in settings.hosts


def test_the_data_folder_is_an_option_or_a_variable_and_must_exist(tmp_path: Path) -> None:
    published.write_idx(tmp_path / "mnist")
    for options, environment in (
        (("--data-dir", str(tmp_path)), {"DATA_DIR": "/nowhere"}),
        ((), {"DATA_DIR": str(tmp_path)}),
    ):
        with started("--port", "0", *options, **environment) as (_, url):
            port = int(url.rstrip("/").rpartition(":")[2])
            detail = call(port, "GET", "/api/data/mnist")
            assert detail["info"]["train_examples"] == published.TRAIN
    assert refused("--data-dir", "/nowhere") == "backscope: --data-dir /nowhere: there is no such folder."
