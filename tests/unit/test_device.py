import pytest

from core.training import device


@pytest.mark.parametrize(
    ("precision", "is_fast", "policy"),
    [
        ("float32", True, "float32"),
        ("bfloat16", False, "mixed_bfloat16"),
        ("auto", True, "mixed_bfloat16"),
        ("auto", False, "float32"),
    ],
)
def test_auto_takes_bfloat16_only_where_it_is_fast(
    precision: str, is_fast: bool, policy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "has_fast_bfloat16", lambda: is_fast)
    assert device.dtype_policy(precision) == policy


def test_a_process_counts_the_cores_that_it_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device.os, "sched_getaffinity", lambda pid: {0, 3, 5}, raising=False)
    assert device.cpu_count() == 3
    monkeypatch.delattr(device.os, "sched_getaffinity")
    monkeypatch.setattr(device.os, "cpu_count", lambda: None)
    assert device.cpu_count() == 1
