"""The CNN page's Code view: the plain Keras program of what is set."""

import json
from typing import Any

import pytest

from core.config import Config
from core.datasets import DATASETS
from core.families.cnn import FAMILY, PRESETS, CnnConfig
from core.jobs.submit import default_name
from core.program.writer import to_notebook, to_script
from core.store import Run, Store
from tests.pages.conftest import Visit
from tests.support.past_runs import PastRuns
from tests.support.reading import captions, own

DATA = DATASETS["mnist_5k"]
TINY = "conv:4:3:relu:1:valid:1,flatten"
POLICY = "mixed_bfloat16"  # of the past run; not what is printed without one


def test_the_code_view_is_part_of_the_link(visit: Visit) -> None:
    app = visit("cnn", cnn_view="Code")
    assert app.segmented_control(key="cnn_view").value == "Code"
    assert len(app.code) == 1


@pytest.mark.parametrize("preset", PRESETS)
def test_the_program_of_what_is_set_is_shown_and_can_be_read_by_python(visit: Visit, preset: str) -> None:
    app = visit("cnn", cnn_view="Code", preset=preset)
    assert not app.exception
    assert app.code[0].value == script(PRESETS[preset].config, preset)
    compile(app.code[0].value, "program.py", "exec")
    assert app.code[0].language == "python"


def test_the_program_follows_every_control(visit: Visit) -> None:
    app = visit("cnn", cnn_view="Code", preset="article", layers=TINY)
    config: Any = PRESETS["article"].config.changed([f"layers={TINY}"])
    for name, value in (("epochs", 3), ("optimizer", "sgd"), ("seed", 9), ("augment_noise", 0.1), ("l2", 0.01)):
        app.get_by_key(f"cnn_{name}").set_value(value).run()
        config = config.changed([f"{name}={value}"])
        assert not app.exception
        assert app.code[0].value == script(config, "article"), name
        assert own(app)[name] == str(value)
    app.button(key="cnn_layers_duplicate").click().run()
    assert app.code[0].value.count("layers.Conv2D(") == 2


def test_the_view_can_be_opened_with_a_click_that_leaves_a_typed_number(visit: Visit) -> None:
    app = visit("cnn", preset="article")
    app.number_input(key="cnn_seed").set_value(5)
    app.segmented_control(key="cnn_view").set_value("Code").run()
    assert app.code[0].value == script(PRESETS["article"].config.changed(["seed=5"]), "article")


def test_the_script_and_the_notebook_can_be_taken_away(visit: Visit) -> None:
    app = visit("cnn", cnn_view="Code", preset="article", layers=TINY)
    parts, name = program(PRESETS["article"].config.changed([f"layers={TINY}"]), "article")
    assert [button.label for button in app.download_button] == ["Script", "Notebook"]
    as_script, as_notebook = (app.download(app.download_button(key=f"code_{kind}")) for kind in ("py", "ipynb"))
    assert as_script.decode() == to_script(parts, name)
    assert as_script.decode().rstrip() == app.code[0].value  # Streamlit strips what it shows
    assert as_notebook.decode() == to_notebook(parts, name)
    cells = json.loads(as_notebook)["cells"]
    compile("\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"), "notebook", "exec")


def test_what_is_taken_away_follows_a_control_too(visit: Visit) -> None:
    app = visit("cnn", cnn_view="Code", preset="article")
    app.number_input(key="cnn_seed").set_value(12345).run()
    assert b"12345" in app.download(app.download_button(key="code_py"))
    assert b"12345" in app.download(app.download_button(key="code_ipynb"))


# Beside a run


@pytest.fixture
def run(past: PastRuns, store: Store) -> Run:
    """A finished run that has used another arithmetic than what is printed without a run."""
    run = past.finished(preset="article", changes=[f"layers={TINY}"])
    store.files(run.id).write_json("environment", {"dtype_policy": POLICY})
    return run


def test_the_program_of_a_runs_own_settings_has_the_runs_arithmetic(visit: Visit, run: Run) -> None:
    app = visit("cnn", cnn_view="Code", run=run.id)
    config = CnnConfig.from_dict(run.config)
    assert app.code[0].value == script(config, "article", POLICY)
    assert app.code[0].value != script(config, "article")
    assert "differ from those of the run" not in captions(app)


def test_other_settings_than_the_shown_runs_are_said_to_be_so(visit: Visit, run: Run) -> None:
    app = visit("cnn", cnn_view="Code", run=run.id)
    app.slider(key="cnn_epochs").set_value(2).run()
    assert "with these settings, which differ from those of the run above." in captions(app)
    changed = CnnConfig.from_dict(run.config).changed(["epochs=2"])
    assert app.code[0].value == script(changed, "article")
    app.slider(key="cnn_epochs").set_value(run.config["epochs"]).run()
    assert "differ from those of the run" not in captions(app)
    assert app.code[0].value == script(CnnConfig.from_dict(run.config), "article", POLICY)


def test_a_run_that_has_not_begun_has_no_arithmetic_yet(visit: Visit, past: PastRuns) -> None:
    run = past.queued(preset="article")
    app = visit("cnn", cnn_view="Code", run=run.id)
    assert not app.exception
    assert not app.error
    assert app.code[0].value == script(PRESETS["article"].config, "article")
    assert "differ from those of the run" not in captions(app)


def test_a_run_that_ends_while_its_code_is_read_leaves_it_open(visit: Visit, past: PastRuns, store: Store) -> None:
    run = past.running(preset="article")
    app = visit("cnn", cnn_view="Code", run=run.id)
    past.finish(run)
    app.tick()
    assert app.segmented_control(key="cnn_view").value == "Code"
    assert len(app.code) == 1


def program(config: Config, preset: str, policy: str = "") -> tuple[Any, str]:
    """Return the parts of a program and its name, as the command line prints them."""
    return FAMILY.program(config, DATA, policy), default_name(config, PRESETS[preset])


def script(config: Config, preset: str, policy: str = "") -> str:
    return to_script(*program(config, preset, policy)).rstrip()
