"""Tables as other programs write them: delimiters, numbers, encodings, headers, counts."""

import numpy as np
import pytest

from server.data.errors import UploadError
from server.data.uploads import csv_table
from server.data.uploads.number_format import NumberFormat, detect_format
from server.data.uploads.signals import SignalOptions, from_csv
from server.data.uploads.upload import Upload

LABELS = ("up", "down")
SAMPLES = np.round(np.sin(np.arange(72).reshape(12, 6) * 0.7) * 1.1, 3)


def read(text: str | bytes, options: SignalOptions | None = None) -> Upload:
    content = text.encode() if isinstance(text, str) else text
    return from_csv(content, options or SignalOptions(), lambda: None)


def rows(
    delimiter: str = ",", decimal: str = ".", quoted: bool = False, labels: tuple[str, str] = LABELS
) -> list[str]:
    """The rows of a table: six samples and the class."""
    quote = '"' if quoted else ""
    return [
        delimiter.join(
            [*(f"{quote}{sample:.3f}{quote}".replace(".", decimal) for sample in row), labels[number % 2]]
        )
        for number, row in enumerate(SAMPLES.tolist())
    ]


def text(lines: list[str], *before: str) -> str:
    return "\n".join([*before, *lines]) + "\n"


def with_first(cells: list[str]) -> list[str]:
    """The rows with one more column in front."""
    return [f"{cell},{row}" for cell, row in zip(cells, rows(), strict=True)]


@pytest.mark.parametrize(
    "content",
    [
        text(rows(",", ",", quoted=True)),
        text(rows(";", ","), "sep=;"),
        text(rows(";", ","), '"sep=;"'),
        text(rows(), 'a,b,"U (mV; filtered)",d,e,f,class'),
        text(rows(), "0,1,2,3,4,5,class"),
        text(rows(), "1,2,3,4,5,6,class"),
        text(rows(), "a,b,c,d,e,f,class", "mV,mV,mV,mV,mV,mV,"),
        text(rows(), "# made by a logger", "# 12 rows"),
        text(rows(), "Measurements of May", "", "a,b,c,d,e,f,class"),
        text(rows("|")),
        text(rows("  ")),
        text(rows("\t", ",")),
        text(rows()).replace("-", "\u2212"),
        text(
            [row[::-1].replace(",", ":", 1)[::-1] for row in rows()],
            "@problemName waves",
            "@classLabel true",
            "@data",
        ),
        text(rows(), "% an ARFF file", "@relation waves", "@attribute a numeric", "", "@DATA"),
        text(rows(), "@relation 'waves: 2024'", "@attribute time: numeric", "@data"),
    ],
)
def test_files_of_other_programs_give_the_same_data_set(content: str) -> None:
    data = read(content)
    assert data.classes == ("down", "up")
    assert data.inputs[:, 0, 0].tolist() == SAMPLES.tolist()


@pytest.mark.parametrize(
    ("cells", "what"),
    [
        ([str(k) for k in range(12)], "counts the rows"),
        ([str(k) for k in range(1, 13)], "counts the rows"),
        (["7", "3", "0", "11", "1", "5", "10", "2", "9", "4", "8", "6"], "counts the rows"),
        ([f"{0.5 * k:.1f}" for k in range(12)], "counts the rows"),
        ([f"2024-05-{k + 1:02}" for k in range(12)], "dates the rows"),
        ([f"12:{k:02}:00" for k in range(12)], "dates the rows"),
        ([f"patient {k}" for k in range(12)], "names the rows"),
        ([str(1714521600 + k * k) for k in range(12)], "numbers the rows"),
    ],
)
def test_a_column_that_says_nothing_about_the_signal_is_left_out_and_can_be_kept(
    cells: list[str], what: str
) -> None:
    data = read(text(with_first(cells)))
    assert data.inputs[:, 0, 0].tolist() == SAMPLES.tolist()
    (doubt,) = data.doubts
    assert f"Column 1 only {what}. It is left out" in doubt.words
    (reading,) = doubt.readings
    assert (reading.option, reading.value) == ("all_columns", "true")
    if "names" not in what and "dates" not in what:
        kept = read(text(with_first(cells)), SignalOptions(all_columns=True))
        assert kept.inputs.shape == (12, 1, 1, 7)
        assert not kept.doubts


def test_columns_of_samples_are_not_taken_for_a_count() -> None:
    assert read(text(rows())).doubts == ()
    repeated = [str(k // 2) for k in range(12)]
    assert read(text(with_first(repeated))).inputs.shape == (12, 1, 1, 7)


def test_the_class_may_stand_in_any_column() -> None:
    lines = [f"{k},{LABELS[k % 2]},{','.join(map(str, row))}" for k, row in enumerate(SAMPLES.tolist())]
    assert read(text(lines, ",class,a,b,c,d,e,f")).inputs[:, 0, 0].tolist() == SAMPLES.tolist()
    numbers = [line.replace("up", "1").replace("down", "2") for line in lines]
    assert read(text(numbers, ",label,a,b,c,d,e,f")).classes == ("1", "2")
    assert read(text(numbers), SignalOptions("2")).classes == ("1", "2")
    with pytest.raises(UploadError, match="There is no column 9: the rows have 8 cells"):
        read(text(numbers), SignalOptions("9"))


def test_classes_that_begin_alike_stay_apart() -> None:
    long = "premature ventricular contraction lead II type "
    data = read(text(rows(labels=(long + "A", long + "B"))))
    assert data.counts == (6, 6)
    assert [name[-6:] for name in data.classes] == ["type A", "type B"]
    assert max(map(len, data.classes)) <= 40


@pytest.mark.parametrize(
    ("labels", "encoding"),
    [
        (("кот", "пёс"), "cp1251"),
        (("Кошка", "Собака"), "cp866"),
        (("œuf", "Žena"), "cp1252"),
        (("größer", "kleiner"), "cp1252"),
        (("猫", "狗"), "gbk"),
        (("ネコ", "イヌ"), "shift_jis"),
    ],
)
def test_letters_of_an_older_encoding_are_read_with_a_doubt(labels: tuple[str, str], encoding: str) -> None:
    content = text(rows(labels=labels)).encode(encoding)
    data = read(content)
    assert set(data.classes) == set(labels)
    (doubt,) = data.doubts
    assert "Some letters are not in UTF-8" in doubt.words
    others = [reading.value for reading in doubt.readings]
    assert others
    assert encoding not in others
    chosen = read(content, SignalOptions(encoding=others[0]))
    assert set(chosen.classes) != set(labels)
    assert not chosen.doubts


def test_marks_between_thousands_are_read_and_an_ambiguous_comma_is_a_doubt() -> None:
    certain = [f'"{1000 * k * k + 1:,}.5",2.0,3.0,{k % 3},0.5,{LABELS[k % 2]}' for k in range(1, 13)]
    assert read(text(certain)).inputs[:2, 0, 0, 0].tolist() == [1001.5, 4001.5]
    assert read(text(certain)).doubts == ()
    either = [f'"{1000 + 100 * (k * 5 % 13):,}",2.0,3.0,{k % 3},0.5,{LABELS[k % 2]}' for k in range(1, 13)]
    data = read(text(either))
    assert data.inputs[0, 0, 0, 0] == 1500
    (doubt,) = data.doubts
    assert "“1,500” is read as 1500" in doubt.words
    (reading,) = doubt.readings
    assert (reading.option, reading.value) == ("decimal", "comma")
    assert read(text(either), SignalOptions(decimal="comma")).inputs[0, 0, 0, 0] == 1.5


@pytest.mark.parametrize(
    ("number_format", "cell", "number"),
    [
        (NumberFormat(), "−1.5", -1.5),
        (NumberFormat(), "1e-3", 0.001),
        (NumberFormat(".", ","), "1,234,567.5", 1234567.5),
        (NumberFormat(".", ","), "1,23", None),
        (NumberFormat(".", ","), "0,123", None),
        (NumberFormat(".", "'"), "1’234.5", 1234.5),
        (NumberFormat(",", "."), "1.234,5", 1234.5),
        (NumberFormat(",", " "), "1\u202f234,5", 1234.5),
        (NumberFormat(",", ""), "0,5", 0.5),
        (NumberFormat(), "1 2", None),
        (NumberFormat(), "nan", None),
        (NumberFormat(), "", None),
    ],
)
def test_a_number_is_read_as_its_format_says(
    number_format: NumberFormat, cell: str, number: float | None
) -> None:
    assert number_format.parse(cell) == number


def test_the_plainest_format_is_detected() -> None:
    assert detect_format(["1", "2", "x"]) == (NumberFormat(), None)
    assert detect_format(["1,5", "2,25"])[0] == NumberFormat(",", "")
    assert detect_format(["1'000.5"])[0] == NumberFormat(".", "'")


def test_a_text_is_refused_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_table, "MAX_WORDS", 100)
    with pytest.raises(UploadError, match="More than 100 cells are not numbers"):
        read("we,need,five,words,or,more\n" * 30)


def test_rows_that_may_be_pictures_are_a_doubt() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (10, 784)).tolist()
    lines = [",".join(map(str, [k % 2, *row])) for k, row in enumerate(pixels)]
    content = text(lines, "label," + ",".join(map(str, range(784))))
    data = read(content)
    assert data.inputs.shape == (10, 1, 1, 784)
    (doubt,) = data.doubts
    assert "784 = 28×28" in doubt.words
    assert (doubt.readings[0].option, doubt.readings[0].value) == ("pictures", "true")
    as_pictures = read(content, SignalOptions(pictures=True))
    assert as_pictures.inputs.shape == (10, 1, 28, 28)
    assert as_pictures.inputs[0, 0, 1, 0] == pixels[0][28]
    assert not as_pictures.doubts
    with pytest.raises(UploadError, match="not a square picture"):
        read(text(rows()), SignalOptions(pictures=True))


def test_signals_of_several_dimensions_are_refused_with_their_row() -> None:
    lines = ["1,2,3,4:5,6,7,8:up", "1,2,3,5:5,6,7,8:down"]
    with pytest.raises(UploadError, match="Row 2: the signal has 2 dimensions"):
        read(text(lines, "@data"))
