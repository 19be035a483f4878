"""The page in a real Chromium: keyboard, upload, drop, paste and microphone, light and dark, phone, no script."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from classicxm.alignment import PLSSVD
from classicxm.datasets import Collection
from classicxm.retrieval import CrossModalRetriever
from tests.web.conftest import retriever_of
from tests.web.running import Running, running

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine; install chromium"),
]
MICROPHONE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


@pytest.fixture(scope="module")
def other(scenes: Collection) -> CrossModalRetriever:
    return retriever_of(scenes, aligner=PLSSVD(6))


@pytest.fixture(scope="module")
def server(saved: Path, other: CrossModalRetriever, tmp_path_factory) -> Iterator[Running]:
    """The same collection under two alignments."""
    with running(saved, other.save(tmp_path_factory.mktemp("other") / "scenes-pls")) as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", *MICROPHONE])
        yield browser
        browser.close()


@pytest.fixture(params=[{}], ids=["plain"])
def page(browser, server, request) -> Iterator[object]:
    context = browser.new_context(base_url=server.base, permissions=["microphone"], **request.param)
    page = context.new_page()
    errors, elsewhere = [], []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))

    def requested(request) -> None:
        if not request.url.startswith((server.base, "blob:", "data:")):
            elsewhere.append(request.url)

    page.on("request", requested)
    yield page
    context.close()
    assert not errors and not elsewhere


def ids(page) -> list[str]:
    return page.locator("#results > .card").evaluate_all("cards => cards.map(card => card.dataset.id)")


def settled(page) -> None:
    page.wait_for_selector("body:not(.busy)")


def searched(page, text: str = "a red circle") -> list[str]:
    page.goto("/")
    page.fill("#text", text)
    page.keyboard.press("Enter")
    page.wait_for_url("**text=*")
    settled(page)
    return ids(page)


def test_text_likes_history_and_reload(page, retriever):
    found = searched(page)
    assert found == [hit.id for hit in retriever.search({"text": "a red circle"}, "image", 24)]
    page.locator(".card .like").nth(2).click()
    page.wait_for_url("**like=*")
    settled(page)
    liked = ids(page)
    expected = retriever.search([{"text": "a red circle"}, found[2]], "image", 24)
    assert liked == [hit.id for hit in expected]
    page.reload()
    assert ids(page) == liked
    page.go_back()
    page.wait_for_url(lambda url: "like=" not in url)
    settled(page)
    assert ids(page) == found


@pytest.mark.parametrize("modality", ["image", "audio", "video"])
def test_files_are_chosen_and_the_address_keeps_them(page, scenes, retriever, modality):
    page.goto("/")
    page.set_input_files("#file", scenes[3][modality])
    page.wait_for_url("**vector=*")
    settled(page)
    expected = [hit.id for hit in retriever.search({modality: scenes[3][modality]}, "image", 24)]
    assert ids(page) == expected
    page.reload()
    assert ids(page) == expected
    page.locator(".card .why").first.click()
    page.wait_for_selector("#dialog-body #why table")
    assert page.locator("#dialog-body .side").count() == 2


@pytest.mark.parametrize("way", ["drop", "paste"])
def test_files_are_dropped_and_pasted(page, scenes, retriever, way):
    page.goto("/")
    content = list(Path(scenes[3]["image"]).read_bytes())
    page.evaluate(
        """([way, content]) => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(content)], "a.png", { type: "image/png" }));
          const options = { bubbles: true, cancelable: true };
          const event = way === "drop" ? new DragEvent("drop", { ...options, dataTransfer: data })
            : new ClipboardEvent("paste", { ...options, clipboardData: data });
          document.querySelector("#text").dispatchEvent(event);
        }""",
        [way, content],
    )
    page.wait_for_url("**vector=*")
    settled(page)
    assert ids(page) == [hit.id for hit in retriever.search({"image": scenes[3]["image"]}, "image", 24)]


def test_a_filter_holds_for_every_question(page, retriever):
    searched(page)
    link = page.locator(".facets a").first
    name, value = page.locator(".facets summary").first.inner_text(), link.inner_text()
    link.click()
    page.wait_for_url("**filter=*")
    settled(page)
    page.fill("#text", "a blue square")
    page.keyboard.press("Enter")
    page.wait_for_url("**text=a+blue*")
    settled(page)
    expected = retriever.search({"text": "a blue square"}, "image", 24, where=f'{name}="{value}"')
    assert ids(page) == [hit.id for hit in expected]
    assert "within the filter" in page.locator("#status").inner_text()


def test_pages_downloads_and_copies_keep_the_whole_question(page, retriever):
    first = searched(page)
    expected = [hit.id for hit in retriever.search({"text": "a red circle"}, "image", 48)]
    page.click("a[rel=next]")
    page.wait_for_url("**page=2*")
    settled(page)
    assert first + ids(page) == expected
    page.go_back()
    settled(page)
    saved = {}
    for kind in ("JSON", "CSV", "TREC"):
        with page.expect_download() as download:
            page.locator(".tools a", has_text=kind).click()
        saved[kind] = Path(download.value.path()).read_text(encoding="utf-8")
    assert [hit["id"] for hit in json.loads(saved["JSON"])["hits"]][:24] == expected[:24]
    assert [row["id"] for row in csv.DictReader(saved["CSV"].splitlines())][:24] == expected[:24]
    assert [line.split()[2] for line in saved["TREC"].splitlines()][:24] == expected[:24]
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click(".tools summary")
    for what, words in {
        "link": f"{page.url.partition('?')[0]}?text=a+red+circle",
        "command": "classicxm search",
        "python": "Client('http",
    }.items():
        page.click(f"[data-copy=as-{what}]")
        page.locator("#status", has_text="Copied.").wait_for()
        assert words in page.evaluate("navigator.clipboard.readText()")


@pytest.mark.parametrize(
    ("target", "drawn"),
    [
        ("text", ".text mark"),
        ("image", "svg.heat rect"),
        ("audio", "svg.time rect"),
        ("video", "svg.time rect"),
    ],
)
def test_why_draws_what_speaks_for_an_answer_of_every_modality(page, target, drawn):
    page.goto(f"/why?text=a+red+circle&id=scene-0005&target={target}")
    question, answer = page.locator(".side").all()
    assert question.locator("mark").count() > 0 and answer.locator(drawn).count() > 0
    score = float(page.locator("[data-score]").get_attribute("data-score"))
    for side in (question, answer):
        rows = side.locator("td[data-value]").evaluate_all("cells => cells.map(cell => +cell.dataset.value)")
        assert sum(rows) == pytest.approx(score, abs=1e-6)


def test_two_alignments_stand_side_by_side(page, retriever, other):
    page.goto("/compare?text=a+red+circle&left=scenes-model&right=scenes-pls")
    columns = page.locator(".pair > section").all()
    for column, name, model in zip(columns, ("CCA", "PLS"), (retriever, other), strict=True):
        assert name in column.locator("h2").first.inner_text()
        shown = column.locator(".card").evaluate_all("cards => cards.map(card => card.dataset.id)")
        assert shown == [hit.id for hit in model.search({"text": "a red circle"}, "image", len(shown))]
    assert page.locator(".card.both").count() % 2 == 0


def test_sound_is_recorded_from_the_microphone(page):
    page.goto("/")
    page.click("#record")
    page.wait_for_timeout(1200)
    page.click("#record")
    page.wait_for_url("**vector=audio*")
    settled(page)
    assert len(ids(page)) == 24


def test_the_journey_by_keyboard_alone(page):
    page.goto("/")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("green square")
    page.keyboard.press("Enter")
    page.wait_for_url("**text=green*")
    settled(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    first = ids(page)
    assert page.evaluate("document.activeElement.closest('.card').dataset.id") == first[1]
    page.keyboard.press("e")
    page.wait_for_selector("#dialog-body #why table")
    rows = page.locator("#dialog-body .side").last.locator("td[data-value]")
    total = sum(float(value) for value in rows.evaluate_all("cells => cells.map(cell => cell.dataset.value)"))
    score = float(page.locator("#dialog-body [data-score]").get_attribute("data-score"))
    assert total == pytest.approx(score, abs=1e-6)
    assert page.locator("#dialog-body svg.heat rect").count() > 0
    page.keyboard.press("Escape")
    page.keyboard.press("u")
    page.wait_for_url("**unlike=*")
    settled(page)
    page.keyboard.press("?")
    assert page.locator("#dialog-body kbd").count() > 5
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("s")
    page.wait_for_url(lambda url: "text=" not in url and "like=" in url)
    settled(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_url("**/item?*")


@pytest.mark.parametrize("page", [PHONE], indirect=True, ids=["phone"])
@pytest.mark.parametrize(
    "path", ["/", "/?text=red", "/compare?text=red", "/docs", "/why?text=red&id=scene-0001"]
)
def test_a_phone_scrolls_one_way(page, path):
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("page", [{"java_script_enabled": False}], indirect=True, ids=["no script"])
def test_without_a_script_everything_is_a_form_or_a_link(page, scenes, retriever):
    page.goto("/")
    page.fill("#text", "red")
    page.click(".go")
    cards = page.locator("#results > .card")
    expected = [hit.id for hit in retriever.search({"text": "red"}, "image", 24)]
    assert [cards.nth(n).get_attribute("data-id") for n in range(24)] == expected
    page.goto("/")
    page.set_input_files("#file", scenes[3]["image"])
    page.click("button.no-js")
    expected = [hit.id for hit in retriever.search({"image": scenes[3]["image"]}, "image", 24)]
    assert [cards.nth(n).get_attribute("data-id") for n in range(24)] == expected
    page.locator(".card .why").first.click()
    assert page.locator("#why table").count() == 1


@pytest.mark.parametrize(
    "page", [{"color_scheme": "light"}, {"color_scheme": "dark"}], indirect=True, ids=["light", "dark"]
)
@pytest.mark.parametrize(
    "path", ["/", "/?text=red&like=scene-0001&filter=split%3Dtrain", "/?text=zzzz", "/compare?text=red", "/docs",
             "/item?id=scene-0001", "/why?text=a+red+circle&id=scene-0001", "/?filter=broken"],
)  # fmt: skip
def test_nobody_is_kept_out(page, path):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core is not installed")
    page.goto(path)
    for summary in page.locator("summary").all():
        summary.evaluate("one => (one.parentElement.open = true)")
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
    found = axe.Axe().run(page, options={"runOnly": {"type": "tag", "values": tags}})
    assert not found.response["violations"], found.generate_report()


def test_script_and_style_are_small():
    static = Path(__file__).parents[2] / "classicxm" / "web" / "static"
    assert sum(path.stat().st_size for path in static.iterdir() if path.suffix in (".js", ".css")) <= 60_000
