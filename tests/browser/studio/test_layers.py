"""The list of layers, edited with mouse and keyboard."""

import re

from playwright.sync_api import expect

from benchmarks.app_process import Server
from core.store import Status, Store
from tests.browser.conftest import Visit
from tests.support.studio_page import (
    SOON_MS,
    choose_layer,
    expect_shape,
    layer_slider,
    layers_listed,
    layers_of,
    open_form,
    press_train,
    query_of,
    run_of,
    see_results,
    state,
)

SMALL = "/cnn?layers=conv:4:3:relu:1:same,pool:max:4,conv:4:3:relu,flatten&schedule=constant&max_images=2000"
MANY = 40  # more than that the list does not hold


def test_a_kernel_size_changed_by_keyboard_changes_the_strip_and_what_is_impossible_is_explained_until_mended(
    visit: Visit, server: Server
) -> None:
    page = visit(server)
    open_form(page, SMALL, "layers")
    choose_layer(page, "conv_2")
    page.locator(".network").evaluate("(drawing) => { drawing.dataset.first = 'yes'; }")
    expect(layer_slider(page, "Kernel size")).to_have_attribute("aria-valuetext", "3", timeout=SOON_MS)
    layer_slider(page, "Kernel size").focus()
    for size in (4, 5):
        page.keyboard.press("ArrowRight")
        side = 7 - size + 1  # of the map of 7 x 7 that the pooling leaves
        expect_shape(page, "conv_2", f"{side}x{side}x4")
        parameters, adds = 4 * (size * size * 4 + 1), side * side * 4 * size * size * 4
        written = f"{adds / 1000:.3g} k" if adds >= 1000 else str(adds)
        seen = 6 + (size - 1) * 4  # the pooling sees 6 pixels and steps by 4
        assert layers_of(page)["conv_2"] == [
            f"{side}×{side}×4",
            f"{parameters} parameters",
            f"{written} multiply-adds",
            f"sees {seen}×{seen} pixels",
        ]
        assert layers_of(page)["flatten_1"][0] == str(side * side * 4)
    expect(layer_slider(page, "Kernel size")).to_be_focused()

    train = page.get_by_role("button", name="Train", exact=True)
    page.keyboard.press("End")  # 11
    expect(train).to_be_disabled(timeout=SOON_MS)
    alarm = page.locator(".st-key-cnn_section_layers").get_by_role("alert")
    expect(alarm).to_contain_text("conv_2: the 7x7 map is smaller than the 11x11 kernel.")
    expect(page.locator(".st-key-cnn_layers_list")).to_contain_text("cannot be built")
    expect_shape(page, "conv_2", "cannot be built")
    assert [layers_of(page)[name] for name in ("conv_2", "flatten_1")] == [["cannot be built"], ["not reached"]]

    expect(layer_slider(page, "Kernel size")).to_be_focused()  # so the same hand mends it
    page.keyboard.press("Home")
    expect(train).to_be_enabled(timeout=SOON_MS)
    expect(alarm).to_have_count(0)
    expect_shape(page, "conv_2", "7x7x4")
    expect(page.locator(".network")).to_have_attribute("data-first", "yes")  # it was never drawn anew: no flicker


def test_a_click_on_a_layer_of_the_network_opens_its_settings(visit: Visit, server: Server) -> None:
    page = visit(server)
    open_form(page, SMALL)
    box = page.locator(".network .box[data-layer=conv_2]")
    box.click()
    chosen = page.locator(".st-key-cnn_layers_list label").filter(has=page.get_by_text("conv_2", exact=True))
    expect(chosen.get_by_role("radio")).to_be_checked(timeout=SOON_MS)
    expect(layer_slider(page, "Kernel size")).to_be_visible()
    expect(box).to_have_class(re.compile("edited"))
    expect(page.locator(".network .detail header")).to_contain_text("conv_2")
    page.locator(".network .box[data-layer=pool_1]").click()
    expect(box).not_to_have_class(re.compile("edited"), timeout=SOON_MS)


def test_a_block_from_the_menu_is_moved_and_removed_and_the_network_then_trains_to_its_end(
    visit: Visit, server: Server, store: Store
) -> None:
    page = visit(server)
    open_form(page, SMALL, "layers")
    choose_layer(page, "pool_1")
    add = page.get_by_role("button", name="Add a layer")
    add.click()
    page.get_by_role("menuitem", name="Residual block").click()
    names = layers_listed(page)
    expect(names).to_have_text(["conv_1", "pool_1", "residual_1", "conv_2", "flatten_1"], timeout=SOON_MS)
    expect_shape(page, "residual_1", "7x7x32")
    page.get_by_role("button", name="Up", exact=True).click()
    expect(names).to_have_text(["conv_1", "residual_1", "pool_1", "conv_2", "flatten_1"], timeout=SOON_MS)
    expect_shape(page, "residual_1", "28x28x32")
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(names).to_have_text(["conv_1", "pool_1", "conv_2", "flatten_1"], timeout=SOON_MS)
    page.get_by_role("button", name="Duplicate", exact=True).click()
    expect(names).to_have_text(["conv_1", "pool_1", "pool_2", "conv_2", "flatten_1"], timeout=SOON_MS)
    expect_shape(page, "conv_2", "cannot be built")  # 3 x 3 on the one pixel that is left
    page.get_by_role("button", name="Down", exact=True).click()
    expect(names).to_have_text(["conv_1", "pool_1", "conv_2", "pool_2", "flatten_1"], timeout=SOON_MS)
    expect_shape(page, "flatten_1", "4")

    press_train(page)
    see_results(page)
    run = store.runs.get(run_of(page))
    assert run.status is Status.SUCCEEDED
    assert ",".join(run.config["layers"]) == query_of(page)["layers"]
    assert [text.split(":")[0] for text in run.config["layers"]] == ["conv", "pool", "conv", "pool", "flatten"]
    assert run.name.endswith("other layers")
    expect(state(page)).to_contain_text("other layers")
