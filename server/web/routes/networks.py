"""Routes of networks in the builder: layers, presets, and the shape report."""

from typing import Annotated

from fastapi import Body

from server.recipe.layer_schema import layer_kinds
from server.recipe.network_presets import network_presets
from server.recipe.recipe import Recipe
from server.recipe.shape_report import shape_report
from server.web.body_limits import RECIPE
from server.web.routes.dependencies import READING, resource
from server.wire import encode
from server.wire.messages.networks import Blueprint, Networks

router = resource("/api/networks")


@router.get("")
def read_networks() -> Networks:
    """The kinds of layers with their settings, and the network presets."""
    return Networks(kinds=layer_kinds(), presets=network_presets())


@router.post("", dependencies=[READING], max_body_size=RECIPE)
def describe_network(recipe: Annotated[Recipe, Body()]) -> Blueprint:
    """The shape report of a recipe: what each layer outputs, costs and sees, and fixes where it does not fit.
    Nothing is trained or stored."""
    return encode.networks.shape_report(shape_report(recipe))
