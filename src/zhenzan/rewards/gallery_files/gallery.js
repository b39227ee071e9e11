"use strict";
(() => {
  const set = (card, x, y) => { card.style.setProperty("--x", x.toFixed(3)); card.style.setProperty("--y", y.toFixed(3)); };
  const bound = (value) => Math.max(-1, Math.min(1, value));
  const steps = { ArrowLeft: [-0.25, 0], ArrowRight: [0.25, 0], ArrowUp: [0, -0.25], ArrowDown: [0, 0.25] };

  for (const card of document.querySelectorAll(".card")) {
    card.addEventListener("pointermove", (event) => {
      const box = card.getBoundingClientRect();
      card.classList.add("tilting");
      set(card, bound((event.clientX - box.left) / box.width * 2 - 1), bound((event.clientY - box.top) / box.height * 2 - 1));
    });
    const rest = () => { card.classList.remove("tilting"); set(card, 0, 0); };
    card.addEventListener("pointerleave", rest);
    card.addEventListener("blur", rest);
    card.addEventListener("keydown", (event) => {
      const step = steps[event.key];
      if (!step) return;
      event.preventDefault();
      set(card, bound(Number(card.style.getPropertyValue("--x") || 0) + step[0]), bound(Number(card.style.getPropertyValue("--y") || 0) + step[1]));
    });
  }
})();
