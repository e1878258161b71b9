"""The wheel: built from this checkout, installed elsewhere, and used without the checkout."""

import re
import subprocess
import sys
import sysconfig
import urllib.request
import venv
from pathlib import Path

from server.web import page_files
from server.web.packed_page import pack
from server.web.settings import Settings
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]


def test_an_installed_wheel_serves_the_page_and_its_files_from_itself(tmp_path: Path) -> None:
    _run(
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "--target",
        "wheel",
        "--directory",
        str(tmp_path),
        cwd=ROOT,
    )
    (wheel,) = tmp_path.glob("backscope-*.whl")
    venv.create(tmp_path / "env", with_pip=False)
    python = tmp_path / "env" / "bin" / "python"
    _run(
        sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)
    )
    # The dependencies are those of the tests' own environment: nothing is downloaded.
    packages = Path(_run(str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    assert str(packages) in _run(str(python), "-c", "import server; print(server.__file__)", cwd=tmp_path)

    command = [str(python.with_name("backscope")), "--no-open", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        assert process.stdout is not None
        process.stdout.readline()
        url = process.stdout.readline().strip()
        try:
            page = _get(url)
            named = re.findall(rb'(?:src|href)="/([^"]*)"', page)
            assert any(name.endswith(b".css") for name in named)
            static, page_of_checkout = page_files.static(), page_files.page(Settings().max_upload)
            assert {f"/{name.decode()}" for name in named} == pack(page_of_checkout, static).files.keys()
            for path, content in static.items():
                assert _get(f"{url}static/{path}") == content, path
            assert len(_get(url + "static/vendor/plotly.min.js")) > 2**20
            assert b"drawn" in _get(url + "api/recipe")
        finally:
            process.kill()


def _run(*command: str, cwd: Path | None = None) -> str:
    ended = subprocess.run(command, capture_output=True, text=True, cwd=cwd)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=PATIENCE) as reply:
        content: bytes = reply.read()
    return content
