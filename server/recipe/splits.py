"""The splits of a recipe's data: training, validation and test."""

from functools import lru_cache
from typing import Literal

import numpy as np

from server.data import load
from server.data.preprocess import Balance, rebalance
from server.data.split import hold_out, hold_out_fold
from server.nn.arrays import Cells, freeze
from server.nn.rng import generator
from server.recipe.errors import RecipeError
from server.recipe.recipe import HoldOut, NoValidation, Recipe, Validation

Split = Literal["train", "validation", "test"]


def monitored(recipe: Recipe) -> Split:
    """The split that a run is evaluated on while it trains: validation where there is one, else test."""
    return "test" if isinstance(recipe.validation, NoValidation) else "validation"


def examples_of(recipe: Recipe, split: Split) -> Cells:
    """The (n,) example numbers of a split, in order. RecipeError.

    Test examples have numbers of their own. Training and validation examples share the numbers of the stored
    training examples.
    """
    if split == "test":
        return np.arange(load(recipe.dataset).test_examples)
    train, validation = _divided(recipe.dataset, recipe.validation, recipe.seed)
    return train if split == "train" else validation


def training_examples(recipe: Recipe) -> Cells:
    """The (n,) examples to train on: those of the training split in the balance of classes asked for."""
    return kept_examples(recipe.dataset, recipe.validation, recipe.preprocessing.balance, recipe.seed)


@lru_cache(maxsize=16)
def kept_examples(name: str, validation: Validation, balance: Balance, seed: int) -> Cells:
    """`training_examples`, cached by all that they depend on."""
    dataset = load(name)
    train, _ = _divided(name, validation, seed)
    labels = dataset.train_targets.argmax(axis=0)[train]
    return freeze(train[rebalance(labels, dataset.targets, balance, generator(seed, "balance"))])


@lru_cache(maxsize=16)
def _divided(name: str, validation: Validation, seed: int) -> tuple[Cells, Cells]:
    """The stored training examples as (n,) to train on and (m,) to validate with. RecipeError."""
    dataset = load(name)
    if isinstance(validation, NoValidation):
        return freeze(np.arange(dataset.train_examples)), freeze(np.arange(0))
    if not dataset.classes:
        raise RecipeError(
            f"validation keeps the share of each class, and the examples of {dataset.name} have targets "
            "instead.",
            "validation",
        )
    labels = dataset.train_targets.argmax(axis=0)
    drawn = int(generator(seed, "validation").integers(2**32))
    try:
        train, held = (
            hold_out(labels, validation.share, drawn)
            if isinstance(validation, HoldOut)
            else hold_out_fold(labels, validation.folds, validation.fold, drawn)
        )
    except ValueError as error:
        raise RecipeError(str(error), "validation") from None
    return freeze(train), freeze(held)
