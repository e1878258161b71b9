"""Text from files and clients: cleaning and natural order."""

import pytest

from server.data.uploads.text import clean_text, natural_sort


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  my   cats ", "my cats"),
        ("line\nand\ttab\0", "line and tab"),
        ("\u202eright to left\u200b", "right to left"),
        ("e\u0301", "é"),
        ("<b>&amp;", "<b>&amp;"),
        ("x" * 99, "x" * 20),
        ("\n", ""),
    ],
)
def test_clean_text_removes_invisible_characters_and_cuts(text: str, cleaned: str) -> None:
    assert clean_text(text, 20) == cleaned


def test_natural_sort_compares_numbers_by_value() -> None:
    assert natural_sort(["10", "b", "9", "A", "a2", "a10", ""]) == ["", "9", "10", "A", "a2", "a10", "b"]
