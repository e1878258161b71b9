"""What a recipe can choose between, with its default numbers and a sentence each."""

from collections.abc import Iterator
from typing import Any, get_args

from server.nn.initializers import Initialisation
from server.nn.optimizers import Optimizer
from server.nn.schedules import Schedule
from server.recipe import recipe
from server.recipe.early_stopping import Stopping
from server.wire.messages.choices import Option, Options

LEARNING_RATES = {"sgd": 0.03, "momentum": 0.01, "nesterov": 0.01}
"""Where to begin on the digits; 0.001 for the optimizers that give each parameter a step of its own."""


def options() -> Options:
    """Every optimizer, loss, schedule and initialisation, and every way to stop early."""
    return Options(
        optimizer=tuple(_optimizers()),
        loss=tuple(_option(loss.title, loss.forward_text, loss) for loss in _made(recipe.Loss)),
        schedule=tuple(_option(_name(made), made.about, made) for made in _made(recipe.Schedule)),
        initialisation=tuple(_option(_name(made), made.about, made) for made in _made(recipe.Initialisation)),
        early_stopping=tuple(_option(_name(made), made.about, made) for made in _made(recipe.EarlyStopping)),
    )


def _optimizers() -> Iterator[Option]:
    for of in _kinds(recipe.Optimizer):
        made: Optimizer = of(LEARNING_RATES.get(of(1.0).kind, 0.001))
        yield _option(made.title, f"{made.told('η')}.", made)


def _kinds(union: Any) -> tuple[Any, ...]:
    return get_args(get_args(union)[0])


def _made(union: Any) -> tuple[Any, ...]:
    return tuple(of() for of in _kinds(union))


def _name(made: Schedule | Initialisation | Stopping) -> str:
    return made.kind.replace("_", " ").capitalize()


def _option(title: str, about: str, value: Any) -> Option:
    return Option(title=title, about=about, value=value)
