"""The names that a function assigns, for the rule that the code lens needs named results."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from typing import Any


def assigned_names(function: Callable[..., Any]) -> set[str]:
    """The local variables to which a function assigns a whole value."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    return {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
