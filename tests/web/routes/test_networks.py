"""Kinds of layers, presets and shape reports over HTTP."""

from typing import Any

from starlette.testclient import TestClient

from tests.web.helpers import ok, problem

POOL, END = {"kind": "maxpool2d"}, [{"kind": "flatten"}, {"kind": "dense", "units": 10}]


def test_kinds_of_layers_and_presets_are_listed_and_each_preset_can_be_run(client: TestClient) -> None:
    networks = ok(client.get("/api/networks"))
    assert [kind["kind"] for kind in networks["kinds"]][:2] == ["conv2d", "maxpool2d"]
    assert networks["kinds"][0]["layer"]["filters"] == 8
    assert [preset["key"] for preset in networks["presets"]][:3] == ["default", "one-filter", "mlp"]
    for preset in networks["presets"]:
        assert ok(client.post("/api/networks", json=preset["recipe"]))["problem"] is None


def test_the_shape_report_for_missing_data_is_refused(client: TestClient) -> None:
    refused = problem(client.post("/api/networks", json={"network": END, "dataset": "mnist"}), 409)
    assert (refused.code, refused.field) == ("no_data", "dataset")
    assert "MNIST is not on this machine" in refused.message


def test_a_shape_report_describes_a_network_without_creating_a_run(client: TestClient) -> None:
    drawn = ok(client.post("/api/networks", json={"network": END, "batch_size": 2}))
    assert drawn["shape"] == [1, 8, 8]
    assert drawn["names"] == ["flatten", "dense"]
    assert drawn["layers"][1] == {
        "name": "dense",
        "shape": [10],
        "parameters": 650,
        "multiply_adds": 640,
        "bytes": 4 * (2 * 2 * 10 + 4 * 650),
        "field": [8, 8],
        "field_stride": None,
    }
    assert (drawn["parameters"], drawn["multiply_adds"]) == (650, 640)
    assert drawn["problem"] is None
    app: Any = client.app
    assert len(app.state.runs.runs) == 0


def test_the_shape_report_of_a_network_that_does_not_fit_has_a_fix_that_runs(client: TestClient) -> None:
    draft = {"network": [*[POOL] * 4, *END]}
    drawn = ok(client.post("/api/networks", json=draft))
    assert [layer["name"] for layer in drawn["layers"]] == ["pool1", "pool2", "pool3"]
    assert drawn["problem"]["field"] == "network.3"
    assert "at least 2 rows" in drawn["problem"]["message"]
    (fix,) = drawn["fixes"]
    assert fix["words"] == "leave it out"
    assert ok(client.post("/api/networks", json=fix["recipe"]))["problem"] is None
    assert ok(client.post("/api/runs", json=fix["recipe"]))["id"]


def test_an_invalid_setting_of_a_layer_is_refused_at_its_path(client: TestClient) -> None:
    draft = {"network": [{"kind": "conv2d", "filters": 0}, *END]}
    refused = problem(client.post("/api/networks", json=draft), 422)
    assert refused.field == "network.0"
    assert "between 1 and 4096 filters" in refused.message
    draft = {"network": [{"kind": "conv2d", "filters": None}, *END]}
    assert problem(client.post("/api/networks", json=draft), 422).field == "network.0.filters"
