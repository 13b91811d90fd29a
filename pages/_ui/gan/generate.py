"""Generate images to download, or a data set of them, in the background."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st
from sqlalchemy.exc import DatabaseError

from core.errors import ArtifactError, GlassboxError
from core.families import DEFAULT_FAMILY
from core.families.gan.config import GanConfig
from core.jobs import ensure_foreman
from core.runs.gan_quality import judges
from core.runs.samples import MOST, Request, enlarge, generate, label_by
from core.store import Run, Store
from core.units import KB, MB
from pages._ui.gan.classes import choose_class
from pages._ui.probe.answer_cache import AnswerCache
from pages._ui.shell import owner, privacy, shell, words
from pages._ui.shell.views import studio_page

ZIP, SHEET, DATA = "A ZIP of images", "One sheet", "A data set"
MIME = {ZIP: ("zip", "application/zip"), SHEET: ("png", "image/png")}
KEPT = 30  # newest results kept on this server
PATIENCE_S = 0.2  # how long a page waits for a result
LOOK_AGAIN_S = 0.5  # between updates of the progress
SURE = 90  # percent; default for a classifier without saved predictions


def generating(run: Run) -> None:
    """Draw the choices and the result, if the visitor may see the data."""
    if not privacy.sees(run.dataset):  # a cached result of another visitor stays hidden too
        return
    steps = [item.step for item in shell.store().metrics.snapshots(run.id)]
    if not steps:
        return
    st.subheader("Make more images")
    config = GanConfig.from_dict(run.config)
    spec = shell.dataset(run.dataset).spec
    classes = spec.classes if config.num_classes(spec) else ()
    kinds = [ZIP, SHEET, *([DATA] if spec.num_classes > 1 and shell.store().runs.may(run, owner.actor()) else [])]
    asked = Asked(run, _choices(run, classes, steps), _kind(kinds), owner.actor())
    if asked.kind == DATA:
        how = "with the class asked for" if classes else "by a classifier"
        st.caption(
            f"The original training images and the made ones, labelled {how}; the test images stay unchanged. "
            "Train the same CNN on both data sets to see whether the made images help."
        )
        if not classes:
            asked = _labelled(asked)
    is_possible = asked.kind != DATA or bool(classes) or asked.judge is not None
    if st.button("Make them", icon=":material/auto_awesome:", key="make", disabled=not is_possible):
        stamp = time.time() if asked.kind == DATA else 0.0  # each click makes a new data set
        st.session_state[_place(run)] = replace(asked, stamp=stamp)
    asked = st.session_state.get(_place(run))
    if asked is not None and asked.problem:
        st.error(shell.told(asked.problem), icon=":material/error:")
    elif asked is not None:
        _follow(asked)


def _choices(run: Run, classes: tuple[str, ...], steps: list[int]) -> Request:
    with st.container(horizontal=True, vertical_alignment="bottom", key="make_choices"):
        count = st.number_input(
            "Images",
            1,
            MOST,
            100,
            key="make_count",
            width=150,
            help="How many images. Few: too few to tell. Many: a bigger file and a few seconds.",
        )
        seed = st.number_input(
            "Seed",
            0,
            2**31 - 1,
            0,
            key="make_seed",
            width=150,
            help="Seed of the random noise: the same seed makes the same images.",
        )
        step = st.selectbox(
            "Snapshot (step)",
            steps[::-1],
            key=f"make_step_{run.id}_{run.generation}",
            width=180,
            help="Which snapshot of the generator makes them. Early: noise. Late: its best, or collapsed.",
        )
        label = choose_class(
            classes,
            f"make_class_{run.id}",
            "The class of the images. Each in turn: equally many of every class. One: only that class.",
        )
    return Request(int(count), int(seed), label, step)


def _labelled(asked: Asked) -> Asked:
    """Draw the choice of the classifier that labels the images."""
    found = {other.id: other for other in judges(shell.store(), asked.run)}
    if not found:
        st.info("No classifier has learned these classes yet, so the made images cannot be labelled.")
        where = {"dataset": asked.run.dataset}
        page = studio_page(DEFAULT_FAMILY.id)
        st.page_link(page, label="Train one", icon=":material/arrow_forward:", query_params=where)
        return asked
    with st.container(horizontal=True, vertical_alignment="bottom", key="make_labels"):
        chosen = st.selectbox(
            "Labelled by",
            list(found),
            format_func=lambda key: words.with_accuracy(found[key]),
            key=f"make_judge_{asked.run.id}",
            width=320,
            help="A CNN trained on the same data, by you or by this server. A poor one mislabels many images, the best "
            "one few.",
        )
        usual = _usual(chosen)
        sure = st.slider(
            "Minimum confidence (%)",
            0,
            99,
            usual,
            key=f"make_sure_{chosen}",
            width=320,
            help="Images with a lower confidence are left out. Low: many wrong labels. High: few images, only the "
            "clearest.",
        )
    wrong = words.percent(1 - found[chosen].summary["test_accuracy_last"])
    st.caption(
        f"It is wrong about {wrong} of unseen real images: expect more wrong labels than that. "
        f"For 9 in 10 of those images its confidence is at least {usual} %."
    )
    return replace(asked, judge=found[chosen], least=sure / 100)


@st.cache_data(max_entries=50, show_spinner=False)
def _usual(judge_id: str) -> int:
    """Return the confidence in percent that a classifier reaches on 9 in 10 unseen real images."""
    try:
        said = shell.store().files(judge_id).load_predictions()["probabilities_last"]
    except ArtifactError:
        return SURE
    return min(99, int(100 * np.quantile(said.max(1), 0.1)))


def _kind(kinds: list[str]) -> str:
    chosen = st.segmented_control("As", kinds, default=ZIP, required=True, key="make_kind")
    return chosen if chosen in kinds else ZIP


def _place(run: Run) -> str:
    return f"_made_{run.id}"


@dataclass(frozen=True)
class Asked:
    """A request of a visitor, with its labelling classifier, minimum confidence and result."""

    run: Run
    request: Request
    kind: str
    actor: str
    judge: Run | None = None
    least: float = 0.0
    stamp: float = 0.0
    dataset: str = ""
    problem: str = ""

    @property
    def key(self) -> str:
        """Cache key of everything that the result depends on."""
        return f"{self.kind} {self.run.id}/{self.run.generation} {self.request} {self.stamp}"

    def make(self, store: Store, shares: dict[str, float]) -> Any:
        """Make the images, in another thread; write the share done to `shares`."""
        try:

            def tell(share: float) -> None:
                shares[self.key] = share

            made = generate(store, self.run, self.request, tell, actor=self.actor)
            if self.kind == DATA:
                if self.judge is not None:
                    made = label_by(store, made, self.judge, self.least, actor=self.actor)
                return enlarge(store, self.run, made, self.actor)
            return made.archive() if self.kind == ZIP else made.sheet()
        finally:
            shares.pop(self.key, None)


@st.cache_resource
def _makings() -> tuple[AnswerCache, dict[str, float]]:
    """Return the server's results by key, and the share done of each pending one."""
    return AnswerCache(KEPT, "these images could not be made"), {}


def _follow(asked: Asked) -> None:
    """Offer the result when it is ready; until then show the progress without blocking the page."""
    (makings, shares), store = _makings(), shell.store()
    is_there = bool(asked.dataset) or makings.known(asked.key) is not None

    def body() -> None:
        ensure_foreman(store.settings)
        try:
            found = asked.dataset or makings.get(asked.key, lambda: asked.make(store, shares), patience_s=PATIENCE_S)
        except (GlassboxError, DatabaseError) as error:
            st.session_state[_place(asked.run)] = replace(asked, problem=shell.sentence(error))
            st.rerun()
        if found is None:
            share, count = shares.get(asked.key, 0.0), asked.request.count
            st.progress(share, text=f"{round(share * count):,} of {count:,} images made" if share else "Waiting")
        elif not is_there:
            if asked.kind == DATA:  # else it would be made again once the cache has dropped it
                st.session_state[_place(asked.run)] = replace(asked, dataset=found)
            st.rerun()
        else:
            _offer(asked, found)

    st.fragment(body, key="make_wait", run_every=None if is_there else LOOK_AGAIN_S)()


def _offer(asked: Asked, found: Any) -> None:
    request = asked.request
    if asked.kind == DATA:
        data, original = shell.dataset(found), shell.dataset(asked.run.dataset)
        left = request.count - (data.spec.train_size - original.spec.train_size)
        rest = f" {left:,} of the {request.count:,} are left out: the classifier's confidence is lower." if left else ""
        st.markdown(f"**{words.plain(data.title)}** is now among your data.{rest}")
        st.page_link(
            studio_page(DEFAULT_FAMILY.id),
            label=f"Train {words.a(DEFAULT_FAMILY.title)} on real and made images",
            icon=":material/arrow_forward:",
            query_params={"dataset": found},
        )
        return
    ending, mime = MIME[asked.kind]
    if asked.kind == SHEET:
        st.image(found, caption=f"{request.count:,} made images, seed {request.seed}")
    size = f"{len(found) / MB:.1f} MB" if len(found) > MB / 10 else f"{len(found) / KB:.0f} kB"
    st.download_button(
        f"Save {request.count:,} images ({size})",
        found,
        f"gan-{asked.run.id}-step-{request.step}-seed-{request.seed}.{ending}",
        mime,
        icon=":material/download:",
        key="make_save",
        on_click="ignore",
    )
