"""The licence is whole."""

from __future__ import annotations

from itertools import pairwise

from tests.docs.pages import read


def test_the_licence_is_whole() -> None:
    text = read("LICENSE")
    places = [text.index(f"\n   {number}. ") for number in range(1, 10)]
    assert all(before < after for before, after in pairwise(places))
    assert "Apache License" in text.splitlines()[0]
    assert (
        text.index("END OF TERMS AND CONDITIONS") < text.index("APPENDIX") < text.index("limitations under the License")
    )
