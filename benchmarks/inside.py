"""Measure how soon a drawing lights up the whole network on the page Inside, in a real browser.

    python benchmarks/inside.py [--times 12]

Trains networks of presets, places points on the canvas by keyboard, and measures the time from the key press to the
first frame with all layers; also with one map opened, and beside it the probe's answer alone. Then, of the first
network, what takes the probe longer: t-SNE of 1,000 test images, and an attack. One JSON line for each.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.app_process import Server, end_processes, launch, settle, visitor, wait_for_spare, wait_until
from core.families import FAMILIES, config_of
from core.jobs import submit_training
from core.probe.client import Subject, ask
from core.settings import Settings
from core.store import Run, open_store
from core.store.records import ALIVE, LOCAL

AIM_MS = 300
AIM_TSNE_MS, AIM_ATTACK_MS = 5_000, 1_000
# Presets that read digits, each with a map to open.
PRESETS = {
    ("cnn", "fast"): "conv_2.5",
    ("cnn", "article"): "conv_2.5",
    ("cnn", "lenet5"): "conv_2.5",
    ("cnn", "tiny_vgg"): "conv_4.5",
    ("cnn", "tiny_resnet"): "residual_2_conv_2.5",
    ("mlp", "digits"): "dense_1.5",
}
SHORT = {"cnn": ["max_images=1000", "epochs=1"], "mlp": ["max_images=1000", "epochs=1"]}
# Each point changes the drawing: to the right, down, to the left, down.
WAY = ["ArrowRight"] * 10 + ["ArrowDown"] * 3 + ["ArrowLeft"] * 20 + ["ArrowDown"] * 3 + ["ArrowRight"] * 20
WARM = 21  # answers before the probe's network is compiled

# Records the time of the key press, and of the first frame after the layers show another example.
_WATCH = """() => {
  const seen = window.__seen = { key: 0, frame: 0 };
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Enter") Object.assign(seen, { key: performance.now(), frame: 0 });
  }, true);
  const note = () => requestAnimationFrame(() => { seen.frame ||= performance.now(); });
  new MutationObserver(note).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-given"] });
}"""


def point(page: Page, turn: int) -> float:
    """Place a point on the canvas; return the milliseconds until the layers show the new drawing."""
    page.keyboard.press(WAY[turn % len(WAY)])
    page.wait_for_timeout(150)
    page.keyboard.press("Enter")
    page.wait_for_function("() => window.__seen.frame", timeout=30_000)
    seen = page.evaluate("() => window.__seen")
    page.wait_for_timeout(150)
    return float(seen["frame"] - seen["key"])


def measure(page: Page, run: Run, opened: str, times: int) -> list[float]:
    """Draw points on the canvas of a run's network, with a map opened if that is asked."""
    page.goto(f"/inside?run={run.id}" + (f"&inside_open={opened}" if opened else ""))
    settle(page)
    expect(page.locator(".layers")).to_be_visible()
    page.evaluate(_WATCH)
    page.locator(".st-key-inside_canvas canvas").focus()
    values = [point(page, turn) for turn in range(WARM + times)]
    return values[WARM:]


def alone(settings: Settings, run: Run, step: int, opened: str, times: int) -> list[float]:
    """Return the milliseconds in which the probe alone answers the same question."""
    layer, _, unit = opened.partition(".")
    subject = Subject(str(run.family), run.dataset, config_of(run), run=run.id, step=step)
    random, values = np.random.default_rng(0), []
    for _ in range(times):
        image = random.integers(0, 256, (28, 28, 1), dtype=np.uint8)
        began = time.perf_counter()
        ask(settings, subject, "path", image, actor=LOCAL, layer=layer, unit=int(unit or -1))
        values.append(1000 * (time.perf_counter() - began))
    return values


def tsne(settings: Settings, run: Run, step: int, layer: str) -> float:
    """Return the milliseconds from the question to the last round of t-SNE of 1,000 test images."""
    subject = Subject(str(run.family), run.dataset, config_of(run), run=run.id, step=step)
    nothing, began = np.zeros((0, 28, 28, 1), np.uint8), time.perf_counter()
    for rounds in (1, 2, 3):  # as the page asks: each answer is drawn
        given = {"layer": layer, "way": "tsne", "rounds": rounds, "count": 1_000, "test_shift": "none"}
        ask(settings, subject, "feature_map", nothing, actor=LOCAL, deadline_s=60, **given)
    return 1000 * (time.perf_counter() - began)


def attack(settings: Settings, run: Run, step: int) -> float:
    """Return the milliseconds of a PGD attack on a random image."""
    subject = Subject(str(run.family), run.dataset, config_of(run), run=run.id, step=step)
    image, began = np.random.default_rng(0).integers(0, 256, (28, 28, 1), dtype=np.uint8), time.perf_counter()
    ask(settings, subject, "pgd", image, actor=LOCAL, deadline_s=60, towards=-1)
    return 1000 * (time.perf_counter() - began)


def report(name: str, values: list[float], aim_ms: int | None = AIM_MS) -> None:
    """Print one figure."""
    ninth = sorted(values)[int(0.9 * (len(values) - 1))]
    figures = {"median_ms": round(statistics.median(values)), "p90_ms": round(ninth), "n": len(values)}
    print(json.dumps({"what": name, **figures, "aim_ms": aim_ms}), flush=True)


def trained(settings: Settings) -> list[tuple[Run, str]]:
    """Train each preset for a moment; the time to look inside is that of its full run."""
    store, runs = open_store(settings), {}
    for (family_id, preset_id), opened in PRESETS.items():
        preset = FAMILIES[family_id].presets[preset_id]
        config = preset.config.changed(SHORT[family_id])
        run = submit_training(store, FAMILIES[family_id], config, "mnist_5k", LOCAL, preset=preset)
        runs[run.id] = opened
    wait_until(lambda: not store.runs.list(status=ALIVE), 600, "all runs have ended", every_s=1)
    found = [(store.runs.get(run_id), opened) for run_id, opened in runs.items()]
    store.close()
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=12)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        settings = Settings.from_environment({"GLASSBOX_HOME": str(Path(folder) / "home")})
        server = Server(settings)
        try:
            with visitor(launch(playwright), server.url) as page:
                page.goto("/")
                wait_for_spare(page)
                everything, networks = [], trained(settings)
                first = networks[0][0], networks[0][0].progress["step"]
                for run, opened in networks:
                    whole = measure(page, run, "", options.times)
                    report(f"{run.preset}: a point drawn, to all maps", whole)
                    report(f"{run.preset}: with {opened} open", measure(page, run, opened, options.times))
                    step = run.progress["step"]
                    report(f"{run.preset}: the probe alone", alone(settings, run, step, "", options.times), None)
                    everything += whole
                report("all presets", everything)
                run, step = first
                maps = [tsne(settings, run, step, layer) for layer in ("conv_1", "conv_2", "conv_3")]
                report(f"{run.preset}: t-SNE of 1,000 test images", maps, AIM_TSNE_MS)
                attacks = [attack(settings, run, step) for _ in range(options.times)]
                report(f"{run.preset}: a PGD attack", attacks, AIM_ATTACK_MS)
        finally:
            server.stop()
            end_processes(settings.home)


if __name__ == "__main__":
    main()
