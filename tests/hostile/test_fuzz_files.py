"""Whatever stands in a file that is read in: taken, or refused with what is wrong; never an accident, never a bomb."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
import yaml
from hypothesis import strategies as st

from bot.errors import SettingsError
from bot.knowledge.files import read_answers, read_small_talk
from bot.knowledge.labelled import read_outcomes, read_urgency
from bot.settings import Settings
from tests.hostile.odd import TEXTS, VALUES, fuzz, mutilated

ROOT = Path(__file__).parents[2]
SAMPLES = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in sorted((ROOT / "data/answers").rglob("*.yml"))]
SMALL = [
    {
        "topic": sample["topic"],
        "title": sample["title"],
        "answers": sample.get("answers", [])[:1],
        "questions": sample.get("questions", [])[:1],
    }
    for sample in SAMPLES
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("content")


def _as_yaml(value: object) -> bytes:
    return yaml.safe_dump(value, allow_unicode=True).encode("utf-8", "surrogatepass")


YAML = st.one_of(
    mutilated(SMALL).map(_as_yaml),
    VALUES.map(_as_yaml),
    st.binary(max_size=100),
    st.text(alphabet="{}[]&*!|>'\"%@`:-#?,a1 \n\t", max_size=60).map(str.encode),
)


@fuzz(700, content=YAML)
def test_answers(folder: Path, content: bytes) -> None:
    (folder / "answers.yml").write_bytes(content)
    with contextlib.suppress(SettingsError):
        read_answers(folder)


@fuzz(300, content=YAML)
def test_small_talk(folder: Path, content: bytes) -> None:
    (folder / "nlu.txt").write_bytes(content)
    with contextlib.suppress(SettingsError):
        read_small_talk(folder / "nlu.txt")


LINES = st.lists(st.lists(TEXTS | st.sampled_from(["high", "fraud", "de", "none", "a|b"]), max_size=5).map("\t".join))


@fuzz(600, lines=LINES, named=st.booleans(), junk=st.none() | st.binary(max_size=60))
def test_labelled_messages(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], named: bool, junk: bytes | None
) -> None:
    folder = tmp_path_factory.getbasetemp() / "labelled"
    folder.mkdir(exist_ok=True)
    for read, columns in ((read_urgency, "text\tlevel\treason\tlanguage"), (read_outcomes, "text\tlabel\tlanguage")):
        text = "\n".join([columns, *lines] if named else lines)
        (folder / "made.tsv").write_bytes(text.encode("utf-8", "surrogatepass") if junk is None else junk)
        with contextlib.suppress(SettingsError):
            read(folder)


TOML = st.one_of(
    st.binary(max_size=80),
    st.text(alphabet="[]{}=\"'.,#ab12-:T\n ", max_size=60).map(str.encode),
    st.tuples(
        st.sampled_from(["port", "web.patience", "hours.week", "company.accent", "telegram.token", "redis_url", "web"]),
        st.sampled_from(
            ["1e999", "nan", "-1", '"\\u0000"', "[[]]", "{a={b={}}}", "1979-05-27", "true", "9" * 5000, '"x"']
        ),
    ).map(lambda pair: f"{pair[0]} = {pair[1]}\n".encode()),
)


@fuzz(800, content=TOML)
def test_settings(folder: Path, content: bytes) -> None:
    (folder / "frontline.toml").write_bytes(content)
    with contextlib.suppress(SettingsError):
        Settings.load(folder / "frontline.toml")


BOMBS = {
    "a billion laughs": "a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefghi", "bcdefghij", strict=False))
    + "topic: *j\n",
    "a billion laughs in a phrasing": "x: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(f"x{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefghi", "bcdefghij", strict=False))
    + "topic: t\ntitle: {de: t}\nanswers: [{id: a, de: {question: q, text: t, phrasings: *j}}]\n",
    "an abyss": "[" * 50_000,
    "a loop": "a: &a {topic: t, answers: *a}\n",
    "an object of Python's": "!!python/object/apply:os.system ['true']\n",
    "a number without end": "topic: t\ntitle: {de: t}\nanswers: [{id: a, valid_from: " + "9" * 10_000 + "}]\n",
    "the last day there is": "topic: t\ntitle: {de: t}\nanswers:\n"
    "- {id: a, valid_until: 9999-12-31, de: {question: q, text: t}}\n",
    "a moment before the first": "topic: t\ntitle: {de: t}\nanswers:\n"
    "- {id: a, valid_from: 0001-01-01T00:00:00+02:00, de: {question: q, text: t}}\n",
    "merged keys": "a: &a {b: 1}\n" + "<<: [" + ",".join(["*a"] * 9999) + "]\n",
}


@pytest.mark.timeout(30)
@pytest.mark.parametrize("bomb", BOMBS, ids=str)
def test_a_bomb_in_a_file_is_refused(bomb: str, tmp_path: Path) -> None:
    (tmp_path / "bomb.yml").write_text(BOMBS[bomb], encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        read_answers(tmp_path)
    assert all(len(fault.wrong) < 2000 for fault in refused.value.faults)
    assert len(refused.value.faults) < 200
    with pytest.raises(SettingsError):
        read_small_talk(tmp_path / "bomb.yml")
