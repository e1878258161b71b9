"""CSV files of signals: dialects, detection of the class column, and messages."""

import numpy as np
import pytest

from server.data.uploads import csv_table, table_text
from server.data.uploads.signals import SignalOptions, from_csv
from server.data.uploads.upload import Upload, UploadError
from tests.data.uploads.archives import table


def read(text: str | bytes, options: SignalOptions | None = None) -> Upload:
    return from_csv(
        text if isinstance(text, bytes) else text.encode(), options or SignalOptions(), lambda: None
    )


def refused(text: str | bytes, options: SignalOptions | None = None) -> str:
    with pytest.raises(UploadError) as refusal:
        read(text, options)
    assert str(refusal.value).endswith(".")
    return str(refusal.value)


def test_each_row_is_a_signal_with_its_class() -> None:
    data = read(table(30, 16))
    assert data.classes == ("falling", "rising")
    assert data.counts == (15, 15)
    assert data.inputs.shape == (30, 1, 1, 16)
    assert data.signed
    assert data.scale == 1 / np.abs(data.inputs).max()
    assert np.abs(data.inputs * data.scale).max() == 1
    assert data.inputs[0, 0, 0, :2].tolist() == [7.75, 6.75]
    assert data.labels[:4].tolist() == [0, 1, 0, 1]
    assert "divided by the largest absolute value in the file (8" in data.about


def test_normalisation_can_be_turned_off() -> None:
    data = read(table(), SignalOptions(normalise=False))
    assert data.scale == 1
    assert "as they are in the file" in data.about


def test_signals_without_negative_samples_are_not_signed() -> None:
    data = read(table().replace("-", ""))
    assert not data.signed
    assert "0 to 1" in data.about


def moved(text: str) -> str:
    """The table with the class in the first column instead of the last."""
    rows = (line.split(",") for line in text.splitlines())
    return "\n".join(",".join([row[-1], *row[:-1]]) for row in rows)


@pytest.mark.parametrize(
    "text",
    [
        table(header=True),
        table().replace("\n", "\r\n"),
        table().replace("\n", "\r"),
        table().replace("\n", "\n\n"),
        table().replace(",", ";"),
        table().replace(",", "\t"),
        table().replace(",", ";").replace(".", ","),
        table(header=True).replace(",", "\t").replace(".", ","),
        table().replace(",", " , "),
        table().replace(",", '","').replace("\n", '"\n"')[:-1].join(['"', ""]),
        table().replace("\n", ",\n"),
        moved(table()),
        moved(table(header=True)),
        moved(table()).replace(",", ";"),
        "\ufeff" + table(),
        table().encode("utf-16"),
    ],
)
def test_common_csv_dialects_give_the_same_data_set(text: str | bytes) -> None:
    assert read(text).name == read(table()).name


def test_latin_1_is_decoded() -> None:
    words = table().replace("rising", "größer").encode("latin-1")
    assert read(words).classes == ("falling", "größer")


def numbered(first: bool, floats: bool = False) -> str:
    """A table of signals with the classes 1 to 3."""
    rows = []
    for n in range(30):
        samples = [f"{np.sin(n + k):.3f}" for k in range(8)]
        label = f"{n % 3 + 1}.0000e+00" if floats else str(n % 3 + 1)
        rows.append([label, *samples] if first else [*samples, label])
    return "\n".join(",".join(row) for row in rows)


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("floats", [True, False])
def test_a_column_of_numeric_classes_is_detected(first: bool, floats: bool) -> None:
    data = read(numbered(first, floats))
    assert data.classes == ("1", "2", "3")
    assert data.inputs.shape == (30, 1, 1, 8)
    assert data.inputs[0, 0, 0, 1] == pytest.approx(0.841)


def test_a_header_may_consist_of_a_word_and_numbers() -> None:
    header = "label," + ",".join(map(str, range(8)))
    assert read(f"{header}\n{numbered(first=True)}").name == read(numbered(first=True)).name


def test_the_column_of_the_class_can_be_chosen() -> None:
    whole = "\n".join(f"{n % 2},{n % 3},4,{n},5,{n % 2}" for n in range(30))
    assert "Choose one" in refused(whole)
    assert read(whole, SignalOptions("first", all_columns=True)).inputs[3, 0, 0].tolist() == [0, 4, 3, 5, 1]
    assert read(whole, SignalOptions("last", all_columns=True)).inputs[3, 0, 0].tolist() == [1, 0, 4, 3, 5]
    words = "\n".join(f"{'ab'[n % 2]},1,2,3,{n},{'cd'[n % 2]}" for n in range(30))
    assert "do not hold numbers" in refused(words)


ROW = "1,2,3,4,5,a\n1,2,3,4,5,b\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "The file is empty"),
        ("\n\n", "The file is empty"),
        ("hello", "have 1 cell. A signal needs a class and at least 4 numbers"),
        ("1 2 3 4\n" * 9, "split at each run of spaces, have 4 cells"),
        ("1,2,3,a\n" * 9, "have 4 cells"),
        ("1,2,3,4,a\n", "only one row"),
        (ROW * 9 + "1,2,x,4,5,a\n", "Row 19, column 3: “x” is not a number"),
        (ROW * 9 + "\n1,2,,4,5,a\n", "Row 20, column 3: a number is missing"),
        (ROW * 9 + ",2,3,4,5,a\n", "Row 19, column 1: a number is missing"),
        (ROW * 9 + "1,2,3,4,5,\n", "Row 19, column 6: the class is missing"),
        (ROW * 9 + "1,2,nan,4,5,a\n", "Row 19, column 3: “nan” is not a number"),
        (ROW * 9 + "1,2,inf,4,5,a\n", "“inf” is not a number"),
        (ROW * 9 + "1,2,1_0,4,5,a\n", "“1_0” is not a number"),
        (ROW * 9 + "1,2,1e31,4,5,a\n", "Row 19, column 3: 1e+31 is too large"),
        (ROW * 9 + "1,2,3,4,a\n", "Row 19 has 5 cells, but the first has 6"),
        ("1,2,x,4,5,a\n" + ROW * 9, "Row 1, column 3: “x” is not a number"),
        ("1,2,3,4,5,a\n" * 9, "only one class, “a”"),
        (ROW * 4, "The class “a” has 4 signals: each needs 5 or more"),
        (ROW * 9 + '1,2,"' + "x" * 140_000 + '",4,5,a\n', "Row 19 cannot be read"),
        ("\n".join(f"1,2,3,4,class{n}" for n in range(200)), "200 classes, and at most 100"),
        (",".join("1" * 4098) + "\n", "A signal may have at most 4,096 numbers, but most rows have 4,097"),
        (ROW + "," * 200_000, "Row 3 is too long for a signal"),
        (ROW + '"\n",' * 100_000, "too long for a signal"),
        (b"PK\x03\x04....", "The file is a spreadsheet"),
        (b"\x89PNG\0\0\0", "The file is not text"),
    ],
)
def test_messages_name_the_row_and_the_column(text: str | bytes, words: str) -> None:
    assert words in refused(text)


def test_files_beyond_the_limits_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_table, "MAX_ROWS", 20)
    assert "more than 20 rows of 17 cells" in refused(table(30, 16))
    monkeypatch.setattr(csv_table, "MAX_ROWS", 50)
    monkeypatch.setattr(csv_table, "MAX_BYTES", 8 * 17 * 10)
    assert "more than 11 rows" in refused(table(30, 16))
    monkeypatch.setattr(table_text, "MAX_TEXT", 100)
    assert "Leave out some signals" in refused(table())


def test_signals_of_zeros_are_not_normalised() -> None:
    data = read("0,0,0,0,a\n0,0,0,0,b\n" * 9)
    assert data.scale == 1
    assert not data.inputs.any()


def test_reading_stops_when_it_is_cancelled() -> None:
    class Cancelled(Exception):
        pass

    def cancel() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        from_csv(table().encode(), SignalOptions(), cancel)
