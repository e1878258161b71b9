"""The bounds of one server, and the names it answers to."""

from dataclasses import dataclass

PORT = 8765
UPLOADS = "/api/uploads/"


def loopback(port: int) -> frozenset[str]:
    """The names of this machine to itself, as a browser writes them into the Host header."""
    return frozenset({authority(name, port) for name in ("127.0.0.1", "localhost", "[::1]")})


def authority(host: str, port: int) -> str:
    """`host:port` as in a Host header: lower case, without the port that http implies."""
    return host.lower() if port == 80 else f"{host.lower()}:{port}"


def is_upload(method: str, path: str) -> bool:
    """Whether a request brings data of one's own, and may be larger and slower than all others."""
    return method == "PUT" and path.startswith(UPLOADS)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a server allows. Seconds are wall-clock seconds, sizes are bytes."""

    hosts: frozenset[str] = loopback(PORT)
    """The exact Host headers that are answered."""
    any_own_address: bool = False
    """Whether a client may also call this machine by the address that it reached it at (a wildcard bind)."""
    max_runs: int = 64
    """Runs kept in memory; the one that was not used for the longest time makes room."""
    max_bytes: int = 1_500_000_000
    """What all runs together keep in memory; above it, those not used for the longest time give way."""
    max_training: int = 8
    """Runs that go on by themselves at the same time."""
    max_reading: int = 4
    """Requests that read iterations at the same time: each may have to compute some again."""
    max_streams: int = 256
    max_connections: int = 1024
    max_body: int = 256 * 1024
    max_upload: int = 300_000_000
    """The body of a request that brings data of one's own."""
    max_uploads: int = 16
    """Uploads that come in, or are worked on, at the same time."""
    max_making: int = 2
    """Uploads that are made into data sets at the same time."""
    max_draft_bytes: int = 400_000_000
    """What data sets take together that nobody has kept yet; above it, the oldest give way."""
    slice_seconds: float = 0.02
    """How long a run trains before others have their turn."""
    events_per_second: float = 30
    """The most that one event stream sends."""
    grace_seconds: float = 10
    """How long a run that goes on by itself outlives its last event stream."""
    request_seconds: float = 5
    """How long a client may take to send a whole request."""
    upload_seconds: float = 600
    """The same, of one that brings data."""
    stall_seconds: float = 5
    """How long a client may leave a reply unread."""

    def body_limit(self, method: str, path: str) -> int:
        """The most bytes that the body of a request may have."""
        return self.max_upload if is_upload(method, path) else self.max_body

    def patience(self, method: str, path: str) -> float:
        """The most seconds that a request may take to come in."""
        return self.upload_seconds if is_upload(method, path) else self.request_seconds
