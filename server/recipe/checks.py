"""Checks that a recipe can be run. Each raises a RecipeError: what is wrong, and what would be right."""

from bisect import bisect_right
from collections.abc import Mapping

import numpy as np

from server.data.dataset import Dataset
from server.nn.arrays import Cells, Shape, shape_text, size
from server.nn.network import Network, build
from server.nn.ops import ShapeError
from server.nn.ops.capabilities import Coupled
from server.recipe.edits import ExampleEdit, ParameterEdit, PictureEdit
from server.recipe.errors import RecipeError
from server.recipe.picture import UnfitPicture, decoded
from server.recipe.recipe import Recipe
from server.recipe.splits import training_examples

MAX_BATCH_PRODUCTS = 128_000_000
MAX_ITERATION_BYTES = 256_000_000
MAX_EXAMPLE_BYTES = 64_000_000
"""All tensors of one example: a page shows them together, and one reply has them all."""
MAX_ITERATIONS = 2_000_000


def check_preprocessing(recipe: Recipe, dataset: Dataset) -> None:
    """Check that preprocessing and augmentation suit the data set's examples."""
    preprocessing, augmentation = recipe.preprocessing, recipe.augmentation
    if not dataset.classes:
        for field, is_set in (
            ("balance", preprocessing.balance != "as_is"),
            ("label_noise", preprocessing.label_noise > 0),
        ):
            if is_set:
                raise RecipeError(
                    f"{field} is about classes, and the examples of {dataset.name} have targets instead.",
                    f"preprocessing.{field}",
                )
    flat, row = len(dataset.shape) == 1, len(dataset.shape) == 3 and dataset.shape[1] == 1
    for field in ("shift", "rotation", "scale"):
        if getattr(augmentation, field) and (flat or (row and field == "rotation")):
            kind = "rows of numbers" if flat else "signals"
            raise RecipeError(
                f"The examples of {dataset.name} are {kind}, which have no {field}: leave it at 0.",
                f"augmentation.{field}",
            )


def checked_network(recipe: Recipe, dataset: Dataset) -> Network:
    """The recipe's network, after all checks of loss, layers, parameters, and batches."""
    check_loss(recipe, dataset)
    network = _built(recipe, dataset)
    check_products(recipe, network)
    check_bytes(recipe, network)
    check_example_bytes(recipe, network)
    check_parameters(recipe, network)
    check_batches(recipe, network, training_examples(recipe).size)
    return network


def check_loss(recipe: Recipe, dataset: Dataset) -> None:
    """Check that the loss suits the data set's targets."""
    if recipe.loss.needs_classes and not dataset.classes:
        raise RecipeError(
            f"{recipe.loss.kind} needs examples that belong to classes, and those of {dataset.name} have "
            "targets instead: use squared_error.",
            "loss",
        )
    if misfit := recipe.loss.misfit(dataset.train_targets):
        raise RecipeError(misfit, "loss")


def _built(recipe: Recipe, dataset: Dataset) -> Network:
    try:
        return build(
            recipe.network,
            dataset.shape,
            _is_signed(recipe, dataset),
            recipe.loss,
            dataset.targets,
            recipe.frozen,
        )
    except ShapeError as error:
        raise RecipeError(str(error), f"network.{error.layer}") from None


def _is_signed(recipe: Recipe, dataset: Dataset) -> bool:
    """True where inputs can be negative."""
    preprocessing = recipe.preprocessing
    return (
        dataset.signed
        or preprocessing.scaling != "unit"
        or preprocessing.whitening
        or recipe.augmentation.noise > 0
    )


def check_products(recipe: Recipe, network: Network) -> None:
    """Check that a forward pass of a batch is at most MAX_BATCH_PRODUCTS multiplications."""
    products = network.products * recipe.batch_size
    if products > MAX_BATCH_PRODUCTS:
        raise RecipeError(
            f"One forward pass of a batch of {recipe.batch_size} takes {products:,} multiplications; at most "
            f"{MAX_BATCH_PRODUCTS:,} are allowed: use a smaller batch, fewer filters, or a smaller kernel.",
            "batch_size",
        )


def check_bytes(recipe: Recipe, network: Network) -> None:
    """Check that an iteration takes at most MAX_ITERATION_BYTES of memory."""
    itemsize = np.dtype(recipe.dtype).itemsize
    kept = recipe.optimizer.arrays_per_parameter

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


def check_example_bytes(recipe: Recipe, network: Network) -> None:
    """Check that all tensors of one example together take at most MAX_EXAMPLE_BYTES."""
    itemsize = np.dtype(recipe.dtype).itemsize
    nbytes = network.example_bytes(itemsize, recipe.optimizer.arrays_per_parameter)
    if nbytes > MAX_EXAMPLE_BYTES:
        smaller = ", or float32" if recipe.dtype == "float64" else ""
        raise RecipeError(
            f"The tensors of one example and of all parameters take {nbytes / 1e6:,.0f} MB; at most "
            f"{MAX_EXAMPLE_BYTES / 1e6:,.0f} MB can be shown: use fewer filters or units{smaller}.",
            "network",
        )


def check_parameters(recipe: Recipe, network: Network) -> None:
    """Check that the parameters given or frozen by name exist, and that given numbers fill them."""
    shapes = network.param_shapes
    named = [(f"given.{i}.name", parameter.name) for i, parameter in enumerate(recipe.given)]
    named += [(f"frozen.{i}", name) for i, name in enumerate(recipe.frozen)]
    for field, name in named:
        _check_name(shapes, name, field)
    for i, parameter in enumerate(recipe.given):
        shape = shapes[parameter.name]
        if len(parameter.values) != size(shape):
            raise RecipeError(
                f"{parameter.name} is {shape_text(shape)}: it takes {size(shape):,} numbers, and was given "
                f"{len(parameter.values):,}.",
                f"given.{i}.values",
            )


def _check_name(shapes: Mapping[str, Shape], name: str, field: str) -> None:
    if name not in shapes:
        raise RecipeError(
            f'There is no parameter "{name}"; the parameters are: {", ".join(shapes) or "none"}.', field
        )


def check_batches(recipe: Recipe, network: Network, count: int) -> None:
    """Check the batch size against `count` training examples, and against layers that need larger batches.

    The smaller batch that ends an epoch counts too.
    """
    if recipe.batch_size > count:
        raise RecipeError(
            f"The batch size is {recipe.batch_size}, but there are only {count} training examples.",
            "batch_size",
        )
    last = count % recipe.batch_size or recipe.batch_size
    for layer in network.layers:
        least = layer.op.least_batch(layer.in_shape) if isinstance(layer.op, Coupled) else 1
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


def check_length(recipe: Recipe, iterations: int) -> None:
    """Check that the run has at most MAX_ITERATIONS iterations."""
    if iterations > MAX_ITERATIONS:
        raise RecipeError(
            f"{recipe.epochs:,} epochs are {iterations:,} iterations; at most {MAX_ITERATIONS:,} are "
            "allowed: use fewer epochs or larger batches.",
            "epochs",
        )


def check_edits(
    recipe: Recipe, dataset: Dataset, network: Network, training: Cells, validation: Cells
) -> None:
    """Check that edits name iterations, slots, examples and parameters that exist.

    `training` (n,) and `validation` (m,) are the numbers of the examples trained on and held out.
    """
    held_out = set(validation.tolist())
    batches = -(-training.size // recipe.batch_size)
    iterations = recipe.epochs * batches
    for number, edit in enumerate(recipe.edits):
        field = f"edits.{number}"
        if edit.iteration >= iterations:
            raise RecipeError(
                f"The edit at iteration {edit.iteration} comes after the run's last, {iterations - 1}.",
                f"{field}.iteration",
            )
        if isinstance(edit, PictureEdit):
            _check_picture(dataset, edit, field)
        elif isinstance(edit, ExampleEdit):
            _check_example(dataset, held_out, edit, field)
        else:
            if isinstance(edit, ParameterEdit):
                _check_cell(network.param_shapes, edit, field)
            continue
        first = edit.iteration % batches * recipe.batch_size
        slots = min(recipe.batch_size, training.size - first)
        if edit.slot >= slots:
            raise RecipeError(
                f"Iteration {edit.iteration}'s batch has no slot {edit.slot}; the last one is {slots - 1}.",
                f"{field}.slot",
            )


def _check_cell(shapes: Mapping[str, Shape], edit: ParameterEdit, field: str) -> None:
    _check_name(shapes, edit.name, f"{field}.name")
    shape = shapes[edit.name]
    if edit.cell >= size(shape):
        raise RecipeError(
            f"{edit.name} is {shape_text(shape)}: it has no cell {edit.cell}, the last one is "
            f"{size(shape) - 1}.",
            f"{field}.cell",
        )


def _check_example(dataset: Dataset, held_out: set[int], edit: ExampleEdit, field: str) -> None:
    if edit.example >= dataset.train_examples:
        raise RecipeError(
            f"There is no training example {edit.example}; the last one is {dataset.train_examples - 1}.",
            f"{field}.example",
        )
    if edit.example in held_out:
        raise RecipeError(
            f"Training example {edit.example} is held out for validation: choose one that is trained on.",
            f"{field}.example",
        )


def _check_picture(dataset: Dataset, edit: PictureEdit, field: str) -> None:
    check_label(dataset, edit.label, f"{field}.label")
    try:
        decoded(dataset, edit.picture)
    except UnfitPicture as error:
        raise RecipeError(str(error), f"{field}.picture") from None


def check_label(dataset: Dataset, label: int, field: str) -> None:
    """Check that a picture can have this class number. The RecipeError names `field`."""
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
