"""Kinds of layers with their settings, and presets of networks."""

from pathlib import Path

import pytest

from server.data import load
from server.data.sets.sources import SOURCES
from server.nn.arrays import Shape
from server.nn.losses import SoftmaxCrossEntropy
from server.nn.network import build
from server.nn.ops import LAYERS
from server.recipe.layer_schema import layer_kinds
from server.recipe.network_presets import PRESETS, NetworkPreset, network_presets
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from tests.data.sets import published

PARAMETERS = {"eight-filters": 13_610, "lenet-5": 61_706, "lenet-5-original": 61_706}
"""The published numbers of parameters."""


def test_the_schema_has_every_kind_of_layer_with_a_default_layer_and_its_settings() -> None:
    kinds = layer_kinds()
    assert [type(kind.layer) for kind in kinds] == [*LAYERS]
    for kind in kinds:
        assert Recipe(network=(kind.layer,)).network[0].kind == kind.kind
        for setting in kind.settings:
            assert hasattr(kind.layer, setting.name)
            assert setting.number or setting.pair or setting.switch or setting.words


def test_settings_describe_their_types_bounds_and_words() -> None:
    settings = {(kind.kind, s.name): s for kind in layer_kinds() for s in kind.settings}
    padding, stride = settings["conv2d", "padding"], settings["maxpool2d", "stride"]
    assert (padding.words, padding.number, padding.pair) == (("same", "valid"), "integer", True)
    assert (padding.minimum, padding.maximum, padding.optional) == (0, 64, False)
    assert (stride.pair, stride.number, stride.optional, stride.minimum) == (True, None, True, 1)
    groups, slope = settings["conv2d", "groups"], settings["leaky_relu", "negative_slope"]
    assert (groups.number, groups.minimum, groups.maximum) == ("integer", 1, 4096)
    assert (slope.number, slope.minimum, slope.maximum) == ("number", 0, 1)
    assert settings["avgpool2d", "kernel"].maximum == settings["conv2d", "dilation"].maximum == 64
    units = settings["dense", "units"]
    assert (units.number, units.pair, units.minimum, units.maximum) == ("integer", False, 1, 4096)


@pytest.mark.parametrize("preset", network_presets(), ids=lambda preset: preset.key)
def test_every_offered_preset_can_be_run(preset: NetworkPreset) -> None:
    assert plan(preset.recipe).network.parameters > 0


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.key)
def test_a_preset_without_its_data_is_not_offered_and_its_network_fits(preset: NetworkPreset) -> None:
    recipe = preset.recipe
    comes_along = recipe.dataset not in SOURCES
    assert (preset in network_presets()) == comes_along
    in_shape: Shape = load(recipe.dataset).shape if comes_along else SOURCES[recipe.dataset].shape
    targets = load(recipe.dataset).targets if comes_along else 10
    network = build(recipe.network, in_shape, False, SoftmaxCrossEntropy(), targets)
    assert network.parameters == PARAMETERS.get(preset.key, network.parameters)


def test_all_presets_are_offered_once_their_data_are_available(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(network_presets()) < len(PRESETS)
    published.write_idx(tmp_path / "mnist")
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    assert network_presets() == PRESETS


def test_keys_and_titles_of_presets_are_unique() -> None:
    assert (
        len({preset.key for preset in PRESETS}) == len({preset.title for preset in PRESETS}) == len(PRESETS)
    )
