// The camera of a page: on, off, and what it sees.
const NO_CAMERA = {
  insecure: "A browser gives the camera to a page only over HTTPS or on this computer itself. Choose pictures instead: on a phone, that can take one too.",
  NotAllowedError: "The browser does not allow the camera. Allow it beside the address, or choose pictures instead.",
  NotFoundError: "No camera was found. Choose pictures instead.",
  NotReadableError: "Another program uses the camera. Close it, or choose pictures instead.",
};
const canvas = document.createElement("canvas"), pen = canvas.getContext("2d", { willReadFrequently: true });

async function turnOn(page) {
  if (page.stream) return true;
  if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) return refuse(page, NO_CAMERA.insecure);
  const video = page.root.querySelector("video");
  try {
    const size = { width: { ideal: 640 }, height: { ideal: 480 } };
    const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: page.facing, ...size }, audio: false });
    if (!page.root.isConnected) return stop(stream);
    if (page.stream) return !stop(stream); // asked for twice, as by Camera on and a button held
    page.stream = stream;
    const [track] = stream.getVideoTracks();
    track.onended = () => turnOff(page);
    video.classList.toggle("mirrored", track.getSettings().facingMode !== "environment");
    video.srcObject = stream;
    await video.play();
    const cameras = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === "videoinput");
    page.root.querySelector(".flip").hidden = cameras.length < 2;
  } catch (error) {
    turnOff(page);
    return refuse(page, NO_CAMERA[error.name] ?? `The camera cannot be used (${error.name}). Choose pictures instead.`);
  }
  say(page, "");
  showCamera(page);
  pump(page);
  return true;
}

function refuse(page, why) {
  say(page, why);
  return false;
}

function stop(stream) {
  stream?.getTracks().forEach((track) => track.stop());
  return false;
}

function turnOff(page) {
  stop(page.stream);
  page.stream = null;
  page.root.querySelector("video").srcObject = null;
  release(page);
  showCamera(page);
}

function showCamera(page) {
  const { root, stream } = page;
  root.querySelector(".hint").textContent = stream ? "" : "The camera is off.";
  root.querySelector(".power").textContent = stream ? "Camera off" : "Camera on";
  if (!stream) root.querySelector(".flip").hidden = true;
  showStatus(page);
}

// Draws the middle square of a picture, reduced to a side.
function square(source, width, height, side) {
  const edge = Math.min(width, height);
  canvas.width = canvas.height = side;
  pen.imageSmoothingQuality = "high";
  pen.fillStyle = "#fff"; // behind a transparent picture, as the server does it
  pen.fillRect(0, 0, side, side);
  pen.drawImage(source, (width - edge) / 2, (height - edge) / 2, edge, edge, 0, 0, side, side);
}

function pixels(page) {
  const video = page.root.querySelector("video");
  if (video.readyState < 2) return "";
  square(video, video.videoWidth, video.videoHeight, page.side);
  const rgba = pen.getImageData(0, 0, page.side, page.side).data, rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let i = 0, k = 0; i < rgba.length; i += 4) for (let c = 0; c < 3; c++) rgb[k++] = rgba[i + c];
  let text = "";
  for (let i = 0; i < rgb.length; i += 8192) text += String.fromCharCode(...rgb.subarray(i, i + 8192));
  return btoa(text);
}

