"""The MLP's studio, from a link to the results of a number."""

from playwright.sync_api import expect

from benchmarks.app_process import Server
from core.store import Status, Store
from tests.browser.conftest import Visit
from tests.support.studio_page import SOON_MS, train

LAST = "904"  # step of the preset `xor` after 8 epochs


def test_a_network_moves_while_it_learns_and_answers_a_point_a_changed_weight_and_a_drag_through_time(
    visit: Visit, server: Server, store: Store
) -> None:
    page = visit(server)
    page.goto("/mlp?preset=xor&epochs=8")
    graph, info = page.locator(".graph"), page.locator(".graph .info")
    expect(graph).to_have_attribute("data-step", "-1", timeout=SOON_MS)
    train(page)
    expect(page.get_by_role("button", name="See results")).to_be_visible(timeout=SOON_MS)
    expect(graph).to_have_attribute("data-step", LAST, timeout=SOON_MS)
    page.locator(".graph .surface").click(position={"x": 150, "y": 12})  # far from all dots
    expect(info).to_contain_text("the network answers")
    page.locator(".graph .wires").press("ArrowRight")
    page.locator(".graph .wires").press("ArrowRight")
    expect(info).to_contain_text("Unit 1 of dense_1:")
    page.locator(".graph .wires").press("Enter")
    page.locator(".graph .value").fill("9")
    expect(info).to_contain_text("+ 9 (bias)")
    page.get_by_role("button", name="Reset 1").click()
    expect(info).not_to_contain_text("+ 9 (bias)")
    page.locator(".graph .slider").press("Home")
    expect(graph).to_have_attribute("data-step", "0")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(graph).to_have_attribute("data-step", LAST, timeout=SOON_MS)


def test_a_table_is_learned_from_to_its_errors(visit: Visit, server: Server, store: Store) -> None:
    page = visit(server)
    page.goto("/mlp?preset=diabetes&epochs=3&validation_fraction=0.2")
    expect(page.locator(".graph[data-step='-1']")).to_be_visible(timeout=SOON_MS)
    run_id = train(page)
    page.get_by_role("button", name="See results").click(timeout=SOON_MS)
    expect(page.locator("[data-testid=stMetric]").filter(has_text="RMSE")).to_be_visible(timeout=SOON_MS)
    expect(page.get_by_text("Linear regression").first).to_be_visible(timeout=SOON_MS)
    expect(page.locator(".chart .main-svg").first).to_be_visible(timeout=SOON_MS)
    run = store.runs.get(run_id)
    assert run.status is Status.SUCCEEDED
    assert {"test_r2_last", "test_rmse_last", "test_mae_last", "test_rmse_linear"} <= set(run.summary)
