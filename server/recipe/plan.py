"""The plan of a recipe: its network built, its data loaded, its examples divided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from server.data import load
from server.data.dataset import Dataset
from server.data.preprocess import Balance, Scaling, Transform, add_label_noise, fit_preprocessing
from server.nn.arrays import Cells, freeze
from server.nn.initializers import initial_params
from server.nn.network import Network
from server.nn.rng import generator
from server.nn.step import State, initial_state
from server.recipe.checks import check_edits, check_length, check_preprocessing, checked_network
from server.recipe.edits import ExampleEdit, ParameterEdit, PictureEdit
from server.recipe.errors import RecipeError
from server.recipe.recipe import Recipe, Validation
from server.recipe.splits import Split, examples_of, kept_examples, monitored, training_examples

RGB = 3
MAX_EVALUATED = 1000
MIN_EVALUATED = 100
MAX_EVALUATION_PRODUCTS = 2_000_000_000
"""Multiplications of one evaluation during training: bounds its time beside that of the training."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A recipe ready to run. `server.recipe.batches` reads its examples.

    Examples are numbered as the data set stores them. `training` (n,) are trained on, `validation` (m,) are
    held out, and `evaluated` (k,) are those of the split `monitored` on which the run is evaluated as it
    goes. `labels` (train examples,) are the class numbers to train on where some of them are wrong, else
    None. `replaced` holds the edits of examples: iteration -> slot of its batch -> edit. `settings` holds
    those of parameters: iteration -> edits.
    """

    recipe: Recipe
    dataset: Dataset
    network: Network
    transform: Transform
    training: Cells
    validation: Cells
    labels: Cells | None
    evaluated: Cells
    iterations_per_epoch: int
    replaced: Mapping[int, Mapping[int, ExampleEdit | PictureEdit]]
    settings: Mapping[int, Sequence[ParameterEdit]]

    @property
    def iterations(self) -> int:
        """The number of iterations of the whole run."""
        return self.recipe.epochs * self.iterations_per_epoch

    @property
    def monitored(self) -> Split:
        """The split that the run is evaluated on and that early stopping watches: validation where there is
        one, else test."""
        return monitored(self.recipe)

    @property
    def about(self) -> str:
        """What the numbers of an input mean, in sentences."""
        preprocessing = self.recipe.preprocessing
        words = [self.dataset.about]
        if preprocessing.scaling == "centred":
            words.append("Then 0.5 is taken from each.")
        if preprocessing.scaling == "standardised":
            words.append("Their mean is taken away, and what is left divided by their standard deviation.")
        if preprocessing.whitening:
            words.append("Then they are whitened: every direction varies as much as every other.")
        if self.recipe.augmentation.changes_examples:
            words.append("Before, the example is changed at random, in each iteration anew.")
        return " ".join(words)

    @property
    def colours(self) -> tuple[float, float] | None:
        """The numbers for dark and bright where inputs are red, green and blue; else None."""
        shape = self.dataset.shape
        return self.transform.colours() if len(shape) == 3 and shape[0] == RGB else None

    def epoch(self, iteration: int) -> int:
        """The epoch of an iteration, from 0."""
        return iteration // self.iterations_per_epoch

    def edited(self, state: State) -> State:
        """The state with the parameters that edits set before its iteration. Applied again, it stays."""
        settings = self.settings.get(state.iteration)
        if not settings:
            return state
        params = {layer: dict(arrays) for layer, arrays in state.params.items()}
        for edit in settings:
            layer, _, name = edit.name.rpartition(".")
            array = params[layer][name].copy()
            array.reshape(-1)[edit.cell] = edit.value
            params[layer][name] = freeze(array)
        return replace(state, params=params)

    def initial(self) -> State:
        """The state before iteration 0."""
        given = {parameter.name: parameter.values for parameter in self.recipe.given}
        params = initial_params(
            self.network, self.recipe.seed, self.recipe.dtype, given, self.recipe.initialisation
        )
        return initial_state(self.network, self.recipe.optimizer, params)


def plan(recipe: Recipe) -> Plan:
    """The plan of a recipe. RecipeError when the recipe cannot be run, DataUnavailable."""
    dataset = load(recipe.dataset)
    check_preprocessing(recipe, dataset)
    network = checked_network(recipe, dataset)
    training, validation = training_examples(recipe), examples_of(recipe, "validation")
    result = Plan(
        recipe=recipe,
        dataset=dataset,
        network=network,
        transform=_transform(recipe),
        training=training,
        validation=validation,
        labels=_labels(recipe, dataset),
        evaluated=_evaluated(network, examples_of(recipe, monitored(recipe))),
        iterations_per_epoch=-(-training.size // recipe.batch_size),
        replaced=_replaced(recipe),
        settings=_settings(recipe),
    )
    check_length(recipe, result.iterations)
    if recipe.early_stopping.kind != "off" and not result.evaluated.size:
        raise RecipeError(
            f"Early stopping watches the loss on {result.monitored} examples, and {dataset.name} has none: "
            "turn it off.",
            "early_stopping",
        )
    check_edits(recipe, dataset, network, training, validation)
    return result


def _transform(recipe: Recipe) -> Transform:
    preprocessing = recipe.preprocessing
    try:
        return _fitted(
            recipe.dataset,
            preprocessing.scaling,
            preprocessing.whitening,
            recipe.validation,
            preprocessing.balance,
            recipe.seed,
        )
    except ValueError as error:
        is_scaling = preprocessing.scaling == "centred" and load(recipe.dataset).signed
        field = "scaling" if is_scaling else "whitening"
        raise RecipeError(str(error), f"preprocessing.{field}") from None


@lru_cache(maxsize=16)
def _fitted(
    name: str, scaling: Scaling, whitening: bool, validation: Validation, balance: Balance, seed: int
) -> Transform:
    """The transform fitted to the training examples: cached by all that these depend on."""
    return fit_preprocessing(load(name), scaling, whitening, kept_examples(name, validation, balance, seed))


def _labels(recipe: Recipe, dataset: Dataset) -> Cells | None:
    if not recipe.preprocessing.label_noise:
        return None
    labels = dataset.train_targets.argmax(axis=0)
    random = generator(recipe.seed, "label noise")
    return freeze(add_label_noise(labels, dataset.targets, recipe.preprocessing.label_noise, random))


def _evaluated(network: Network, examples: Cells) -> Cells:
    """Those of `examples` to evaluate on: all, or as many as MAX_EVALUATION_PRODUCTS allows.

    They are evenly spaced, because a test set may be sorted by difficulty.
    """
    count = examples.size
    most = min(MAX_EVALUATED, max(MIN_EVALUATED, MAX_EVALUATION_PRODUCTS // network.products))
    return freeze(examples[np.linspace(0, count - 1, min(count, most)).round().astype(np.intp)])


def _replaced(recipe: Recipe) -> dict[int, dict[int, ExampleEdit | PictureEdit]]:
    replaced: dict[int, dict[int, ExampleEdit | PictureEdit]] = {}
    for edit in recipe.edits:
        if isinstance(edit, ExampleEdit | PictureEdit):
            replaced.setdefault(edit.iteration, {})[edit.slot] = edit
    return replaced


def _settings(recipe: Recipe) -> dict[int, list[ParameterEdit]]:
    settings: dict[int, list[ParameterEdit]] = {}
    for edit in recipe.edits:
        if isinstance(edit, ParameterEdit):
            settings.setdefault(edit.iteration, []).append(edit)
    return settings
