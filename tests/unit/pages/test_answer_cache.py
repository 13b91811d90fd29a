"""Questions to the probe that no page waits for."""

import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from typing import Any

import numpy as np
import pytest

from core.errors import ProbeAwayError, ProbeError
from pages._ui.probe.answer_cache import ASKERS, KEPT, Looks, kept_unless_empty

LONG_S = 30.0  # a machine that is busy with something else may need so long


class Question:
    """A question that is answered when it may be, and counts how often it is asked."""

    def __init__(self, answer: Any = "an answer", *, at_once: bool = True) -> None:
        self.answer, self.times = answer, 0
        self.begun, self.may_answer = threading.Event(), threading.Event()
        if at_once:
            self.may_answer.set()

    def __call__(self) -> Any:
        self.times += 1
        self.begun.set()
        assert self.may_answer.wait(LONG_S)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def looks() -> Iterator[Looks]:
    looks = Looks()
    yield looks
    looks._pool.shutdown(wait=True, cancel_futures=True)


def test_an_answer_is_given_as_soon_as_it_is_there(looks: Looks) -> None:
    assert looks.get("a", Question("yes"), patience_s=LONG_S) == "yes"


def test_a_key_is_asked_for_once_however_often_it_is_looked_at(looks: Looks) -> None:
    question = Question()
    for _ in range(5):
        assert looks.get("a", question, patience_s=LONG_S) == "an answer"
    assert question.times == 1


def test_a_key_is_asked_for_once_while_its_answer_is_on_its_way(looks: Looks) -> None:
    question = Question(at_once=False)
    assert [looks.get("a", question, patience_s=0.0) for _ in range(5)] == [None] * 5
    question.may_answer.set()
    assert looks.get("a", question, patience_s=LONG_S) == "an answer"
    assert question.times == 1


def test_every_visitor_of_a_key_gets_the_one_answer(looks: Looks) -> None:
    question, found = Question(["the same"], at_once=False), []
    visitors = [
        threading.Thread(target=lambda: found.append(looks.get("a", question, patience_s=LONG_S))) for _ in range(8)
    ]
    for visitor in visitors:
        visitor.start()
    question.may_answer.set()
    for visitor in visitors:
        visitor.join(LONG_S)
    assert len(found) == 8
    assert all(answer is found[0] for answer in found)
    assert question.times == 1


def test_each_key_has_an_answer_of_its_own(looks: Looks) -> None:
    assert looks.get("a", Question(1), patience_s=LONG_S) == 1
    assert looks.get("b", Question(2), patience_s=LONG_S) == 2
    assert looks.get("a", Question(3), patience_s=LONG_S) == 1


def test_nobody_waits_longer_than_they_have_patience_for(looks: Looks) -> None:
    question = Question(at_once=False)
    assert looks.get("a", question, patience_s=0.0) is None
    assert question.begun.wait(LONG_S)
    assert looks.get("a", question, patience_s=0.01) is None
    question.may_answer.set()


def test_a_question_that_takes_long_does_not_keep_the_next_one_waiting(looks: Looks) -> None:
    slow = Question(at_once=False)
    assert looks.get("slow", slow, patience_s=0.0) is None
    assert slow.begun.wait(LONG_S)
    assert looks.get("quick", Question("quick"), patience_s=LONG_S) == "quick"
    slow.may_answer.set()
    assert ASKERS >= 2


def test_a_probe_that_is_away_is_no_answer_and_is_asked_anew_by_the_next_look(looks: Looks) -> None:
    question = Question(ProbeAwayError("it is starting"))
    assert looks.get("a", question, patience_s=LONG_S) is None
    assert looks.known("a") is None
    question.answer = "here now"
    assert looks.get("a", question, patience_s=LONG_S) == "here now"
    assert question.times == 2


def test_a_refusal_is_raised_at_every_look_and_never_known(looks: Looks) -> None:
    question = Question(ProbeError("it is too large"))
    for _ in range(3):
        with pytest.raises(ProbeError, match="too large"):
            looks.get("a", question, patience_s=LONG_S)
    assert looks.known("a") is None


def test_a_fault_of_our_own_is_an_error_in_words_for_some_time_and_then_asked_anew(
    looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = Question(OSError("no such file"))
    for _ in range(3):  # a page that looks again and again does not flicker
        with pytest.raises(ProbeError, match="no such file"):
            looks.get("a", question, patience_s=LONG_S)
    assert question.times == 1
    monkeypatch.setattr("pages._ui.probe.answer_cache.AGAIN_S", 0.0)
    with pytest.raises(ProbeError, match="no such file"):
        looks.get("a", question, patience_s=LONG_S)
    question.answer = "mended"
    assert looks.get("a", question, patience_s=LONG_S) == "mended"


def test_a_fault_is_told_in_words_of_what_was_asked_for() -> None:
    makings = Looks(failure="these images could not be made")
    with pytest.raises(ProbeError, match=r"^these images could not be made, received OSError: no such file"):
        makings.get("a", Question(OSError("no such file")), patience_s=LONG_S)
    makings._pool.shutdown()


def test_an_error_of_one_key_leaves_the_others(looks: Looks) -> None:
    with pytest.raises(ProbeError):
        looks.get("a", Question(ProbeError("no")), patience_s=LONG_S)
    assert looks.get("b", Question("yes"), patience_s=LONG_S) == "yes"


@pytest.mark.parametrize("answer", [{}, [], "", 0, False])
def test_an_empty_answer_is_an_answer(looks: Looks, answer: Any) -> None:
    question = Question(answer)
    assert looks.get("a", question, patience_s=LONG_S) == answer
    assert looks.known("a") == answer
    assert question.times == 1


def test_what_is_known_is_what_has_been_answered_and_nothing_is_asked_for_it(looks: Looks) -> None:
    question = Question(at_once=False)
    assert looks.known("a") is None
    looks.get("a", question, patience_s=0.0)
    assert looks.known("a") is None
    question.may_answer.set()
    assert looks.get("a", question, patience_s=LONG_S) == "an answer"
    assert looks.known("a") == "an answer"
    assert question.times == 1


def test_the_oldest_answers_are_forgotten(looks: Looks) -> None:
    answered(looks, range(KEPT + 2))
    assert [looks.known(str(n)) for n in (0, 1, 2, KEPT + 1)] == [None, None, "2", f"{KEPT + 1}"]
    question = Question("asked again")
    assert looks.get("0", question, patience_s=LONG_S) == "asked again"
    assert question.times == 1


def test_an_answer_that_is_looked_at_again_is_not_among_the_oldest(looks: Looks) -> None:
    answered(looks, range(KEPT))
    looks.get("0", Question(), patience_s=LONG_S)
    answered(looks, [KEPT])
    assert looks.known("0") == "0"
    assert looks.known("1") is None


def test_a_question_that_is_forgotten_before_it_is_asked_is_never_asked(looks: Looks) -> None:
    busy = [Question(at_once=False) for _ in range(ASKERS)]
    for number, question in enumerate(busy):
        looks.get(f"busy {number}", question, patience_s=0.0)
        assert question.begun.wait(LONG_S)
    forgotten = Question()
    assert looks.get("forgotten", forgotten, patience_s=0.0) is None
    others = [Question() for _ in range(KEPT)]
    for number, question in enumerate(others):
        looks.get(str(number), question, patience_s=0.0)
    for question in busy:
        question.may_answer.set()
    assert looks.get(str(KEPT - 1), others[-1], patience_s=LONG_S) == "an answer"
    assert forgotten.times == 0
    assert looks.known("forgotten") is None


def test_a_visitor_who_waits_for_what_is_forgotten_goes_without(looks: Looks) -> None:
    forgotten: Future[Any] = Future()
    looks._answers["a"] = forgotten  # as it is for somebody who looked before it was forgotten
    forgotten.cancel()
    assert looks.get("a", Question(), patience_s=LONG_S) is None
    assert looks.known("a") is None


def answered(looks: Looks, numbers: Iterable[int]) -> None:
    """Get the answers to some questions, one after the other."""
    for number in numbers:
        assert looks.get(str(number), Question(str(number)), patience_s=LONG_S) == str(number)


@pytest.mark.parametrize("nothing", [{}, {"samples": []}, {"maps": np.empty((0, 3))}, b""])
def test_an_answer_that_was_empty_is_asked_for_again_after_a_while(
    looks: Looks, monkeypatch: pytest.MonkeyPatch, nothing: Any
) -> None:
    question = Question(nothing)
    for _ in range(3):
        assert looks.get("a", question, patience_s=LONG_S) is nothing
    assert question.times == 1
    monkeypatch.setattr("pages._ui.probe.answer_cache.AGAIN_S", 0.0)
    looks.get("a", question, patience_s=LONG_S)
    question.answer = {"score": np.array(0.5)}
    assert looks.get("a", question, patience_s=LONG_S) is question.answer
    assert looks.get("a", question, patience_s=LONG_S) is question.answer
    assert question.times == 2


def test_what_a_server_keeps_is_kept_once_it_is_not_empty() -> None:
    found = [{}, {"step": 1.0}, {"step": 2.0}]
    ask = kept_unless_empty(9)(lambda key: found.pop(0))
    assert [ask("a") for _ in range(3)] == [{}, {"step": 1.0}, {"step": 1.0}]
