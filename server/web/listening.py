"""The socket on which a server listens, its settings and its addresses.

This module imports little, so that the address is known before the application is imported.
"""

import errno
import socket
from collections.abc import Sequence
from contextlib import suppress

from server.web.settings import PORT, Settings, authority, loopback

PORTS_TRIED = 50
WILDCARDS = ("0.0.0.0", "::")
CONNECTIONS_A_STREAM = 2
"""The connections allowed for each event stream: a page needs connections for other requests, too."""


class CannotListen(Exception):
    """The server cannot listen on an address. The message says what to do."""


def listen(host: str, port: int | None) -> socket.socket:
    """Open a listening socket, or raise CannotListen.

    `port` None means PORT or the next free port, 0 any free port.
    """
    for number in range(PORT, PORT + PORTS_TRIED + 1) if port is None else (port,):
        try:
            family, _, _, _, address = socket.getaddrinfo(host, number, type=socket.SOCK_STREAM)[0]
            return socket.create_server(address[:2], family=family, backlog=2048)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                reason = str(error.strerror).partition(" (")[0]
                raise CannotListen(
                    f"Cannot listen on {host} port {number} ({reason}): try --host 127.0.0.1 --port 0."
                ) from None
    taken = f"Port {port} is" if port is not None else f"Ports {PORT} to {PORT + PORTS_TRIED} are"
    raise CannotListen(f"{taken} taken on {host}: try another --port, or --port 0 for any that is free.")


def settings_for(
    host: str, sock: socket.socket, allowed_hosts: tuple[str, ...], max_streams: int
) -> Settings:
    """The settings of a server on `sock`. It also answers to the names `allowed_hosts`."""
    port = sock.getsockname()[1]
    names = {socket.gethostname(), f"{socket.gethostname()}.local"} if host in WILDCARDS else {host}
    hosts = {authority(f"[{name}]" if ":" in name else name, port) for name in names}
    allowed = {name.lower() for name in allowed_hosts} | {
        authority(name, port) for name in allowed_hosts if ":" not in name
    }
    return Settings(
        hosts=loopback(port) | hosts | allowed,
        any_own_address=host in WILDCARDS,
        prepare_first_run=True,
        max_streams=max_streams,
        max_connections=CONNECTIONS_A_STREAM * max_streams,
    )


def address(host: str, sock: socket.socket) -> str:
    """The address of the page, for a browser on this machine."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://{authority(f'[{name}]' if ':' in name else name, sock.getsockname()[1])}/"


def exposure(host: str, sock: socket.socket) -> str:
    """Two lines for a server on all addresses: what it exposes, and at which addresses. Otherwise empty."""
    if host not in WILDCARDS:
        return ""
    port = sock.getsockname()[1]
    family = socket.AF_INET if host == "0.0.0.0" else None
    names = [f"[{name}]" if ":" in name else name for name in own_addresses(family)]
    places = " ".join(f"http://{authority(name, port)}/" for name in [*names, socket.gethostname()])
    return (
        "Everybody who reaches this machine can train, upload and delete data here, without a password.\n"
        f"Addresses for other machines: {places}\n"
    )


def own_addresses(family: socket.AddressFamily | None) -> Sequence[str]:
    """The addresses of this machine in its network, of one family or of both (None). It sends no packet."""
    found = []
    for kind, documentation in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        if family in (None, kind):
            # The source address of packets to other machines. Connecting a datagram socket sends nothing.
            with suppress(OSError), socket.socket(kind, socket.SOCK_DGRAM) as probe:
                probe.connect((documentation, 9))
                found.append(probe.getsockname()[0])
    return found
