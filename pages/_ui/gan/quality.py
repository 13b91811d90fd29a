"""Evaluate a GAN's images with a classifier."""

from __future__ import annotations

import streamlit as st

from core.analysis.gan.quality_report import QualityReport
from core.figures.gan.quality import draw_classes, draw_confidence, draw_frechet, draw_kernel, draw_precision_recall
from core.jobs import ensure_foreman
from core.runs.gan_quality import judges, last_judging, queue_judging, read_quality
from core.store import Run, Status
from pages._ui.components.charts.chart import chart
from pages._ui.shell import owner, privacy, shell, words
from pages._ui.shell.views import studio_page

LOOK_AGAIN_S = 0.5


def judging(run: Run) -> QualityReport | None:
    """Draw a classifier's report on a GAN, its progress, or the button that starts it.

    Returns:
        The report; None if there is none yet.
    """
    store = shell.store()
    quality, task = read_quality(store, run), last_judging(store, run)
    is_coming = task is not None and not task.status.is_final
    st.subheader("Evaluated by a classifier")
    if task is not None and is_coming:
        st.fragment(_wait, key="judge_wait", run_every=LOOK_AGAIN_S)(task.id)
    elif task is not None and task.status is not Status.SUCCEEDED:
        again = " again" if quality is not None else ""
        why = shell.told(task.error or "It was stopped.")
        st.error(f"It could not be evaluated{again}. {why}", icon=":material/error:")
    if quality is not None:
        _headline(quality, shell.dataset(run.dataset).spec.classes)
    if not is_coming:
        _ask(run, quality)
    if quality is not None:
        _classes(quality, shell.dataset(run.dataset).spec.classes)
        _curves(quality)
    return quality


# Waiting


def _wait(task_id: str) -> None:
    with shell.guard():
        store = shell.store()
        task = store.runs.get(task_id)
        if task.status.is_final:
            st.rerun()
        ensure_foreman(store.settings)
        before = store.runs.get(task.after) if task.after else None
        if before is not None and before.status is not Status.SUCCEEDED:
            share = before.progress.get("step", 0) / (before.progress.get("total_steps") or 1)
            st.progress(min(1.0, share), text=f"A classifier is trained first: {words.plain(before.name)}")
        else:
            phase = str(task.progress.get("phase", "starting within seconds"))
            text = f"A classifier evaluates its images: {words.plain(phase)}"
            st.progress(float(task.progress.get("share", 0.0)), text=text)


# Asking


def _ask(run: Run, quality: QualityReport | None) -> None:
    """Draw the choice of the classifier, and the button that starts it."""
    if not shell.store().runs.may(run, owner.actor()):
        if quality is None:
            st.caption("No classifier has evaluated these images yet; the owner of this GAN can start one.")
        return
    if not privacy.can_train(run.dataset):  # it came from elsewhere, and its data did not
        return
    found = {other.id: other for other in judges(shell.store(), run)}
    if quality is None:
        why = "A classifier that knows the real images says which classes these show, and how real they look."
        st.caption(why if found else f"{why} None has learned this data yet, so a quick one is trained first.")
    with st.container(horizontal=True, vertical_alignment="bottom", key="judge_ask"):
        chosen = None
        if found:
            before = list(found).index(quality.judge) if quality is not None and quality.judge in found else 0
            chosen = st.selectbox(
                "Classifier",
                list(found),
                before,
                format_func=lambda key: words.with_accuracy(found[key]),
                key=f"judge_{run.id}",
                help="A classifier trained on the same data, by you or by this server, the best first: by its accuracy "
                "on validation images, or on test images without any. A poor one is easily fooled.",
            )
        st.button(
            "Evaluate again" if quality is not None else "Evaluate" if found else "Train a classifier, then evaluate",
            icon=":material/gavel:",
            key="judge_now",
            on_click=_judge,
            args=(run, found[chosen] if chosen else None),
        )
        if chosen:
            page = studio_page(found[chosen].family)
            st.page_link(page, label="Open it", query_params={"run": chosen}, width="content")


def _judge(run: Run, judge: Run | None) -> None:
    with shell.remember():
        queue_judging(shell.store(), run, owner.actor(), judge)
        ensure_foreman(shell.store().settings)


# What was found


def _headline(quality: QualityReport, classes: tuple[str, ...]) -> None:
    found, seen = quality.last.judgement, quality.last.judgement.coverage
    low, high = found.frechet_interval
    with st.container(border=True, key="judged"):
        st.markdown(
            f"By the classifier **{words.plain(quality.judge_name)}** ({words.percent(quality.accuracy)} right on "
            f"unseen real images): its mean confidence is **{words.percent(seen.confidence, 0)}** (on "
            f"real images: {words.percent(quality.confidence_floor, 0)}). "
            f"{_made(quality, classes)}"
        )
        st.markdown(
            f"**Fréchet distance {_number(found.frechet)}** ({_number(low)}\N{EN DASH}{_number(high)}, 95 % interval; "
            f"two halves of the real images: {_number(found.frechet_floor)}; lower is better). "
            f"Precision: **{words.percent(found.precision, 0)}** of the made images look real (of real ones: "
            f"{words.percent(found.precision_floor, 0)}). Recall: they come close to "
            f"**{words.percent(found.recall, 0)}** of the real images ({words.percent(found.recall_floor, 0)})."
        )
        st.caption(
            f"After step {quality.last.step:,}: classes and confidence on {quality.last.made:,} made images; distances "
            f"between {found.samples:,} of them and as many unseen real ones, in the features of that classifier, so "
            "compare only runs with the same classifier. It must choose a class even for noise."
        )


def _made(quality: QualityReport, classes: tuple[str, ...]) -> str:
    """Return which classes are made, and which falls furthest below its share of the data."""
    seen, count = quality.last.judgement.coverage, len(classes)
    missing = [words.plain(classes[index]) for index in seen.missing]
    if missing:
        some = ", ".join(missing[:10]) + (" and others" if len(missing) > 10 else "")
        return f"**{seen.covered} of {count} classes** are made; rarely or never made: {some}."
    rarest = quality.scarcest
    share, fair = words.percent(seen.shares[rarest]), words.percent(quality.fair[rarest])
    name = words.plain(classes[rarest])
    return f"**All {count} classes** are made; the scarcest is {name}: {share} instead of {fair}."


def _number(value: float) -> str:
    """Return a number with three significant digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _classes(quality: QualityReport, classes: tuple[str, ...]) -> None:
    seen = quality.last.judgement.coverage
    st.markdown("**Which classes it makes.** A collapsed generator makes only a few of them.")
    listed = ", ".join(f"{name} {words.percent(share)}" for name, share in zip(classes, seen.shares, strict=True))
    chart(
        draw_classes(classes, seen.shares, quality.fair),
        key="judge_classes",
        alt=f"Share of the made images that the classifier assigns to each class: {listed}",
    )
    st.caption(f"{words.percent(seen.unevenness, 0)} of the images would need another class to match the dashed line.")


def _curves(quality: QualityReport) -> None:
    st.markdown(f"**How it got there**, at {len(quality.moments)} snapshots.")
    charts = (
        ("judge_frechet", draw_frechet(quality), "Distance between the features of made and of real images."),
        ("judge_kernel", draw_kernel(quality), "The same by a measure that does not depend on the number of images."),
        (
            "judge_pr",
            draw_precision_recall(quality),
            "Precision: share of made images that look real. Recall: share of real images with made ones near them.",
        ),
        ("judge_sure", draw_confidence(quality), "Confident on few classes: mode collapse. Unsure on all: blur."),
    )
    places = [*st.columns(2, gap="medium"), *st.columns(2, gap="medium")]  # on a phone they keep their order
    for (key, figure, sentence), place in zip(charts, places, strict=True):
        with place:
            chart(figure, key=key, alt=f"{sentence} Over {len(quality.moments)} snapshots.")
            st.caption(sentence)
