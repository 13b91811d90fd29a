"""Measure the GAN preset `digits_30s`: speed beside a plain Keras DCGAN, and quality by a classifier.

    GLASSBOX_DATA_DIR=... python benchmarks/gan.py [--seeds 5] [--speed-only]

Speed: steps per second of the same networks and batch size, in turn: the plain script, our step alone in a process
that saves and reports nothing, and a complete run. First samples: seconds in a browser from the click on Train to the
drawing of step 0. Sliders: milliseconds from a moved slider of the view Explore to the frame that shows its samples.
Quality: 2,000 samples per seed, evaluated by a CNN trained once here; beside them the preset `dcgan` after the same
time. Prints JSON lines.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.app_process import (
    ROOT,
    Server,
    end_processes,
    launch,
    settle,
    visitor,
    wait_for_spare,
    wait_until,
)
from core.datasets import Prepared, open_prepared, prepare
from core.families import find_family
from core.jobs import ensure_foreman, submit_training
from core.settings import Settings, this_host
from core.store import Run, Store, open_store
from core.store.records import LOCAL

SAMPLES = 2_000
MOVES = 30  # of sliders
# Notes how long after each move of a slider a frame shows what was answered.
_FOLLOWED = """() => {
  const root = document.querySelector(".latent");
  let moved = 0;
  window.followed = [];
  root.addEventListener("input", () => { moved = performance.now(); }, true);
  const note = () => requestAnimationFrame(() => followed.push(performance.now() - moved));
  new MutationObserver(note).observe(root, { attributes: true, attributeFilter: ["data-seen"] });
}"""
PATIENCE_S = 300.0


def plain(npz: Path) -> float:
    """Return the plain script's steps per second."""
    command = [sys.executable, "benchmarks/baselines/plain_keras_gan.py", str(npz)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])["steps_per_s"]


def alone(settings: Settings) -> float:
    """Return our step's steps per second in its own process, measured as in the plain script."""
    code = "from benchmarks import gan; gan.step_only()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **settings.environment()},
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def step_only() -> None:
    """Warm up, run 400 steps, and print the steps per second."""
    from core.training.process.device import configure, dtype_policy

    configure("0", 1)
    import keras

    from core.training.gan.trainee import Gan

    family = find_family("gan")
    config: Any = family.presets["digits_30s"].config
    keras.utils.set_random_seed(0)
    policy = dtype_policy(config.precision)
    trainee = Gan(family, config, open_prepared(Settings.from_environment(), "mnist"), policy)
    for steps in (20, 400):
        began = time.perf_counter()
        for first in range(0, steps, 20):
            trainee.advance(first, first + 20)
    print(json.dumps(round(400 / (time.perf_counter() - began), 2)))


def ours(store: Store, dataset: str, preset_id: str = "digits_30s", **changes: Any) -> Run:
    """Train with a warm spare worker; return the ended run."""
    family = find_family("gan")
    preset = family.presets[preset_id]
    wait_until(lambda: _is_warm(store), PATIENCE_S, "a spare is warm")
    run = submit_training(store, family, replace(preset.config, **changes), dataset, LOCAL, preset=preset)
    wait_until(lambda: store.runs.get(run.id).status.is_final, PATIENCE_S, "the run has ended", every_s=1.0)
    return store.runs.get(run.id)


def steps_per_s(run: Run) -> float:
    """Return a run's steps per second, without its first execution."""
    return run.summary["images_per_s"] / run.config["batch_size"]


def in_browser(settings: Settings) -> dict[str, Any]:
    """Return the seconds from the click to the generator's first samples, and what a moved slider takes."""
    server = Server(settings)
    try:
        with sync_playwright() as playwright, visitor(launch(playwright), server.url) as page:
            page.goto("/")
            wait_for_spare(page)
            page.goto("/gan?steps=50")
            settle(page)
            page.locator(".network .examples canvas").first.wait_for()
            page.get_by_role("button", name="Train", exact=True).click()
            began = time.perf_counter()
            shown = ".network:not([data-snapshot='']):not([data-snapshot=untrained]) .examples canvas"
            page.locator(shown).first.wait_for(timeout=60_000)
            seconds = time.perf_counter() - began
            page.get_by_role("button", name="See results").wait_for(timeout=60_000)
            return {"first_samples_s": round(seconds, 2), "slider": sliders(page)}
    finally:
        server.stop()
        end_processes(settings.home)


def sliders(page: Page) -> dict[str, float]:
    """Move the sliders of the samples by keyboard; return how long they take to follow."""
    page.get_by_role("radio", name="Explore").click()
    page.get_by_role("radio", name="Sliders", exact=True).click()
    page.locator(".latent canvas").first.wait_for()
    settle(page)
    page.evaluate(_FOLLOWED)
    for turn in range(MOVES):
        page.locator(".latent input").nth(turn % 5).press("ArrowLeft" if turn % 3 else "PageUp")
        page.wait_for_function("(count) => followed.length > count", arg=turn)
        page.wait_for_timeout(100)  # as a hand that moves on
    found = sorted(page.evaluate("followed"))
    return {"median_ms": round(statistics.median(found)), "p90_ms": round(found[int(0.9 * MOVES)]), "n": MOVES}


def _is_warm(store: Store) -> bool:
    ensure_foreman(store.settings)
    return store.processes.is_ready(this_host(), "train") and store.processes.is_ready(this_host(), "probe")


class Judge:
    """A classifier trained on real images that evaluates made ones.

    Args:
        data: MNIST.
    """

    def __init__(self, data: Prepared) -> None:
        import keras
        from keras import layers

        keras.utils.set_random_seed(0)
        x = image = keras.Input((28, 28, 1))
        x = layers.Rescaling(1 / 255)(x)
        for filters in (16, 32):
            x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
            x = layers.BatchNormalization(momentum=0.9)(layers.MaxPooling2D()(x))
        features = layers.Dense(64, activation="relu")(layers.Dropout(0.3)(layers.Flatten()(x)))
        network = keras.Model(image, layers.Dense(10, activation="softmax")(features))
        network.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        network.fit(np.asarray(data.x_train), np.asarray(data.y_train), batch_size=128, epochs=3, verbose=0)
        self.accuracy = network.evaluate(np.asarray(data.x_test), np.asarray(data.y_test), verbose=0)[1]
        self._reader = keras.Model(image, [features, network.output])
        self._real, _ = self._read(np.asarray(data.x_test[: len(data.x_test) // 2]))

    def __call__(self, images: np.ndarray) -> dict[str, float]:
        """Return the quality measures of images, uint8 (n, 28, 28, 1)."""
        from core.analysis.gan.sample_distances import frechet_distance

        features, probabilities = self._read(images)
        shares = np.bincount(probabilities.argmax(1), minlength=10) / len(images)
        return {
            "confidence": round(float(probabilities.max(1).mean()), 4),
            "rarest_digit": round(float(shares.min()), 4),
            "frechet": round(frechet_distance(self._real, features), 2),
        }

    def _read(self, images: np.ndarray) -> list[np.ndarray]:
        return self._reader.predict(images, batch_size=500, verbose=0)


def made_by(store: Store, run: Run) -> np.ndarray:
    """Return samples of the saved generator, uint8 (n, 28, 28, 1)."""
    import keras

    from core.families.gan.noise import draw_noise

    config: Any = find_family("gan").config_type.from_dict(run.config)
    generator = keras.models.load_model(store.files(run.id).network("generator"))
    images = generator.predict(draw_noise(config, 0, SAMPLES, seed=12_345), batch_size=500, verbose=0)
    return images.round().clip(0, 255).astype(np.uint8)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--speed-only", action="store_true")
    options = parser.parse_args()
    data_dir = Settings.from_environment().data_dir
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(Path(folder) / "home", data_dir)
        for dataset in ("mnist", "mnist_5k"):
            prepare(settings, dataset)
        store = open_store(settings)
        try:
            _measure(store, options, data_dir / "mnist.npz")
        finally:
            end_processes(settings.home)
            store.close()


def _measure(store: Store, options: argparse.Namespace, npz: Path) -> None:
    speeds: dict[str, list[float]] = {"plain": [], "ours": [], "ours_in_its_worker": []}
    ended = []
    for seed in range(options.seeds):
        speeds["plain"].append(plain(npz))
        speeds["ours"].append(alone(store.settings))
        if options.speed_only:
            continue
        run = ours(store, "mnist", seed=seed)
        speeds["ours_in_its_worker"].append(steps_per_s(run))
        ended.append(("digits_30s", "mnist", run))
    middle = {name: round(statistics.median(found), 1) for name, found in speeds.items() if found}
    ratios = {name: round(speed / middle["plain"], 2) for name, speed in middle.items()}
    print(json.dumps({"steps_per_s": speeds, "medians": middle, "ratios": ratios}), flush=True)
    if options.speed_only:
        return
    ended += [("digits_30s", "mnist_5k", ours(store, "mnist_5k", seed=seed)) for seed in range(options.seeds)]
    seconds = round(statistics.median(run.summary["fit_s"] for _, _, run in ended[: options.seeds]))
    ended.append(("dcgan", "mnist", ours(store, "mnist", "dcgan", steps=100_000, time_budget_s=seconds)))
    judge = Judge(open_prepared(store.settings, "mnist"))
    print(json.dumps({"judge_accuracy": round(judge.accuracy, 4), "samples": SAMPLES}))
    for name, data, run in ended:
        found = {"preset": name, "dataset": data, "seed": run.config["seed"], "fit_s": run.summary["fit_s"]}
        print(json.dumps({**found, "steps": run.summary["steps_done"], **judge(made_by(store, run))}), flush=True)
    end_processes(store.settings.home)
    print(json.dumps(in_browser(store.settings)))


if __name__ == "__main__":
    main()
