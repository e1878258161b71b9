"""The log says what happened, and holds nothing of a request."""

import logging
import socket

import pytest
from starlette.testclient import TestClient

from server.web.log import LINES_A_MINUTE, RefusalLog, leave_out_input, places_of
from server.web.settings import Settings
from tests.web.helpers import serving

QUOTED = "sesame-4711"


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"Host": f"{QUOTED}.example"}, "wrong_host"),
        ({"Origin": f"http://{QUOTED}.example"}, "wrong_origin"),
        ({"Content-Length": "999999999"}, "too_large"),
    ],
)
def test_a_request_that_the_gate_refuses_leaves_one_line_with_the_reason_and_no_content(
    client: TestClient, caplog: pytest.LogCaptureFixture, headers: dict[str, str], reason: str
) -> None:
    client.post(f"/api/runs?{QUOTED}", headers=headers)
    assert caplog.messages == [f"Refused a request from testclient: {reason}."]


def test_a_request_that_is_answered_leaves_no_line(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    assert client.get("/api/recipe").status_code == 200
    assert client.get("/api/nothing").status_code == 404
    assert caplog.messages == []


def test_a_flood_of_refusals_leaves_few_lines_and_their_number(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    log = RefusalLog(lambda: now)
    for _ in range(LINES_A_MINUTE + 30):
        log.note("wrong_host", ("10.0.0.3", 5))
    assert caplog.messages == ["Refused a request from 10.0.0.3: wrong_host."] * LINES_A_MINUTE
    caplog.clear()
    now = 61.0
    log.note("full", None)
    assert caplog.messages == ["Refused 30 more requests.", "Refused a request from unknown: full."]


def failed() -> BaseException:
    """An error with a cause, both of which quote the input."""
    try:
        try:
            int(QUOTED)
        except ValueError as error:
            raise RuntimeError(f"cannot read {QUOTED}") from error
    except RuntimeError as error:
        return error
    raise AssertionError


def test_a_traceback_has_places_and_types_but_not_the_input() -> None:
    text = places_of(failed())
    assert QUOTED not in text
    assert text.index("ValueError") < text.index("which led to") < text.index("RuntimeError")
    assert text.count("in failed") == 2


def test_all_logs_of_the_process_leave_the_input_out(caplog: pytest.LogCaptureFixture) -> None:
    before = logging.getLogRecordFactory()
    try:
        leave_out_input()
        error = failed()
        logging.getLogger("any").error("It failed.", exc_info=error)
        logging.getLogger("any").error("It failed.")
    finally:
        logging.setLogRecordFactory(before)
    assert QUOTED not in caplog.text
    assert "RuntimeError" in caplog.text


def test_a_request_for_a_websocket_is_answered_and_no_advice_is_logged(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with serving(Settings()) as port, socket.create_connection(("127.0.0.1", port)) as sock:
        sock.sendall(
            f"GET /api/recipe HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade, close\r\n"
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n\r\n".encode()
        )
        reply = sock.makefile("rb").read()
    assert reply.startswith(b"HTTP/1.1 ")
    assert b"101" not in reply.partition(b"\r\n")[0]
    assert capsys.readouterr().err == ""
