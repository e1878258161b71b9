"""The recipe: everything that a training run is a pure function of."""

import hashlib
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from server.data import BuiltIn
from server.data.preprocess import Balance, Scaling
from server.data.uploads.upload import UPLOAD_NAME
from server.nn.initializers import AllEqual, Fixed, He, Normal, Uniform, Xavier, Zeros
from server.nn.losses import (
    BinaryCrossEntropy,
    MeanSquaredError,
    RootMeanSquaredError,
    SoftmaxCrossEntropy,
    SquaredError,
)
from server.nn.ops import LAYERS, Conv2d, Dense, Flatten, MaxPool2d, Op, ReLU
from server.nn.optimizers import SGD, Adam, AdamW, Momentum, Nesterov, RMSProp
from server.nn.schedules import Constant, Cosine, StepDecay
from server.recipe.early_stopping import Off, Patience
from server.recipe.one_of import OneOf

Layer = Annotated[Op, OneOf(LAYERS)]
Loss = Annotated[
    SoftmaxCrossEntropy | BinaryCrossEntropy | SquaredError | MeanSquaredError | RootMeanSquaredError,
    Field(discriminator="kind"),
]
Optimizer = Annotated[SGD | Momentum | Nesterov | RMSProp | Adam | AdamW, Field(discriminator="kind")]
Schedule = Annotated[Constant | StepDecay | Cosine, Field(discriminator="kind")]
Initialisation = Annotated[
    He | Xavier | Normal | Uniform | Zeros | Fixed | AllEqual, Field(discriminator="kind")
]
EarlyStopping = Annotated[Off | Patience, Field(discriminator="kind")]


def _own_name(name: str) -> str:
    if not UPLOAD_NAME.fullmatch(name):
        raise PydanticCustomError("own_name", "Input should be own: with 16 hexadecimal digits")
    return name


OwnName = Annotated[
    str, AfterValidator(_own_name), WithJsonSchema({"type": "string", "pattern": f"^{UPLOAD_NAME.pattern}$"})
]
"""A data set of one's own, named by what is in it."""
DatasetName = BuiltIn | OwnName

MAX_PICTURE = 16_384
"""The most characters of a picture in an edit: 6,144 numbers."""


class Frozen(BaseModel):
    """A value: immutable, hashable, with no field beyond the declared ones."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        json_schema_serialization_defaults_required=True,
    )


class LearningRateEdit(Frozen):
    """From `iteration` on, the optimizer takes steps of this learning rate."""

    kind: Literal["learning_rate"] = "learning_rate"
    iteration: int = Field(ge=0)
    value: float = Field(gt=0, le=1000)


class ExampleEdit(Frozen):
    """In the batch of `iteration`, slot `slot` holds training example number `example`."""

    kind: Literal["example"] = "example"
    iteration: int = Field(ge=0)
    slot: int = Field(default=0, ge=0)
    example: int = Field(ge=0)


class PictureEdit(Frozen):
    """In the batch of `iteration`, slot `slot` holds a picture of one's own, with class number `label`.

    `picture` are its numbers, row by row, as those of the data set are meant: half-precision, little-endian,
    as base64url without padding. Text keeps a recipe hashable, and short enough for an address.
    """

    kind: Literal["picture"] = "picture"
    iteration: int = Field(ge=0)
    slot: int = Field(default=0, ge=0)
    picture: str = Field(max_length=MAX_PICTURE)
    label: int = Field(ge=0)


class GivenParameter(Frozen):
    """The numbers, row by row, from which the parameter `name` ("dense1.w") starts instead of random ones."""

    name: str = Field(max_length=80)
    values: tuple[float, ...] = Field(min_length=1, max_length=4096)


def _sgd_unless_told(optimizer: Any) -> Any:
    """An optimizer without a kind is SGD."""
    return {"kind": "sgd", **optimizer} if isinstance(optimizer, dict) else optimizer


class Preprocessing(Frozen):
    """What becomes of the data before it is trained on.

    Numbers are scaled, as they are ("unit"), 0.5 less ("centred"), or to mean 0 and deviation 1
    ("standardised"), and perhaps whitened. Of the training examples as many of each class are kept as
    `balance` says, and about the share `label_noise` of them gets a wrong label. Validation and test examples
    keep theirs.
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
    """All training examples are trained on."""

    kind: Literal["none"] = "none"


class HoldOut(Frozen):
    """About the share `share` of the training examples is held out for validation, drawn by the seed."""

    kind: Literal["hold_out"] = "hold_out"
    share: float = Field(default=0.2, gt=0, le=0.5)


class KFold(Frozen):
    """The training examples are dealt into `folds` parts by the seed; that of number `fold` validates."""

    kind: Literal["k_fold"] = "k_fold"
    folds: int = Field(default=5, ge=2, le=20)
    fold: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _is_one_of_them(self) -> Self:
        if self.fold >= self.folds:
            raise ValueError(f"Of {self.folds} folds the last is number {self.folds - 1}, not {self.fold}.")
        return self


Validation = Annotated[NoValidation | HoldOut | KFold, Field(discriminator="kind")]
Edit = Annotated[LearningRateEdit | ExampleEdit | PictureEdit, Field(discriminator="kind")]

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
    """A training run in full. Equal recipes give equal numbers.

    `seed` drives the initialisation and the order of the examples; `validation` keeps some training examples
    from being trained on, in the same share of each class; `epochs` is where the run ends, unless
    `early_stopping` ends it before; `given` sets the first numbers of some parameters by hand,
    `initialisation` draws all others; `schedule` changes the optimizer's learning rate on its way; the
    `frozen` ones ("dense1.b") are held fixed; `edits` are what a person changed on the way, each stamped with
    its iteration.
    """

    dataset: DatasetName = "digits"
    preprocessing: Preprocessing = Preprocessing()
    augmentation: Augmentation = Augmentation()
    validation: Validation = NoValidation()
    network: tuple[Layer, ...] = Field(default=DEFAULT_NETWORK, min_length=1, max_length=32)
    loss: Loss = SoftmaxCrossEntropy()
    optimizer: Annotated[Optimizer, BeforeValidator(_sgd_unless_told)] = SGD(learning_rate=0.03)
    schedule: Schedule = Constant()
    initialisation: Initialisation = He()
    batch_size: int = Field(default=1, ge=1, le=256)
    seed: int = Field(default=7, ge=0, le=2**32 - 1)
    dtype: Literal["float32", "float64"] = "float32"
    epochs: int = Field(default=10, ge=1, le=10_000)
    early_stopping: EarlyStopping = Off()
    given: tuple[GivenParameter, ...] = Field(default=(), max_length=64)
    frozen: tuple[Annotated[str, Field(max_length=80)], ...] = Field(default=(), max_length=64)
    edits: tuple[Edit, ...] = Field(default=(), max_length=256)

    @property
    def id(self) -> str:
        """16 hexadecimal digits that name this recipe's run, on every machine."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]

    def learning_rate(self, iteration: int) -> float:
        """The learning rate in force at `iteration`: that of the last edit at or before it, which stays from
        there on; else the optimizer's, as the schedule has it by then."""
        rates = [e for e in self.edits if e.kind == "learning_rate" and e.iteration <= iteration]
        rates.sort(key=lambda edit: edit.iteration)
        if rates:
            return rates[-1].value
        return self.optimizer.learning_rate * self.schedule.factor(iteration)
