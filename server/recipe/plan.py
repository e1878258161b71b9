"""What a recipe means: its network built, its data at hand, its batches in order."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from server.data import load
from server.data.augment import augment
from server.data.dataset import Dataset
from server.data.preprocess import Balance, Scaling, Transform, add_label_noise, fit_preprocessing
from server.nn.arrays import Array, Cells, freeze, shape_text, size
from server.nn.initializers import initial_params
from server.nn.network import Network, build
from server.nn.ops import ShapeError
from server.nn.rng import generator
from server.nn.step import State, initial_state
from server.recipe.picture import UnfitPicture, decoded, stored
from server.recipe.recipe import Augmentation, ExampleEdit, PictureEdit, Recipe, Validation
from server.recipe.splits import Part as Part
from server.recipe.splits import RecipeError as RecipeError
from server.recipe.splits import examples_of, kept_examples, monitored, training_examples

MAX_BATCH_PRODUCTS = 128_000_000
MAX_ITERATION_BYTES = 256_000_000
MAX_ITERATIONS = 2_000_000
RGB = 3
MAX_EVALUATED = 1000
MIN_EVALUATED = 100
MAX_EVALUATION_PRODUCTS = 2_000_000_000

UNCHANGED = Augmentation()
PICTURE = -1
"""Stands for the number of an example that is no example of the data set, but a picture of one's own."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A recipe ready to run. Its examples stay as the data set stores them, until `taken`.

    `validation` are the training examples that are held out, `training` those of the others that the recipe
    keeps, `labels` the class numbers (train examples,) that it gives to train on where some are wrong;
    `evaluated` are the examples of the part `monitored` on which the run is evaluated; `replaced` holds the
    edits of examples: iteration -> slot of its batch -> what it holds.
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

    @property
    def iterations(self) -> int:
        """How many iterations the whole run has."""
        return self.recipe.epochs * self.iterations_per_epoch

    @property
    def monitored(self) -> Part:
        """The part of the data that the run is evaluated on as it goes, and that early stopping watches:
        validation where there is one, else test."""
        return monitored(self.recipe)

    @property
    def train_x(self) -> Array:
        """All training inputs at once, (*shape, examples): of a large set more than one wants at a time."""
        return taken(self, "train", np.arange(self.dataset.train_examples))[0]

    @property
    def train_targets(self) -> Array:
        """All training targets, (K, examples)."""
        return taken(self, "train", np.arange(self.dataset.train_examples))[1]

    @property
    def test_x(self) -> Array:
        """All test inputs at once, (*shape, examples)."""
        return taken(self, "test", np.arange(self.dataset.test_examples))[0]

    @property
    def test_targets(self) -> Array:
        """All test targets, (K, examples)."""
        return self.dataset.test_targets.astype(self.recipe.dtype, copy=False)

    @property
    def about(self) -> str:
        """What the numbers mean that the network is given."""
        made, changes = self.recipe.preprocessing, self.recipe.augmentation
        words = [self.dataset.about]
        if made.scaling == "centred":
            words.append("Then 0.5 is taken from each.")
        if made.scaling == "standardised":
            words.append("Their mean is taken away, and what is left divided by their standard deviation.")
        if made.whitening:
            words.append("Then they are whitened: every direction varies as much as every other.")
        if changes != UNCHANGED:
            words.append("Before, the example is changed at random, in each iteration anew.")
        return " ".join(words)

    @property
    def colours(self) -> tuple[float, float] | None:
        """The numbers that stand for dark and bright where inputs are red, green and blue; else None."""
        shape = self.dataset.shape
        return self.transform.colours() if len(shape) == 3 and shape[0] == RGB else None

    def epoch(self, iteration: int) -> int:
        """The epoch, from 0, that an iteration belongs to."""
        return iteration // self.iterations_per_epoch

    def initial(self) -> State:
        """The state before iteration 0."""
        given = {parameter.name: parameter.values for parameter in self.recipe.given}
        params = initial_params(
            self.network, self.recipe.seed, self.recipe.dtype, given, self.recipe.initialisation
        )
        return initial_state(self.network, self.recipe.optimizer, params)


def plan(recipe: Recipe) -> Plan:
    """The plan of a recipe. RecipeError when any part of it is impossible."""
    dataset = load(recipe.dataset)
    _check_preprocessing(recipe, dataset)
    network = checked_network(recipe, dataset)
    training = training_examples(recipe)
    count = training.size
    result = Plan(
        recipe=recipe,
        dataset=dataset,
        network=network,
        transform=_transform(recipe),
        training=training,
        validation=examples_of(recipe, "validation"),
        labels=_labels(recipe, dataset),
        evaluated=_evaluated(network, examples_of(recipe, monitored(recipe))),
        iterations_per_epoch=-(-count // recipe.batch_size),
        replaced=_replaced(recipe),
    )
    if result.iterations > MAX_ITERATIONS:
        raise RecipeError(
            f"{recipe.epochs:,} epochs are {result.iterations:,} iterations; at most {MAX_ITERATIONS:,} are "
            "allowed: use fewer epochs or larger batches.",
            "epochs",
        )
    if recipe.early_stopping.kind != "off" and not result.evaluated.size:
        raise RecipeError(
            f"Early stopping watches the loss on {result.monitored} examples, and {dataset.name} has none: "
            "turn it off.",
            "early_stopping",
        )
    _check_edits(result)
    return result


def checked_network(recipe: Recipe, dataset: Dataset) -> Network:
    """A recipe's network: one that examples, loss, batches and parameters fit. RecipeError."""
    network = _network(recipe, dataset)
    _check_parameters(recipe, network)
    count = training_examples(recipe).size
    if recipe.batch_size > count:
        raise RecipeError(
            f"The batch size is {recipe.batch_size}, but there are only {count} training examples.",
            "batch_size",
        )
    _check_batches(recipe, network, count)
    return network


def taken(plan: Plan, part: Part, examples: Cells) -> tuple[Array, Array]:
    """Inputs (*shape, n) and targets (K, n) of some examples of a part of the data, in the recipe's dtype.

    The one place where stored examples become what a network is given; the memory is that of n examples.
    """
    x = plan.transform(_stored(plan, part, examples), plan.recipe.dtype)
    return freeze(x), freeze(_targets(plan, part, examples))


def training_batch(plan: Plan, iteration: int) -> tuple[Array, Array, Cells]:
    """What an iteration is trained on: inputs (*shape, N), targets (K, N), and the examples' numbers (N,),
    PICTURE where an edit has put one.

    The augmentation is a function of the seed and the iteration: read again, the batch is the same.
    """
    examples = batch(plan, iteration)
    return *made(plan, examples, iteration), examples


def made(plan: Plan, examples: Cells, iteration: int) -> tuple[Array, Array]:
    """Inputs (*shape, n) and targets (K, n) of training examples, changed as an iteration changes them.

    Where there is a PICTURE, it is that of the iteration's edit.
    """
    rows, targets = _stored(plan, "train", examples), _targets(plan, "train", examples)
    for slot in np.flatnonzero(examples == PICTURE).tolist():
        edit = plan.replaced[iteration][slot]
        assert isinstance(edit, PictureEdit)
        rows[slot] = stored(plan.dataset, decoded(plan.dataset, edit.picture))
        targets[:, slot] = np.arange(len(targets)) == edit.label
    changes = plan.recipe.augmentation
    if changes != UNCHANGED:
        rows = augment(
            rows.astype(np.float64),
            generator(plan.recipe.seed, "augmentation", iteration),
            shift=changes.shift,
            rotation=changes.rotation,
            scale=changes.scale,
            noise=changes.noise / plan.dataset.scale,
        )
    x = plan.transform(rows, plan.recipe.dtype)
    return freeze(x), freeze(targets)


def pictured(plan: Plan, picture: Array) -> Array:
    """What the network is given for a picture (see `checked`): (*shape, 1), as for any stored example."""
    return freeze(plan.transform(stored(plan.dataset, picture)[None], plan.recipe.dtype))


def _stored(plan: Plan, part: Part, examples: Cells) -> Array:
    """Stored examples (n, *shape)."""
    stored = plan.dataset.test_x if part == "test" else plan.dataset.train_x
    return np.moveaxis(stored, -1, 0)[examples]


def _targets(plan: Plan, part: Part, examples: Cells) -> Array:
    if part == "train" and plan.labels is not None:
        targets: Array = np.arange(plan.dataset.targets)[:, None] == plan.labels[examples]
    else:
        whole = plan.dataset.test_targets if part == "test" else plan.dataset.train_targets
        targets = np.take(whole, examples, axis=-1)
    return targets.astype(plan.recipe.dtype, copy=False)


def _check_preprocessing(recipe: Recipe, dataset: Dataset) -> None:
    made, changes = recipe.preprocessing, recipe.augmentation
    if not dataset.classes:
        for field, is_set in (("balance", made.balance != "as_is"), ("label_noise", made.label_noise > 0)):
            if is_set:
                raise RecipeError(
                    f"{field} is about classes, and the examples of {dataset.name} have targets instead.",
                    f"preprocessing.{field}",
                )
    flat, row = len(dataset.shape) == 1, len(dataset.shape) == 3 and dataset.shape[1] == 1
    for field in ("shift", "rotation", "scale"):
        if getattr(changes, field) and (flat or (row and field == "rotation")):
            what = "rows of numbers" if flat else "signals"
            raise RecipeError(
                f"The examples of {dataset.name} are {what}, which have no {field}: leave it at 0.",
                f"augmentation.{field}",
            )


def _transform(recipe: Recipe) -> Transform:
    made = recipe.preprocessing
    try:
        return _fitted(
            recipe.dataset, made.scaling, made.whitening, recipe.validation, made.balance, recipe.seed
        )
    except ValueError as error:
        field = "scaling" if made.scaling == "centred" and load(recipe.dataset).signed else "whitening"
        raise RecipeError(str(error), f"preprocessing.{field}") from None


@lru_cache(maxsize=16)
def _fitted(
    name: str, scaling: Scaling, whitening: bool, validation: Validation, balance: Balance, seed: int
) -> Transform:
    return fit_preprocessing(load(name), scaling, whitening, kept_examples(name, validation, balance, seed))


def _labels(recipe: Recipe, dataset: Dataset) -> Cells | None:
    if not recipe.preprocessing.label_noise:
        return None
    labels = dataset.train_targets.argmax(axis=0)
    random = generator(recipe.seed, "label noise")
    return freeze(add_label_noise(labels, dataset.targets, recipe.preprocessing.label_noise, random))


def _signed(recipe: Recipe, dataset: Dataset) -> bool:
    """Whether what the network is given can be negative."""
    made = recipe.preprocessing
    return dataset.signed or made.scaling != "unit" or made.whitening or recipe.augmentation.noise > 0


def _evaluated(network: Network, examples: Cells) -> Cells:
    """Those of a part's examples to evaluate on: all of few; of many as many as take little time beside the
    training, at equal distances, since the order of a test set may be that of its difficulty."""
    count = examples.size
    most = min(MAX_EVALUATED, max(MIN_EVALUATED, MAX_EVALUATION_PRODUCTS // network.products))
    return freeze(examples[np.linspace(0, count - 1, min(count, most)).round().astype(np.intp)])


def batch(plan: Plan, iteration: int) -> Cells:
    """The (N,) training examples of an iteration's batch: each once an epoch, in an order of its own.

    The last batch of an epoch may be smaller. Edits are applied: PICTURE stands for a picture.
    """
    epoch, number = divmod(iteration, plan.iterations_per_epoch)
    size = plan.recipe.batch_size
    order = _order(plan.recipe.seed, plan.training.size, epoch)
    examples = freeze(plan.training[order[number * size : (number + 1) * size]])
    edits = plan.replaced.get(iteration)
    if edits is None:
        return examples
    examples = examples.copy()
    for slot, edit in edits.items():
        examples[slot] = edit.example if isinstance(edit, ExampleEdit) else PICTURE
    return freeze(examples)


@lru_cache(maxsize=64)
def _order(seed: int, count: int, epoch: int) -> Cells:
    return freeze(generator(seed, "shuffle", epoch).permutation(count))


def _network(recipe: Recipe, dataset: Dataset) -> Network:
    if recipe.loss.needs_classes and not dataset.classes:
        raise RecipeError(
            f"{recipe.loss.kind} needs examples that belong to classes, and those of {dataset.name} have "
            "targets instead: use squared_error.",
            "loss",
        )
    if unfit := recipe.loss.unfit(dataset.train_targets):
        raise RecipeError(unfit, "loss")
    try:
        network = build(
            recipe.network,
            dataset.shape,
            _signed(recipe, dataset),
            recipe.loss,
            dataset.targets,
            recipe.frozen,
        )
    except ShapeError as error:
        raise RecipeError(str(error), f"network.{error.layer}") from None
    products = network.products * recipe.batch_size
    if products > MAX_BATCH_PRODUCTS:
        raise RecipeError(
            f"One forward pass of a batch of {recipe.batch_size} takes {products:,} multiplications; at most "
            f"{MAX_BATCH_PRODUCTS:,} are allowed: use a smaller batch, fewer filters, or a smaller kernel.",
            "batch_size",
        )
    _check_bytes(recipe, network)
    return network


def _check_batches(recipe: Recipe, network: Network, count: int) -> None:
    """RecipeError when a batch is too small, or the smaller one that ends an epoch of `count` examples."""
    last = count % recipe.batch_size or recipe.batch_size
    for layer in network.layers:
        least = layer.op.least_batch(layer.in_shape)
        if last >= least:
            continue
        which = (
            f"batches of {recipe.batch_size}"
            if recipe.batch_size < least
            else f"{count:,} training examples in batches of {recipe.batch_size} leave a last one of {last}"
        )
        raise RecipeError(
            f"{layer.name} ({layer.op}) compares each of its {layer.in_shape[0]:,} numbers across the batch, "
            f"and needs at least {least} examples in each; {which}. Use another batch size, or put it where "
            "images have more than one cell.",
            "batch_size",
        )


def _check_parameters(recipe: Recipe, network: Network) -> None:
    shapes = {
        f"{layer.name}.{name}": shape
        for layer in network.layers
        for name, shape in layer.param_shapes.items()
    }
    named = [(f"given.{i}.name", parameter.name) for i, parameter in enumerate(recipe.given)]
    named += [(f"frozen.{i}", name) for i, name in enumerate(recipe.frozen)]
    for field, name in named:
        if name not in shapes:
            raise RecipeError(
                f'There is no parameter "{name}"; the parameters are: {", ".join(shapes) or "none"}.', field
            )
    for i, parameter in enumerate(recipe.given):
        shape = shapes[parameter.name]
        if len(parameter.values) != size(shape):
            raise RecipeError(
                f"{parameter.name} is {shape_text(shape)}: it takes {size(shape):,} numbers, and was given "
                f"{len(parameter.values):,}.",
                f"given.{i}.values",
            )


def _check_bytes(recipe: Recipe, network: Network) -> None:
    itemsize = np.dtype(recipe.dtype).itemsize
    kept = recipe.optimizer.kept

    def nbytes(batch_size: int) -> int:
        return network.iteration_bytes(batch_size, itemsize, kept)

    if (whole := nbytes(recipe.batch_size)) <= MAX_ITERATION_BYTES:
        return
    fits = bisect_right(range(1, recipe.batch_size), MAX_ITERATION_BYTES, key=nbytes)
    wanted = f"a batch of at most {fits}" if fits else "fewer filters or units, or a smaller kernel"
    raise RecipeError(
        f"One iteration of a batch of {recipe.batch_size} takes {whole / 1e6:,.0f} MB of memory; at most "
        f"{MAX_ITERATION_BYTES / 1e6:,.0f} MB are allowed: use {wanted}.",
        "batch_size" if fits else "network",
    )


def _replaced(recipe: Recipe) -> dict[int, dict[int, ExampleEdit | PictureEdit]]:
    replaced: dict[int, dict[int, ExampleEdit | PictureEdit]] = {}
    for edit in recipe.edits:
        if isinstance(edit, ExampleEdit | PictureEdit):
            replaced.setdefault(edit.iteration, {})[edit.slot] = edit
    return replaced


def _check_edits(plan: Plan) -> None:
    held_out_examples = set(plan.validation.tolist())
    for number, edit in enumerate(plan.recipe.edits):
        field = f"edits.{number}"
        if edit.iteration >= plan.iterations:
            raise RecipeError(
                f"The edit at iteration {edit.iteration} comes after the run's last, {plan.iterations - 1}.",
                f"{field}.iteration",
            )
        if isinstance(edit, PictureEdit):
            _check_picture(plan.dataset, edit, field)
        elif not isinstance(edit, ExampleEdit):
            continue
        elif edit.example >= plan.dataset.train_examples:
            raise RecipeError(
                f"There is no training example {edit.example}; the last one is "
                f"{plan.dataset.train_examples - 1}.",
                f"{field}.example",
            )
        elif edit.example in held_out_examples:
            raise RecipeError(
                f"Training example {edit.example} is held out for validation: choose one that is trained on.",
                f"{field}.example",
            )
        first = edit.iteration % plan.iterations_per_epoch * plan.recipe.batch_size
        slots = min(plan.recipe.batch_size, plan.training.size - first)
        if edit.slot >= slots:
            raise RecipeError(
                f"Iteration {edit.iteration}'s batch has no slot {edit.slot}; the last one is {slots - 1}.",
                f"{field}.slot",
            )


def check_label(dataset: Dataset, label: int, field: str) -> None:
    """RecipeError, naming the field, unless a picture among the examples can have this class number."""
    if not dataset.classes:
        raise RecipeError(
            f"A picture is given a class as its label, and the examples of {dataset.name} have targets "
            "instead.",
            field,
        )
    if label >= len(dataset.classes):
        raise RecipeError(
            f"There is no class number {label}; the last one is {len(dataset.classes) - 1}.",
            field,
        )


def _check_picture(dataset: Dataset, edit: PictureEdit, field: str) -> None:
    check_label(dataset, edit.label, f"{field}.label")
    try:
        decoded(dataset, edit.picture)
    except UnfitPicture as error:
        raise RecipeError(str(error), f"{field}.picture") from None
