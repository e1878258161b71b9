"""Expressions and terms that several optimizers share."""

import numpy as np

from server.nn.factors import Expression, Factor
from server.nn.optimizers.optimizer import UpdateInputs

STEP_WORDS = (
    "The learning rate over the root of the mean square: where gradients are large the step is small, and "
    "where they are small it is large."
)
DECAY_WORDS = " Weight decay takes a small part of the parameter itself away."


def running_mean(
    symbol: str, name: str, beta: float, new: tuple[Factor, ...], inputs: UpdateInputs, words: str
) -> Expression:
    """beta · (the slot `name` before the update) + (1 − beta) · the product `new`."""
    old = (Factor(symbol, beta), inputs.factor(f"old {name}", f"old_{name}"))
    return Expression("sum", (old, (Factor(f"(1−{symbol})", 1 - beta), *new)), words)


def effective_step(name: str, symbol: str, eps: float, inputs: UpdateInputs, words: str) -> Expression:
    """The learning rate divided by (the root of the intermediate `name`, plus eps)."""
    root = float(np.sqrt(inputs.cells[name]))
    return Expression(
        "quotient",
        ((Factor("η", inputs.learning_rate),), (Factor(f"√({symbol})", root, name),), (Factor("ε", eps),)),
        words,
    )


def decay_term(weight_decay: float, inputs: UpdateInputs) -> tuple[Factor, ...]:
    """Decoupled weight decay as a term of the change: −learning rate · weight decay · parameter."""
    return (
        Factor("−η", -inputs.learning_rate),
        Factor("decay", weight_decay),
        inputs.factor("w", "parameter"),
    )
