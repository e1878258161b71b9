"""Playing, pausing and training a run, and changing its settings."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ENDLESS, Person, Server
from tests.browser.hands import (
    REFUSED,
    SOME,
    at,
    back,
    by,
    choose,
    eventually,
    forward,
    heat_map,
    numbers,
    pause,
    play_by,
    press,
    read_cell,
    sentence,
    stop_playing,
)


def test_play_by_layer_steps_through_an_iteration_and_pause_keeps_the_moment(
    person: Person, server: Server
) -> None:
    page = person.open(server, "?at=0/forward/input")
    play_by(page, "layer", "10 a second")
    page.get_by_role("button", name="Play").click()
    page.wait_for_url(re.compile("at=0/backward/"))
    page.locator("h1").click()
    press(page, " ")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    words = sentence(page).inner_text()
    page.wait_for_timeout(500)
    assert sentence(page).inner_text() == words


def test_the_speed_changes_during_play_and_pause_stays_at_the_iteration_shown(
    person: Person, server: Server
) -> None:
    page = person.open(server, "?seed=21")
    play_by(page, "step", "4 a second")
    page.get_by_role("button", name="Play").click()
    expect(page.locator("#curve")).to_have_attribute("aria-valuemax", re.compile(r"^[1-9]"))
    play_by(page, "step", "300 a second")
    expect(page.locator("#iteration")).to_have_value(re.compile(r"^\d{3,}$"))
    pause(page)


def test_play_stops_at_the_end_of_the_run(person: Person, server: Server) -> None:
    page = person.open(
        server, "?batch_size=256&epochs=1&seed=31"
    )  # No other test computes this run to its end.
    by(page, "step")
    page.get_by_role("button", name="Play").click()
    at(page, "5/update/dense/delta_b/9")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_the_browsers_back_and_forward_switch_between_runs_also_during_play(
    person: Person, server: Server
) -> None:
    page = person.open(server, "?seed=81&at=0")
    for seed in ("82", "83"):
        choose(page, "Settings")
        page.get_by_label("Seed").fill(seed)
        page.get_by_role("button", name="Start a new run").click()
        expect(page.locator("#recipe-line")).to_contain_text(f"seed {seed}")
    play_by(page, "step", "as fast as it goes")
    page.get_by_role("button", name="Play").click()
    expect(page.locator("#curve")).to_have_attribute("aria-valuemax", re.compile(r"^\d{3,}$"))
    for go, seed in ((page.go_back, 82), (page.go_back, 81), (page.go_forward, 82), (page.go_forward, 83)):
        go()
        expect(page.locator("#recipe-line")).to_contain_text(f"seed {seed}")
        page.wait_for_selector("html[data-ready=true]")


def test_settings_make_a_new_run(person: Person, server: Server) -> None:
    page = person.open(server, "?at=3")
    before = read_cell(page, "conv1.w", 0.1, 0.1)
    choose(page, "Settings")
    page.get_by_label("Seed").fill("99")
    page.get_by_label("Batch size").fill("4")
    page.get_by_label("Precision").select_option("float64")
    page.get_by_role("button", name="Start a new run").click()
    expect(page.locator("#recipe-line")).to_contain_text("seed 99")
    expect(page.locator("#recipe-line")).to_contain_text("batch 4 · float64")
    at(page, "0/forward/conv1/out/36")
    after = read_cell(page, "conv1.w", 0.1, 0.1)
    assert after != before
    assert len(re.sub(r"\D", "", after.splitlines()[1])) > 10, "a float64 is printed with its digits"
    page.go_back()
    expect(page.locator("#recipe-line")).to_contain_text("seed 7 ·")
    at(page, "3/update/dense/delta_b/9")


def test_another_optimizer_and_loss_are_chosen_in_the_settings(person: Person, server: Server) -> None:
    page = person.open(server, "?at=3")
    choose(page, "Settings")
    page.get_by_label("Optimizer").select_option("Adam")
    expect(page.get_by_label("Learning rate")).to_have_value("0.001")
    page.get_by_label("beta1").fill("0.8")
    page.get_by_label("Schedule").select_option("Cosine")
    page.get_by_label("label smoothing").fill("0.1")
    page.get_by_label("Initialisation").select_option("Xavier")
    page.get_by_role("button", name="Start a new run").click()
    expect(page.locator("#recipe-line")).to_contain_text("adam · learning rate 0.001 (cosine)")
    expect(page).to_have_url(re.compile(r"optimizer\.beta1=0\.8"))
    expect(page.locator("heat-map[data-name='conv1.m_hat_w']")).to_have_count(1)
    page.reload()
    expect(page.locator("#recipe-line")).to_contain_text("adam")
    choose(page, "Settings")
    expect(page.get_by_label("beta1")).to_have_value("0.8")
    expect(page.get_by_label("label smoothing")).to_have_value("0.1")
    expect(page.get_by_label("Initialisation")).to_have_value("xavier")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("clip norm", "-1", "clip_norm must be above 0"),
        ("label smoothing", "2", "label_smoothing must be at least 0"),
        ("Learning rate", "-1", "learning rate must be above 0"),
        ("Batch size", "0", "batch_size"),
        ("Seed", "1.5", "seed"),
    ],
)
def test_a_bad_setting_is_explained_in_the_dialog_and_the_other_settings_stay(
    person: Person, server: Server, field: str, value: str, words: str
) -> None:
    person.forgiven = REFUSED
    page = person.open(server)
    choose(page, "Settings")
    page.locator("#settings").get_by_label("Epochs").fill("3")
    page.get_by_label(field).fill(value)
    page.get_by_role("button", name="Start a new run").click()
    expect(page.locator("#settings .problem")).to_contain_text(words)
    expect(page.locator("#settings").get_by_label("Epochs")).to_have_value("3")
    page.get_by_role("button", name="Cancel").click()
    at(page, "0/forward/conv1/out/36")


def test_a_changed_learning_rate_keeps_earlier_iterations_and_changes_later_ones(
    person: Person, server: Server
) -> None:
    page = person.open(server, "?at=4")
    fourth = numbers(page, (*SOME, "conv1.delta_w"))
    forward(page, "step")
    at(page, "5/update/dense/delta_b/9")
    fifth = numbers(page, ("conv1.delta_w",))
    back(page, "step")
    at(page, "4/update/dense/delta_b/9")
    choose(page, "Settings")
    page.get_by_label("Learning rate").fill("0.5")
    page.get_by_role("button", name="Change the learning rate from step 5 on").click()
    at(page, "5/update/dense/delta_b/9")
    expect(page.locator("#recipe-line")).to_contain_text("learning rate 0.5 · ")
    expect(page.locator("#recipe-line")).to_contain_text("1 edit")
    assert numbers(page, ("conv1.delta_w",)) != fifth
    back(page, "step")
    at(page, "4/update/dense/delta_b/9")
    expect(page.locator("#recipe-line")).not_to_contain_text("learning rate 0.5 ")
    assert numbers(page, (*SOME, "conv1.delta_w")) == fourth


def test_an_example_that_is_trained_on_is_in_the_next_iteration_and_reset_removes_it(
    person: Person, server: Server
) -> None:
    page = person.open(server, "?at=0&look=77")
    expect(page.locator("#look-about")).to_have_text("Not in this batch: shown, but not trained on.")
    page.get_by_role("button", name="back to the batch").click()
    expect(page.locator("#look")).to_be_hidden()
    before = numbers(page, SOME)
    page = person.open(server, "?at=0&look=77")
    page.get_by_role("button", name="Train on it").click()
    at(page, "1/update/dense/delta_b/9")
    expect(page.locator("#look")).to_be_hidden()
    expect(page.locator("#recipe-line")).to_contain_text("1 edit")
    expect(page.locator("#example-about")).to_have_text(re.compile(r"^An? \d: training example 77$"))
    choose(page, "Reset")
    at(page, "0/forward/input/out/0")
    expect(page.locator("#recipe-line")).not_to_contain_text("edit")
    forward(page, "step")
    at(page, "0/update/dense/delta_b/9")
    assert numbers(page, SOME) == before


def test_a_batch_shows_one_example_and_each_map_names_its_scope(person: Person, server: Server) -> None:
    page = person.open(server, "?batch_size=4&at=2")
    expect(page.locator("#slots")).to_have_text("of 4")
    first = page.locator("#example-about").inner_text()
    image = read_cell(page, "conv1.out", 0.2, 0.1)
    kernel = read_cell(page, "conv1.dw", 0.1, 0.1)
    page.get_by_role("button", name="Next example of the batch").click()
    expect(page.locator("#example-about")).not_to_have_text(first)
    expect(page).to_have_url(re.compile("example=1"))
    assert read_cell(page, "conv1.out", 0.2, 0.1) != image, "activations belong to one example"
    assert read_cell(page, "conv1.dw", 0.1, 0.1) == kernel, "parameter gradients belong to the batch"
    about = page.locator("#dock .about")
    heat_map(page, "conv1.dw").click(position={"x": 4, "y": 4})
    expect(about).to_contain_text("the whole batch: mean over 4 examples")
    press(page, "Escape")
    heat_map(page, "conv1.out").click(position={"x": 4, "y": 4})
    expect(about).to_contain_text("example 2 of 4 in the batch")
    press(page, "Escape")
    heat_map(page, "conv1.w").click(position={"x": 4, "y": 4})
    expect(about).to_contain_text("the same for every example")


def test_a_run_that_diverges_stops_and_names_the_tensor(person: Person, server: Server) -> None:
    conv = '{"kind":"conv2d","filters":4}'
    network = f'[{conv},{conv},{{"kind":"flatten"}},{{"kind":"dense","units":10}}]'
    page = person.open(server, f"?optimizer.learning_rate=1000&at=0&network={network}")
    by(page, "step")
    page.get_by_role("button", name="Play").click()
    expect(page.locator("#problem")).to_contain_text(re.compile(r"iteration \d+"))
    expect(page.locator("#problem")).to_contain_text(
        re.compile(r"\w+\.(out|dout|w|dw|b|db|probabilities|loss|delta_w)")
    )
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(page.locator("#stage .legend", has_text="not finite").first).to_be_visible()


def test_an_iteration_beyond_the_run_is_refused_and_the_moment_stays(person: Person, server: Server) -> None:
    page = person.open(server, "?at=2")
    page.get_by_role("spinbutton", name="Step", exact=True).fill("99999999")
    page.get_by_role("spinbutton", name="Step", exact=True).press("Enter")
    expect(page.locator("#problem")).to_contain_text(
        re.compile(r"There is no step 99,999,999: this run goes from 0 to [\d,]+\.")
    )
    expect(page).to_have_url(re.compile("at=2"))


def test_long_training_is_cancelled_and_resumed(person: Person, server: Server) -> None:
    page = person.open(server, f"?{ENDLESS}&seed=13")
    training = page.locator("#training")
    for _ in range(2):
        training.get_by_role("button", name="Train to 97 %").click()
        expect(training.get_by_role("progressbar")).to_be_visible()
        stop_playing(page, training.get_by_role("button", name="Cancel"))
        expect(training.get_by_role("progressbar")).to_be_hidden()


def test_a_reload_keeps_unit_speed_and_training_which_can_then_be_paused(
    person: Person, server: Server
) -> None:
    page = person.open(server, f"?{ENDLESS}&seed=15")
    play_by(page, "epoch", "30 a second")
    page.get_by_role("button", name="Train to 97 %").click()
    expect(page.locator("#curve")).to_have_attribute("aria-valuemax", re.compile(r"^\d{3,}$"))
    page.reload()
    page.wait_for_selector("html[data-ready=true]")
    expect(page.locator("#training").get_by_role("progressbar")).to_be_visible()
    expect(page.get_by_role("radio", name="epoch")).to_be_checked()
    expect(page.locator("#speed-text")).to_have_text("30 a second")
    pause(page)


def test_training_to_97_percent_is_one_button(person: Person, server: Server) -> None:
    page = person.open(server, "?batch_size=16&optimizer.learning_rate=0.1&seed=14")
    training = page.locator("#training")
    training.get_by_role("button", name="Train to 97 %").click()
    reached = training.get_by_role("button", name=re.compile(r"97 % after [\d,]+ ›"))
    eventually(page, lambda: expect(reached).to_be_visible())
    expect(page.locator("#accuracy")).to_have_text(re.compile(r"(9[789]|100)\.\d %"))
    press(page, "Home")
    expect(page.locator("#accuracy")).not_to_have_text(re.compile(r"9[789]\.\d %"))
    reached.click()
    expect(page.locator("#accuracy")).to_have_text(re.compile(r"(9[789]|100)\.\d %"))


def test_a_run_that_ends_below_97_percent_states_its_accuracy(person: Person, server: Server) -> None:
    page = person.open(
        server, "?batch_size=256&epochs=1&seed=37"
    )  # No other test computes this run to its end.
    page.get_by_role("button", name="Train to 97 %").click()
    expect(page.locator("#training")).to_contain_text(re.compile(r"This run ends at [\d.]+ %\. More epochs"))


def test_after_the_browsers_back_settings_show_the_run_that_is_open(person: Person, server: Server) -> None:
    page = person.open(server, "?at=0&batch_size=8&optimizer.learning_rate=0.05")
    choose(page, "Data")
    page.locator("#data .sets").get_by_role("button", name=re.compile("^coloured shapes")).click()
    page.get_by_role("button", name="Use this data").click()
    expect(page.locator("#recipe-line")).to_contain_text("coloured shapes")
    choose(page, "Settings")
    batch = page.locator("#settings").get_by_label("Batch size")
    expect(batch).not_to_have_value("8")
    page.go_back()
    expect(page.locator("#recipe-line")).to_contain_text("handwritten digits")
    expect(batch).to_have_value("8")
    expect(page.locator("#settings").get_by_label("Learning rate")).to_have_value("0.05")
    page.get_by_label("Seed").fill("5")
    page.get_by_role("button", name="Start a new run").click()
    expect(page.locator("#settings")).to_be_hidden()
    expect(page.locator("#recipe-line")).to_have_text(
        re.compile(r"^handwritten digits.* · seed 5 · learning rate 0\.05 · batch 8 · ")
    )
