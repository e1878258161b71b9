"""The command line: `python -m server`, or `backscope`."""

import gc
import os
import sys
import webbrowser
from dataclasses import replace
from pathlib import Path
from socket import socket

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, CliApp, SettingsConfigDict

from server.web.listening import CannotListen, address, exposure, listen, settings_for
from server.web.settings import PORT, Settings


def _has_desktop() -> bool:
    """True where a person can see a browser window."""
    screen = (
        sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
    return bool(screen) and not os.environ.get("CI")


class Command(BaseSettings):
    """Backscope, a microscope for backpropagation: serves its page on this machine until Ctrl-C."""

    model_config = SettingsConfigDict(
        cli_prog_name="backscope",
        cli_kebab_case=True,
        cli_implicit_flags=True,
        cli_hide_none_type=True,
        cli_parse_none_str="none",
        cli_show_env_vars=True,
        env_ignore_empty=True,
    )

    host: str = Field(
        default="127.0.0.1", description="address to listen on; 0.0.0.0 lets other machines connect"
    )
    port: int = Field(
        default=PORT,
        ge=0,
        le=65535,
        description="port; 0 takes any free one; when the default is taken, the next free one",
    )
    open: bool = Field(
        default=_has_desktop(),
        description="open the page in a browser, or not; the default is whether there is a desktop here",
    )
    allowed_hosts: str | None = Field(
        default=None, description="further names that the server answers to, as a.example,b.example:8000"
    )
    data_dir: str | None = Field(
        default=None,
        description="folder with files of data sets: mnist/, fashion-mnist/ (IDX, .gz) or cifar10/ (binary)",
    )
    data_mirror: str | None = Field(
        default=None, description="address to download data sets from, instead of where they are published"
    )
    max_streams: int = Field(
        default=Settings().max_streams,
        ge=1,
        le=10_000,
        description="maximum number of event streams: an open page has one, or two while it follows",
    )
    reload_page: bool = Field(
        default=False, description="for work on the page: send its files one by one, as they are now"
    )


def main() -> None:
    """Run the server until Ctrl-C. An error ends it with one line on stderr and status 1."""
    try:
        command = CliApp.run(Command)
        sock = listen(command.host, command.port if "port" in command.model_fields_set else None)
    except ValidationError as error:
        first = error.errors()[0]
        sys.exit(f"backscope: --{first['loc'][0]} {first['input']}: {first['msg']}. See backscope --help.")
    except CannotListen as error:
        sys.exit(f"backscope: {error}")
    if command.data_dir and not Path(command.data_dir).is_dir():
        sys.exit(f"backscope: --data-dir {command.data_dir}: there is no such folder.")
    allowed = tuple(name.strip() for name in (command.allowed_hosts or "").split(",") if name.strip())
    settings = settings_for(command.host, sock, allowed, command.max_streams)
    url = address(command.host, sock)
    print(f"Backscope is running; Ctrl-C ends it.\n{exposure(command.host, sock)}{url}", flush=True)
    if command.open:
        webbrowser.open(url)
    try:
        _serve(command, replace(settings, reload_page=command.reload_page), sock)
    except KeyboardInterrupt:
        print()


def _serve(command: Command, settings: Settings, sock: socket) -> None:
    """Import the application, and serve it on `sock` until Ctrl-C.

    The imports take most of the time of a start. A browser can start and connect meanwhile. It is answered
    when they are done.
    """
    gc.disable()  # Collections during the imports find little, and take a tenth of their time.
    from server.data.sets.download import DATA_MIRROR
    from server.data.sets.sources import DATA_DIR
    from server.web.server import serve

    gc.enable()
    # Options take precedence over the environment, and worker processes read the environment.
    if command.data_dir:
        os.environ[DATA_DIR] = str(Path(command.data_dir).resolve())
    if command.data_mirror:
        os.environ[DATA_MIRROR] = command.data_mirror
    serve(settings, sock)


if __name__ == "__main__":
    main()
