"""What a recipe can choose between, with its default numbers and a sentence each."""

from collections.abc import Iterator
from typing import Any, get_args

from server.nn.initializers import INITIALISATIONS, Initialisation
from server.nn.losses import LOSSES
from server.nn.optimizers import OPTIMIZERS
from server.nn.schedules import SCHEDULES, Schedule
from server.recipe.early_stopping import Stopping
from server.wire.messages.choices import Option, Options


def options() -> Options:
    """Every optimizer, loss, schedule and initialisation, and every way to stop early."""
    return Options(
        optimizer=tuple(_optimizers()),
        loss=tuple(_option(loss.title, loss.forward_text, loss()) for loss in LOSSES),
        schedule=_by_kind(SCHEDULES),
        initialisation=_by_kind(INITIALISATIONS),
        early_stopping=_by_kind(get_args(Stopping)),
    )


def _optimizers() -> Iterator[Option]:
    for of in OPTIMIZERS:
        optimizer = of(of.first_learning_rate)
        yield _option(optimizer.title, f"{optimizer.full_sentence('η')}.", optimizer)


def _by_kind(classes: tuple[type[Schedule | Initialisation | Stopping], ...]) -> tuple[Option, ...]:
    """An option for each class, with its default numbers, titled by its kind."""
    values = (of() for of in classes)
    return tuple(_option(value.kind.replace("_", " ").capitalize(), value.about, value) for value in values)


def _option(title: str, about: str, value: Any) -> Option:
    return Option(title=title, about=about, value=value)
