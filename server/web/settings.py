"""The limits of one server, and the names it answers to."""

from dataclasses import dataclass

PORT = 8765
UPLOADS = "/api/uploads/"


def loopback(port: int) -> frozenset[str]:
    """The Host headers of requests from this machine."""
    return frozenset({authority(name, port) for name in ("127.0.0.1", "localhost", "[::1]")})


def authority(host: str, port: int) -> str:
    """`host:port` as in a Host header: lower case, without the port that http implies."""
    return host.lower() if port == 80 else f"{host.lower()}:{port}"


def is_upload(method: str, path: str) -> bool:
    """True for uploads, which may be larger and slower than other requests."""
    return method == "PUT" and path.startswith(UPLOADS)


@dataclass(frozen=True, slots=True)
class Settings:
    """The limits of a server. Times are in wall-clock seconds, sizes in bytes."""

    hosts: frozenset[str] = loopback(PORT)
    """The Host headers that are accepted."""
    any_own_address: bool = False
    """Accept the address at which a client reached this machine as its Host header (wildcard bind)."""
    reload_page: bool = False
    """Send the files of the page one by one, and read them anew for each request."""
    prepare_first_run: bool = False
    """Compute at start what a page without a run in its address shows first, and send it with the page."""
    max_runs: int = 64
    """Runs in memory. The least recently used makes room."""
    max_bytes: int = 1_500_000_000
    """Memory of all runs together. Above it, the least recently used are dropped."""
    max_training: int = 8
    """Runs that the command `run` trains at the same time. Runs that only players train do not count."""
    max_reading: int = 4
    """Concurrent requests that compute in threads of their own, such as the planning of a run."""
    max_parsing: int = 2
    """Large bodies that are parsed at the same time."""
    max_streams: int = 500
    """Event streams at the same time: a page has one, and one more while it follows another."""
    max_players: int = 4096
    """Players in memory. The one that has been without a page for the longest time is dropped first."""
    player_seconds: float = 12 * 3600
    """Time for which a player without a page is kept."""
    max_connections: int = 1024
    max_head: int = 512 * 1024
    """Address and headers of a request. The address of a page holds a recipe, in up to twice its bytes."""
    max_upload: int = 300_000_000
    """Body of an upload of pictures. `server.web.body_limits` has the limits of all other bodies."""
    max_uploads: int = 16
    """Concurrent uploads that are received or processed."""
    max_making: int = 2
    """Concurrent uploads that are converted into data sets."""
    max_draft_bytes: int = 400_000_000
    """Memory of all drafts: data sets that are not kept yet. Above it, the oldest are dropped."""
    events_per_second: float = 30
    """Maximal rate of one event stream."""
    grace_seconds: float = 10
    """Time for which the command `run` continues after the last event stream of its run has ended, and for
    which a player without a stream still has its wish."""
    request_seconds: float = 5
    """Time limit for receiving a request."""
    upload_seconds: float = 600
    """Time limit for receiving an upload."""
    stall_seconds: float = 5
    """Time limit for a client that does not read its reply."""

    def patience(self, method: str, path: str) -> float:
        """The time limit in seconds for receiving a request."""
        return self.upload_seconds if is_upload(method, path) else self.request_seconds
