"""A sentence encoder from a local folder: texts that mean the same lie side by side, though they share no letter.

The layout is that of the exports of sentence-transformers (Reimers and Gurevych 2019, "Sentence-BERT"; across languages Reimers and Gurevych
2020, "Making Monolingual Sentence Embeddings Multilingual using Knowledge Distillation"). It is optional, and only here is `onnxruntime` used.
Nothing is ever loaded from a network.

    python -m nlu.encoder FOLDER    says what is wrong with an encoder in this environment, if anything is
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

SETTING = "understanding.encoder"
"""What an operator names the folder with."""
MOST_TOKENS = 128
"""Of a longer text the beginning is read."""
_MODELS = ("model.onnx", "onnx/model.onnx")
_TOKENIZER = "tokenizer.json"
_POOLING = "1_Pooling/config.json"
_POOLED = "sentence_embedding"
_HIDDEN = "last_hidden_state"
_TOGETHER = 32
_SILENT = 4  # what goes wrong is raised, and told here
_SHORT = 12  # hex digits of a fingerprint that tell encoders apart in a version

Vectors = npt.NDArray[np.float32]


class EncoderError(ValueError):
    """The encoder cannot be used. Says what is wrong, and in `hint` what a person can do."""

    def __init__(self, wrong: str, hint: str) -> None:
        self.wrong = wrong
        self.hint = hint
        super().__init__(f"{wrong}: {hint}")


class Encoder:
    """Turns texts into vectors of unit length. Safe to share between threads."""

    def __init__(self, folder: Path, fingerprint: str, session: InferenceSession, tokenizer: Tokenizer) -> None:
        """Use `open`, which finds and checks the parts."""
        self.folder = folder
        self.fingerprint = fingerprint
        self._session = session
        self._tokenizer = tokenizer
        self._inputs = [one.name for one in session.get_inputs()]
        outputs = [one.name for one in session.get_outputs()]
        self._output = next((name for name in (_POOLED, _HIDDEN) if name in outputs), outputs[0])
        self.averages = self._output != _POOLED
        """Whether the vector of a text is the mean of its tokens', instead of what the model makes of them."""
        self.width = self._run(np.zeros((1, 1), np.int64)).shape[1]
        """The length of a vector."""

    @classmethod
    def open(cls, folder: Path, fingerprint: str | None = None) -> Encoder:
        """The encoder in a folder; opened once for each state of its files. Raises EncoderError where it cannot be used.

        `fingerprint`: that of the encoder it must be, where one was used before.
        """
        folder = folder.absolute()
        found = _opened(folder, tuple((path, *_state(path)) for path in _parts(folder)))
        if fingerprint is not None and found.fingerprint != fingerprint:
            hint = f"put the one back that was used, or set {SETTING} and run `frontline train`"
            raise EncoderError(f"{folder} holds another encoder than the snapshot was fitted with", hint)
        return found

    @property
    def mark(self) -> str:
        """The beginning of the fingerprint, fit for a version."""
        return self.fingerprint[:_SHORT]

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One vector of unit length a text; of zeros where the encoder knows no part of it.

        Texts of equally many tokens are read together, so that nothing is padded: padding would change the last digits, and in quantised
        models not only those.
        """
        tokenized = [one.ids for one in self._tokenizer.encode_batch(list(texts))]
        order = sorted((i for i, ids in enumerate(tokenized) if ids), key=lambda i: len(tokenized[i]))
        vectors = np.zeros((len(texts), self.width), np.float32)
        for _, group in groupby(order, key=lambda i: len(tokenized[i])):
            members = list(group)
            for begin in range(0, len(members), _TOGETHER):
                where = members[begin : begin + _TOGETHER]
                vectors[where] = self._run(np.array([tokenized[i] for i in where], np.int64))
        return vectors

    def _run(self, ids: npt.NDArray[np.int64]) -> Vectors:
        values = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        (found,) = self._session.run([self._output], {name: values[name] for name in self._inputs})
        pooled = found.mean(axis=1) if self.averages else found  # nothing is padded: the mask lets every token through
        length = np.linalg.norm(pooled, axis=1, keepdims=True)
        return np.asarray(pooled / np.maximum(length, 1e-9), np.float32)


@lru_cache(maxsize=2)
def _opened(folder: Path, parts: tuple[tuple[Any, ...], ...]) -> Encoder:
    """`parts`: the files with what tells their states apart, model first, tokenizer last."""
    files = [part[0] for part in parts]
    session, tokenizer = _loaded(files[0], files[-1])
    try:
        encoder = Encoder(folder, _fingerprint(files), session, tokenizer)
    except Exception as error:  # whatever another kind of model makes of a token
        hint = f"it must take input_ids and attention_mask and give {_HIDDEN} or {_POOLED}"
        raise EncoderError(f"the model in {folder} is no sentence encoder ({_first_line(error)})", hint) from None
    if encoder.averages:
        _refuse_other_pooling(folder)
    return encoder


def _loaded(model: Path, tokenizer: Path) -> tuple[InferenceSession, Tokenizer]:
    """Both with one thread and without padding."""
    try:
        import onnxruntime
        from tokenizers import Tokenizer
    except ImportError as error:
        hint = "install the extra `encoder` in this environment (`make install-encoder`)"
        raise EncoderError(f"the package {error.name} is not installed", hint) from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _SILENT
    try:
        session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        reader = Tokenizer.from_file(str(tokenizer))
    except Exception as error:  # both packages raise all kinds
        hint = "export the model again, see docs/understanding.md"
        raise EncoderError(f"the encoder in {tokenizer.parent} cannot be read ({_first_line(error)})", hint) from None
    reader.no_padding()
    reader.enable_truncation(MOST_TOKENS)
    return session, reader


def _parts(folder: Path) -> list[Path]:
    """The files of an encoder: model, its weights where they are in a file of their own, tokenizer."""
    if not folder.is_dir():
        raise EncoderError(f"there is no folder {folder}", f"mend {SETTING}, or put the encoder there")
    model = next((folder / name for name in _MODELS if (folder / name).is_file()), None)
    if model is None or not (folder / _TOKENIZER).is_file():
        missing = " or ".join(_MODELS) if model is None else _TOKENIZER
        raise EncoderError(f"{folder} lacks {missing}", "export the model to ONNX, see docs/understanding.md")
    weights = model.with_name(f"{model.name}_data")
    return [model, *([weights] if weights.is_file() else []), folder / _TOKENIZER]


def _refuse_other_pooling(folder: Path) -> None:
    """A model whose vectors are made otherwise than by the mean would be read wrongly, and nobody would notice."""
    file = folder / _POOLING
    if not file.is_file():
        return
    try:
        modes = dict(json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, TypeError):
        raise EncoderError(f"{file} is not what sentence-transformers writes", "export the model again") from None
    used = [name for name, on in modes.items() if name.startswith("pooling_mode_") and on is True]
    if used and used != ["pooling_mode_mean_tokens"]:
        hint = f"export it with an output {_POOLED}, or take a model that does"
        raise EncoderError(f"the model in {folder} does not pool by the mean ({', '.join(used)})", hint)


def _state(path: Path) -> tuple[int, int, int]:
    stat = path.stat()
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def _fingerprint(files: Sequence[Path]) -> str:
    """SHA-256 of the files, one after the other."""
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as source:
            while block := source.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]


def main(arguments: list[str]) -> str | None:
    """What is wrong with the encoder in a folder and what to do, a line each; None where nothing is."""
    try:
        Encoder.open(Path(arguments[0]))
    except EncoderError as error:
        return f"{error.wrong}\n{error.hint}"
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
