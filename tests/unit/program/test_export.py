import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from core.config import to_query
from core.datasets import DATASETS
from core.errors import ConfigError, DatasetError, GlassboxError, RunError
from core.families.cnn import FAMILY, PRESETS, CnnConfig
from core.jobs.submit import default_name
from core.layers.blocks import Conv, Dense, Flatten, Residual
from core.program.export import program_of_form, program_of_run
from core.program.writer import Part
from core.settings import Settings
from core.store import Run, Store
from core.store.records import NewRun

MNIST_5K = DATASETS["mnist_5k"]
of_form = partial(program_of_form, settings=Settings(Path("no-home"), Path("no-data")))
CONFIG = CnnConfig(
    epochs=3,
    seed=12,
    schedule="cosine",
    l2=1e-4,
    augment_rotation=15,
    layers=(Conv(filters=7), Residual(filters=7), Flatten(), Dense(units=9)),
)
ARTICLE = PRESETS["article"]


def program(config: CnnConfig, dataset: str = "mnist_5k") -> list[Part]:
    return FAMILY.program(config, DATASETS[dataset])


def link(config: CnnConfig, preset: str = "article", **more: str) -> str:
    return urlencode({**to_query(config, PRESETS[preset]), **more})


def submitted(store: Store, **columns: Any) -> Run:
    new = NewRun(kind="train", dataset="mnist_5k", owner="ann", name="mine", family="cnn", config=CONFIG.to_dict())
    return store.runs.submit(replace(new, **columns))


# Of a run


def test_the_program_of_a_run_is_that_of_its_settings_and_bears_its_name_and_id(store: Store) -> None:
    run = submitted(store)
    found = program_of_run(store, run.id)
    assert found.parts == program(CONFIG)
    assert found.name == f"mine (run {run.id})"


def test_the_program_of_a_run_loads_the_data_of_the_run(store: Store) -> None:
    run = submitted(store, dataset="mnist")
    assert program_of_run(store, run.id).parts == program(CONFIG, "mnist") != program(CONFIG)


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_the_program_of_a_run_that_has_begun_computes_with_its_precision(store: Store, policy: str) -> None:
    run = submitted(store)
    store.files(run.id).write_json("environment", {"dtype_policy": policy})
    assert program_of_run(store, run.id).parts == FAMILY.program(CONFIG, MNIST_5K, policy)
    assert (policy in program_of_run(store, run.id).parts[0].code) is (policy != "float32")


@pytest.mark.parametrize("content", [None, "", "{}", '{"dtype_pol'])
def test_without_a_record_of_its_precision_a_run_computes_with_that_of_its_settings(
    store: Store, content: str | None
) -> None:
    config = replace(CONFIG, precision="bfloat16")
    run = submitted(store, config=config.to_dict())
    if content is not None:
        store.files(run.id).folder.mkdir(parents=True)
        (store.files(run.id).folder / "environment.json").write_text(content)
    assert program_of_run(store, run.id).parts == program(config)
    assert "mixed_bfloat16" in program(config)[0].code


def test_a_run_of_which_there_is_no_program_is_refused(store: Store) -> None:
    with pytest.raises(RunError, match="no run 'nope'"):
        program_of_run(store, "nope")
    run = store.runs.submit(NewRun(kind="prepare", dataset="mnist_5k", owner="server", name="Prepare"))
    with pytest.raises(ConfigError, match=f"run {run.id} trains nothing, so it has no program"):
        program_of_run(store, run.id)
    old = submitted(store, config={**CONFIG.to_dict(), "schema": 99})
    with pytest.raises(ConfigError, match=r"schema.*99"):
        program_of_run(store, old.id)
    with pytest.raises(DatasetError, match="no data set 'gone'"):
        program_of_run(store, submitted(store, dataset="gone").id)


# Of a link


@pytest.mark.parametrize(
    "before",
    [
        "",
        "?",
        "cnn?",
        "/cnn?",
        "http://localhost:8501/cnn?",
        "https://example.org/glassbox/cnn/?",
        "http://localhost:8501/?",  # a home page leads to the first family
    ],
)
def test_the_program_of_a_link_is_that_of_its_settings_however_much_of_it_is_given(before: str) -> None:
    found = of_form(before + link(CONFIG))
    assert found.parts == program(CONFIG)
    assert found.name == default_name(CONFIG, ARTICLE)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_link_that_names_a_preset_only_is_that_preset(preset: str) -> None:
    found = of_form(f"http://localhost:8501/cnn?preset={preset}")
    assert found.parts == program(PRESETS[preset].config)
    assert found.name == PRESETS[preset].title


def test_a_link_without_anything_is_the_preset_that_newcomers_get() -> None:
    fast = program(PRESETS[FAMILY.default_preset].config)
    assert of_form("http://localhost:8501/cnn").parts == of_form("?").parts == fast


def test_what_a_link_says_of_views_and_runs_is_left_out() -> None:
    text = link(CONFIG, cnn_view="Results", cnn_moment="12", run="0123")
    assert of_form(f"http://localhost:8501/cnn?{text}").parts == program(CONFIG)


def test_a_link_may_name_the_data() -> None:
    assert of_form(link(CONFIG, dataset="mnist")).parts == program(CONFIG, "mnist")


def test_a_link_may_be_as_long_as_a_network_is() -> None:
    config = replace(CONFIG, layers=(*[Conv(filters=16, padding="same")] * 30, Flatten()))
    for text in (link(config), f"http://localhost:8501/cnn?{link(config)}"):
        assert len(text) > 600
        assert of_form(text).parts == program(config)


# Of a file


def written(folder: Path, data: Any) -> str:
    path = folder / "settings.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    return str(path)


def test_the_program_of_a_file_is_that_of_its_settings(tmp_path: Path) -> None:
    path = written(tmp_path, {"family": "cnn", "dataset": "mnist", "config": CONFIG.to_dict(), "preset": "article"})
    found = of_form(path)
    assert found.parts == program(CONFIG, "mnist")
    assert found.name == default_name(CONFIG, ARTICLE)


def test_a_file_needs_to_say_its_settings_only_and_of_them_what_is_not_the_default(tmp_path: Path) -> None:
    path = written(tmp_path, {"config": {"epochs": 2}})
    assert of_form(path).parts == program(CnnConfig(epochs=2))


def test_a_file_may_have_any_name(tmp_path: Path) -> None:
    path = tmp_path / "settings"
    path.write_text(json.dumps({"config": {"epochs": 2}}))
    assert of_form(str(path)).parts == program(CnnConfig(epochs=2))


# Mistakes

IMPOSSIBLE = [
    ("epochs=0", "epochs cannot be used, expected a whole number from 1 to 200"),
    ("epochs=many", "epochs cannot be used"),
    ("optimizer=newton", "optimizer cannot be used, expected one of adam"),
    ("colour=red", "there is no setting 'colour'"),
    ("layers=dense", "dense_1 needs a list of numbers"),
    ("layers=pool:max:8,pool:max:8,flatten", "pool_2"),
    ("layers=conv:1:2:3:4:5:6:7", "layers"),
    ("patience=3", "Early stopping needs the validation accuracy"),
    ("preset=slow", "no preset 'slow'"),
    ("v=99", "version 99"),
    ("dataset=cifar", "no data set 'cifar', expected one of mnist_5k"),
    ("gnn?epochs=3", "no model family 'gnn', expected one of cnn"),
    ("http://localhost:8501/gnn?epochs=3", "no model family 'gnn'"),
    ("nonsense", "no setting 'nonsense'"),
    ("http://[::1?epochs=3", "http://[::1"),
]


@pytest.mark.parametrize(("text", "words"), IMPOSSIBLE, ids=[text for text, _ in IMPOSSIBLE])
def test_a_link_that_says_what_cannot_be_is_refused_in_a_sentence(text: str, words: str) -> None:
    with pytest.raises(GlassboxError) as caught:
        of_form(text)
    assert words in str(caught.value)
    assert not any(word in str(caught.value) for word in ("Ignored", "is used", "were restored"))


DAMAGED = {
    "empty": "",
    "cut short": '{"config": {"epo',
    "a list": [1, 2],
    "a number": 3,
    "nothing": None,
    "no settings": {"family": "cnn"},
    "settings that are a list": {"config": ["epochs", 3]},
    "settings that are a word": {"config": "epochs"},
    "settings that are nothing": {"config": None},
    "a family that is a list": {"config": {}, "family": ["cnn"]},
    "a preset that is a list": {"config": {}, "preset": ["fast"]},
    "data that is a list": {"config": {}, "dataset": ["mnist"]},
    "an unknown family": {"config": {}, "family": "gnn"},
    "an unknown preset": {"config": {}, "preset": "slow"},
    "an unknown data set": {"config": {}, "dataset": "cifar"},
    "an unknown setting": {"config": {"colour": "red"}},
    "a number as text": {"config": {"epochs": "3"}},
    "no number": '{"config": {"learning_rate": NaN}}',
    "too big": '{"config": {"epochs": 1e999}}',
    "layers as text": {"config": {"layers": "flatten"}},
    "an impossible network": {"config": {"layers": ["dense:3"]}},
    "another version": {"config": {"schema": 2}},
}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_a_file_that_says_what_cannot_be_is_refused_in_a_sentence(data: Any, tmp_path: Path) -> None:
    with pytest.raises(GlassboxError):
        of_form(written(tmp_path, data))


def test_a_file_that_is_not_there_or_is_no_text_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    for name in ("none.json", "folder.json", "bytes.json"):
        with pytest.raises(ConfigError, match=f"{name} cannot be read as settings"):
            of_form(str(tmp_path / name))
