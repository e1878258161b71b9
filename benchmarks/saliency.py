"""The time of predictions, saliency maps and nearest neighbours: `python -m benchmarks.saliency`.

Measures the default network on 8x8 and on 28x28 images, and includes the encoding as JSON. Live drawing needs
a prediction with all tensors within 100 ms. The first search for nearest neighbours computes the features of
all examples; later searches only compare.
"""

import numpy as np

from benchmarks.timing import milliseconds
from server.explain.catalogue import catalogue
from server.probe.nearest_neighbours import features
from server.probe.saliency_methods import METHODS
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.run.history import History
from server.wire import encode
from server.wire.encode.arrays import typed_array
from server.wire.messages.saliency import EffectQuestion, NearestQuestion, PictureQuestion, SaliencyQuestion

ROUNDS = 15


def main() -> None:
    """Print the median milliseconds of each answer."""
    print("milliseconds         " + "".join(f"{name:>14}" for name in ("8x8", "28x28")))
    columns = [measured(dataset) for dataset in ("digits", "handwriting")]
    for name in columns[0]:
        print(f"{name:21}" + "".join(f"{column[name]:14.1f}" for column in columns))


def measured(dataset: str) -> dict[str, float]:
    """The median milliseconds of each answer of a network after 50 iterations."""
    history = History(plan(Recipe.model_validate({"dataset": dataset, "epochs": 1})))
    history.advance(50)
    of, state = history.plan, history.state(50)
    picture = typed_array((of.dataset.test_x[..., 0] * of.dataset.scale).astype(np.float32))
    names = tuple(
        info.name for info in catalogue(of.network) if info.lane == "forward" and info.name != "loss.loss"
    )
    asked = PictureQuestion(picture=picture, names=names)
    near = NearestQuestion(picture=picture)
    among = features(of, state, "train")
    trained = EffectQuestion(picture=picture, label=3)
    times = {
        "prediction": milliseconds(
            lambda: encode.saliency.prediction(history, 50, asked).model_dump_json(), ROUNDS
        )
    }
    for method in METHODS:
        question = SaliencyQuestion(picture=picture, layer="dense", cell=3, method=method)
        times[method] = milliseconds(
            lambda question=question: encode.saliency.saliency(history, 50, question).model_dump_json(),
            ROUNDS,
        )
    times["features, once"] = milliseconds(lambda: features(of, state, "train"), 1)
    times["nearest"] = milliseconds(
        lambda: encode.saliency.nearest(history, 50, among, near).model_dump_json(), ROUNDS
    )
    times["effect"] = milliseconds(
        lambda: encode.saliency.effect(history, 50, trained).model_dump_json(), ROUNDS
    )
    return times


if __name__ == "__main__":
    main()
