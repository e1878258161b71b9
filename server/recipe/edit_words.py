"""The edits of a recipe in words."""

from collections.abc import Sequence

from server.nn.arrays import Shape, number_text, unravel
from server.nn.network import Network
from server.recipe.edits import Edit, ExampleEdit, LearningRateEdit, ParameterEdit, PictureEdit


def edit_words(edit: Edit, network: Network, classes: Sequence[str]) -> str:
    """A sentence about an edit of a run with this network, whose data has these classes."""
    match edit:
        case LearningRateEdit():
            return f"From step {edit.iteration:,} on the learning rate is {number_text(edit.value)}."
        case ParameterEdit():
            where = cell_text(edit.name, edit.cell, network.param_shapes[edit.name])
            return f"At step {edit.iteration:,} {where} is set to {number_text(edit.value)}."
        case ExampleEdit():
            return (
                f"Step {edit.iteration:,} learns from training example {edit.example:,}, in place "
                f"{edit.slot + 1} of its batch."
            )
        case PictureEdit():
            return (
                f"Step {edit.iteration:,} learns from a drawn {classes[edit.label]}, in place "
                f"{edit.slot + 1} of its batch."
            )


def cell_text(name: str, cell: int, shape: Shape) -> str:
    """A cell of a tensor for readers: "conv1.w[3, 0, 1, 2]"."""
    return f"{name}[{', '.join(map(str, unravel(cell, shape)))}]"
