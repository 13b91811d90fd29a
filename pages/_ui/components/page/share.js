// The clipboard API needs HTTPS or localhost; copying a selection works everywhere.
async function copy(field) {
  field.focus();
  field.select();
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(field.value);
  if (!document.execCommand("copy")) throw new Error("not allowed");
}

function place(panel, button) {
  const at = button.getBoundingClientRect(), { offsetWidth: width, offsetHeight: height } = panel;
  panel.style.left = Math.max(8, Math.min(at.right - width, window.innerWidth - width - 8)) + "px";
  panel.style.top = Math.max(8, Math.min(at.bottom + 6, window.innerHeight - height - 8)) + "px";
}

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector(".sharing"), part = (name) => root.querySelector("." + name);
  const button = part("share"), panel = part("shared"), link = part("link"), said = part("said"), code = part("code");
  const { origin, pathname, search } = window.location, page = origin + pathname;

  // Writes the link; its QR code comes from the server, which learns the page's address only, and is asked once.
  const write = () => {
    link.value = page + (data.tail ?? window.location.search);
    const isKnown = data.link === link.value, here = page + window.location.search;
    code.innerHTML = isKnown ? data.code : "";
    part("note").textContent = isKnown ? data.note : "";
    if (panel.matches(":popover-open")) place(panel, button);
    if (isKnown || root.asked === here) return;
    root.asked = here;
    setStateValue("here", here);
  };
  const tell = async () => {
    try {
      await copy(link);
      said.textContent = "Link copied.";
    } catch {
      said.textContent = "This browser forbids copying: select the link, and copy it.";
    }
  };

  root.classList.toggle("inline", data.tail !== null);
  if (data.tail !== null) panel.removeAttribute("popover");
  button.title = part("shows").textContent = data.shows;
  part("copy").onclick = tell;
  part("offers").replaceChildren(...data.offers.map((offer) => {
    const more = document.createElement("button");
    [more.type, more.textContent] = ["button", offer];
    more.onclick = () => { panel.hidePopover(); setTriggerValue("offer", offer); };
    return more;
  }));
  button.onclick = () => {
    root.asked = null;
    panel.showPopover();
    write();
    tell();
  };
  panel.ontoggle = () => { if (!panel.matches(":popover-open")) said.textContent = ""; };
  if (data.tail !== null || panel.matches(":popover-open")) write();
}
