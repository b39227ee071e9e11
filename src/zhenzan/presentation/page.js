"use strict";
(() => {
  const root = document.documentElement;
  const remember = (key, value) => { try { localStorage.setItem("zhenzan-" + key, value); } catch { /* a file may not */ } };
  const recall = (key) => { try { return localStorage.getItem("zhenzan-" + key); } catch { return null; } };
  const titles = document.querySelector("title").dataset;

  const speak = (language) => {
    root.dataset.language = language;
    root.lang = language === "zh" ? "zh-CN" : "en";
    document.title = titles[language];
    for (const button of document.querySelectorAll("[data-set-language]"))
      button.setAttribute("aria-pressed", String(button.dataset.setLanguage === language));
  };
  for (const button of document.querySelectorAll("[data-set-language]"))
    button.addEventListener("click", () => { speak(button.dataset.setLanguage); remember("language", button.dataset.setLanguage); });

  const dark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.querySelector("[data-theme-switch]").addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    remember("theme", root.dataset.theme);
  });
  document.querySelector("[data-print]").addEventListener("click", () => print());

  const tip = document.getElementById("tip");
  document.addEventListener("pointermove", (event) => {
    const mark = event.target instanceof Element ? event.target.closest("[data-tip]") : null;
    tip.hidden = !mark;
    if (!mark) return;
    tip.textContent = mark.dataset.tip;
    const box = tip.getBoundingClientRect();
    tip.style.left = Math.max(6, Math.min(event.clientX + 14, innerWidth - box.width - 6)) + "px";
    tip.style.top = Math.max(6, event.clientY - box.height - 12) + "px";
  });

  const hash = new URLSearchParams(location.hash.slice(1));
  const language = hash.get("language") || recall("language") || root.dataset.language;
  speak(language === "zh" ? "zh" : "en");
  const theme = hash.get("theme") || recall("theme");
  if (theme === "dark" || theme === "light") root.dataset.theme = theme;
})();
