"""The results of a GAN: its numbers, a diagnosis and a film."""

from __future__ import annotations

import streamlit as st

from core.analysis.finding import Finding
from core.analysis.gan.diagnosis import FEWEST_ROWS, IMAGES, POINTS, diagnose, mend_numbers
from core.analysis.gan.point_clouds import Modes, cloud_coverage, modes_covered
from core.analysis.gan.quality import Coverage
from core.datasets.points.points import CENTRES, WIDTHS
from core.families import find_family
from core.figures.gan.film import film
from core.figures.pictures import Picture
from core.runs.gan_quality import can_be_judged
from core.runs.visible import snapshot_seen
from core.store import Run, Status
from core.store.metrics import Point
from pages._ui.components.pictures.pictures import pictures
from pages._ui.gan.film import show_film
from pages._ui.gan.generate import generating
from pages._ui.gan.quality import judging
from pages._ui.probe.answer_cache import kept_unless_empty
from pages._ui.runs.actions import train_again
from pages._ui.runs.curves import draw_all_curves
from pages._ui.shell import privacy, shell, words

MADE = 400  # width of the samples in CSS pixels


def results(run: Run) -> None:
    """Show the results of a finished run."""
    if not run.status.is_final:
        st.info(find_family(str(run.family)).result(run.summary).missing)
        return
    modes = _clouds(run)
    made, told = st.columns([40, 60], gap="medium")
    with made:
        _made(run)
    with told:
        _headline(run, modes)
    draw_all_curves(run)
    quality = judging(run) if can_be_judged(shell.store(), run) else None
    st.subheader("Did anything go wrong?")
    _diagnosis(run, quality.last.judgement.coverage if quality else cloud_coverage(modes) if modes else None)
    if privacy.sees_run(run):
        st.subheader("The film")
        with shell.guard():
            _film(run)
    if shell.dataset(run.dataset).spec.is_image:
        generating(run)


def _made(run: Run) -> None:
    """Draw what the last snapshot makes."""
    if not privacy.sees_run(run):
        privacy.say("Its output could repeat training examples, so samples and film are")
        return
    with shell.guard():
        if made := _last_pictures(run.id, run.generation, privacy.sight(run)):
            pictures(made, key="made", below=["Samples of the last snapshot."], width=MADE)


def _headline(run: Run, modes: Modes | None) -> None:
    summary = run.summary
    if summary.get("diversity_last") is None:
        st.info("This run ended before it could be measured.", icon=":material/query_stats:")
        return
    kind = shell.dataset(run.dataset).spec.kind
    st.markdown(
        f"Diversity **{summary['diversity_last']:.2f}**: its samples differ from each other that many times as much as "
        f"real {kind} do (near 0: all alike). Noise is diverse too, so look at the samples as well."
    )
    st.markdown(
        f"D is right about **{words.percent(summary['d_accuracy_last'])}** of "
        f"unseen {kind}, real and made (50 %: it cannot tell them apart)."
    )
    if modes:
        near = words.percent(modes.near, 0)
        covered, count = cloud_coverage(modes).covered, len(modes.counts)  # as the diagnosis counts them
        st.markdown(f"They cover **{covered} of {count}** clouds, and {near} of them lie in one.")
    apart = [point.values["val_js"] for point in _points(run.id, run.generation) if "val_js" in point.values]
    if apart:
        st.markdown(
            f"Their density is **{apart[-1]:.2f} nats** from that of unseen real points (Jensen-Shannon divergence on "
            "a grid; 0: identical, 0.69: no overlap)."
        )


def _clouds(run: Run) -> Modes | None:
    """Return which of the data's clouds the points cover; None if it has no clouds."""
    centres, snapshots = CENTRES.get(run.dataset), shell.store().metrics.snapshots(run.id)
    if centres is None or not snapshots:
        return None
    with shell.guard():
        store, plane = shell.store(), find_family(str(run.family)).views["plane"]
        made = snapshot_seen(store, run, snapshots[-1].step, plane, privacy.viewer(run))
        return modes_covered(made["plane/fake"], centres, 3 * WIDTHS[run.dataset])
    return None


def _diagnosis(run: Run, coverage: Coverage | None) -> None:
    if run.status is Status.DIVERGED:
        found: list[Finding] = [mend_numbers(run.error, run.config)]
    elif run.progress.get("step", 0) < FEWEST_ROWS:
        st.caption("The run was too short to tell.")
        return
    else:
        found = _findings(run.id, run.generation, coverage)
    if not found:
        st.success("The numbers of this run show no problem: neither network dominates, and the samples vary.")
    for finding in found:
        st.warning(words.plain(finding.sentence), icon=":material/healing:")
        if finding.fix:
            st.button(finding.fix_label, key=f"fix_{finding.kind}", on_click=train_again, args=(run, finding))


@st.cache_data(max_entries=100, show_spinner=False)
def _findings(run_id: str, generation: int, coverage: Coverage | None) -> list[Finding]:
    run = shell.store().runs.get(run_id)
    of = IMAGES if shell.dataset(run.dataset).spec.is_image else POINTS
    return diagnose(_points(run_id, generation), run.config, coverage, of=of)


@kept_unless_empty(20)
def _points(run_id: str, generation: int) -> list[Point]:
    """Return all metrics of a finished run."""
    return [Point(p.step, p.epoch, p.wall_s, p.values) for p in shell.store().metrics.since(run_id, 0)]


def _film(run: Run) -> None:
    data = _film_of(run.id, run.generation, privacy.sight(run))
    if not data:
        st.caption("This run saved no snapshots.")
        return
    below = "Every snapshot from first to last, with the same noise in the same place."
    show_film(data, run, key="film", below=below, file_name=f"gan-{run.id}.webp", width=560)


@kept_unless_empty(20)
def _film_of(run_id: str, generation: int, sight: str) -> bytes:
    moments = shell.store().metrics.snapshots(run_id)
    frames = [picture.png for moment in moments for picture in _pictures_at(run_id, moment.step, sight)]
    return film(frames) if frames else b""


@kept_unless_empty(100)
def _last_pictures(run_id: str, generation: int, sight: str) -> list[Picture]:
    steps = [snapshot.step for snapshot in shell.store().metrics.snapshots(run_id)]
    return _pictures_at(run_id, steps[-1], sight) if steps else []


def _pictures_at(run_id: str, step: int, sight: str) -> list[Picture]:
    """Return the picture of what a snapshot makes; empty if there is none."""
    store = shell.store()
    run = store.runs.get(run_id)
    family, spec = find_family(str(run.family)), shell.dataset(run.dataset).spec
    drawn = (view.draw(snapshot_seen(store, run, step, view, sight), spec) for view in family.views.values())
    return [one for shown in drawn for one in shown[:1] if isinstance(one, Picture)][:1]
