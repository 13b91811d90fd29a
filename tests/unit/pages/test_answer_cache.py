"""Questions to the probe that no page waits for."""

import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from typing import Any

import numpy as np
import pytest

from core.errors import ProbeAwayError, ProbeError
from pages._ui.probe.answer_cache import ASKERS, KEPT, AnswerCache, kept_unless_empty

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
def cache() -> Iterator[AnswerCache]:
    cache = AnswerCache()
    yield cache
    cache._pool.shutdown(wait=True, cancel_futures=True)


def test_an_answer_is_given_as_soon_as_it_is_there(cache: AnswerCache) -> None:
    assert cache.get("a", Question("yes"), patience_s=LONG_S) == "yes"


def test_a_key_is_asked_for_once_however_often_it_is_looked_at(cache: AnswerCache) -> None:
    question = Question()
    for _ in range(5):
        assert cache.get("a", question, patience_s=LONG_S) == "an answer"
    assert question.times == 1


def test_a_key_is_asked_for_once_while_its_answer_is_on_its_way(cache: AnswerCache) -> None:
    question = Question(at_once=False)
    assert [cache.get("a", question, patience_s=0.0) for _ in range(5)] == [None] * 5
    question.may_answer.set()
    assert cache.get("a", question, patience_s=LONG_S) == "an answer"
    assert question.times == 1


def test_every_visitor_of_a_key_gets_the_one_answer(cache: AnswerCache) -> None:
    question, found = Question(["the same"], at_once=False), []
    visitors = [
        threading.Thread(target=lambda: found.append(cache.get("a", question, patience_s=LONG_S))) for _ in range(8)
    ]
    for visitor in visitors:
        visitor.start()
    question.may_answer.set()
    for visitor in visitors:
        visitor.join(LONG_S)
    assert len(found) == 8
    assert all(answer is found[0] for answer in found)
    assert question.times == 1


def test_each_key_has_an_answer_of_its_own(cache: AnswerCache) -> None:
    assert cache.get("a", Question(1), patience_s=LONG_S) == 1
    assert cache.get("b", Question(2), patience_s=LONG_S) == 2
    assert cache.get("a", Question(3), patience_s=LONG_S) == 1


def test_nobody_waits_longer_than_they_have_patience_for(cache: AnswerCache) -> None:
    question = Question(at_once=False)
    assert cache.get("a", question, patience_s=0.0) is None
    assert question.begun.wait(LONG_S)
    assert cache.get("a", question, patience_s=0.01) is None
    question.may_answer.set()


def test_a_question_that_takes_long_does_not_keep_the_next_one_waiting(cache: AnswerCache) -> None:
    slow = Question(at_once=False)
    assert cache.get("slow", slow, patience_s=0.0) is None
    assert slow.begun.wait(LONG_S)
    assert cache.get("quick", Question("quick"), patience_s=LONG_S) == "quick"
    slow.may_answer.set()
    assert ASKERS >= 2


def test_a_probe_that_is_away_is_no_answer_and_is_asked_anew_by_the_next_question(cache: AnswerCache) -> None:
    question = Question(ProbeAwayError("it is starting"))
    assert cache.get("a", question, patience_s=LONG_S) is None
    assert cache.known("a") is None
    question.answer = "here now"
    assert cache.get("a", question, patience_s=LONG_S) == "here now"
    assert question.times == 2


def test_a_refusal_is_raised_every_time_and_never_known(cache: AnswerCache) -> None:
    question = Question(ProbeError("it is too large"))
    for _ in range(3):
        with pytest.raises(ProbeError, match="too large"):
            cache.get("a", question, patience_s=LONG_S)
    assert cache.known("a") is None


def test_a_fault_of_our_own_is_an_error_in_words_for_some_time_and_then_asked_anew(
    cache: AnswerCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = Question(OSError("no such file"))
    for _ in range(3):  # a page that looks again and again does not flicker
        with pytest.raises(ProbeError, match="no such file"):
            cache.get("a", question, patience_s=LONG_S)
    assert question.times == 1
    monkeypatch.setattr("pages._ui.probe.answer_cache.AGAIN_S", 0.0)
    with pytest.raises(ProbeError, match="no such file"):
        cache.get("a", question, patience_s=LONG_S)
    question.answer = "mended"
    assert cache.get("a", question, patience_s=LONG_S) == "mended"


def test_a_fault_is_told_in_words_of_what_was_asked_for() -> None:
    makings = AnswerCache(failure="these images could not be made")
    with pytest.raises(ProbeError, match=r"^these images could not be made, received OSError: no such file"):
        makings.get("a", Question(OSError("no such file")), patience_s=LONG_S)
    makings._pool.shutdown()


def test_an_error_of_one_key_leaves_the_others(cache: AnswerCache) -> None:
    with pytest.raises(ProbeError):
        cache.get("a", Question(ProbeError("no")), patience_s=LONG_S)
    assert cache.get("b", Question("yes"), patience_s=LONG_S) == "yes"


@pytest.mark.parametrize("answer", [{}, [], "", 0, False])
def test_an_empty_answer_is_an_answer(cache: AnswerCache, answer: Any) -> None:
    question = Question(answer)
    assert cache.get("a", question, patience_s=LONG_S) == answer
    assert cache.known("a") == answer
    assert question.times == 1


def test_what_is_known_is_what_has_been_answered_and_nothing_is_asked_for_it(cache: AnswerCache) -> None:
    question = Question(at_once=False)
    assert cache.known("a") is None
    cache.get("a", question, patience_s=0.0)
    assert cache.known("a") is None
    question.may_answer.set()
    assert cache.get("a", question, patience_s=LONG_S) == "an answer"
    assert cache.known("a") == "an answer"
    assert question.times == 1


def test_the_oldest_answers_are_forgotten(cache: AnswerCache) -> None:
    answered(cache, range(KEPT + 2))
    assert [cache.known(str(n)) for n in (0, 1, 2, KEPT + 1)] == [None, None, "2", f"{KEPT + 1}"]
    question = Question("asked again")
    assert cache.get("0", question, patience_s=LONG_S) == "asked again"
    assert question.times == 1


def test_an_answer_that_is_looked_at_again_is_not_among_the_oldest(cache: AnswerCache) -> None:
    answered(cache, range(KEPT))
    cache.get("0", Question(), patience_s=LONG_S)
    answered(cache, [KEPT])
    assert cache.known("0") == "0"
    assert cache.known("1") is None


def test_a_question_that_is_forgotten_before_it_is_asked_is_never_asked(cache: AnswerCache) -> None:
    busy = [Question(at_once=False) for _ in range(ASKERS)]
    for number, question in enumerate(busy):
        cache.get(f"busy {number}", question, patience_s=0.0)
        assert question.begun.wait(LONG_S)
    forgotten = Question()
    assert cache.get("forgotten", forgotten, patience_s=0.0) is None
    others = [Question() for _ in range(KEPT)]
    for number, question in enumerate(others):
        cache.get(str(number), question, patience_s=0.0)
    for question in busy:
        question.may_answer.set()
    assert cache.get(str(KEPT - 1), others[-1], patience_s=LONG_S) == "an answer"
    assert forgotten.times == 0
    assert cache.known("forgotten") is None


def test_a_visitor_who_waits_for_what_is_forgotten_goes_without(cache: AnswerCache) -> None:
    forgotten: Future[Any] = Future()
    cache._answers["a"] = forgotten  # as it is for somebody who looked before it was forgotten
    forgotten.cancel()
    assert cache.get("a", Question(), patience_s=LONG_S) is None
    assert cache.known("a") is None


def answered(cache: AnswerCache, numbers: Iterable[int]) -> None:
    """Get the answers to some questions, one after the other."""
    for number in numbers:
        assert cache.get(str(number), Question(str(number)), patience_s=LONG_S) == str(number)


@pytest.mark.parametrize("nothing", [{}, {"samples": []}, {"maps": np.empty((0, 3))}, b""])
def test_an_answer_that_was_empty_is_asked_for_again_after_a_while(
    cache: AnswerCache, monkeypatch: pytest.MonkeyPatch, nothing: Any
) -> None:
    question = Question(nothing)
    for _ in range(3):
        assert cache.get("a", question, patience_s=LONG_S) is nothing
    assert question.times == 1
    monkeypatch.setattr("pages._ui.probe.answer_cache.AGAIN_S", 0.0)
    cache.get("a", question, patience_s=LONG_S)
    question.answer = {"score": np.array(0.5)}
    assert cache.get("a", question, patience_s=LONG_S) is question.answer
    assert cache.get("a", question, patience_s=LONG_S) is question.answer
    assert question.times == 2


def test_what_a_server_keeps_is_kept_once_it_is_not_empty() -> None:
    found = [{}, {"step": 1.0}, {"step": 2.0}]
    ask = kept_unless_empty(9)(lambda key: found.pop(0))
    assert [ask("a") for _ in range(3)] == [{}, {"step": 1.0}, {"step": 1.0}]
