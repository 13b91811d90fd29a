"""The report of a run."""

from __future__ import annotations

import time

from core.errors import ArtifactError, GlassboxError, RunError
from core.export.report import page
from core.export.report.curves import curves
from core.export.report.pictures import pictures
from core.export.report.results import answers, headline, numbers
from core.families import find_family
from core.program.export import program_of_run
from core.program.writer import to_script
from core.runs.comparison.settings import settings_of_runs
from core.runs.notebook.guesses import outcomes
from core.store import Run, Store


def run_report(store: Store, run: Run, actor: str) -> str:
    """Return a run as one HTML file.

    Args:
        store: Store of the run.
        run: A training run.
        actor: Who asks; what they may not see is left out.

    Raises:
        RunError: It trains nothing.
    """
    if run.family is None:
        raise RunError(f"task {run.id} trains nothing, so there is nothing to report")
    seen = pictures(store, run, actor)
    parts = [
        page.paragraph(about(store, run), "quiet"),
        page.paragraph(run.note),
        headline(run),
        *(page.paragraph(outcome.sentence) for outcome in outcomes(store, run, actor)),
        page.paragraph(run.error),
        answers(store, run, actor),
        page.heading("What was measured"),
        numbers(run),
        page.heading("Curves"),
        curves(store, [run]),
        page.heading("What its networks see and make") + seen if seen else "",
        page.heading("How to do it again"),
        *details(store, run, opened=True),
    ]
    return page.document(run.name, parts)


def about(store: Store, run: Run) -> str:
    """Say in one line what a run is, on what, when, and where it came from."""
    family, when = find_family(str(run.family)).title, time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(run.created))
    data = next(one.said[0] for one in settings_of_runs(store.settings, [run]) if one.name == "dataset")
    came = f" · {run.origin}" if run.origin else ""
    return f"{family} · {data} · {run.status} · {when}{came} · run {run.id}"


def details(store: Store, run: Run, *, opened: bool = False) -> list[str]:
    """Return settings, environment and program of a run, folded unless `opened`; the program always is."""
    settings = page.table(
        [(one.label, one.said[0] or "without effect") for one in settings_of_runs(store.settings, [run])]
    )
    environment = page.table(_environment(store, run))
    program = page.folded("The same training as a plain Keras program", _program(store, run))
    if opened:
        return [page.heading("Settings", 3), settings, page.heading("Environment", 3), environment, program]
    return [page.folded("All settings", settings), page.folded("Environment", environment), program]


def _environment(store: Store, run: Run) -> list[tuple[str, str]]:
    """Return versions and device of training, and what else the numbers depend on."""
    try:
        known = store.files(run.id).read_json("environment")
    except ArtifactError:  # it has not started
        known = {}
    rows = {
        **{name.replace("_", " "): value for name, value in known.items()},
        "device": run.device or known.get("device"),
    }
    rows |= {
        "seed": run.config.get("seed"),
        "seed of the split": run.split_seed,
        "version of the data": run.dataset_version,
    }
    return [(f"{name[0].upper()}{name[1:]}", str(value)) for name, value in rows.items() if name and value is not None]


def _program(store: Store, run: Run) -> str:
    try:
        program = program_of_run(store, run.id)
    except GlassboxError as error:  # its data is gone, or another version wrote it
        return page.paragraph(f"It cannot be printed: {error}", "quiet")
    return page.code(to_script(program.parts, program.name))
