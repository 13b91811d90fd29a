"""The results of a network that answers texts: how many answers are right, which are not, and where it looks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from core.analysis.answers import right_by_length
from core.analysis.classifier.classification import wilson_interval
from core.datasets.spec import DataSpec
from core.datasets.targets import TokenSequence
from core.figures.answers import marked_answers, question_of
from core.runs.comparison.baselines import NAMES
from core.runs.translating import translate_rows
from core.runs.visible import examples_seen
from core.store import Run
from pages._ui.components.drawing.drawing import drawing
from pages._ui.results.run_facts import best_and_last, choose_network, cost, say_why_empty, titled
from pages._ui.results.translating import DEADLINE_S, translating
from pages._ui.runs.curves import draw_all_curves
from pages._ui.shell import privacy, shell, words

SIMPLE = ("commonest", "copy")
SHOWN = 12  # examples of each kind


def results(run: Run) -> None:
    """Show how many answers to unseen texts are right throughout, and let it answer others."""
    if run.summary.get("test_exact_last") is None or not run.status.is_final:
        say_why_empty(run, "The share of right answers, and which are wrong,")
        return
    spec, predictions = shell.dataset(run.dataset).spec, shell.store().files(run.id).load_predictions()
    which = choose_network(run, predictions)
    y = predictions["y_true"]
    right = ((predictions[f"said_{which}"][..., 0] == y) | (y == 0)).all(1)
    _headline(run, which, right, spec)
    draw_all_curves(run)
    if not privacy.sees_run(run):
        privacy.say("What it answers is")
        return
    rows = np.asarray(examples_seen(shell.store(), run, privacy.viewer(run)).x_test)
    st.subheader("Ask it")
    assert isinstance(spec.target, TokenSequence)
    step = _step_of(run, which)
    st.fragment(translating)(run, question_of(rows[0], spec), spec.target.read(y[0]), step)
    _by_length(right, (rows[:, : spec.input_shape[0] - spec.target.length] > 0).sum(1))
    st.subheader("Wrong and right answers")
    st.fragment(_examples)(run, step, rows, y, right, spec)


def _headline(run: Run, which: str, right: np.ndarray, spec: DataSpec) -> None:
    low, high = wilson_interval(int(right.sum()), len(right))
    tokens = run.summary.get(f"test_token_accuracy_{which}")
    with st.container(border=True, key="result"):
        left, middle = st.columns(2)
        left.metric(titled("Exact answers", which), words.percent(right.mean()))
        left.markdown(
            f"{int(right.sum()):,} of {len(right):,} unseen {spec.kind} are answered without any mistake; its true "
            f"share is probably {100 * low:.1f}\N{EN DASH}{words.percent(high)} (95 % interval)."
        )
        if tokens is not None:
            middle.metric("Characters", words.percent(float(tokens)))
            middle.markdown("The share of single characters that it gets right after the right ones before them.")
        if said := best_and_last(run, "test_exact", words.percent):
            st.markdown(said)
        _baselines(run, float(right.mean()))
        st.caption(cost(run))


def _baselines(run: Run, exact: float) -> None:
    """Draw what simple methods reach on the same texts."""
    found = {
        which: [run.summary.get(f"test_{name}_{which}") for name in ("exact", "token_accuracy")] for which in SIMPLE
    }
    known = {NAMES[which]: values for which, values in found.items() if None not in values}
    if not known:
        return
    rows = {"This network": [exact, run.summary.get("test_token_accuracy_last")]}
    rows |= {f"{name[0].upper()}{name[1:]}": values for name, values in known.items()}
    shares = [(100 * float(a or 0), 100 * float(b or 0)) for a, b in rows.values()]
    table = pd.DataFrame(shares, columns=["Exact answers", "Characters"])
    table.insert(0, "Model", list(rows))
    percent = st.column_config.NumberColumn(format="%.1f %%")
    st.dataframe(
        table,
        key="baselines",
        hide_index=True,
        column_config={"Exact answers": percent, "Characters": percent},
        alt="Right answers of this network and of simple methods",
    )


def _by_length(right: np.ndarray, lengths: np.ndarray) -> None:
    """Draw the share of right answers by the length of the question."""
    groups = right_by_length(right, lengths)
    if len(groups) < 2:
        return
    st.markdown("**By length.** How many are right among short questions, and among long ones.")
    intervals = [wilson_interval(good, total) for _, good, total in groups]
    table = pd.DataFrame(
        {
            "Characters of the question": [name for name, _, _ in groups],
            "Exact": [good / total for _, good, total in groups],
            "95 % interval": [f"{100 * low:.1f}\N{EN DASH}{words.percent(high)}" for low, high in intervals],
            "Texts": [total for _, _, total in groups],
        }
    )
    exact = st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1)
    st.dataframe(table, key="by_length", hide_index=True, column_config={"Exact": exact}, alt="Right answers by length")


def _step_of(run: Run, which: str) -> int:
    """Return the step of the snapshot that was tested as `last` or `best`."""
    last = shell.store().metrics.snapshots(run.id)[-1].step
    return int(run.summary.get("best_step") or last) if which == "best" else last


def _examples(run: Run, step: int, rows: np.ndarray, y: np.ndarray, right: np.ndarray, spec: DataSpec) -> None:
    """Draw wrong answers, and right ones beside them, as the network gives them by itself."""
    wrong_at, right_at = np.flatnonzero(~right)[:SHOWN], np.flatnonzero(right)[:SHOWN]
    chosen, target = np.concatenate([wrong_at, right_at]), spec.target
    assert isinstance(target, TokenSequence)
    with shell.guard():
        actor = privacy.viewer(run)
        how = {"actor": actor, "step": step, "deadline_s": DEADLINE_S}
        said = translate_rows(shell.store(), run, spec, rows[chosen], **how)
        answers = [(one.question, target.read(y[row]), one.answer) for one, row in zip(said, chosen, strict=True)]
        for column, title, part in zip(
            st.columns(2), ("Wrong", "Right"), (answers[: len(wrong_at)], answers[len(wrong_at) :]), strict=True
        ):
            with column:
                st.markdown(f"**{title}**")
                if part:
                    drawing(marked_answers(part).markup, key=f"answers_{title.lower()}")
                else:
                    st.caption(f"None of the test {spec.kind}.")
