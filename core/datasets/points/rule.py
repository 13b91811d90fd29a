"""A rule that gives every point of the plane a class, such as `y > sin(3 * x)`: read as an expression, never run."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from core.errors import DatasetError

LONGEST = 200  # characters
MOST_CLASSES = 6
LARGEST = 1e6
EXAMPLE = "y > sin(3 * x), or floor(2 * r) % 3"

_OPERATIONS: Mapping[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: np.logical_not,
    ast.And: np.logical_and,
    ast.Or: np.logical_or,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    **{name: getattr(np, name) for name in ("sin", "cos", "tan", "exp", "log", "sqrt", "abs", "floor", "sign")},
    "min": np.minimum,
    "max": np.maximum,
}
_TAKES_TWO = ("min", "max")


def classes_by(rule: str, points: np.ndarray) -> np.ndarray:
    """Return the class that a rule gives to each point, int64 (n,).

    A comparison gives 1 where it holds and 0 elsewhere; a number is rounded down to a class.

    Args:
        rule: An expression of `x`, `y`, the distance `r` from the middle and the angle `a`; anybody may have written
            it.
        points: float (n, 2).

    Raises:
        DatasetError: It is no such expression, or gives a point no class.
    """
    values = values_by(rule, points)
    found = np.floor(values)
    is_class = (found >= 0) & (found < MOST_CLASSES)
    if not is_class.all():
        odd = values[~is_class][0]
        raise _wrong(
            f"{odd:.3g} at some point", f"true or false, or a number from 0 to below {MOST_CLASSES}, everywhere"
        )
    return np.asarray(found, np.int64)


def values_by(rule: str, points: np.ndarray) -> np.ndarray:
    """Return the number that a rule gives to each point, float64 (n,); args and errors as of `classes_by`."""
    x, y = np.asarray(points, np.float64).T
    names = {"x": x, "y": y, "r": np.hypot(x, y), "a": np.arctan2(y, x), "pi": np.float64(np.pi), "e": np.float64(np.e)}
    try:
        if len(rule) > LONGEST:
            raise _wrong(f"a rule of {len(rule)} characters", f"at most {LONGEST}")
        tree = ast.parse(rule.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _wrong("no expression") from None
    with np.errstate(all="ignore"):
        found = np.broadcast_to(np.asarray(_value(tree.body, names), np.float64), x.shape)
    if not (np.abs(found) <= LARGEST).all():  # false for NaN too
        odd = found[~(np.abs(found) <= LARGEST)][0]
        raise _wrong(f"{odd:.3g} at some point", f"true or false, or a number up to {LARGEST:,.0f}, everywhere")
    return np.array(found)


def _wrong(received: str, expected: str = f"something like {EXAMPLE}") -> DatasetError:
    return DatasetError("this rule cannot be used", expected=expected, received=received)


def _value(node: ast.AST, names: Mapping[str, Any]) -> np.ndarray:
    """Return the value of a part of an expression, for all points at once; what holds is 1."""
    return np.asarray(_computed(node, names), np.float64)


def _computed(node: ast.AST, names: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=bool() | int() | float() as value):
            return np.float64(value)
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.UnaryOp(op=op, operand=inner) if type(op) in _OPERATIONS:
            return _OPERATIONS[type(op)](_value(inner, names))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATIONS:
            return _OPERATIONS[type(op)](_value(left, names), _value(right, names))
        case ast.BoolOp(op=op, values=parts):
            return _joined(op, [_value(part, names) for part in parts])
        case ast.Compare(left=left, ops=ops, comparators=others) if all(type(op) in _OPERATIONS for op in ops):
            values = [_value(part, names) for part in (left, *others)]
            held = [_OPERATIONS[type(op)](*pair) for op, *pair in zip(ops, values, values[1:], strict=False)]
            return _joined(ast.And(), held)
        case ast.Call(func=ast.Name(id=name), args=given, keywords=[]) if name in _FUNCTIONS:
            if len(given) != 1 + (name in _TAKES_TWO):
                raise _wrong(f"{name} of {len(given)} numbers")
            return _FUNCTIONS[name](*(_value(part, names) for part in given))
    raise _wrong(ast.unparse(node)[:40])


def _joined(op: ast.boolop, parts: list[Any]) -> Any:
    joined = parts[0]
    for part in parts[1:]:
        joined = _OPERATIONS[type(op)](joined, part)
    return joined
