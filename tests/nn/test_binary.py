"""Binary layers: the sign of 0, the range in which gradients pass, and layers without signs."""

import numpy as np
import pytest

from server.nn.ops import Conv2d, Dense, Op, ReLU
from server.nn.ops.binary import gate, sign
from server.nn.ops.op import Op as AnyOp
from tests.nn.gradcheck import op_error

SIGNED = [Conv2d(2, binary="weights"), Conv2d(2, binary="both"), Dense(3, "weights"), Dense(3, "both")]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_sign_of_zero_is_plus_one_and_the_gate_is_open_from_minus_one_to_one(dtype: str) -> None:
    numbers = np.array([-2, -1, -0.5, -0.0, 0.0, 0.5, 1, 1.001], dtype)
    assert sign(numbers).tolist() == [-1, -1, -1, 1, 1, 1, 1, 1]
    assert gate(numbers).tolist() == [0, 1, 1, 1, 1, 1, 1, 0]
    assert sign(numbers).dtype == gate(numbers).dtype == np.dtype(dtype)


def test_by_hand() -> None:
    op = Dense(1, binary="both")
    x, w, b = np.array([[0.5], [-3.0], [2.0]]), np.array([[0.2, -0.7, -1.5]]), np.array([0.25])
    out, saved = op.forward(x, {"w": w, "b": b})
    assert out.tolist() == [[1 * 1 + (-1) * (-1) + 1 * (-1) + 0.25]]
    assert saved["sign_w"].tolist() == [[1, -1, -1]]
    assert saved["sign_x"].tolist() == [[1], [-1], [1]]
    dx, dparams = op.backward(np.array([[2.0]]), x, {"w": w, "b": b}, saved)
    assert dx.tolist() == [[2.0], [0.0], [0.0]], "the gates of -3 and 2 are shut"
    assert dparams["w"].tolist() == [[2.0, -2.0, 0.0]], "the gate of -1.5 is shut"
    assert dparams["b"].tolist() == [2.0]


@pytest.mark.parametrize("op", SIGNED, ids=repr)
def test_the_same_op_of_the_signs_themselves_gives_the_same_output(op: Conv2d | Dense) -> None:
    random = np.random.default_rng(1)
    shape = (2, 4, 5) if isinstance(op, Conv2d) else (6,)
    x = random.standard_normal((*shape, 3))
    params = {name: random.standard_normal(of) for name, of in op.param_shapes(shape).items()}
    signs = {**params, "w": np.where(params["w"] >= 0, 1.0, -1.0)}
    inputs = np.where(x >= 0, 1.0, -1.0) if op.binary == "both" else x
    np.testing.assert_array_equal(op.forward(x, params)[0], op.plain().forward(inputs, signs)[0])


@pytest.mark.parametrize("op", SIGNED, ids=repr)
@pytest.mark.parametrize("which", ["x", "w", "b"])
def test_a_slightly_wrong_estimate_fails_the_check(
    op: Conv2d | Dense, which: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(1)
    shape = (2, 4, 5) if isinstance(op, Conv2d) else (6,)
    x = random.standard_normal((*shape, 3))
    params = {name: random.standard_normal(of) for name, of in op.param_shapes(shape).items()}
    right = type(op).backward

    def wrong(self: AnyOp, *arguments: object) -> object:
        dx, dparams = right(self, *arguments)
        gradients = {"x": dx, **dparams}
        gradients[which] = gradients[which] * 1.0001
        return gradients.pop("x"), gradients

    assert op_error(op, x, params, np.random.default_rng(2)) < 1e-6
    monkeypatch.setattr(type(op), "backward", wrong)
    assert op_error(op, x, params, np.random.default_rng(2)) > 1e-6


@pytest.mark.parametrize("op", [Conv2d(2), Dense(2), ReLU()], ids=repr)
def test_an_op_that_is_not_binary_saves_no_signs(op: Op) -> None:
    assert op.binarised == op.shared == ()
    assert op.saved_shapes((2, 3, 3) if isinstance(op, Conv2d) else (4,)) == {}
