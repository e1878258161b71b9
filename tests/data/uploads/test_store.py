"""What is one's own: text of a client made fit to be shown, and names in the order of a person."""

import pytest

from server.data.uploads.text import clean_text, natural_sort


@pytest.mark.parametrize(
    ("text", "becomes"),
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
def test_what_cannot_be_seen_goes_and_what_is_long_is_cut(text: str, becomes: str) -> None:
    assert clean_text(text, 20) == becomes


def test_names_are_in_the_order_of_a_person() -> None:
    assert natural_sort(["10", "b", "9", "A", "a2", "a10", ""]) == ["", "9", "10", "A", "a2", "a10", "b"]
