"use strict";
const links = [...document.querySelectorAll("nav a")];
const articles = [...document.querySelectorAll("article")];
function choose() {
  const wanted = location.hash.slice(1);
  const on = articles.find((article) => article.id === wanted) ?? articles[0];
  articles.forEach((article) => article.classList.toggle("on", article === on));
  links.forEach((link) => link.classList.toggle("on", on && link.hash === "#" + on.id));
  scrollTo(0, 0);
}
if (articles.length > 1) {
  document.body.classList.add("tabs");
  addEventListener("hashchange", choose);
  choose();
}
const tip = document.getElementById("tip");
const points = (series) =>
  (series.points ??= series.querySelector("desc").textContent.split("\n").map((line) => line.split("\u001f")));
function near(series, at) {
  const all = points(series);
  let best = null;
  for (const point of all) if (!best || Math.abs(point[0] - at) < Math.abs(best[0] - at)) best = point;
  return best;
}
document.querySelectorAll("svg[data-from]").forEach((svg) => {
  const number = (name) => Number(svg.dataset[name]);
  const cursor = svg.querySelector(".cursor");
  svg.addEventListener("pointermove", (event) => {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    const share = (point.x - number("left")) / (number("right") - number("left"));
    if (share < 0 || share > 1) return hide();
    const at = number("from") + share * (number("to") - number("from"));
    cursor.setAttribute("x1", point.x);
    cursor.setAttribute("x2", point.x);
    cursor.style.visibility = "visible";
    tip.replaceChildren();
    const time = document.createElement("div");
    time.textContent = new Date(at * 1000).toISOString().replace("T", " ").slice(0, 19);
    tip.append(time);
    [...svg.querySelectorAll(".series")].slice(0, 20).forEach((series) => {
      const found = near(series, at);
      if (!found) return;
      const row = document.createElement("div");
      const name = document.createElement("span");
      const swatch = document.createElement("i");
      swatch.style.background = series.style.color;
      name.append(swatch, series.dataset.name);
      const value = document.createElement("b");
      value.textContent = found[1];
      row.append(name, value);
      tip.append(row);
    });
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    tip.style.left = Math.min(event.clientX + 14, innerWidth - box.width - 8) + "px";
    tip.style.top = Math.min(event.clientY + 14, innerHeight - box.height - 8) + "px";
  });
  const hide = () => {
    tip.hidden = true;
    cursor.style.visibility = "hidden";
  };
  svg.addEventListener("pointerleave", hide);
});
