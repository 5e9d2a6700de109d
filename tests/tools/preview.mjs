// Opens a preview of dashboards in a real browser, as a file, and tells as JSON what a person would see there.
//
//   node preview.mjs FILE SCREENSHOT-FOLDER
//
// CHROMIUM is the browser. Fails where the page reports an error or asks for anything but itself.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(join(process.env.NODE_MODULES ?? process.cwd(), "x.js"));
const { chromium } = require("playwright-core");

const [file, screenshots] = process.argv.slice(2);
const profile = mkdtempSync(join(tmpdir(), "preview-"));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM,
  headless: true,
  viewport: { width: 1500, height: 1000 },
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
  ],
});
const result = { errors: [], requests: [], dashboards: [] };
try {
  const page = await context.newPage();
  page.on("console", (message) => message.type() === "error" && result.errors.push(message.text()));
  page.on("pageerror", (error) => result.errors.push(String(error)));
  const url = pathToFileURL(resolve(file)).href;
  page.on("request", (request) => request.url().split("#")[0] === url || result.requests.push(request.url()));
  await page.goto(url);
  const links = await page.locator("nav a").all();
  for (const [index, link] of links.entries()) {
    await link.click();
    const article = page.locator(`article#d${index}`);
    const panels = await article.locator("section.panel").evaluateAll((sections) =>
      sections.map((section) => {
        const box = section.getBoundingClientRect();
        const body = section.querySelector(".body");
        return {
          title: section.querySelector("h4").textContent,
          kind: section.dataset.kind,
          width: box.width,
          height: box.height,
          // Something is drawn or written, and it does not hang out of its panel.
          filled: body.querySelector("svg path, svg rect, svg circle, td, strong, p, b, li, pre, .name") !== null,
          text: body.innerText.slice(0, 200),
          overflows: section.scrollWidth > section.clientWidth + 1,
        };
      }),
    );
    const title = await article.locator("h2").textContent();
    result.dashboards.push({ title, visible: await article.isVisible(), panels });
    await page.screenshot({ path: join(screenshots, `${index}.png`), fullPage: true });
  }
  const graph = page.locator("article.on svg[data-from], article:only-of-type svg[data-from]").first();
  if (await graph.count()) {
    await graph.scrollIntoViewIfNeeded();
    const box = await graph.boundingBox();
    await page.mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.4);
    result.tip = await page.locator("#tip").innerText();
  }
} finally {
  await context.close();
  rmSync(profile, { recursive: true, force: true });
}
console.log(JSON.stringify(result));
process.exitCode = result.errors.length + result.requests.length > 0 ? 1 : 0;
