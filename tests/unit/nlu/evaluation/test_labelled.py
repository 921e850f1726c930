"""Reading labelled questions, and what is said about broken files."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlu.evaluation.labelled import MOST_FAULTS, Row, Unreadable, read_labelled


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "rows.tsv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def faults_in(folder: Path, text: str | bytes, out_of_scope: tuple[str, ...] = ()) -> list[tuple[int, str]]:
    with pytest.raises(Unreadable) as caught:
        read_labelled(written(folder, text), out_of_scope)
    assert all(fault.hint for fault in caught.value.faults)
    return [(fault.line, fault.wrong) for fault in caught.value.faults]


def test_labels_may_hold_anything_and_be_several(tmp_path: Path) -> None:
    text = "label\ttext\nweather/find\tis it \"wet\"?\na b | c,d|a b\thm, 'so'\n"
    assert read_labelled(written(tmp_path, text)) == [
        Row('is it "wet"?', ("weather/find",)),
        Row("hm, 'so'", ("a b", "c,d")),
    ]


def test_more_columns_a_byte_order_mark_and_windows_lines_are_fine(tmp_path: Path) -> None:
    text = "\ufefftext\tlabel\tlanguage\r\nhallo\ta\tde\r\nhi\tb\r\n"
    assert read_labelled(written(tmp_path, text)) == [Row("hallo", ("a",)), Row("hi", ("b",))]


def test_a_line_separator_within_a_text_ends_no_line(tmp_path: Path) -> None:
    assert [row.labels for row in read_labelled(written(tmp_path, "text\tlabel\none\u2028two\x0cthree\ta\n"))] == [
        ("a",)
    ]


def test_out_of_scope_rows_have_no_label(tmp_path: Path) -> None:
    text = "text\tlabel\nwho won\toos\nmy bill\tbill\nhm\tother\n"
    rows = read_labelled(written(tmp_path, text), ["oos", "other"])
    assert [row.labels for row in rows] == [(), ("bill",), ()]


@pytest.mark.parametrize("label", ["intent:greet", "elsewhere:", "=", "=intent:greet"])
def test_a_label_is_never_taken_for_a_word_of_the_matcher(tmp_path: Path, label: str) -> None:
    (row,) = read_labelled(written(tmp_path, f"text\tlabel\nhi\t{label}\n"))
    assert row.labels == (f"={label}",)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "lacks text and label"),
        ("wo ist es\tbill\n", 1, "lacks text and label"),
        ("text\tintent\nhi\ta\n", 1, "lacks label"),
        ("text\tlabel\n", 2, "no row"),
        ("text\tlabel\nhi\ta\n \ta\n", 3, "text is empty"),
        ("text\tlabel\nhi\ta\n\nho\ta\n", 3, "text is empty"),
        ("text\tlabel\nhi\t \n", 2, "label is empty"),
        ("text\tlabel\nhi\ta|\n", 2, "label is empty"),
        ("text\tlabel\nhi\n", 2, "label is empty"),
        ("text\tlabel\nhi\tthere\ta\n", 2, "3 cells"),
        ("text\tlabel\nhi\ta|oos\n", 2, "out of scope"),
        (b"text\tlabel\nhi\ta\nh\xfcte\ta\n", 3, "not UTF-8"),
        (b"\xff\xfet\x00", 1, "not UTF-8"),
    ],
)
def test_a_fault_tells_its_line(tmp_path: Path, text: str | bytes, line: int, words: str) -> None:
    ((where, wrong),) = faults_in(tmp_path, text, ("oos",))
    assert where == line
    assert words in wrong


def test_all_faults_are_listed_up_to_a_bound(tmp_path: Path) -> None:
    few = faults_in(tmp_path, "text\tlabel\n" + "\ta\nhi\t\n" * (MOST_FAULTS // 2))
    assert [line for line, _ in few] == list(range(2, MOST_FAULTS + 2))
    many = faults_in(tmp_path, "text\tlabel\n" + "hi\t\n" * (MOST_FAULTS + 3))
    assert [line for line, _ in many] == [*range(2, MOST_FAULTS + 2), 0]
    assert "3 more" in many[-1][1]


def test_a_missing_file_is_a_fault_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="cannot be read"):
        read_labelled(tmp_path / "none.tsv")
