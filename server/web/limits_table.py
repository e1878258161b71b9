"""The tables of docs/limits.md: `python -m server.web.limits_table` writes them."""

import re
from collections.abc import Iterable
from pathlib import Path

from server.web.body_limits import BODY_LIMITS
from server.web.json_bodies import MAX_CONTAINERS, MAX_NAMES, MAX_VALUES
from server.web.settings import Settings

DOCUMENT = Path(__file__).parents[2] / "docs" / "limits.md"


def bodies() -> str:
    """The table of the limits of bodies, in Markdown."""
    rows = [(f"{what}", f"{nbytes:,} bytes") for what, nbytes in BODY_LIMITS.items()]
    rows.append(("zip of pictures", f"{Settings().max_upload:,} bytes"))
    rows += [
        ("lists and objects of any JSON", f"{MAX_CONTAINERS:,}"),
        ("names of any JSON", f"{MAX_NAMES:,}"),
        ("values of any JSON", f"{MAX_VALUES:,}"),
    ]
    return _table(("Body", "At most"), rows)


def written(document: str) -> str:
    """The document with its tables as they are now."""
    return re.sub(
        r"(<!-- bodies -->\n).*?(<!-- end -->)", rf"\g<1>\n{bodies()}\n\n\g<2>", document, flags=re.S
    )


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [head, ("---",) * 2, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
