"""The nearest examples, against distances computed one by one."""

import numpy as np
import pytest

from server.nn.step import forward
from server.probe.nearest_neighbours import Features, Metric, feature_rows, features, nearest_neighbours
from server.recipe.batches import gather
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.recipe.splits import Split
from server.run.history import History
from tests.networks import recipe


@pytest.fixture(scope="module")
def trained() -> History:
    history = History(plan(Recipe(epochs=1, batch_size=16)))
    history.advance(30)
    return history


def brute_force(history: History, part: Split, query: int, metric: Metric) -> list[tuple[int, float]]:
    """All examples of a part by their distance from a test example, each by a forward pass of its own."""
    of, state = history.plan, history.state(30)

    def row(part: Split, example: int) -> np.ndarray:
        x, _ = gather(of, part, np.array([example]))
        (out,) = (p.out for p in forward(of.network, state, x) if p.layer.name == "flatten")
        return out[:, 0].astype(np.float64)

    def distance(a: np.ndarray, b: np.ndarray) -> float:
        if metric == "euclidean":
            return float(np.linalg.norm(a - b))
        return 1 - float(a @ b) / float(np.linalg.norm(a) * np.linalg.norm(b))

    asked = row("test", query)
    count = of.dataset.train_examples if part == "train" else of.dataset.test_examples
    return sorted(
        ((example, distance(row(part, example), asked)) for example in range(count)), key=lambda pair: pair[1]
    )


@pytest.mark.parametrize(("part", "metric"), [("train", "euclidean"), ("test", "cosine")])
def test_the_nearest_are_those_of_the_smallest_distance(
    trained: History, part: Split, metric: Metric
) -> None:
    of, state = trained.plan, trained.state(30)
    among = features(of, state, part)
    (row,) = feature_rows(of.network, state, gather(of, "test", np.array([5]))[0])
    found = nearest_neighbours(among, row, 6, metric)
    wanted = brute_force(trained, part, 5, metric)[:6]
    assert [neighbour.example for neighbour in found] == [example for example, _ in wanted]
    np.testing.assert_allclose(
        [neighbour.distance for neighbour in found], [distance for _, distance in wanted], atol=1e-5
    )
    assert among.name == "flatten.out"
    assert "Of all" in among.words


def test_the_chunk_size_does_not_matter(trained: History, monkeypatch: pytest.MonkeyPatch) -> None:
    of, state = trained.plan, trained.state(30)
    whole = features(of, state, "test")
    monkeypatch.setattr("server.nn.evaluation.EVALUATION_PRODUCTS", 7 * of.network.products)
    np.testing.assert_allclose(features(of, state, "test").rows, whole.rows, rtol=1e-5, atol=1e-6)
    assert not whole.rows.flags.writeable


@pytest.mark.parametrize(
    ("name", "number"), [("MAX_EXAMPLES", 100), ("MAX_BYTES", 100 * 64 * 4), ("MAX_PRODUCTS", None)]
)
def test_a_large_split_is_sampled_by_the_seed_alone(
    trained: History, name: str, number: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    of, state = trained.plan, trained.state(30)
    monkeypatch.setattr(f"server.probe.nearest_neighbours.{name}", number or 100 * of.network.products)
    some = features(of, state, "train")
    assert len(some.examples) == 100
    assert len(set(some.examples.tolist())) == 100
    assert some.total == 1437
    assert some.words == (
        "Of a random sample of 100 of the 1,437 training examples, compared in flatten.out."
    )
    assert (features(of, of.initial(), "train").examples == some.examples).all()
    other = plan(Recipe(epochs=1, batch_size=16, seed=8))
    assert (features(other, other.initial(), "train").examples != some.examples).any()


def test_only_examples_of_the_training_are_compared() -> None:
    of = plan(recipe(preprocessing={"balance": "uneven"}))
    among = features(of, of.initial(), "train")
    assert among.examples.tolist() == of.training.tolist()
    assert among.total == len(of.training) < 1437


def test_features_are_those_of_the_last_dense_layer_or_else_of_the_last() -> None:
    conv = {"kind": "conv2d", "filters": 10, "kernel": [8, 8], "padding": "valid"}
    for network, name in (
        ([{"kind": "flatten"}, {"kind": "dense", "units": 10}, {"kind": "softmax"}], "flatten.out"),
        ([conv, {"kind": "globalavgpool"}], "conv.out"),
        ([conv, {"kind": "flatten"}], "conv.out"),
    ):
        of = plan(recipe(network=network))
        assert features(of, of.initial(), "test").name == name


def test_zero_features_are_at_a_right_angle_and_ties_keep_their_order() -> None:
    rows = np.array([[0.0, 0.0], [3.0, 4.0], [3.0, 4.0], [np.nan, 0.0], [-4.0, 3.0]])
    among = Features("dense1.out", "train", 5, np.array([7, 5, 9, 3, 1]), rows)
    found = nearest_neighbours(among, np.array([6.0, 8.0]), 4, "cosine")
    assert [neighbour.example for neighbour in found] == [5, 9, 7, 1]
    np.testing.assert_allclose([neighbour.distance for neighbour in found], [0, 0, 1, 1], atol=1e-12)
    assert [n.distance for n in nearest_neighbours(among, np.zeros(2), 5, "euclidean")][:4] == [0, 5, 5, 5]
