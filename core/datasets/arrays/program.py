"""Write Python lines that load an array file exactly as Glassbox does."""

from __future__ import annotations

from core.datasets.arrays.files import PARTS, Plan
from core.datasets.spec import DataSpec


def program_of(name: str, spec: DataSpec, plan: Plan | None = None) -> str:
    """Return lines of Python that load a file.

    Args:
        name: File name.
        spec: Spec of the data.
        plan: How the file becomes our four arrays; None if it holds them already.
    """
    lines = [
        f"data = np.load({name!r})  # {spec.train_size:,} training {spec.kind}, {spec.test_size:,} test {spec.kind}"
    ]
    if plan is None:
        lines += [f'{array}_{part} = data["{array}_{part}"]' for part in PARTS for array in ("x", "y")]
        return "\n".join(lines) + "\n"
    if not _counts_from_zero(plan):
        lines.append(f"labels = {list(plan.labels.values)!r}  # the file's label of each class")
    for part in PARTS:
        images = ", ".join(_images(plan, source) for source in plan.sources[f"x_{part}"])
        labels = ", ".join(_labels(plan, source) for source in plan.sources[f"y_{part}"])
        lines.append(f"x_{part} = np.concatenate([{images}]).reshape(-1, *{spec.input_shape})")
        lines.append(f"y_{part} = {_indices(plan, f'np.concatenate([{labels}])')}")
    return "\n".join(lines) + "\n"


def _images(plan: Plan, name: str) -> str:
    scale, code = plan.scales[name], f'data["{name}"]'
    if plan.layouts[name].channels_first:
        code += ".transpose(0, 2, 3, 1)"
    if not scale.is_plain:
        code += '.astype("float64")'
        moved = f"({code} - {scale.low})" if scale.low else code
        code = f"{moved} * 255 / {scale.high - scale.low}"
    if not scale.is_plain or plan.headers[name].dtype.kind == "f":
        code = f"np.rint({code}).clip(0, 255)"
    return code if plan.headers[name].dtype == "uint8" and scale.is_plain else f'{code}.astype("uint8")'


def _labels(plan: Plan, name: str) -> str:
    code = f'data["{name}"]'
    if name in plan.labels.one_hot:
        return f"{code}.argmax(axis=1)"
    if plan.headers[name].dtype.kind == "S":
        code = f'np.char.decode({code}, "utf-8")'
    return f"{code}.reshape(-1)"


def _counts_from_zero(plan: Plan) -> bool:
    return plan.labels.values == tuple(range(len(plan.labels.values)))


def _indices(plan: Plan, code: str) -> str:
    """Return the code that turns a file's labels into class indices."""
    if _counts_from_zero(plan):
        return f'{code}.astype("int64")'
    label = "label.strip()" if isinstance(plan.labels.values[0], str) else "label"
    return f"np.array([labels.index({label}) for label in {code}.tolist()])"
