"""Only well-formed, harmless outputs of bounded size come out of `clean_outputs`."""

import base64
from typing import Any

import nbformat
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.sandbox import clean_outputs
from dnnkit.widgets.picture import Plane, as_image, as_svg

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(30)).decode()
JPEG = base64.b64encode(b"\xff\xd8\xff" + bytes(30)).decode()


def shown(**data: Any) -> list[dict[str, Any]]:
    """Clean one displayed object; `image_png=` stands for "image/png"."""
    given = {mime.replace("_", "/", 1): content for mime, content in data.items()}
    return clean_outputs([{"output_type": "display_data", "data": given, "metadata": {"x": 1}}])


def test_good_outputs_are_kept() -> None:
    data = {"text/plain": "x", "text/latex": "$x$", "image/png": PNG, "image/jpeg": JPEG}
    good = [
        {"output_type": "stream", "name": "stderr", "text": "warned\n"},
        {"output_type": "display_data", "data": data, "metadata": {}},
        {"output_type": "execute_result", "data": {"text/plain": "2"}, "metadata": {}, "execution_count": 3},
        {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["a", "b"]},
    ]
    assert clean_outputs(good) == good
    assert clean_outputs(clean_outputs(good)) == good


@pytest.mark.parametrize("mime", ["text_html", "image_svg+xml", "application_javascript", "text_markdown", "x"])
def test_active_content_is_dropped(mime: str) -> None:
    assert shown(**{mime: "<script>alert(1)</script>"}) == []
    [output] = shown(**{mime: "<script>", "text_plain": "x"})
    assert output["data"] == {"text/plain": "x"}


@pytest.mark.parametrize(
    "content",
    [
        '" onerror="alert(1)',
        base64.b64encode(b"<svg onload='alert(1)'>").decode(),
        JPEG,
        PNG + '">',
        "é" * 20,
        7,
        base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(2 << 20)).decode(),
    ],
    ids=["attribute", "svg", "jpeg", "tail", "not ascii", "number", "too large"],
)
def test_a_picture_is_a_picture_of_its_kind(content: Any) -> None:
    assert shown(image_png=content) == []


PLANE = Plane("y's", np.arange(6.0).reshape(2, 3), marked=(slice(0, 1), slice(0, 2)))
STILL = as_image(as_svg([[PLANE]], "A < b"), '"3 < 4" & so on')


def test_the_still_picture_of_a_widget_is_kept() -> None:
    [output] = shown(text_html=STILL, text_plain="3 < 4")
    assert output["data"] == {"text/plain": "3 < 4", "text/html": STILL}


@pytest.mark.parametrize(
    "html",
    [
        STILL + "<script>alert(1)</script>",
        STILL.replace("<img", "<img onerror='alert(1)'"),
        STILL.replace('alt="', 'alt="" onload="alert(1)" title="'),
        STILL.replace("data:image/svg+xml", "data:text/html"),
        STILL.replace("data:image/svg+xml;base64,", "https://example.org/"),
        STILL.replace('"/>', "A" * (2 << 20) + '"/>'),
        STILL + "\n",
        STILL.replace("so on", "o" * 1001),
        as_image("<svg xmlns='http://www.w3.org/2000/svg'><g id='a'/><use href='#a'/></svg>", "Multiplies itself"),
        as_image("<!DOCTYPE svg [<!ENTITY a 'aaa'>]><svg xmlns='http://www.w3.org/2000/svg'>&a;</svg>", "Grows"),
        as_image("<svg xmlns:x='http://www.w3.org/2000/svg'><x:use href='#a'/></svg>", "Under another name"),
        as_image("<svg ><image href='data:image/svg+xml;base64,PHN2Zy8+'/></svg>", "Another one inside"),
        as_image("<svg ><image href='data:image&#x2F;svg+xml;base64,PHN2Zy8+'/></svg>", "The same in disguise"),
        STILL.replace("PHN2", "//79"),
    ],
    ids=[
        "tail",
        "handler",
        "attribute",
        "type",
        "address",
        "size",
        "line",
        "alt",
        "use",
        "entity",
        "prefix",
        "nested",
        "disguised",
        "bytes",
    ],
)
def test_any_other_html_is_dropped(html: str) -> None:
    assert shown(text_html=html) == []


def test_a_picture_broken_into_lines_is_joined() -> None:
    [output] = shown(image_png=[PNG[:20] + "\n", PNG[20:] + "\n"])
    assert output["data"]["image/png"] == PNG


def test_pictures_are_bounded_together() -> None:
    large = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(1_400_000)).decode()
    picture = {"output_type": "display_data", "data": {"image/png": large}}
    assert len(clean_outputs([picture] * 20)) == (8 << 20) // len(large)


def test_text_is_bounded_but_errors_still_come_through() -> None:
    flood = [{"output_type": "stream", "name": "stdout", "text": "x" * 10_000}] * 50
    error = {"output_type": "error", "ename": "E", "evalue": "v" * 300_000, "traceback": ["t"]}
    *streams, last = clean_outputs([*flood, error], max_text=1000)
    assert 1000 <= sum(len(output["text"]) for output in streams) < 1100
    assert last["ename"] == "E"
    assert len(last["evalue"]) < 200_001


def test_there_are_at_most_200() -> None:
    assert len(clean_outputs([{"output_type": "stream", "text": "x"}] * 1000)) == 200


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("\ud800") | st.just(PNG),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["output_type", "name", "text", "data", "ename", "traceback", "text/plain", "image/png"]),
            inner | st.sampled_from(["stream", "error", "display_data", "execute_result"]),
            max_size=5,
        )
    ),
    max_leaves=20,
)


@settings(deadline=None, max_examples=100)
@given(st.lists(anything, max_size=5) | anything)
def test_whatever_comes_in_a_valid_notebook_comes_out(outputs: Any) -> None:
    cell = nbformat.v4.new_code_cell("", outputs=nbformat.from_dict(clean_outputs(outputs)))
    notebook = nbformat.v4.new_notebook(cells=[cell])
    nbformat.validate(nbformat.reads(nbformat.writes(notebook).encode().decode(), 4))


def test_arrays_in_place_of_texts_are_dropped() -> None:
    odd = np.arange(3)  # as a forged answer may have them
    assert clean_outputs([{"output_type": odd}, {"output_type": "stream", "name": odd, "text": odd}]) == []
    [output] = clean_outputs([{"output_type": "execute_result", "execution_count": odd, "data": {"text/plain": "x"}}])
    assert output["execution_count"] is None
