import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROCESSES = ("core.probe.server", "core.jobs.worker", "core.jobs.forks.server")
HEAVY = ("core.callback", "core.models", "core.training", "core.explain", *PROCESSES)
RUNS_WHEN_IMPORTED = ("core.__main__", "core.store.migrations.env")


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


CORE = {module_of(path): path for path in sorted((ROOT / "core").rglob("*.py"))}
PAGES = {module_of(path): path for path in sorted((ROOT / "pages").rglob("*.py"))}


def lies_in(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def imports_of(path: Path) -> tuple[str, ...]:
    """Name everything that a file imports, inside functions too."""
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    here = [*path.relative_to(ROOT).parts[:-1]]
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = here[: len(here) - node.level + 1] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def importing(modules: list[str], folder: Path = ROOT, of: tuple[str, ...] = ("tensorflow", "keras")) -> list[str]:
    """Import modules of `folder` in a process of their own; return which of some packages it then holds."""
    code = (
        "import importlib, json, sys\n"
        "for name in json.loads(sys.argv[1]): importlib.import_module(name)\n"
        "print(json.dumps([name for name in sys.argv[2:] if name in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, json.dumps(modules), *of],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_light_modules_of_core_do_not_bring_tensorflow_along() -> None:
    light = [name for name in CORE if not lies_in(name, HEAVY) and name not in RUNS_WHEN_IMPORTED]
    assert len(light) > 20
    assert importing([name for name in light if ".versions." not in name]) == []


def test_the_foreman_and_the_command_line_start_without_what_only_tables_need() -> None:
    assert importing(["core.jobs.foreman", "core.cli"], of=("pandas", "sklearn", "scipy")) == []


def test_what_all_pages_share_does_not_bring_tensorflow_along() -> None:
    shared = [name for name in PAGES if lies_in(name, ("pages._ui",))]
    assert len(shared) > 5
    assert importing(shared) == []


def test_a_module_that_brings_tensorflow_along_would_be_noticed(tmp_path: Path) -> None:
    (tmp_path / "tensorflow.py").touch()
    (tmp_path / "light.py").write_text("def load():\n    import tensorflow")
    (tmp_path / "heavy.py").write_text("import light\nlight.load()")
    assert importing(["light"], tmp_path) == []
    assert importing(["heavy"], tmp_path) == ["tensorflow"]


def banned_imports(of: dict[str, Path], *banned: str) -> list[str]:
    """Return `module: what it imports` for each import of something banned."""
    return [f"{name}: {found}" for name, path in of.items() for found in imports_of(path) if lies_in(found, banned)]


def test_light_code_imports_no_heavy_code_even_inside_a_function() -> None:
    light = {name: path for name, path in CORE.items() if not lies_in(name, HEAVY)}
    assert banned_imports(light, *HEAVY, "tensorflow", "keras") == []


def test_core_knows_no_streamlit_and_no_pages() -> None:
    assert banned_imports(CORE, "streamlit", "pages", "app") == []


def test_models_and_explanations_know_neither_store_nor_jobs() -> None:
    these = {name: path for name, path in CORE.items() if lies_in(name, ("core.models", "core.explain"))}
    assert these
    assert banned_imports(these, "core.store", "core.jobs") == []


def test_a_page_imports_no_heavy_code_and_no_other_page() -> None:
    assert banned_imports(PAGES, *HEAVY, "tensorflow", "keras") == []
    whole = [name for name in PAGES if not lies_in(name, ("pages._ui",)) and name != "pages"]
    for name in whole:
        assert banned_imports({other: path for other, path in PAGES.items() if other != name}, name) == []


def test_a_page_gets_data_and_saved_moments_only_by_saying_who_asks() -> None:
    assert (
        banned_imports(PAGES, "core.datasets.open_prepared", "core.datasets.prepared.open_prepared", "numpy.load") == []
    )
    loads = [name for name, path in PAGES.items() if "load_snapshot" in path.read_text()]
    assert loads == [], "snapshot_seen of core/runs/visible.py checks who may see it"


def test_a_page_decodes_nothing_that_somebody_brings() -> None:
    known = ("images.prepare_image.prepare_image", "series.known.known_from", "sounds.ask.hear")
    files = ("sounds.sounds", "tables.files", "series.brought.read_series")
    assert banned_imports(PAGES, *(f"core.datasets.{name}" for name in (*known, *files))) == []


def test_every_module_of_core_says_what_it_is_for() -> None:
    assert [name for name, path in CORE.items() if not (ast.get_docstring(tree_of(path)) or "").strip()] == []


def test_pages_show_errors_only_as_visitors_may_read_them() -> None:
    """`shell.told` takes the server's paths out of what a run keeps as its error, or a data set as its problem."""
    kept, raw = {"error", "problem", "refusal", "trouble"}, []
    for name, path in PAGES.items():
        for call in ast.walk(tree_of(path)):
            if isinstance(call, ast.Call) and ast.unparse(call.func) in (
                "words.plain",
                "plain",
                "st.error",
                "st.toast",
            ):
                inside = [node for argument in call.args for node in untold(argument)]
                raw += [f"{name}: {ast.unparse(call)}" for node in inside if getattr(node, "attr", None) in kept]
    assert raw == []


def untold(node: ast.AST) -> Iterator[ast.AST]:
    """Walk through an expression, but not into what `told` is given."""
    if not (isinstance(node, ast.Call) and ast.unparse(node.func).endswith("told")):
        yield node
        for child in ast.iter_child_nodes(node):
            yield from untold(child)
