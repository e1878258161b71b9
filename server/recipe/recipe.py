"""The recipe: the settings that determine a training run completely."""

import hashlib
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from server.data.preprocess import Balance, Scaling
from server.frozen import Frozen
from server.nn import initializers, losses, optimizers, schedules
from server.nn.ops import LAYERS, Conv2d, Dense, Flatten, MaxPool2d, Op, ReLU
from server.recipe.dataset_names import DatasetName
from server.recipe.early_stopping import Off, Patience
from server.recipe.edits import Edit
from server.recipe.one_of import OneOf

Layer = Annotated[Op, OneOf(LAYERS)]
Loss = Annotated[losses.Loss, OneOf(losses.LOSSES)]
Optimizer = Annotated[optimizers.Optimizer, OneOf(optimizers.OPTIMIZERS)]
Schedule = Annotated[schedules.Schedule, OneOf(schedules.SCHEDULES)]
Initialisation = Annotated[initializers.Initialisation, OneOf(initializers.INITIALISATIONS)]
EarlyStopping = Annotated[Off | Patience, Field(discriminator="kind")]


class GivenParameter(Frozen):
    """Initial values of the parameter `name` ("dense1.w"), row by row, in place of random ones."""

    name: str = Field(max_length=80)
    values: tuple[float, ...] = Field(min_length=1, max_length=4096)


def _sgd_by_default(optimizer: Any) -> Any:
    """Read an optimizer without a kind as SGD."""
    return {"kind": "sgd", **optimizer} if isinstance(optimizer, dict) else optimizer


class Preprocessing(Frozen):
    """The preparation of the data before training.

    `scaling` leaves inputs between 0 and 1 ("unit"), subtracts 0.5 ("centred"), or scales them to mean 0 and
    standard deviation 1 ("standardised"). `whitening` then removes their correlations. `balance` chooses how
    many training examples of each class are kept. About the fraction `label_noise` of the training examples
    gets a wrong label. Validation and test examples keep their labels.
    """

    scaling: Scaling = "unit"
    whitening: bool = False
    balance: Balance = "as_is"
    label_noise: float = Field(default=0, ge=0, le=1)


class Augmentation(Frozen):
    """Random changes of a training example, new ones in each iteration.

    It is moved by up to `shift` pixels, turned by up to `rotation` degrees, and resized by up to the fraction
    `scale`. Noise of standard deviation `noise` is added to its numbers before they are scaled.
    """

    shift: float = Field(default=0, ge=0, le=16)
    rotation: float = Field(default=0, ge=0, le=180)
    scale: float = Field(default=0, ge=0, le=0.5)
    noise: float = Field(default=0, ge=0, le=1)

    @property
    def changes_examples(self) -> bool:
        """True unless every change is zero."""
        return any((self.shift, self.rotation, self.scale, self.noise))


class NoValidation(Frozen):
    """No examples are held out: all training examples are trained on."""

    kind: Literal["none"] = "none"


class HoldOut(Frozen):
    """About the fraction `share` of the training examples, drawn by the seed, is held out for validation."""

    kind: Literal["hold_out"] = "hold_out"
    share: float = Field(default=0.2, gt=0, le=0.5)


class KFold(Frozen):
    """The seed deals the training examples into `folds` folds. Number `fold`, from 0, is held out."""

    kind: Literal["k_fold"] = "k_fold"
    folds: int = Field(default=5, ge=2, le=20)
    fold: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _check_fold(self) -> Self:
        if self.fold >= self.folds:
            raise ValueError(f"Of {self.folds} folds the last is number {self.folds - 1}, not {self.fold}.")
        return self


Validation = Annotated[NoValidation | HoldOut | KFold, Field(discriminator="kind")]

DEFAULT_NETWORK: tuple[Layer, ...] = (
    Conv2d(filters=8, kernel=(3, 3), padding="same"),
    ReLU(),
    MaxPool2d(kernel=(2, 2)),
    Conv2d(filters=16, kernel=(3, 3), padding="same"),
    ReLU(),
    MaxPool2d(kernel=(2, 2)),
    Flatten(),
    Dense(units=10),
)


class Recipe(Frozen):
    """All settings of a training run. Equal recipes give equal numbers.

    `seed` determines all random numbers. `validation` holds out some training examples, the same fraction of
    each class. The run ends after `epochs`, or earlier by `early_stopping`. `given` sets initial values of
    some parameters; `initialisation` draws the others. `schedule` multiplies the optimizer's learning rate.
    Parameters named in `frozen` ("dense1.b") are never updated. `edits` change single iterations.
    """

    dataset: DatasetName = "digits"
    preprocessing: Preprocessing = Preprocessing()
    augmentation: Augmentation = Augmentation()
    validation: Validation = NoValidation()
    network: tuple[Layer, ...] = Field(default=DEFAULT_NETWORK, min_length=1, max_length=32)
    loss: Loss = losses.SoftmaxCrossEntropy()
    optimizer: Annotated[Optimizer, BeforeValidator(_sgd_by_default)] = optimizers.SGD(learning_rate=0.03)
    schedule: Schedule = schedules.Constant()
    initialisation: Initialisation = initializers.He()
    batch_size: int = Field(default=1, ge=1, le=256)
    seed: int = Field(default=7, ge=0, le=2**32 - 1)
    dtype: Literal["float32", "float64"] = "float32"
    epochs: int = Field(default=10, ge=1, le=10_000)
    early_stopping: EarlyStopping = Off()
    given: tuple[GivenParameter, ...] = Field(default=(), max_length=64)
    frozen: tuple[Annotated[str, Field(max_length=80)], ...] = Field(default=(), max_length=64)
    edits: tuple[Edit, ...] = Field(default=(), max_length=256)

    @cached_property
    def id(self) -> str:
        """16 hexadecimal digits: the name of this recipe's run, the same on every machine."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]

    @property
    def without_edits(self) -> "Recipe":
        """The recipe of the run that has the same iterations before the first edit."""
        return self.model_copy(update={"edits": ()})

    def learning_rate(self, iteration: int) -> float:
        """The learning rate of an iteration: that of the latest edit at or before it, else the optimizer's
        times the schedule's factor."""
        rates = [e for e in self.edits if e.kind == "learning_rate" and e.iteration <= iteration]
        rates.sort(key=lambda edit: edit.iteration)
        if rates:
            return rates[-1].value
        return self.optimizer.learning_rate * self.schedule.factor(iteration)
