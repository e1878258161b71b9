"""Typed arrays of messages become NumPy arrays."""

import numpy as np
import pytest

from server.recipe.picture import UnfitPicture
from server.wire import decode
from server.wire.encode.arrays import typed_array
from server.wire.messages.arrays import TypedArray


@pytest.mark.parametrize("dtype", ["f4", "f8", "i4", "u1"])
def test_a_typed_array_survives_a_round_trip(dtype: str) -> None:
    array = np.arange(12).reshape(1, 3, 4).astype(dtype)
    found = decode.picture(typed_array(array))
    assert found.dtype == np.float64
    assert found.shape == (1, 3, 4)
    assert (found == array).all()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"shape": "eight"},
            "The shape of a picture is written as \"1, 28, 28\", in up to 3 numbers, not 'eight'",
        ),
        ({"shape": ""}, "The shape of a picture is written as"),
        ({"shape": "-1, -2"}, "The shape of a picture is written as"),
        ({"shape": "1, 1, 1, 2"}, "The shape of a picture is written as"),
        ({"bdata": "AAAA AAAAAA="}, "The numbers of a picture, bdata, are bytes in base64."),
        ({"bdata": "é"}, "The numbers of a picture, bdata, are bytes in base64."),
        ({"shape": "3"}, "The picture has 8 bytes, and its shape and dtype make 12."),
        ({"dtype": "f8"}, "The picture has 8 bytes, and its shape and dtype make 16."),
    ],
)
def test_an_invalid_array_is_refused(fields: dict[str, str], sentence: str) -> None:
    whole = typed_array(np.zeros(2, np.float32)).model_dump()
    with pytest.raises(UnfitPicture) as refusal:
        decode.picture(TypedArray.model_validate({**whole, **fields}))
    assert str(refusal.value).startswith(sentence)
