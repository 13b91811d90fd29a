"""What a visitor sees and reads."""

import json
import re
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, ButtonGroup

from core.config import Blocks, Config, Field
from core.families.cnn import CnnConfig
from core.layers.blocks import LayerBlock, block_names

SETTINGS = {name: field for name, field in CnnConfig.fields().items() if not isinstance(field, Blocks)}


def said(element: Any) -> str:
    """Return the text of a message without the signs that keep its parts from being markup."""
    return without_signs(element.value)


def without_signs(text: str) -> str:
    return re.sub(r"\\(\W|_)", r"\1", text).replace("\u2060", "")


def captions(part: Block) -> str:
    return "\n".join(said(caption) for caption in part.caption)


def words_of(part: Block) -> str:
    return "\n".join(said(text) for text in [*part.markdown, *part.caption])


# The form


def form(app: AppTest) -> dict[str, Any]:
    """Return what every widget of the form holds; layers as they are written."""
    values = {name: app.get_by_key(f"cnn_{name}").value for name in SETTINGS}
    layers = [block.to_text() for block in app.session_state["_cnn_form_config"].layers]
    return {"preset": app.pills(key="cnn_preset").value, **values, "layers": layers}


def held(preset: str, config: Config) -> dict[str, Any]:
    """Return what `form` should be."""
    values = {name: getattr(config, name) for name in SETTINGS}
    return {"preset": preset, **values, "layers": config.to_dict()["layers"]}


def on_screen(widget: Any) -> Any:
    """Return the value that a browser draws for a widget: what it was told to draw, not what the server keeps."""
    proto = widget.proto
    match widget.type:
        case "select_slider":
            return proto.raw_value[0] if proto.set_value else proto.options[int(proto.default[0])]
        case "slider":
            return (proto.value if proto.set_value else proto.default)[0]
        case "selectbox":
            return proto.raw_value if proto.set_value else proto.options[proto.default]
        case "number_input" | "text_input":
            return proto.value if proto.set_value else proto.default
    raise TypeError(widget.type)


def as_drawn(widget: Any, field: Field, value: Any) -> Any:
    """Return what `on_screen` is for a widget that shows this value of a setting."""
    match widget.type:
        case "select_slider":
            return f"{value:,}" if isinstance(value, int) else field.format(value)
        case "selectbox":
            return field.say(value)
    return value


def own(app: AppTest) -> dict[str, Any]:
    """Return the part of the link that belongs to the form."""
    return {name: text for name, text in app.query_params.items() if name != "run" and not name.startswith("cnn_")}


def section(app: AppTest, name: str) -> Any:
    return app.get_by_key(f"cnn_section_{name}")


def summary(app: AppTest, name: str) -> str:
    """Return the one line that a folded section says of itself."""
    (found,) = re.findall(r":gray\[(.*)\]$", section(app, name).label)
    return without_signs(found)


# Layers


def layer_choice(app: AppTest) -> Any:
    """Return the list of layers, in which one is chosen."""
    (found,) = [radio for radio in app.radio if re.fullmatch(r"cnn_layers_\d+_chosen", radio.key)]
    return found


def parameter(app: AppTest, name: str) -> Any:
    """Return the widget of a parameter of the chosen layer."""
    (found,) = [part for part in app if re.fullmatch(rf"cnn_layers_\d+_\d+_{name}", str(getattr(part, "key", "")))]
    return found


def titles_of(layers: Sequence[LayerBlock]) -> list[str]:
    """Return the titles that a list of these layers has."""
    return [f"**{name}** {block.title}" for name, block in zip(block_names(layers), layers, strict=True)]


# Drawings


def data_of(app: AppTest, key: str) -> dict[str, Any]:
    """Return what one of our own components was sent."""
    proto = app.get_by_key(key).proto
    return json.loads(proto.mixed.json if proto.HasField("mixed") else proto.json)


def drawn_texts(app: AppTest, key: str) -> list[str]:
    """Return the words in one of our drawings."""
    return [text.text or "" for text in ElementTree.fromstring(data_of(app, key)["svg"]).iter("text")]


def boxes_of(app: AppTest) -> list[dict[str, Any]]:
    """Return the boxes of the network, from what comes in to the answer."""
    usual = {"facts": [], "shape": "", "isFault": False}  # which is not sent
    return [{**usual, **box} for box in data_of(app, "network")["lanes"][0]["boxes"]]


def layer_names(app: AppTest) -> list[str]:
    """Return the names of the network's layers, without what comes in."""
    return [box["name"] for box in boxes_of(app)[1:]]


def layers_seen(app: AppTest) -> set[str]:
    """Return the names of the layers, and of the sample, whose values were sent."""
    frame = data_of(app, "network")["frame"]
    return set(frame["layers"]) if frame else set()


def view_control(app: AppTest) -> ButtonGroup[Any]:
    """Return the choice of the view of Inside."""
    (control,) = (one for one in app.segmented_control if str(one.key).startswith("inside_view_"))
    return control


def views_of(app: AppTest) -> list[str]:
    """Return the views that Inside offers."""
    return list(view_control(app).options)
