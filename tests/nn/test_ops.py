"""Properties that all ops share, tested over the table of cases."""

from dataclasses import FrozenInstanceError, fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from server.nn.arrays import Array
from server.nn.curve import Curve
from server.nn.ops import Conv2d
from server.nn.ops.capabilities import Coupled, SkipReader
from tests.cases import CASES, Case, convolutions, every_case, poolings
from tests.nn import derivations
from tests.nn.gradcheck import op_error


def check_reads(case: Case) -> None:
    """Assert that the forward and backward pass equal those derived from `reads` alone."""
    x, params, dout = case.x(), case.params(), case.dout()
    out, saved = case.op.forward(x, params, case.given())
    dx, gradients = case.op.backward(dout, x, params, saved)
    # The operands of the product: parameters and inputs, their signs, or the normalised input.
    multiplied = saved.get(case.op.through if isinstance(case.op, Coupled) else "sign_x", x)
    w, b, skip = saved.get("sign_w", params.get("w")), params.get("b"), case.given().get("skip")
    operands = {**params, **({} if skip is None else {"skip": skip})}
    derived = {name: np.zeros_like(array) for name, array in operands.items()}
    cells = np.arange(out[..., 0].size)
    if isinstance(case.op, Coupled):
        close(coupled_gradient(case, dout, saved), dx)
    for n in range(case.batch):
        one, upstream = multiplied[..., n], dout[..., n].ravel()
        reads = case.op.reads(cells, one, case.op.saved_of(saved, n))
        if case.op.function is None:
            added = None if skip is None else skip[..., n]
            close(derivations.values(reads, one, w, b, added), out[..., n].ravel())
        elif case.op.function == "softmax":
            powers = np.exp(one.ravel()[reads.x])
            own = powers[reads.x == cells[:, None]]
            close(own / powers.sum(axis=1), out[..., n].ravel())
        else:
            assert isinstance(case.op.function, Curve)
            function = np.vectorize(case.op.function.value)
            close(function(one.ravel()[reads.x[:, 0]]), out[..., n].ravel())
        if not isinstance(case.op, Coupled):
            passing = np.abs(x[..., n]) <= 1 if "x" in case.op.binarised else 1
            close(derivations.input_gradient(reads, upstream, one, w) * passing, dx[..., n])
        if w is not None and b is not None:
            derived["w"] += derivations.weight_gradient(reads, upstream, one, w)
            derived["b"] += derivations.bias_gradient(reads, upstream, b)
        if skip is not None:
            derived["skip"][..., n] = derivations.skip_gradient(reads, upstream, skip[..., n])
    if "w" in case.op.binarised:
        derived["w"] *= np.abs(params["w"]) <= 1
    assert derived.keys() == gradients.keys()
    for name in derived:
        close(derived[name], gradients[name])


def coupled_gradient(case: Case, dout: Array, saved: dict[str, Array]) -> Array:
    """dL/dx of a batch whose examples are coupled, from the weights, the peers and the slopes."""
    cells, dx = np.arange(dout[..., 0].size), np.zeros((dout[..., 0].size, case.batch))
    w = case.params()["w"].ravel()[case.op.reads(cells, dout[..., 0], saved).w[:, 0]]
    peers = case.op.peers(cells, case.shape)
    for made, read in np.ndindex(case.batch, case.batch):
        slopes = case.op.slopes(cells[:, None] * case.batch + made, peers * case.batch + read, saved)
        np.add.at(dx[:, read], peers, (dout[..., made].ravel() * w)[:, None] * slopes)
    return dx.reshape(dout.shape)


def close(actual: Array, expected: Array) -> None:
    np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=1e-12)


def check_readers(case: Case) -> None:
    """Assert that `readers` is the inverse of `reads`, for each cell of an operand and for several."""
    x, params = case.x(), case.params()
    out, saved = case.op.forward(x, params, case.given())
    cells = np.arange(out[..., 0].size)
    reads = case.op.reads(cells, x[..., 0], case.op.saved_of(saved, 0))
    inputs = case.op.peers(cells, case.shape) if isinstance(case.op, Coupled) else reads.x
    operands = {"x": inputs, "w": reads.w}
    added = {"b": reads.b, "skip": reads.skip}
    operands |= {name: None if of is None else of[:, None] for name, of in added.items()}
    for name, read in operands.items():
        if read is None:
            continue
        count = params[name].size if name in params else x[..., 0].size
        single = [np.array([cell]) for cell in range(count)]
        for some in (*single, np.arange(count), np.arange(count)[::-3], np.empty(0, np.intp)):
            expected = cells[np.isin(read, some).any(axis=1)]
            np.testing.assert_array_equal(case.op.readers(name, some, case.shape), expected)


@every_case
def test_readers_are_the_inverse_of_reads(case: Case) -> None:
    check_readers(case)


@pytest.mark.slow
@settings(max_examples=50)
@given(convolutions())
def test_readers_are_the_inverse_of_the_reads_of_any_convolution(case: Case) -> None:
    check_readers(case)


@pytest.mark.slow
@settings(max_examples=50)
@given(poolings())
def test_readers_are_the_inverse_of_the_reads_of_any_pooling(case: Case) -> None:
    check_readers(case)


@every_case
def test_the_gradient_agrees_with_central_differences(case: Case) -> None:
    assert op_error(case.op, case.x(), case.params(), np.random.default_rng(4), case.given()) < 1e-6


@every_case
def test_forward_and_backward_follow_from_reads(case: Case) -> None:
    check_reads(case)


@given(convolutions())
def test_forward_and_backward_of_any_convolution_follow_from_reads(case: Case) -> None:
    check_reads(case)


@given(poolings())
def test_forward_and_backward_of_any_pooling_follow_from_reads(case: Case) -> None:
    check_reads(case)


@every_case
def test_reads_of_some_cells_are_rows_of_the_reads_of_all_cells(case: Case) -> None:
    x = case.x()
    out, saved = case.op.forward(x, case.params(), case.given())
    one = case.op.saved_of(saved, 0)
    every = case.op.reads(np.arange(out[..., 0].size), x[..., 0], one)
    some = np.arange(out[..., 0].size)[::-2]
    reads = case.op.reads(some, x[..., 0], one)
    for field in fields(reads):
        part, whole = getattr(reads, field.name), getattr(every, field.name)
        assert (part is None) == (whole is None)
        if part is not None:
            np.testing.assert_array_equal(part, whole[some])


@every_case
def test_fan_in_is_the_number_of_cells_that_one_output_reads(case: Case) -> None:
    x = case.x()
    _, saved = case.op.forward(x, case.params(), case.given())
    reads = case.op.reads(np.array([0]), x[..., 0], case.op.saved_of(saved, 0))
    assert reads.x.shape == (1, case.op.fan_in(case.shape))


@every_case
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_shapes_are_as_declared_and_the_dtype_stays(case: Case, dtype: str) -> None:
    x, params, dout = case.x(dtype), case.params(dtype), case.dout(dtype)
    out, saved = case.op.forward(x, params, case.given(dtype))
    dx, gradients = case.op.backward(dout, x, params, saved)
    inputs = {"x": dx, **({"skip": gradients.pop("skip")} if isinstance(case.op, SkipReader) else {})}
    assert out.shape == (*case.op.out_shape(case.shape), case.batch)
    assert {n: a.shape for n, a in saved.items()} == {
        n: shape if n in case.op.shared else (*shape, case.batch)
        for n, shape in case.op.saved_shapes(case.shape).items()
    }
    assert all(array.shape == x.shape for array in inputs.values())
    assert {n: a.shape for n, a in gradients.items()} == case.op.param_shapes(case.shape)
    made = [out, *inputs.values(), *gradients.values()]
    assert {array.dtype for array in made} == {np.dtype(dtype)}
    assert all(array.flags.c_contiguous for array in (*made, *saved.values()))


@every_case
def test_no_argument_is_written(case: Case) -> None:
    arguments = {"x": case.x(), "dout": case.dout(), **case.params(), **case.given()}
    before = {name: array.copy() for name, array in arguments.items()}
    params, given = ({name: arguments[name] for name in of} for of in (case.params(), case.given()))
    out, saved = case.op.forward(arguments["x"], params, given)
    kept = {"out": out.copy(), **{name: array.copy() for name, array in saved.items()}}
    case.op.backward(arguments["dout"], arguments["x"], params, saved)
    for name, array in before.items():
        np.testing.assert_array_equal(arguments[name], array)
    for name, array in {"out": out, **saved}.items():
        np.testing.assert_array_equal(array, kept[name])


@every_case
def test_examples_of_a_batch_are_independent(case: Case) -> None:
    if isinstance(case.op, Coupled):
        return
    x, params, dout = case.x(), case.params(), case.dout()
    given = case.given()
    out, saved = case.op.forward(x, params, case.given())
    dx, _ = case.op.backward(dout, x, params, saved)
    for n in range(case.batch):
        one = np.ascontiguousarray(x[..., n : n + 1])
        alone, alone_saved = case.op.forward(
            one, params, {name: a[..., n : n + 1] for name, a in given.items()}
        )
        close(alone, out[..., n : n + 1])
        dx_alone, _ = case.op.backward(np.ascontiguousarray(dout[..., n : n + 1]), one, params, alone_saved)
        close(dx_alone, dx[..., n : n + 1])


@every_case
def test_an_output_declared_unsigned_has_no_negative_cell(case: Case) -> None:
    sizes = {name: np.abs(array) for name, array in case.given().items()}
    for in_signed, x, beside in ((True, case.x(), case.given()), (False, np.abs(case.x()), sizes)):
        out, _ = case.op.forward(x, case.params(), beside)
        assert case.op.signed(in_signed) or (out >= 0).all()


@every_case
def test_an_op_is_a_value_with_words_for_a_learner(case: Case) -> None:
    with pytest.raises(FrozenInstanceError):
        case.op.kind = "other"
    assert replace(case.op) == case.op
    assert len({replace(case.op), case.op}) == 1
    texts = [case.op.formula, case.op.forward_text, case.op.backward_text, str(case.op)]
    sentences = [case.op.forward_words(case.shape), case.op.backward_words(case.shape)]
    assert all(words.endswith(".") and len(words) <= 110 for words in sentences)
    texts += [*sentences, case.op.title, case.op.summary(case.shape)]
    texts += [case.op.out_words(np.ones(1), np.ones(1)), case.op.dx_words(1.0, np.ones(1))]
    for words in texts:
        assert words
        assert "\n" not in words


@pytest.mark.parametrize("which", ["x", "w", "b"])
def test_a_slightly_wrong_gradient_fails_the_check(which: str) -> None:
    case = CASES[0]

    class Wrong(Conv2d):
        """Its backward is off by one part in ten thousand in one of its gradients."""

        def backward(self, *arguments: Any) -> tuple[Array, dict[str, Array]]:
            dx, dparams = Conv2d.backward(self, *arguments)
            wrong = {"x": dx, **dparams}
            wrong[which] = wrong[which] * 1.0001
            return wrong.pop("x"), wrong

    assert op_error(Wrong(3), case.x(), case.params(), np.random.default_rng(5)) > 1e-6
