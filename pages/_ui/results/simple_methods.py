"""What simple methods reach on the same test examples: measured once for each data set, when somebody asks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from core.analysis.classifier.texts import balanced_accuracy
from core.jobs import ensure_foreman
from core.runs.comparison.baselines import NAMES, Baselines, ensure_baselines, has_baselines, read_baselines
from core.store import Run
from pages._ui.shell import owner, privacy, shell, words

LOOK_AGAIN_S = 0.5  # while they are measured
_HELP = """Fits simple methods on the same examples, once for this data; for tables gradient boosting too, for texts
naive Bayes. Some seconds."""


_BALANCED = "test_balanced_accuracy_last"
_ALIKE = "Balanced accuracy: the mean over classes of the share that is right, so that a rare class counts as much."
_COLUMNS = {"Each class alike": st.column_config.TextColumn(help=_ALIKE)}


def known_methods(run: Run) -> Baselines | None:
    """Return what simple methods reach on a run's version of its data, as far as it is known and comparable."""
    is_shifted = run.config.get("test_shift", "none") != "none"
    if is_shifted or not privacy.sees(run.dataset) or not has_baselines(shell.store().settings, run.dataset):
        return None
    found = read_baselines(shell.store().settings, run.dataset, owner.actor())
    return found if found and found.version == run.dataset_version else None


def offer_methods(run: Run) -> None:
    """Draw the button that measures simple methods, or how far that is; nothing if they are known or cannot be."""
    settings = shell.store().settings
    is_shifted = run.config.get("test_shift", "none") != "none"
    if is_shifted or not privacy.sees(run.dataset) or not has_baselines(settings, run.dataset):
        return
    if read_baselines(settings, run.dataset, owner.actor()) is not None:
        return
    asked = f"_methods_{run.dataset}"
    if not st.session_state.get(asked):
        st.button(
            "Compare with simple methods",
            key="measure_methods",
            icon=":material/forest:",
            help=_HELP,
            on_click=lambda: st.session_state.update({asked: True}),
        )
        return
    st.fragment(wait_for_methods, key="methods_wait", run_every=LOOK_AGAIN_S)(run.dataset)


def wait_for_methods(dataset: str) -> None:
    """Draw how far the measurement is, and the whole page again when it has ended; the body of a fragment."""
    with shell.guard():
        task = ensure_baselines(shell.store(), dataset, owner.actor())
        if task is None:
            st.rerun()
        elif task.status.is_final:
            st.error(f"The baselines could not be measured. {shell.told(task.error)}", icon=":material/error:")
        else:
            ensure_foreman(shell.store().settings)
            phase = words.plain(str(task.progress.get("phase", "waiting for a process")))
            share = float(task.progress.get("share", 0.0))
            st.progress(share, f"Measuring simple methods, once for this data: {phase}")


def methods_of_classes(run: Run, y_true: np.ndarray, said: np.ndarray) -> None:
    """Draw the accuracy of simple methods beside that of a network with these answers, int (n,)."""
    known = known_methods(run)
    if known is None:
        offer_methods(run)
        return
    accuracy = float(np.mean(said == y_true))
    reached = {NAMES[way]: result["test_accuracy_last"] for way, result in known.results.items()}
    best = max(reached, key=lambda name: reached[name])
    beside = "The network is better" if accuracy > reached[best] else "The network is no better"
    on = f"reaches {words.percent(reached[best])} on the same test examples"
    st.markdown(f"The best simple method, **{best}**, {on}. {beside}.")
    named = {"This network": accuracy, **{capital(name): share for name, share in reached.items()}}
    ordered = sorted(named.items(), key=lambda item: -item[1])
    shown = {"Model": [name for name, _ in ordered], "Test accuracy": [words.percent(share) for _, share in ordered]}
    alike = {capital(NAMES[way]): result.get(_BALANCED) for way, result in known.results.items()}
    if any(alike.values()):
        alike["This network"] = balanced_accuracy(y_true, said)
        shown["Each class alike"] = [words.percent(share) if (share := alike[name]) else "" for name, _ in ordered]
    alt = "Test accuracy of this network and of simple methods"
    st.dataframe(pd.DataFrame(shown), key="methods", hide_index=True, alt=alt, column_config=_COLUMNS)


def capital(name: str) -> str:
    """Return a name with a capital first letter."""
    return f"{name[0].upper()}{name[1:]}"
