"""What a finished classifier can do: accuracy, confusion matrix, mistakes."""

from __future__ import annotations

import streamlit as st

from core.analysis.classification import Mistake, confident_mistakes, confusion_matrix, wilson_interval
from core.datasets import open_prepared
from core.datasets.broken import shifted_images
from core.datasets.prepared import is_prepared
from core.families.classifier_sections import tested_on
from core.figures.evaluation import draw_confusion
from core.figures.pictures import grey_picture
from core.store import Run
from pages._ui import shell, words
from pages._ui.components.pictures import pictures

MISTAKES = 12


def results(run: Run) -> None:
    """Show how a run does on data that it has never seen."""
    if "test_accuracy_last" not in run.summary or not run.status.is_final:
        st.info(_why_empty(run), icon=":material/query_stats:")
        return
    found = shell.store().files(run.id).load_predictions()
    y_true, probabilities = found["y_true"], found["probabilities_last"]
    _numbers(run, int((probabilities.argmax(1) == y_true).sum()), len(y_true))
    classes = shell.dataset(run.dataset).spec.classes
    st.subheader("Which is taken for which")
    matrix = confusion_matrix(y_true, probabilities)
    st.plotly_chart(
        draw_confusion(matrix, classes, dark=shell.is_dark()),
        key="confusion",
        config={"displayModeBar": False},
        alt=f"Confusion matrix: {int(matrix.trace())} of {int(matrix.sum())} test images on the diagonal",
    )
    _mistakes(run, confident_mistakes(found["ids"], y_true, probabilities, MISTAKES), classes)


def _why_empty(run: Run) -> str:
    if not run.status.is_final:
        return "Accuracy, confusion matrix and mistakes on unseen images come here when training has ended."
    return "This run ended before it could be tested, so there is nothing to show here."


def _numbers(run: Run, right: int, total: int) -> None:
    low, high = wilson_interval(right, total)
    done = run.summary.get("epochs_done", 0)
    with st.container(border=True, key="result"):
        st.metric("Test accuracy", words.percent(right / total))
        sentence = (
            f"{right:,} of {total:,} unseen images right. Its true accuracy on images like these lies "
            f"probably between {words.percent(low)} and {words.percent(high)} (95 % interval)."
        )
        st.markdown(sentence)
        if told := tested_on(run.config.get("test_shift", "none")):
            changed = "every test image was changed on purpose, no training image was"
            st.markdown(f"It was **{told}**: {changed}.")
        best = run.summary.get("test_accuracy_best")
        if best is not None:
            st.markdown(
                f"Best by validation, step {run.summary['best_step']:,}: {words.percent(best)}; "
                f"last, step {run.summary['steps_done']:,}: {words.percent(right / total)}."
            )
        epochs = {0: "less than one epoch", 1: "1 epoch"}.get(done, f"{done} epochs")
        st.caption(
            f"{run.summary['parameters']:,} parameters · {epochs}, {run.summary['steps_done']:,} steps · "
            f"{words.duration(run.summary['fit_s'])} of training · {shell.dataset(run.dataset).split}"
        )


def _mistakes(run: Run, mistakes: list[Mistake], classes: tuple[str, ...]) -> None:
    st.subheader("Most confident mistakes")
    if not mistakes:
        st.caption("It made none on the test images.")
        return
    if not is_prepared(shell.store().settings, run.dataset):
        st.caption("The images are not here any more, so they cannot be shown.")
        return
    st.caption("Where it was sure and wrong. Look closely: some of them a person would get wrong too.")
    images, kind = open_prepared(shell.store().settings, run.dataset).x_test, run.config.get("test_shift", "none")
    shown = [
        grey_picture(
            shifted_images(images[m.index][None], kind, m.index)[0],
            f"test image {m.index}: is {classes[m.truth]}, called {classes[m.said]}",
        )
        for m in mistakes
    ]
    texts = [f"said {classes[m.said]}, {words.percent(m.confidence, 0)}\nis {classes[m.truth]}" for m in mistakes]
    pictures(shown, key="mistakes", below=texts, width=84)
