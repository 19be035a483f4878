// The page with a script: the same addresses, fetched and put in place; files by drop, paste and microphone; keys.
import { record } from "./record.js";
import { keep, kept } from "./sent.js";

const find = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const dialog = find("#dialog");
let asking = null;

document.documentElement.classList.add("js");
const say = (text, problem = false) => {
  const status = find("#status");
  status.textContent = text;
  status.classList.toggle("problem", problem);
};

// From address to address without leaving the page

const REPLACED = ["#question", ".columns", ".model"];

async function show(url, { push = true, body = null, files = [], focus = null } = {}) {
  asking?.abort();
  const mine = (asking = new AbortController());
  document.body.classList.add("busy");
  find("#results")?.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(url, { method: body ? "POST" : "GET", body, signal: mine.signal, headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!find(".columns", page)) {
      say(find("#status", page)?.textContent.trim() || `The server answered ${answer.status}.`, true);
      return;
    }
    const vectors = new URL(answer.url).searchParams.getAll("vector").slice(files.length ? -files.length : Infinity);
    await Promise.all(vectors.map((vector, n) => keep(vector, files[n])));
    if (push && answer.url !== location.href) history.pushState(null, "", answer.url);
    const held = document.activeElement?.id;
    for (const selector of REPLACED) find(selector).replaceWith(document.adoptNode(find(selector, page)));
    document.title = page.title;
    prepare();
    if (focus) find(focus)?.focus();
    else if (held) document.getElementById(held)?.focus();
    const status = find("#status");
    const text = status.innerHTML;
    status.innerHTML = "";
    requestAnimationFrame(() => (status.innerHTML = text)); // a live region speaks of what changes in it
  } catch (error) {
    if (error.name !== "AbortError") say("The server cannot be reached; is it still running?", true);
  } finally {
    if (asking === mine) document.body.classList.remove("busy");
    find("#results")?.removeAttribute("aria-busy");
  }
}

function question(files = []) {
  const form = new FormData(find("#question"));
  form.delete("file");
  for (const [name, value] of [...form]) if (value === "") form.delete(name);
  for (const file of files) form.append("file", file, file.name);
  return form;
}

function submit(files = []) {
  if (!files.length) return show(`/?${new URLSearchParams(question())}`);
  say(`Describing ${files.map((file) => file.name).join(", ")} …`);
  return show("/", { body: question(files), files });
}

function prepare() {
  all(".no-js").forEach((one) => (one.hidden = true));
  all(".needs-js, [data-copy]").forEach((one) => (one.hidden = false));
  const sound = (find("#file")?.accept ?? "").includes("audio");
  if (find("#record")) find("#record").hidden = !sound;
  const link = find("#as-link");
  if (link) link.value = new URL(link.value, location.href).href;
  for (const picture of all("img.sent")) showSent(picture);
}

async function showSent(picture) {
  const file = await kept(find("[name=vector]", picture.closest(".chip")).value);
  if (!file?.type.startsWith("image/")) return;
  picture.src = URL.createObjectURL(file);
  picture.hidden = false;
}

// Why

async function why(link) {
  const address = new URL(link.href);
  const parts = address.searchParams;
  const alone = parts.getAll("vector").length === 1 && !parts.get("text") && !parts.has("like") && !parts.has("unlike");
  const file = alone ? await kept(parts.get("vector")) : null;
  let asked = { headers: { Accept: "text/html" } };
  if (file && parts.get("target") !== "any") {
    const body = new FormData();
    for (const name of ["id", "target", "model"]) if (parts.get(name)) body.append(name, parts.get(name));
    body.append("file", file, file.name);
    asked = { ...asked, method: "POST", body };
  }
  open("Dividing the score …");
  try {
    const answer = await fetch(file ? "/why" : address, asked);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const told = find("#why", page);
    if (told) find("#dialog-body").replaceChildren(document.adoptNode(told));
    else find("#dialog-body").textContent = find("#status", page)?.textContent.trim() ?? `The server answered ${answer.status}.`;
  } catch {
    find("#dialog-body").textContent = "The server cannot be reached; is it still running?";
  }
}

function open(content) {
  find("#dialog-body").replaceChildren(content);
  if (!dialog.open) dialog.showModal();
}

// Pointers and forms

document.addEventListener("click", (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) return copyText(copy);
  if (event.target.closest("#record")) return toggleRecording(event.target.closest("#record"));
  if (event.target === dialog) return dialog.close();
  const link = event.target.closest("a[href]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button || link.download || !find("#question")) return;
  if (link.classList.contains("why")) {
    event.preventDefault();
    return why(link);
  }
  const target = new URL(link.href);
  if (target.origin !== location.origin || target.pathname !== "/" || target.hash) return;
  event.preventDefault();
  show(target, { focus: "#main" }).then(() => scrollTo({ top: 0 }));
});

document.addEventListener("submit", (event) => {
  if (event.target.id !== "question") return;
  event.preventDefault();
  submit([...find("#file").files]);
});

document.addEventListener("change", (event) => {
  const form = event.target.closest("#question");
  if (!form || event.target.id === "text") return;
  submit(event.target.id === "file" ? [...event.target.files] : []);
});

async function copyText(button) {
  const area = find(`#${button.dataset.copy}`);
  try {
    await navigator.clipboard.writeText(area.value);
  } catch {
    area.select();
    document.execCommand("copy");
  }
  say("Copied.");
}

// Files by drop and paste

const over = (on) => find("#question")?.classList.toggle("over", on);
const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
addEventListener("dragover", (event) => carriesFiles(event) && (event.preventDefault(), over(true)));
addEventListener("dragleave", (event) => !event.relatedTarget && over(false));
addEventListener("drop", (event) => {
  if (!carriesFiles(event) || !find("#question")) return;
  event.preventDefault();
  over(false);
  submit([...event.dataTransfer.files]);
});
addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  if (!files.length || !find("#question")) return;
  event.preventDefault();
  submit(files);
});

// Sound from the microphone

let recording = null;

async function toggleRecording(button) {
  if (recording) {
    const file = await recording.stop();
    recording = null;
    button.textContent = "Record";
    button.classList.remove("on");
    return submit([file]);
  }
  if (!navigator.mediaDevices?.getUserMedia) {
    return say("Browsers give the microphone to localhost and https alone; open this page on the machine itself.", true);
  }
  try {
    recording = await record();
  } catch (error) {
    return say(`No sound: ${error.message}`, true);
  }
  button.textContent = "Stop";
  button.classList.add("on");
  say("Recording; press Stop to search with the sound.");
}

// Keys

const STEPS = { ArrowRight: 1, ArrowLeft: -1 };
const ACTS = { l: "like", u: "unlike", s: "similar", e: "why" };

function move(step, from) {
  const links = all(".card .open");
  const at = links.indexOf(from);
  const next = links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + step))];
  next?.focus();
  next?.closest(".card").scrollIntoView({ block: "nearest" });
}

function columns() {
  const tops = all(".card").map((card) => card.offsetTop);
  return Math.max(1, tops.filter((top) => top === tops[0]).length);
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
  if (event.target.matches("input, select, textarea, audio, video")) {
    if (event.key === "Escape") event.target.blur();
    if (event.key === "ArrowDown" && event.target.id === "text") move(0), event.preventDefault();
    return;
  }
  const card = event.target.closest?.(".card");
  if (event.key === "/") find("#text")?.focus();
  else if (event.key === "?") open(find("#help").content.cloneNode(true));
  else if (event.key in STEPS) move(STEPS[event.key], card && find(".open", card));
  else if (event.key === "ArrowDown" && card) move(columns(), find(".open", card));
  else if (event.key === "ArrowUp" && card) move(-columns(), find(".open", card));
  else if (event.key in ACTS && card) find(`.${ACTS[event.key]}`, card)?.click();
  else return;
  event.preventDefault();
});

addEventListener("popstate", () => find("#question") && show(location.href, { push: false }));
if (find("#question")) prepare();
