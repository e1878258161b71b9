"""Digits in pictures over HTTP: the input, its stages, corrections, and collections."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw
from starlette.testclient import TestClient

from tests.web.helpers import new_run, numbers, ok, problem

SEVEN = [(80, 60), (200, 60), (130, 220)]


def picture(points=SEVEN, size=(280, 280), paper=255, ink=0, kind="PNG") -> bytes:
    image = Image.new("L", size, paper)
    if points:
        ImageDraw.Draw(image).line(points, fill=ink, width=18, joint="curve")
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def read(client: TestClient, data: bytes, dataset: str = "digits", **corrections: object):
    return client.put(f"/api/uploads/digit/{dataset}", params=corrections, content=data)


@pytest.mark.parametrize(("dataset", "shape"), [("digits", (1, 8, 8)), ("handwriting", (1, 28, 28))])
def test_a_digit_in_a_picture_becomes_an_input_that_a_run_can_classify(
    client: TestClient, dataset, shape
) -> None:
    reading = ok(read(client, picture(), dataset))
    given = numbers(reading["input"])
    assert given.shape == shape
    assert given.dtype == np.float32
    assert 0 <= given.min() < given.max() <= 1
    run = new_run(client, dataset=dataset, network=[{"kind": "flatten"}, {"kind": "dense", "units": 10}])
    question = {"picture": reading["input"]}
    answer = ok(client.post(f"/api/runs/{run}/iterations/0/prediction", json=question))
    assert len(answer["answers"]) == 10


def test_every_stage_has_a_picture_a_title_and_a_sentence(client: TestClient) -> None:
    reading = ok(read(client, picture(), side=64))
    keys = [stage["key"] for stage in reading["stages"]]
    assert (keys[0], keys[-1], len(set(keys))) == ("grey", "input", len(keys))
    for stage in reading["stages"]:
        shades = numbers(stage["picture"])
        assert shades.dtype == np.uint8
        assert max(shades.shape) <= 64
        assert stage["title"]
        assert stage["words"].endswith(".")
    assert len(reading["boxes"]) == 1
    assert reading["doubts"] == []


def test_jpeg_and_webp_pictures_are_read(client: TestClient) -> None:
    exact = numbers(ok(read(client, picture()))["input"])
    for kind in ("JPEG", "WEBP"):
        assert abs(numbers(ok(read(client, picture(kind=kind)))["input"]) - exact).mean() < 0.05


def test_corrections_choose_crop_and_thicken_the_digit(client: TestClient) -> None:
    both = picture([*SEVEN], (560, 280))
    image = Image.open(io.BytesIO(both))
    ImageDraw.Draw(image).line([(420, 60), (420, 220)], fill=0, width=18)
    file = io.BytesIO()
    image.save(file, "PNG")
    first = ok(read(client, file.getvalue()))
    assert len(first["boxes"]) == 2
    assert [doubt["key"] for doubt in first["doubts"]] == ["several"]
    other = ok(read(client, file.getvalue(), chosen=1 - first["chosen"]))
    assert other["chosen"] == 1 - first["chosen"]
    assert other["input"] != first["input"]
    cropped = ok(read(client, file.getvalue(), left=0.5, top=0, right=1, bottom=1))
    assert len(cropped["boxes"]) == 1
    assert ok(read(client, picture(), thicker=3))["input"] != ok(read(client, picture()))["input"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty file"),
        (b"%PDF-1.7 and so on", "a PDF document"),
        (picture()[:200], "breaks off"),
        (picture([]), "There is nothing on it"),
    ],
)
def test_a_file_without_a_digit_is_refused_with_the_reason(client: TestClient, data, says) -> None:
    refusal = problem(read(client, data), 422)
    assert refusal.code == "picture"
    assert says in refusal.message


def test_only_data_sets_of_digits_can_be_drawn_for(client: TestClient) -> None:
    assert "digits" in problem(read(client, picture(), "shapes"), 422).message
    shapes, default = new_run(client, dataset="shapes", network=SMALL), new_run(client)
    assert not ok(client.get(f"/api/runs/{shapes}"))["drawable"]
    assert ok(client.get(f"/api/runs/{default}"))["drawable"]


SMALL = [{"kind": "globalavgpool"}, {"kind": "dense", "units": 4}]


def test_corrections_out_of_range_are_refused(client: TestClient) -> None:
    for wrong in ({"thicker": 99}, {"left": -1}, {"left": 0.5, "right": 0.2}, {"chosen": 9}, {"side": 1}):
        assert problem(read(client, picture(), **wrong), 422).message


class TestACollection:
    @pytest.fixture(autouse=True)
    def cache(self, tmp_path, monkeypatch):
        monkeypatch.setenv("DATA_CACHE", str(tmp_path))

    @pytest.fixture
    def text(self, client: TestClient) -> str:
        """A drawn digit as text."""
        question = {"picture": ok(read(client, picture()))["input"]}
        run = new_run(client)
        return ok(client.post(f"/api/runs/{run}/iterations/0/prediction", json=question))["picture"]

    @staticmethod
    def keep(client: TestClient, *digits: dict[str, object], **settings: object):
        return client.put("/api/uploads/collection", json={"base": "digits", "digits": digits, **settings})

    def test_extends_or_replaces_the_training_examples(self, client: TestClient, text: str) -> None:
        among = ok(self.keep(client, {"picture": text, "label": 7}))
        alone = ok(self.keep(client, {"picture": text, "label": 7}, alone=True))
        assert (among["train_examples"], alone["train_examples"]) == (1438, 1)
        assert among["test_examples"] == alone["test_examples"] == 360
        for dataset, count in ((among["name"], 1438), (alone["name"], 1)):
            run = ok(client.post("/api/runs", json={"dataset": dataset}))
            assert (run["train_examples"], run["drawable"], len(run["classes"])) == (count, True, 10)
        last = ok(client.get(f"/api/data/{among['name']}/train?start=1437&count=1"))
        given = numbers(ok(read(client, picture()))["input"])
        np.testing.assert_array_equal(numbers(last["images"])[0], given)
        assert last["labels"] == [7]
        assert numbers(ok(read(client, picture(), among["name"]))["input"]).shape == (1, 8, 8)

    def test_with_equal_digits_has_an_equal_name(self, client: TestClient, text: str) -> None:
        names = [ok(self.keep(client, {"picture": text, "label": label}))["name"] for label in (7, 7, 1)]
        assert names[0] == names[1] != names[2]

    def test_with_an_invalid_digit_is_refused(self, client: TestClient, text: str) -> None:
        assert problem(self.keep(client), 422).field == "digits"
        assert "bytes" in problem(self.keep(client, {"picture": text[:-8], "label": 7}), 422).message
        wrong = problem(self.keep(client, {"picture": text, "label": 7}, {"picture": text, "label": 10}), 422)
        assert wrong.field == "digits.1.label"
        targets = problem(self.keep(client, {"picture": text, "label": 0}, base="two_inputs"), 422)
        assert "targets instead" in targets.message
