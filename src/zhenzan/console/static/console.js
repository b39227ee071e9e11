// What every page of the console does: theme, log-in by a link, a graph to walk.
const root = document.documentElement;
const recall = (key) => { try { return localStorage.getItem("zhenzan-" + key); } catch { return null; } };
const theme = recall("theme");
if (theme === "dark" || theme === "light") root.dataset.theme = theme;
const dark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
document.querySelector("[data-theme-switch]").addEventListener("click", () => {
  root.dataset.theme = dark() ? "light" : "dark";
  try { localStorage.setItem("zhenzan-theme", root.dataset.theme); } catch { /* not allowed here: then only for this page */ }
});

// `/login#key=…` logs in: what stands behind # is never sent to a server or written to a log.
const login = document.querySelector("[data-login]");
const key = new URLSearchParams(location.hash.slice(1)).get("key");
if (login && key) {
  history.replaceState(null, "", location.pathname);
  login.elements.key.value = key;
  login.submit();
}

const graph = document.querySelector("[data-graph]");
if (graph) {
  const nodes = [...graph.querySelectorAll("[data-node]")];
  const lines = [...graph.querySelectorAll("line")];
  const near = nodes.map(() => new Set());
  for (const line of lines) {
    near[line.dataset.from].add(Number(line.dataset.to));
    near[line.dataset.to].add(Number(line.dataset.from));
  }
  const show = (number) => {
    graph.classList.toggle("walking", number !== null);
    nodes.forEach((node, i) => node.classList.toggle("near", i === number || (number !== null && near[number].has(i))));
    for (const line of lines)
      line.classList.toggle("on", number !== null && (Number(line.dataset.from) === number || Number(line.dataset.to) === number));
  };
  const place = (node) => { const box = node.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; };
  const ways = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
  nodes.forEach((node, number) => {
    node.addEventListener("focus", () => show(number));
    node.addEventListener("blur", () => show(null));
    node.addEventListener("pointerenter", () => show(number));
    node.addEventListener("pointerleave", () => show(null));
    node.addEventListener("keydown", (event) => {
      const way = ways[event.key];
      if (!way) return;
      event.preventDefault();
      // Of the neighbours, the one that lies most in that direction.
      const [x, y] = place(node);
      let best = null, score = 0.2;
      for (const other of near[number]) {
        const [ox, oy] = place(nodes[other]);
        const length = Math.hypot(ox - x, oy - y) || 1;
        const along = ((ox - x) * way[0] + (oy - y) * way[1]) / length;
        if (along - length / 5000 > score) { best = other; score = along - length / 5000; }
      }
      if (best !== null) nodes[best].focus();
    });
  });
}
