"""The built pages: complete, self-contained, and searchable from a file."""

import re
import shutil
import zlib

import pytest

from tests.docs.built import PLACE, needs_pages
from tests.docs.test_extensions import extension  # noqa: F401

pytestmark = [pytest.mark.slow, needs_pages]

FOREIGN = re.compile(
    r"<(?:script|img|iframe|audio|video|source)[^>]+src=[\"'](?:https?:)?//|"
    r"<link[^>]+rel=[\"'](?:stylesheet|preload|icon)[\"'][^>]+href=[\"'](?:https?:)?//"
)


def pages():
    return sorted(PLACE.rglob("*.html"))


def test_no_page_asks_for_anything_elsewhere():
    assert len(pages()) > 200
    for page in pages():
        text = page.read_text(encoding="utf-8")
        assert not FOREIGN.search(text), page
        assert not re.search(r"<script[^>]*mathjax", text, re.IGNORECASE), page
    for sheet in PLACE.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8", errors="replace")
        assert not re.search(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", text), sheet


def test_every_public_name_is_documented(extension):  # noqa: F811
    names = extension("public_names").public_names()
    packed = (PLACE / "objects.inv").read_bytes().split(b"\n", 4)[4]  # four lines of head
    known = {line.split()[0] for line in zlib.decompress(packed).decode().splitlines() if " py:" in line}
    for module, members in names.items():
        if module == "classicxm":  # passes names on; the page links to their rooms
            continue
        missing = {f"{module}.{name}" for name in members} - known
        assert not missing, missing
    top = (PLACE / "generated/api/classicxm.html").read_text(encoding="utf-8")
    for name in names["classicxm"]:
        assert re.search(rf'href="names/classicxm\.\w+\.{name}\.html', top), f"{name} has no link"


def test_every_example_has_a_picture_and_downloads():
    examples = sorted((PLACE / "generated/gallery").glob("plot_*.html"))
    assert len(examples) >= 12
    for page in examples:
        text = page.read_text(encoding="utf-8")
        assert "sphx-glr-single-img" in text and ".ipynb" in text, page.name


def test_code_stands_as_it_was_written():
    """Docstrings are changed for reStructuredText, their examples are not."""
    text = (PLACE / "generated/api/names/classicxm.alignment.CCA.html").read_text(encoding="utf-8")
    assert "correlations_" in text
    for page in (PLACE / "generated/api/names").glob("*.html"):
        for block in re.findall(r"<pre>(.*?)</pre>", page.read_text(encoding="utf-8"), re.DOTALL):
            assert not re.search(r"\w\\_(?!\w)", block), page.name


def test_pages_are_light():
    for page in pages():
        assert page.stat().st_size < 600_000, f"{page}: {page.stat().st_size} bytes"


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs the system's Chromium")
@pytest.mark.parametrize(("asked", "expected"), [("canonical correlation", "CCA"), ("枢纽", "趋势")])
def test_search_works_from_a_file_and_no_request_leaves(asked, expected):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as drivers:
        browser = drivers.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        asked_for = []
        page.on("request", lambda request: asked_for.append(request.url))
        page.goto(f"{(PLACE / 'search.html').as_uri()}?q={asked}")
        page.wait_for_selector("#search-results li", timeout=20_000)
        assert expected in page.inner_text("#search-results")
        page.goto((PLACE / "road.html").as_uri())
        assert page.locator("math").count() > 20
        assert [url for url in asked_for if not url.startswith(("file:", "data:"))] == []
        browser.close()
