"""The MLP's studio, from a link to the results of a number."""

from playwright.sync_api import expect

from benchmarks.app_process import Server
from core.store import Status, Store
from tests.browser.conftest import Visit
from tests.support.studio_page import SOON_MS, expect_pictures, train


def test_a_plane_is_seen_before_training_and_a_table_is_learned_from_to_its_errors(
    visit: Visit, server: Server, store: Store
) -> None:
    page = visit(server)
    page.goto("/mlp?preset=xor")
    expect_pictures(page, "look_surface")
    page.goto("/mlp?preset=diabetes&epochs=3&validation_fraction=0.2")
    expect(page.locator(".network .box[data-layer=input] canvas")).to_be_visible(timeout=SOON_MS)
    page.locator(".network .box[data-layer=input]").click()
    expect(page.locator(".network .detail .row").first).to_contain_text("age")
    run_id = train(page)
    page.get_by_role("button", name="See results").click(timeout=SOON_MS)
    expect(page.locator("[data-testid=stMetric]").filter(has_text="RMSE")).to_be_visible(timeout=SOON_MS)
    expect(page.get_by_text("Linear regression").first).to_be_visible(timeout=SOON_MS)
    expect(page.locator(".chart .main-svg").first).to_be_visible(timeout=SOON_MS)
    run = store.runs.get(run_id)
    assert run.status is Status.SUCCEEDED
    assert {"test_r2_last", "test_rmse_last", "test_mae_last", "test_rmse_linear"} <= set(run.summary)
