"""The shares of the examples of a batch in a gradient."""

from typing import Any

import numpy as np
import pytest

from server.explain.shares import gradient_shares
from server.explain.tensors import UnknownCell, UnknownTensor
from server.nn.ops import BatchNorm
from server.nn.records import Trace
from tests.cases import CASES, Case
from tests.networks import network_of, normalised_residual_network, small_network, traced

BATCH = 4
WITH_PARAMETERS = [case for case in CASES if case.op.param_shapes(case.shape)]


def parameters(trace: Trace) -> list[tuple[str, Any]]:
    return [(f"{record.layer}.{name}", dw) for record in trace.records for name, dw in record.dparams.items()]


@pytest.mark.parametrize("case", WITH_PARAMETERS, ids=lambda case: case.name)
def test_the_shares_add_up_to_the_gradient(case: Case) -> None:
    trace = traced(network_of(case.op, case.shape), BATCH)
    for name, dw in parameters(trace):
        found = gradient_shares(trace, name, 0)
        assert found.shares.shape == (BATCH, *dw.shape)
        np.testing.assert_allclose(found.shares.sum(axis=0), dw, rtol=1e-10, atol=1e-12)
        assert (found.total == dw).all()


@pytest.mark.parametrize("case", WITH_PARAMETERS, ids=lambda case: case.name)
def test_a_share_is_the_sum_of_the_terms_at_the_examples_own_outputs(case: Case) -> None:
    """The backward pass of the whole batch, with the gradient of all other examples set to 0."""
    trace = traced(network_of(case.op, case.shape), BATCH)
    for record in trace.records:
        for name in record.params:
            shares = gradient_shares(trace, f"{record.layer}.{name}", 0).shares
            for slot in range(BATCH):
                alone = np.where(np.arange(BATCH) == slot, record.dout, 0)
                _, dparams = record.op.backward(alone, record.x, record.params, record.saved)
                np.testing.assert_allclose(shares[slot], dparams[name], rtol=1e-10, atol=1e-12)


def test_the_shares_of_one_map_are_those_of_its_cells() -> None:
    trace = traced(small_network(), BATCH)
    whole, one = gradient_shares(trace, "conv1.w", 0), gradient_shares(trace, "conv1.w", 0, 1)
    assert (one.shares == whole.shares[:, 1]).all()
    assert (one.total == whole.total[1]).all()


def test_shares_say_where_batch_normalisation_couples_the_examples() -> None:
    trace = traced(normalised_residual_network(), BATCH)
    layers = [record.layer for record in trace.records]
    normalised = [record.layer for record in trace.records if isinstance(record.op, BatchNorm)]
    for record in trace.records:
        for name in record.params:
            found = gradient_shares(trace, f"{record.layer}.{name}", 0)
            assert found.coupled == (layers.index(record.layer) <= layers.index(normalised[-1]))
            assert ("normalised with the whole batch" in found.words) == (record.layer in normalised)


def test_the_only_example_of_a_batch_has_the_whole_gradient() -> None:
    trace = traced(small_network(), 1)
    found = gradient_shares(trace, "conv1.w", 0)
    np.testing.assert_allclose(found.shares[0], found.total, rtol=1e-12)
    assert found.words == "The batch has one example: its share is the whole gradient."


def test_unknown_parameters_and_maps_are_refused() -> None:
    trace = traced(small_network(), BATCH)
    with pytest.raises(UnknownTensor, match=r"did you mean conv1\.w"):
        gradient_shares(trace, "conv1.out", 0)
    with pytest.raises(UnknownCell, match="the last one is"):
        gradient_shares(trace, "conv1.w", 0, 99)
    with pytest.raises(UnknownCell, match="leave `map` out"):
        gradient_shares(trace, "conv1.b", 0, 0)
