// The clipboard API needs HTTPS or localhost; copying a selection works everywhere.
async function copy(text) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  field.style.position = "fixed";
  field.style.opacity = "0";
  document.body.appendChild(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (!done) throw new Error("not allowed");
}

export default function ({ data, parentElement }) {
  const button = parentElement.querySelector(".share");
  const said = parentElement.querySelector(".shared");
  button.title = data.shows;
  button.onclick = async () => {
    const link = window.location.href;
    try {
      await copy(link);
      said.textContent = `Link copied. ${data.shows}`;
    } catch {
      said.textContent = "Copy the link from the address bar";
    }
    clearTimeout(button.timer);
    button.timer = setTimeout(() => { said.textContent = ""; }, 8000);
  };
}
