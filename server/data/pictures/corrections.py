"""The corrections that a person can make by hand before a digit is read from a picture."""

from dataclasses import dataclass

from server.data.errors import PictureError

RelativeBox = tuple[float, float, float, float]
"""A box in a picture: left, top, right, bottom, as fractions of the picture's width and height."""

MAX_THICKER = 4
MIN_CROP = 0.02
"""The least width and height of a crop, as a fraction of the picture."""


@dataclass(frozen=True, slots=True)
class Corrections:
    """Corrections by hand. The default corrects nothing.

    Attributes
    ----------
    crop
        The box that contains the digit.
    inverted
        True if the polarity that was detected, dark or light ink, is wrong.
    thicker
        The number of steps, -4 to 4, by which strokes become thicker.
    keep_lines
        True if the lines of ruled paper stay.
    chosen
        The number of the digit to take if there are several, from the left, from 0.

    Raises
    ------
    PictureError
        If a value is out of its range.
    """

    crop: RelativeBox | None = None
    inverted: bool = False
    thicker: int = 0
    keep_lines: bool = False
    chosen: int | None = None

    def __post_init__(self) -> None:
        if self.crop is not None:
            left, top, right, bottom = self.crop
            if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
                raise PictureError(
                    "The crop must lie in the picture: its numbers are fractions of it, from 0 to 1."
                )
            if min(right - left, bottom - top) < MIN_CROP:
                raise PictureError(f"The crop must be at least {MIN_CROP:.0%} of the picture wide and high.")
        if abs(self.thicker) > MAX_THICKER:
            raise PictureError(f"Strokes can be made thicker or thinner by up to {MAX_THICKER} steps.")


NO_CORRECTIONS = Corrections()
