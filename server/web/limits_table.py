"""The table of docs/limits.md: `python -m server.web.limits_table` writes it."""

import re
from collections.abc import Iterable
from pathlib import Path

from server.web.body_limits import BODY_LIMITS
from server.web.json_bodies import MAX_CONTAINERS, MAX_NAMES, MAX_VALUES
from server.web.settings import Settings

DOCUMENT = Path(__file__).parents[2] / "docs" / "limits.md"


def bodies() -> str:
    """The limits of request bodies, as a Markdown table."""
    rows = [(what, f"{nbytes:,} bytes") for what, nbytes in BODY_LIMITS.items()]
    rows.append(("zip file of pictures", f"{Settings().max_upload:,} bytes"))
    rows += [
        ("any JSON: lists and objects", f"{MAX_CONTAINERS:,}"),
        ("any JSON: names in objects", f"{MAX_NAMES:,}"),
        ("any JSON: values", f"{MAX_VALUES:,}"),
    ]
    return _table(("body", "limit"), rows)


def written(document: str) -> str:
    """The document with its table written anew from the code."""
    return re.sub(
        r"(<!-- bodies -->\n).*?(<!-- end -->)", rf"\g<1>\n{bodies()}\n\n\g<2>", document, flags=re.S
    )


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [head, ("---",) * 2, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
