"""Networks from elsewhere: whatever a file has is rebuilt to answer as it does, or refused in a sentence."""

import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from core.bundle.read import import_bundle
from core.bundle.write import write_bundle
from core.datasets import DATASETS, Prepared
from core.datasets.own.uploads import keep_upload
from core.elsewhere.file import open_file, write_plain
from core.elsewhere.fit import fit, likely_scale, takes
from core.elsewhere.graph import Graph, read_graph
from core.elsewhere.submit import queue_network
from core.errors import ConfigError, LimitError, NetworkError
from core.families import config_of, find_family
from core.families.elsewhere import ElsewhereConfig
from core.jobs.work import Work
from core.models.network import build_network
from core.settings import Settings
from core.store import Run, Status, Store, open_store
from core.store.records import IMPORTED
from core.training import elsewhere
from core.training.snapshots import set_weights_of
from tests.support import tiny, tiny_table

IMAGE = tiny.SPEC.input_shape
Built = Callable[[], keras.Model]


@pytest.fixture(autouse=True)
def trusted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take weights for sound without a process of its own, which takes half a second, but where that is tested."""
    if "broken_weights" not in request.node.name:
        monkeypatch.setattr("core.elsewhere.file.ask_apart", lambda *asked: b"")


def described(model: keras.Model) -> Any:
    return json.loads(json.dumps(keras.saving.serialize_keras_object(model)))


def dense() -> keras.Model:
    """As tutorials begin: no channel, and a softmax inside the last layer."""
    return keras.Sequential([keras.Input(IMAGE[:2]), layers.Flatten(), layers.Dense(3, activation="softmax")])


def flat() -> keras.Model:
    return keras.Sequential([keras.Input((64,)), layers.Dense(4, activation="tanh"), layers.Dense(3)])


def nested() -> keras.Model:
    """Operators, a model in a model that is called twice, a branch, and layers for training only."""
    given = keras.Input(IMAGE, name="my input")
    x = 1.0 - given / 255.0
    x = keras.Sequential([layers.RandomFlip(), layers.GaussianNoise(0.1)], name="augment")(x)
    inner = keras.Input((None, None, 2))
    body = keras.Model(inner, layers.BatchNormalization()(layers.Conv2D(2, 3, padding="same")(inner)), name="conv2d")
    x = layers.Conv2D(2, (1, 3), strides=(1, 2), activation="relu")(x)
    x = body(body(x)) + x
    x = layers.Concatenate()([x, layers.LeakyReLU()(x)])
    x = layers.GlobalAveragePooling2D()(layers.SeparableConv2D(4, 2)(x))
    return keras.Model(given, layers.Softmax()(layers.Dense(3)(x)))


def adapted() -> keras.Model:
    normal = layers.Normalization()
    normal.adapt(np.asarray(tiny.arrays()["x_train"], "float32"))
    rows = layers.Reshape((8, 8))
    return keras.Sequential([keras.Input(IMAGE), normal, rows, layers.GRU(4), layers.Dense(3, activation="sigmoid")])


def rebuilt(model: keras.Model, data: Prepared, scale: str, folder: Path) -> tuple[elsewhere._Built, Graph]:
    keras.utils.set_random_seed(0)
    for variable in [*model.trainable_variables, *(one for one in model.variables if "moving" in one.name)]:
        variable.assign(np.random.default_rng(1).uniform(0.1, 0.9, variable.shape))
    model.save(path := folder / "network.keras")
    file = open_file(path, path.name)
    write_plain(file, plain := folder / "plain.keras")
    graph = read_graph(file.described)
    return elsewhere._rebuild(elsewhere._load(plain), fit(graph, data.spec, scale), data), graph


@pytest.mark.parametrize(
    ("build", "scale"),
    [(dense, "zero_to_one"), (flat, "minus_one_to_one"), (nested, "as_is"), (adapted, "as_is")],
)
def test_a_file_is_rebuilt_to_the_same_answers(build: Built, scale: str, tmp_path: Path) -> None:
    data, model = tiny.prepared(), build()
    built, graph = rebuilt(model, data, scale, tmp_path)
    x = np.asarray(data.x_test)
    scaled = {"zero_to_one": x / 255, "minus_one_to_one": x / 127.5 - 1, "as_is": x}[scale].astype("float32")
    out = np.asarray(model(scaled.reshape(-1, *graph.input_shape), training=False), np.float64)
    expected = {dense: out, nested: out, adapted: out / out.sum(-1, keepdims=True)}.get(build)
    if expected is None:
        expected = np.exp(out) / np.exp(out).sum(-1, keepdims=True)
    np.testing.assert_allclose(np.asarray(built.network(x)), expected, atol=1e-5)
    assert [layer.name for layer in built.network.layers][-2:] == ["logits", "probabilities"]
    names = [spec.name for spec in built.specs]
    assert not [one for one in names for other in names if one != other and one.startswith(f"{other}_")]


def test_two_classes_from_one_output_are_two_probabilities(tmp_path: Path) -> None:
    data = tiny_table.prepared("rows of classes")
    model = keras.Sequential([keras.Input(data.spec.input_shape), layers.Dense(1, activation="sigmoid")])
    built, _ = rebuilt(model, data, "as_is", tmp_path)
    second = np.asarray(model(np.asarray(data.x_test)))
    np.testing.assert_allclose(
        np.asarray(built.network(data.x_test)), np.concatenate([1 - second, second], 1), atol=1e-6
    )


def test_a_number_is_in_the_unit_of_the_data(tmp_path: Path) -> None:
    data = tiny_table.prepared("rows of a number")
    model = keras.Sequential([keras.Input(data.spec.input_shape), layers.Dense(3, activation="elu"), layers.Dense(1)])
    built, _ = rebuilt(model, data, "standardised", tmp_path)
    scaled = (np.asarray(data.x_test) - [40, 0, 0]) / [10, 1, 1]
    np.testing.assert_allclose(np.asarray(built.network(data.x_test)), np.asarray(model(scaled)), rtol=1e-4)
    assert built.network.layers[-1].name == "number"


def test_the_likely_scaling_follows_from_the_first_layer() -> None:
    def graph(*first: layers.Layer) -> Graph:
        model = keras.Sequential([keras.Input(IMAGE), *first, layers.Flatten(), layers.Dense(3)])
        return read_graph(described(model))

    assert likely_scale(graph(layers.Rescaling(1 / 255)), tiny.SPEC.features) == "as_is"
    assert likely_scale(graph(), tiny.SPEC.features) == "zero_to_one"
    assert not takes(graph(), (9, 9, 1))


def lambda_network() -> keras.Model:
    return keras.Sequential([keras.Input(IMAGE), layers.Lambda(lambda x: x), layers.Flatten(), layers.Dense(3)])


def two_outputs() -> keras.Model:
    given = keras.Input(IMAGE)
    x = layers.Flatten()(given)
    return keras.Model(given, [layers.Dense(3)(x), layers.Dense(3)(x)])


@keras.saving.register_keras_serializable("tests")
class Own(layers.Dense):
    pass


def own_layer() -> keras.Model:
    return keras.Sequential([keras.Input(IMAGE), layers.Flatten(), Own(3)])


def other_shape() -> keras.Model:
    return keras.Sequential([keras.Input((9, 9, 1)), layers.Flatten(), layers.Dense(3)])


def other_classes() -> keras.Model:
    return keras.Sequential([keras.Input(IMAGE), layers.Flatten(), layers.Dense(7)])


def chance() -> keras.Model:
    given = keras.Input(IMAGE)
    return keras.Model(given, layers.Dense(3)(layers.Dropout(0.5)(layers.Flatten()(given), training=True)))


def large() -> keras.Model:
    return keras.Sequential(
        [keras.Input(IMAGE), layers.UpSampling2D(999), layers.GlobalMaxPooling2D(), layers.Dense(3)]
    )


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda_network, "Lambda"),
        (two_outputs, "1 inputs and 2 outputs"),
        (own_layer, "not Keras' own"),
        (other_shape, "other examples"),
        (other_classes, "another number of classes"),
        (chance, "by chance"),
        (large, "too large"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(build: Built, said: str) -> None:
    told = described(build())
    with pytest.raises(NetworkError, match=said):
        fit(read_graph(told), tiny.SPEC, "as_is")


def zipped(path: Path, **parts: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name, part in parts.items():
            file.writestr(name.replace("__", "."), part)
    return path


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "damaged"),
        (b"PK\x03\x04 cut", "damaged"),
        (b"\x89HDF\r\n\x1a\n", "older kind"),
    ],
)
def test_what_is_no_keras_file_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    (path := tmp_path / "file").write_bytes(content)
    with pytest.raises(NetworkError, match=said):
        open_file(path, "mine.keras")


def test_a_file_with_other_parts_or_broken_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match="parts of one network"):
        open_file(zipped(tmp_path / "a", config__json=b"{}", code__py=b"1"), "a.keras")
    whole = {"config__json": b"{}", "metadata__json": b"{}", "model__weights__h5": b"no weights"}
    with pytest.raises(NetworkError, match=r"weights in b\.keras are damaged"):
        open_file(zipped(tmp_path / "b", **whole), "b.keras")


@pytest.mark.parametrize("module", ["os", "keras.config", "keras.src.saving.saving_lib", "builtins"])
def test_no_class_of_another_module_is_named(module: str) -> None:
    odd = {"module": module, "class_name": "Dense", "config": {}}
    with pytest.raises(NetworkError, match="not Keras' own"):
        read_graph({"module": "keras", "class_name": "Sequential", "config": {"layers": [odd]}})


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setitem(DATASETS, "tiny", tiny.dataset(tiny.arrays()))
    monkeypatch.setattr("core.elsewhere.submit.ensure_foreman", lambda settings: None)
    opened = open_store(Settings(home=tmp_path / "home", data_dir=tmp_path / "data"))
    yield opened
    opened.close()


def asked(store: Store, model: keras.Model, folder: Path, actor: str = "ann") -> Run:
    model.save(path := folder / "mine.keras")
    with path.open("rb") as file:
        upload = keep_upload(store.settings, actor, "mine.keras", file)
    graph = read_graph(open_file(upload.path, "mine.keras").described)
    return queue_network(store, upload, graph, "tiny", "zero_to_one", actor)


def worked(store: Store) -> Work:
    store.runs.claim("prepare", host="here", slot="p", pid=1)
    for prepare in store.runs.list(kind="prepare"):
        store.runs.move(prepare.id, Status.SUCCEEDED)
    task = store.runs.claim("load", host="here", slot="load-0", pid=1)
    assert task is not None
    return Work(store, task, "CPU")


def test_a_network_becomes_a_run_that_answers_as_any_other(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(store, model := dense(), tmp_path)
    outcome = elsewhere.load_network(worked(store))
    run = store.runs.get(str(outcome.summary["run"]))
    assert (run.owner, run.origin, run.name, run.status) == ("ann", IMPORTED, "mine", Status.SUCCEEDED)
    data = tiny.prepared()
    out = np.asarray(model(np.asarray(data.x_test)[..., 0] / 255))
    assert run.summary["test_accuracy_last"] == pytest.approx((out.argmax(1) == data.y_test).mean(), abs=1e-5)
    files = store.files(run.id)
    np.testing.assert_allclose(files.load_predictions()["probabilities_last"], out, atol=1e-5)
    [described] = find_family("elsewhere").networks(config_of(run), tiny.SPEC)
    [saved] = store.metrics.snapshots(run.id)
    network = build_network(described.specs, described)  # as the probe does
    set_weights_of(network, files.load_snapshot(saved.step))
    np.testing.assert_allclose(np.asarray(network(data.x_test)), out, atol=1e-5)
    assert not list((store.settings.home / "uploads").iterdir())
    monkeypatch.setattr("core.bundle.networks.ask_apart", lambda *asked: b"")
    write_bundle(store, run, "ann", tmp_path / "run.zip")
    there = import_bundle(store, tmp_path / "run.zip", "bob").run
    assert (there.owner, there.config, there.summary) == ("bob", run.config, run.summary)


def test_of_a_network_that_cannot_be_loaded_nothing_is_kept(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(store, dense(), tmp_path)
    monkeypatch.setattr(elsewhere, "_load", lambda path: flat())
    with pytest.raises(NetworkError, match="could not be rebuilt"):
        elsewhere.load_network(worked(store))
    assert not store.runs.list()
    assert not list((store.settings.home / "uploads").iterdir())


def test_of_a_network_whose_settings_nobody_could_read_again_nothing_is_kept(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    normal = layers.Normalization()  # of 64 numbers, where 10 are too many
    normal.adapt(np.asarray(tiny.arrays()["x_train"], "float32").reshape(-1, 64))
    asked(store, keras.Sequential([keras.Input(IMAGE), layers.Flatten(), normal, layers.Dense(3)]), tmp_path)
    monkeypatch.setattr(
        "core.families.elsewhere.is_plain", lambda value: not isinstance(value, list) or len(value) < 10
    )
    with pytest.raises(NetworkError, match="cannot be kept here"):
        elsewhere.load_network(worked(store))
    assert not store.runs.list()


def test_a_visitor_has_three_networks_waiting_at_most(store: Store, tmp_path: Path) -> None:
    model = dense()
    for _ in range(3):
        asked(store, model, tmp_path)
    with pytest.raises(LimitError):
        asked(store, model, tmp_path)
    assert asked(store, model, tmp_path, actor="bob").owner == "bob"


def test_what_is_deep_or_endless_is_refused_at_once() -> None:
    deep: dict[str, Any] = {"class_name": "Sequential", "module": "keras", "config": {"layers": []}}
    for _ in range(400):
        deep = {"class_name": "Sequential", "module": "keras", "config": {"name": "m", "layers": [deep]}}
    with pytest.raises(NetworkError):
        read_graph(deep)
    model: dict[str, Any] = {"class_name": "Sequential", "module": "keras", "config": {"name": "m", "layers": []}}
    for _ in range(40):  # every model calls the one in it twice
        model = twice(model)
    with pytest.raises(NetworkError, match="too many layers"):
        read_graph(model)


@pytest.mark.parametrize("source", ["answer", "endless"])
def test_layers_that_lead_nowhere_are_refused_before_anything_is_made_of_them(source: str) -> None:
    given = keras.Input(IMAGE, name="given")
    answer = layers.Dense(3, activation="softmax", name="answer")(layers.Flatten()(given))
    wasteful = described(keras.Model(given, answer))
    found = wasteful["config"]["layers"]
    extra = json.loads(json.dumps(found[-1]).replace("flatten", source).replace('"answer"', '"endless"'))
    extra["inbound_nodes"][0]["args"][0]["config"]["keras_history"][0] = source
    found.append(extra)
    with pytest.raises(NetworkError, match=r"layers after its answer|do not lead to its output"):
        fit(read_graph(wasteful), tiny.SPEC, "as_is")


def test_a_part_that_claims_a_shape_that_it_is_not_given_is_refused_before_weights_of_that_size_are_made() -> None:
    inner = keras.Sequential([keras.Input((64,)), layers.Dense(3)])
    whole = described(keras.Sequential([keras.Input(IMAGE), layers.Flatten(), inner]))
    fit(read_graph(whole), tiny.SPEC, "as_is")
    whole = json.loads(json.dumps(whole).replace("[null, 64]", "[null, 64000000000]"))
    with pytest.raises(NetworkError, match="takes another shape than it is given"):
        fit(read_graph(whole), tiny.SPEC, "as_is")


def twice(inner: dict[str, Any]) -> dict[str, Any]:
    """A model that calls another with its input, and then with what that gave."""

    def called_with(*source: object) -> dict[str, Any]:
        return {"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": source}}], "kwargs": {}}

    shape = {"name": "i", "batch_shape": [None, 4]}
    first = {"class_name": "InputLayer", "module": "keras.layers", "config": shape, "name": "i", "inbound_nodes": []}
    second = {**inner, "name": "m", "inbound_nodes": [called_with("i", 0, 0), called_with("m", 0, 0)]}
    ends = {"input_layers": ["i", 0, 0], "output_layers": ["m", 1, 0]}
    return {"class_name": "Functional", "module": "keras", "config": {"name": "m", "layers": [first, second], **ends}}


def text(*layer: object) -> str:
    return json.dumps(layer)


@pytest.mark.parametrize(
    "layer",
    [
        text("Lambda", {}, "a", []),
        text("TFSMLayer", {"filepath": "/x"}, "a", []),
        text("Dense", {"units": 3, "activation": {"class_name": "function"}}, "a", []),
        text("Dense", {"units": 3}, "a", ["b"]),
        text("Dense", {"units": 3}, "../a", []),
        "no json",
    ],
)
def test_settings_that_anybody_may_have_written_hold_plain_layers_only(layer: str) -> None:
    with pytest.raises(ConfigError):
        ElsewhereConfig.from_dict({"layers": [layer]})


def test_settings_survive_json_and_are_checked_against_the_data() -> None:
    dense_specs: list[Any] = [text("Flatten", {}, "flat", []), text("Dense", {"units": 3}, "probabilities", ["flat"])]
    config = ElsewhereConfig.from_dict({"layers": dense_specs})
    assert ElsewhereConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config
    config.validate(tiny.SPEC)
    with pytest.raises(ConfigError):
        ElsewhereConfig.from_dict({"layers": dense_specs[:1]}).validate(tiny.SPEC)
