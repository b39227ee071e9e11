// Likes as they come in, from the server's events; numbers of the newest settlement.
const ROWS_MAX = 30, POINTS_MAX = 120;
const section = document.querySelector("[data-live]");
const body = document.querySelector("[data-rows]");
const pause = document.querySelector("[data-pause]");
const numbers = new Intl.NumberFormat(document.documentElement.lang);
const rates = [];
let paused = false;

pause.addEventListener("click", () => {
  paused = !paused;
  pause.setAttribute("aria-pressed", String(paused));
});

const show = (name, value) => {
  const place = section.querySelector(`[data-show="${name}"]`);
  if (place && value !== undefined) place.textContent = numbers.format(Math.round(value));
};

const cell = (row, text, to) => {
  const place = document.createElement("td");
  if (to) {
    const link = document.createElement("a");
    link.href = to;
    link.textContent = text;
    link.className = "id";
    place.append(link);
  } else place.textContent = text;
  row.append(place);
  return place;
};

const add = (like) => {
  const row = document.createElement("tr");
  row.className = "fresh";
  cell(row, like.timestamp.slice(0, 19).replace("T", " "));
  cell(row, like.account, "/account?id=" + encodeURIComponent(like.account));
  cell(row, like.item, "/item?id=" + encodeURIComponent(like.item));
  cell(row, like.chance).className = "n";
  const mark = document.createElement("span");
  if (like.verdict) mark.className = like.verdict === "nothing" ? "quiet" : "mark " + like.verdict;
  mark.textContent = section.dataset[like.verdict] ?? "";
  cell(row, "").append(mark);
  body.prepend(row);
};

const draw = () => {
  const most = Math.max(1, ...rates);
  const path = rates.map((rate, i) => `${i ? "L" : "M"}${(600 * i / (POINTS_MAX - 1)).toFixed(1)} ${(57 - 54 * rate / most).toFixed(1)}`);
  section.querySelector("[data-rate]").setAttribute("d", path.join(""));
};

new EventSource("/live").onmessage = (event) => {
  const message = JSON.parse(event.data);
  show("rate", Math.round(message.rate));
  for (const name of ["claimed", "verified", "genuine", "uncertain", "fake", "idle", "rings", "cards"]) show(name, message.settled[name]);
  rates.push(message.rate);
  if (rates.length > POINTS_MAX) rates.shift();
  draw();
  if (paused || !message.likes.length) return;
  body.querySelector("td[colspan]")?.parentElement.remove();
  for (const like of message.likes) add(like);
  while (body.rows.length > ROWS_MAX) body.lastElementChild.remove();
};
