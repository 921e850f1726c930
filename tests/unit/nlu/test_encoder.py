"""An encoder from a folder: what it makes of texts, and what it says where it cannot be used."""

from __future__ import annotations

import builtins
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from nlu.encoder import MOST_TOKENS, Encoder, EncoderError, main
from tests.encoders import make_encoder

WORDS = (("kündigung", "cancellation", "quitting"), ("rechnung", "invoice"), ("schornstein", "chimney"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An encoder that knows three matters in two languages."""
    return make_encoder(tmp_path / "encoder", WORDS)


def nearness(encoder: Encoder, one: str, other: str) -> float:
    first, second = encoder.encode([one, other])
    return float(first @ second)


def test_what_means_the_same_is_near_without_a_letter_in_common(folder: Path) -> None:
    encoder = Encoder.open(folder)
    assert nearness(encoder, "Kündigung", "cancellation") > 0.9
    assert nearness(encoder, "Kündigung", "invoice") < 0.5


def test_vectors_have_the_length_one_and_no_text_changes_its_neighbours(folder: Path) -> None:
    encoder = Encoder.open(folder)
    texts = ["kündigung", "invoice chimney kündigung", "rechnung bitte", "chimney"] * 40
    together = encoder.encode(texts)
    assert together.dtype == np.float32
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0)
    for text, vector in zip(texts[:4], together, strict=False):
        assert np.array_equal(encoder.encode([text])[0], vector)


@pytest.mark.parametrize("text", ["", "🙂", "xyzzy plugh"])
def test_what_it_does_not_know_is_near_nothing(folder: Path, text: str) -> None:
    assert not Encoder.open(folder).encode([text]).any()


def test_of_a_long_text_the_beginning_is_read(folder: Path) -> None:
    encoder = Encoder.open(folder)
    long = " ".join(["invoice"] * MOST_TOKENS)
    assert np.array_equal(encoder.encode([long])[0], encoder.encode([f"{long} {'chimney ' * 500}"])[0])


def test_the_model_may_be_in_a_folder_of_its_own_and_pool_by_itself(folder: Path, tmp_path: Path) -> None:
    other = make_encoder(tmp_path / "other", WORDS, model="onnx/model.onnx", pooled=True)
    texts = ["kündigung bitte", "invoice"]
    assert np.allclose(Encoder.open(folder).encode(texts), Encoder.open(other).encode(texts), atol=1e-6)


def test_the_fingerprint_tells_models_apart_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    other = make_encoder(tmp_path / "other", WORDS[:2])
    found = [Encoder.open(one).fingerprint for one in (folder, copy, other)]
    assert found[0] == found[1] != found[2]
    assert Encoder.open(copy, found[0]).fingerprint == found[0]
    with pytest.raises(EncoderError, match=r"another encoder than the snapshot was fitted with.*understanding.encoder"):
        Encoder.open(other, found[0])


def test_a_model_that_was_replaced_is_noticed(folder: Path) -> None:
    before = Encoder.open(folder)
    assert Encoder.open(folder) is before
    make_encoder(folder, WORDS[:2])
    assert Encoder.open(folder).fingerprint != before.fingerprint


def test_it_says_what_is_missing(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"there is no folder .*/nowhere: mend understanding.encoder"):
        Encoder.open(tmp_path / "nowhere")
    (folder / "tokenizer.json").unlink()
    with pytest.raises(EncoderError, match=r"lacks tokenizer\.json"):
        Encoder.open(folder)
    (folder / "model.onnx").unlink()
    with pytest.raises(EncoderError, match=r"lacks model\.onnx or onnx/model\.onnx"):
        Encoder.open(folder)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_broken_file_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"{}")
    with pytest.raises(EncoderError, match="cannot be read"):
        Encoder.open(folder)


@pytest.mark.parametrize(
    ("mode", "pooled", "fine"), [("mean", False, True), ("cls", False, False), ("cls", True, True)]
)
def test_a_model_that_would_be_pooled_otherwise_is_refused(tmp_path: Path, mode: str, pooled: bool, fine: bool) -> None:
    folder = make_encoder(tmp_path, WORDS, pooled=pooled)
    (folder / "1_Pooling").mkdir()
    modes = {
        "word_embedding_dimension": 16,
        "pooling_mode_mean_tokens": mode == "mean",
        "pooling_mode_cls_token": mode == "cls",
    }
    (folder / "1_Pooling/config.json").write_text(json.dumps(modes), encoding="utf-8")
    if fine:
        assert Encoder.open(folder).width == 16
    else:
        with pytest.raises(EncoderError, match="does not pool by the mean"):
            Encoder.open(folder)


def test_a_model_of_another_kind_is_refused(folder: Path) -> None:
    model = onnx.load(folder / "model.onnx")
    model.graph.input[0].name = "pixel_values"
    for node in model.graph.node:
        node.input[:] = ["pixel_values" if name == "input_ids" else name for name in node.input]
    onnx.save(model, folder / "model.onnx")
    with pytest.raises(EncoderError, match=r"no sentence encoder.*it must take input_ids and attention_mask"):
        Encoder.open(folder)


@pytest.mark.parametrize("package", ["onnxruntime", "tokenizers"])
def test_a_package_that_is_missing_is_named_with_the_extra(
    folder: Path, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == package:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(EncoderError, match=f"{package} is not installed: install the extra `encoder`"):
        Encoder.open(folder)


def test_the_command_tells_what_is_wrong_and_what_to_do(folder: Path, tmp_path: Path) -> None:
    assert main([str(folder)]) is None
    wrong, hint = str(main([str(tmp_path / "nowhere")])).splitlines()
    assert "nowhere" in wrong
    assert "understanding.encoder" in hint
