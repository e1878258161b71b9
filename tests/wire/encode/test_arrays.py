"""Tensors that are written as JSON directly are what their messages would write."""

import json
from typing import Any

import numpy as np
import pytest

from server.wire import encode
from server.wire.messages.arrays import TypedArray

ARRAYS = [
    np.linspace(-2, 3, 12, dtype=np.float32).reshape(3, 4),
    np.array([np.nan, 1.5, np.inf, -1e30], np.float32),
    np.array([-np.inf, np.nan]),
    np.array([[7]], np.int64),
    np.array([5e-324, -0.0, 1e300]),
    np.array([True, False]),
    np.arange(24, dtype=np.float32).reshape(2, 3, 4)[::-1, :, 1::2].transpose(2, 0, 1),
]


@pytest.mark.parametrize("arrays", [ARRAYS, ARRAYS[:2], ARRAYS[2:3], []])
def test_a_list_of_tensors_is_what_its_messages_write(arrays: list[np.ndarray]) -> None:
    names = [f'layer{number}."w"' for number in range(len(arrays))]
    data, limits = map(encode.arrays.typed_json, arrays), encode.arrays.limits_of_each(arrays)
    written = encode.arrays.tensors_json(names, data, limits, b',"computed":null')
    messages = [encode.runs.tensor(name, array) for name, array in zip(names, arrays, strict=True)]
    assert json.loads(written, parse_constant=pytest.fail) == [
        json.loads(message.model_dump_json()) for message in messages
    ]


@pytest.mark.parametrize("array", ARRAYS)
def test_the_json_of_an_array_has_its_bits(array: np.ndarray) -> None:
    written = TypedArray.model_validate_json(encode.arrays.typed_json(array))
    assert written == encode.arrays.typed_array(array)


@pytest.mark.parametrize("dtypes", [[np.float32], [np.float64], [np.float32, np.float64, np.int32]])
def test_limits_that_are_found_together_are_those_of_each_tensor(dtypes: list[Any]) -> None:
    random = np.random.default_rng(5)
    arrays = [random.normal(size=(3, size)).astype(dtypes[size % len(dtypes)]) for size in range(1, 9)]
    assert encode.arrays.limits_of_each(arrays) == [encode.arrays.limits(array) for array in arrays]


def test_one_more_member_stands_at_the_end_of_an_object() -> None:
    written = encode.arrays.with_member(b'{"a":1}', "b", b"[2]")
    assert json.loads(written) == {"a": 1, "b": [2]}
