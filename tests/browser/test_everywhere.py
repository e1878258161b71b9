"""Screen sizes, accessibility, and a lost connection."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ROOT, Person, Server, _person, somebody, start_server
from tests.browser.hands import at, back, by, choose, forward, heat_map, sentence

AXE = ROOT / "tests/js/node_modules/axe-core/axe.min.js"
SIZES = [(390, 844), (1366, 768), (1920, 1080)]
WINDOWS = [
    (390, 844),
    (740, 360),
    (683, 320),
    (911, 427),
    (1366, 641),
    (1366, 768),
    (1920, 1080),
    (3840, 2160),
]
"""A phone, phones on their side, laptops and large screens: the widths and heights of a window."""


def _is_in_view(page: Page, selector: str) -> bool:
    box = page.locator(selector).first.bounding_box()
    size = page.viewport_size
    assert size is not None
    return box is not None and (
        box["x"] >= 0
        and box["y"] >= 0
        and box["x"] + box["width"] <= size["width"] + 1
        and box["y"] + box["height"] <= size["height"] + 1
    )


@pytest.mark.parametrize("size", SIZES)
def test_the_page_fits_the_screen_and_all_controls_are_in_view(
    person: Person, server: Server, size: tuple[int, int]
) -> None:
    person.page.set_viewport_size({"width": size[0], "height": size[1]})
    page = person.open(server, "?at=0")
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert page.evaluate("document.documentElement.scrollHeight") <= size[1]
    for selector in ("#step-back", "#next", "#play", "#unit", "#ribbon", "#curve", "#sentence", "#open-menu"):
        assert _is_in_view(page, selector), selector
    if size[0] > 1000:
        stage = page.evaluate(
            "(({ scrollWidth, clientWidth, scrollHeight, clientHeight }) => "
            "[scrollWidth - clientWidth, scrollHeight - clientHeight])(document.querySelector('#stage'))"
        )
        assert stage == [0, 0], "the whole network is in view"


SMALL = """
() => [...document.querySelectorAll("button, input, select, summary")]
  .filter((target) => target.checkVisibility() && !target.closest("#ribbon"))
  .map((target) => [target, target.getBoundingClientRect()])
  .filter(([, { width, height }]) => width > 0 && (width < 23.5 || height < 23.5))
  .map(([target, { width, height }]) => `${target.outerHTML.slice(0, 80)} ${width} x ${height}`)
"""
"""The targets that are too small for a finger. Keys and cards do what the stretches of the ribbon do."""


@pytest.mark.parametrize("depth", ["explore", "everything"])
def test_at_every_size_of_the_window_the_network_has_half_of_the_height_and_targets_their_room(
    browser: Browser, server: Server, depth: str
) -> None:
    shown = "#cards .card.focus" if depth == "explore" else "#stage"
    with somebody(browser, server, depth) as person:
        page = person.open(server, "?at=0/forward/conv2")
        for width, height in WINDOWS:
            page.set_viewport_size({"width": width, "height": height})
            page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
            where = f"{width} x {height}"
            assert page.evaluate("document.documentElement.scrollWidth") <= width, where
            if height > 560:  # In lower windows the curve is below the fold.
                assert page.evaluate("document.documentElement.scrollHeight") <= height, where
            network = page.locator(shown).bounding_box()
            assert network is not None
            assert min(network["y"] + network["height"], height) - network["y"] >= height / 2 - 1, where
            assert page.evaluate(SMALL) == [], where
            for selector in ("#step-back", "#next", "#play", "#unit", "#sentence", "#open-menu"):
                assert _is_in_view(page, selector), f"{selector} at {where}"


UNTOUCHABLE = """
() => [...document.querySelectorAll("button:not(.stretch), summary, .band")]
  .filter((target) => target.checkVisibility() && target.getBoundingClientRect().width > 0)
  .map((target) => {
    const [box, around] = [target.getBoundingClientRect(), getComputedStyle(target, "::after")];
    const side = (own, name) => Math.max(own, Number.parseFloat(around[name]) || 0);
    return [target, side(box.width, "width"), side(box.height, "height")];
  })
  .filter(([, width, height]) => width < 43.5 || height < 43.5)
  .map(([target, width, height]) => `${target.outerHTML.slice(0, 80)} ${width} x ${height}`)
"""
"""The targets that have less than 44 pixels for a finger, in their size or around it."""


@pytest.mark.parametrize("depth", ["explore", "everything"])
def test_every_target_has_44_pixels_for_a_finger(browser: Browser, server: Server, depth: str) -> None:
    touch = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with somebody(browser, server, depth, **touch) as person:
        page = person.open(server, "?at=0/forward/conv2")
        assert page.evaluate(UNTOUCHABLE) == []
        for selector in ("#step-back", "#next", "#play", "#unit button", "#ribbon", "#open-menu"):
            box = page.locator(selector).first.bounding_box()
            assert box is not None
            assert box["height"] >= 44, selector


@pytest.mark.parametrize("depth", ["explore", "everything"])
def test_a_printed_page_is_white_and_shows_the_network_and_its_sentence_without_controls(
    browser: Browser, server: Server, depth: str
) -> None:
    with somebody(
        browser, server, depth, color_scheme="dark", viewport={"width": 720, "height": 1000}
    ) as person:
        page = person.open(server, "?at=0/backward/conv2")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(250, 249, 247)"
        words = sentence(page).inner_text()
        page.emulate_media(media="print")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(250, 249, 247)"
        expect(sentence(page)).to_have_text(words)
        expect(sentence(page)).to_be_visible()
        expect(page.locator("#controls")).to_be_hidden()
        expect(page.locator("#open-menu")).to_be_hidden()
        shown = "#cards .card.focus heat-map" if depth == "explore" else "#stage heat-map"
        for place in page.locator(shown).all():
            box = place.bounding_box()
            assert box is None or box["x"] + box["width"] <= 721, "a map is cut"
        assert page.locator(shown).count() >= 4


@pytest.mark.parametrize("size", SIZES)
def test_the_header_is_one_row_for_any_recipe_and_opens_every_dialog(
    person: Person, server: Server, size: tuple[int, int]
) -> None:
    person.page.set_viewport_size({"width": size[0], "height": size[1]})
    page = person.open(
        server,
        "?at=0&optimizer.kind=adam&optimizer.learning_rate=0.001&batch_size=16&dtype=float64&seed=123456",
    )
    box = page.locator("#top").bounding_box()
    assert box is not None
    assert box["height"] <= 52
    for name, title in (("Settings", "Settings"), ("Compare", "Compare"), ("Keys", "Keys")):
        choose(page, name)
        expect(page.locator("dialog[open]")).to_have_attribute("aria-label", title)
        expect(page.locator("#menu:popover-open")).to_have_count(0)
        page.keyboard.press("Escape")
    theme = page.evaluate("document.documentElement.dataset.theme")
    choose(page, "Light or dark")
    assert page.evaluate("document.documentElement.dataset.theme") != theme


def test_on_a_laptop_the_answer_fits_the_longest_numbers(person: Person, server: Server) -> None:
    page = person.open(server, "?at=0")
    page.locator("#loss").evaluate("(number) => (number.textContent = '0.0008603')")
    page.locator("#accuracy").evaluate("(number) => (number.textContent = '97.2 %')")
    answer = page.locator("#answer")
    room = "(answer) => [answer.scrollWidth - answer.clientWidth, answer.scrollHeight - answer.clientHeight]"
    assert answer.evaluate(room) == [0, 0]
    ends = (
        "(answer) => [...answer.querySelectorAll('.big, button')].map((e) => e.getBoundingClientRect().right)"
    )
    assert max(answer.evaluate(ends)) <= answer.evaluate("(answer) => answer.getBoundingClientRect().right")


def test_a_wide_network_does_not_scroll_while_it_trains(person: Person, server: Server) -> None:
    page = person.open(server, "?at=0")
    choose(page, "Network")
    page.get_by_role("button", name="Tiny VGG on coloured shapes").click()
    page.get_by_role("button", name="Start this network").click()
    expect(page.locator("#stage [data-layer=conv4]")).to_be_attached()
    stage, answer = page.locator("#stage"), page.locator("#answer")
    assert stage.evaluate("(stage) => stage.scrollWidth > stage.clientWidth")
    by(page, "step")
    page.locator("#play").click()
    expect(page.locator("#iteration")).not_to_have_value(re.compile("^[0-2]$"))
    page.locator("#play").click()
    expect(page.locator("#stage .column.lit")).to_have_attribute("data-layer", "dense")
    assert stage.evaluate("(stage) => stage.scrollLeft") == 0
    assert answer.evaluate("(answer) => answer.scrollHeight - answer.clientHeight") == 0
    forward(page, "layer")
    back(page, "layer")
    expect(page.locator("#stage [data-layer=dense].lit")).to_be_in_viewport(ratio=0.5)


def test_the_tensors_of_an_optimizer_are_folded_and_stay_open_once_they_are_opened(
    person: Person, server: Server
) -> None:
    adam = "optimizer.kind=adam&optimizer.learning_rate=0.001"
    page = person.open(server, f"?{adam}&at=1")
    room = "(stage) => [stage.scrollWidth - stage.clientWidth, stage.scrollHeight - stage.clientHeight]"
    assert page.locator("#stage").evaluate(room) == [0, 0], "the whole network is in view"
    expect(heat_map(page, "conv1.m_w")).to_be_hidden()
    page.locator("#stage [data-layer=conv1] summary").click()
    expect(heat_map(page, "conv1.m_w")).to_be_visible()
    expect(heat_map(page, "conv2.m_w")).to_be_hidden()
    heat_map(page, "conv1.v_hat_w").click(position={"x": 3, "y": 3})
    expect(page.locator("#dock .terms")).to_be_visible()
    page.keyboard.press("Escape")
    choose(page, "Reset")
    at(page, "0/forward/input/out/0")
    expect(heat_map(page, "conv1.m_w")).to_be_visible()


def test_on_a_phone_the_stage_scrolls_to_the_layer_of_each_tap(browser: Browser, server: Server) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    person = _person(context, "everything")
    page = person.open(server, "?at=0/forward/input")
    for layer in ("conv1", "relu1", "pool1", "conv2"):
        forward(page, "layer")
        expect(page.locator(f"#stage .column.lit[data-layer={layer}]")).to_be_in_viewport(ratio=0.5)
    page.locator('#stage heat-map[data-name="conv2.out"]').tap()
    expect(page.locator("#dock")).to_be_in_viewport(ratio=0.9)
    page.locator("#dock .close").tap()
    page.locator("#bars").scroll_into_view_if_needed()
    expect(page.locator("#bars")).to_be_in_viewport()
    assert person.faults == []
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "opened",
    [
        *("the page", "Explore", "Settings", "Network", "Evaluate", "Compare", "Data", "Draw", "Keys"),
        *("Choose example …", "a large map"),
    ],
)
def test_axe_finds_no_violation_at_any_size(person: Person, server: Server, scheme: str, opened: str) -> None:
    assert AXE.exists(), "axe-core is missing: make test installs it into tests/js/node_modules"
    person.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page = person.open(server, "?batch_size=2&at=0/backward/conv2/dout/30")
    if opened == "a large map":
        page.locator('#stage heat-map[data-name="conv1.out"]').click(position={"x": 3, "y": 3})
        expect(page.locator("#dock")).to_be_visible()
    elif opened == "Explore":
        page.get_by_role("radio", name="Explore").click()
        expect(page.locator("#cards .card.focus")).to_be_visible()
    elif opened == "Draw":
        page.locator("#open-draw").click()
        expect(page.locator("dialog[open]")).to_be_visible()
    elif opened == "Choose example …":
        page.get_by_role("button", name=opened, exact=True).click()
        expect(page.locator("dialog[open]")).to_be_visible()
    elif opened != "the page":
        choose(page, opened)
        expect(page.locator("dialog[open]")).to_be_visible()
    page.evaluate(Path(AXE).read_text())
    # Contrasts depend on the colours, and all else on the size.
    for width, height in SIZES if scheme == "light" else [(1366, 768)]:
        page.set_viewport_size({"width": width, "height": height})
        found = page.evaluate("axe.run()")["violations"]
        assert [(v["id"], [node["html"][:160] for node in v["nodes"]]) for v in found] == [], width


def test_a_lost_connection_is_announced_and_the_page_continues_after_a_restart(browser: Browser) -> None:
    first = start_server()
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    page.goto(first.url + "?at=2")
    at(page, "2/update/dense/delta_b/9")
    page.wait_for_selector("html[data-ready=true]")
    words = sentence(page).inner_text()
    first.stop()
    expect(page.locator("#problem")).to_contain_text("Connection lost. Trying again …")
    forward(page, "step")
    expect(sentence(page)).to_have_text(words)
    second = start_server(first.port)
    try:
        at(page, "3/update/dense/delta_b/9")
        expect(page.locator("#problem")).to_be_hidden()
    finally:
        context.close()
        second.stop()


@pytest.mark.parametrize("context_options", [{"viewport": {"width": 390, "height": 844}}])
def test_on_a_phone_an_enlarged_map_fits_the_screen(person: Person, server: Server) -> None:
    page = person.open(server, "?batch_size=8&optimizer.kind=adam&optimizer.learning_rate=0.003&at=5")
    page.locator("#stage").get_by_text("step").first.click()
    heat_map(page, "conv1.v_w").click(position={"x": 3, "y": 3})
    expect(page.locator("#dock")).to_contain_text("running mean of the squared gradients")
    assert _is_in_view(page, "#dock")
    assert _is_in_view(page, "#dock .close")


CONTROLS = """
() => {
  const seen = (target) => target.checkVisibility() && target.getBoundingClientRect().right > 0
    && target.getBoundingClientRect().top < innerHeight;
  return [...document.querySelectorAll("button, a[href], input, select, textarea, summary")]
    .filter((target) => target.tabIndex >= 0 && !target.disabled && seen(target))
    .map((target) => target.outerHTML.slice(0, 90));
}
"""
"""The controls in view. A group that arrows walk counts as one: only one of its members is a tab stop."""

DARK = """
() => {
  const ink = getComputedStyle(document.documentElement).getPropertyValue("--ink");
  const probe = Object.assign(document.createElement("i"), { style: `color: ${ink}` });
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return [...document.querySelectorAll("button")]
    .filter((button) => button.checkVisibility() && getComputedStyle(button).backgroundColor === color)
    .map((button) => button.innerText);
}
"""


@pytest.mark.parametrize("size", SIZES)
def test_a_first_visit_has_few_controls_and_one_dark_button_that_opens_what_it_says(
    browser: Browser, server: Server, size: tuple[int, int]
) -> None:
    viewport = {"width": size[0], "height": size[1]}
    with somebody(browser, server, depth=None, viewport=viewport) as person:
        page = person.page
        page.goto(server.url)
        page.wait_for_selector("html[data-ready=true]")
        start = page.get_by_role("button", name="Start: the smallest convolution")
        expect(start).to_be_visible()
        controls = page.evaluate(CONTROLS)
        assert len(controls) <= 25, controls
        assert page.evaluate(DARK) == ["Start: the smallest convolution"]
        assert _is_in_view(page, "#start")
        start.click()
        expect(page.locator("#guide h2")).to_have_text("The smallest convolution")
        expect(start).to_be_hidden()
        assert page.evaluate(DARK) == ["next ›"]
        page.go_back()
        expect(start).to_be_visible()
        page.locator("#next").click()
        expect(start).to_be_hidden()
        assert page.evaluate(DARK) == ["Next ›"]
