"""A sentence encoder that tests make themselves: a table of words and the mean, run by the real onnxruntime."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import Whitespace

_UNKNOWN = "[UNK]"
_WIDTH = 16
_OPSET, _IR = 17, 8  # what every onnxruntime of both environments reads


def make_encoder(
    folder: Path, meanings: Sequence[Sequence[str]], *, model: str = "model.onnx", pooled: bool = False
) -> Path:
    """Write an encoder in which the words of one meaning are neighbours; a word that it does not know means nothing.

    `pooled`: the model gives `sentence_embedding` by itself, instead of `last_hidden_state`.
    """
    generator = np.random.default_rng(1)
    table, vocabulary = [np.zeros(_WIDTH)], {_UNKNOWN: 0}
    for words in meanings:
        middle = generator.normal(size=_WIDTH)
        for word in words:
            vocabulary[word] = len(table)
            table.append(middle + 0.2 * generator.normal(size=_WIDTH))
    tokenizer = Tokenizer(WordLevel(vocabulary, _UNKNOWN))
    tokenizer.normalizer = Lowercase()
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.enable_padding(length=64)  # as exports have it, to a length of their own
    (folder / model).parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    onnx.save(_model(np.array(table, np.float32), pooled), str(folder / model))
    return folder


def _model(table: np.ndarray, pooled: bool) -> onnx.ModelProto:
    """Tokens looked up in the table, those that the mask hides being nothing."""
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["found"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["shown"]),
        helper.make_node("Mul", ["found", "shown"], ["last_hidden_state"]),
    ]
    name, shape = "last_hidden_state", ["texts", "tokens", _WIDTH]
    if pooled:
        nodes.append(helper.make_node("ReduceMean", [name], ["sentence_embedding"], axes=[1], keepdims=0))
        name, shape = "sentence_embedding", ["texts", _WIDTH]
    inputs = [
        helper.make_tensor_value_info(one, TensorProto.INT64, ["texts", "tokens"])
        for one in ("input_ids", "attention_mask")
    ]
    weights = [numpy_helper.from_array(table, "table"), numpy_helper.from_array(np.array([2]), "last")]
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)]
    graph = helper.make_graph(nodes, "words", inputs, outputs, weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR)
