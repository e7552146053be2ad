// Opens pages in Chromium as somebody would who was sent the file: light and dark, wide and narrow, without script, on
// paper. Usage: node pages.mjs FOLDER SCREENSHOTS, with any number of NAME.html in the first.
import { readFile, readdir, mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [folder, screenshots] = process.argv.slice(2);
// The page's policy lets nothing in; axe is brought in from outside of it.
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const problems = [];
const expect = (truth, page, words) => {
  if (!truth) problems.push(`${page}: ${words}`);
};

await mkdir(screenshots, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});

async function open(file, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const name = path.basename(file);
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) problems.push(`${name}: console: ${message.text()}`);
  });
  page.on("pageerror", (error) => problems.push(`${name}: ${error}`));
  page.on("request", (request) => {
    expect(request.url() === pathToFileURL(file).href, name, `asks for ${request.url()}`);
  });
  page.on("dialog", (dialog) => problems.push(`${name}: ran foreign script: ${dialog.message()}`));
  await page.goto(pathToFileURL(file).href);
  return page;
}

async function audit(page, label) {
  await page.evaluate(axe);
  const { violations, incomplete } = await page.evaluate(() =>
    axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }),
  );
  // What axe cannot tell about contrasts (drawings, signs, what is scrolled out of sight) `contrasts` measures.
  const told = incomplete.filter((rule) => rule.id !== "color-contrast");
  for (const { id, help, nodes } of [...violations, ...told]) {
    problems.push(`${label}: axe: ${id}: ${help}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
  }
}

// The contrast of every text with what is behind it: 4.5 to 1, WCAG 2.2, 1.4.3.
async function contrasts(page, label) {
  const weak = await page.evaluate(() => {
    const parts = (colour) => colour.match(/[0-9.]+/g).map(Number);
    const luminance = (colour) => {
      const [red, green, blue] = parts(colour).slice(0, 3).map((part) => {
        const share = part / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const behind = (element) => {
      for (let one = element; one; one = one.parentElement) {
        const colour = getComputedStyle(one).backgroundColor;
        if ((parts(colour)[3] ?? 1) > 0) return colour;
      }
      return "rgb(255, 255, 255)";
    };
    const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const weak = [];
    for (const element of document.body.querySelectorAll("*")) {
      if (!hasText(element) || ["SCRIPT", "STYLE", "desc"].includes(element.tagName)) continue;
      const style = getComputedStyle(element);
      const front = luminance(element instanceof SVGElement ? style.fill : style.color);
      const back = luminance(behind(element));
      const contrast = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
      if (contrast < 4.5) weak.push(`${contrast.toFixed(2)} for «${element.textContent.trim().slice(0, 40)}»`);
    }
    return weak;
  });
  for (const words of weak) problems.push(`${label}: a contrast of ${words}`);
}

async function filter(page, name) {
  const shown = () => page.locator("#findings-table tbody tr:visible").count();
  const all = await shown();
  if (all === 0) return;
  const said = () => page.locator("#count").textContent();
  await page.getByLabel("Search").fill("no-such-words");
  expect((await shown()) === 0 && (await said()).startsWith("0 of"), name, "the search finds what is not there");
  expect(await page.getByText("No finding matches.").isVisible(), name, "an empty list says nothing");
  await page.getByLabel("Search").fill(await page.locator("#findings-table tbody th").first().textContent());
  const found = await shown();
  expect(found > 0 && found < all, name, `the search shows ${found} of ${all}`);
  await page.getByRole("button", { name: "Show all" }).click();
  await page.waitForFunction((count) => document.querySelectorAll("#findings-table tbody tr:not([hidden])").length === count, all);
  await page.getByLabel("Severity").selectOption({ index: 1 });
  const severe = await shown();
  const kinds = new Set(await page.locator("#findings-table tbody .badge").allTextContents()).size;
  expect(severe > 0 && severe < all === kinds > 1, name, `the severity shows ${severe} of ${all}`);
  const counted = severe < all ? `${severe} of ${all} findings shown` : `${all} findings shown`;
  expect((await said()) === counted, name, `the count says «${await said()}»`);
  await page.getByRole("button", { name: "Show all" }).click();
}

async function keyboard(page, name) {
  // Everything that can be used is reached with the tabulator, and shows that it is.
  await page.keyboard.press("Tab");
  expect((await page.evaluate(() => document.activeElement.className)) === "skip", name, "no way past the header");
  const wanted = await page.locator("a:visible, button:visible, input:visible, select:visible, summary:visible").count();
  const reached = new Set();
  for (let step = 0; step < 3 * wanted; step += 1) {
    const focus = await page.evaluate(() => {
      const element = document.activeElement;
      if (element === document.body) return null;
      element.dataset.step ??= String(document.querySelectorAll("[data-step]").length);
      return { step: element.dataset.step, tag: element.tagName, outline: getComputedStyle(element).outlineStyle };
    });
    if (focus === null || reached.has(focus.step)) break;
    reached.add(focus.step);
    expect(focus.outline !== "none", name, `the focus on ${focus.tag} cannot be seen`);
    await page.keyboard.press("Tab");
  }
  expect(reached.size >= wanted, name, `${reached.size} of ${wanted} elements reached by keyboard`);
}

const files = (await readdir(folder)).filter((name) => name.endsWith(".html")).map((name) => path.resolve(folder, name));
expect(files.length > 0, folder, "there is no page");
for (const file of files) {
  const name = path.basename(file, ".html");
  for (const colorScheme of ["light", "dark"]) {
    for (const [size, viewport] of [["wide", { width: 1280, height: 900 }], ["narrow", { width: 390, height: 844 }]]) {
      const label = `${name}-${colorScheme}-${size}`;
      const page = await open(file, { colorScheme, viewport });
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      expect(!sideways, label, "the page has to be moved sideways");
      await page.screenshot({ path: path.join(screenshots, `${label}.png`), fullPage: true });
      for (const details of await page.locator("details").all()) await details.evaluate((element) => (element.open = true));
      await audit(page, label);
      await contrasts(page, label);
      await page.screenshot({ path: path.join(screenshots, `${label}-unfolded.png`), fullPage: true });
      await page.context().close();
    }
  }
  const page = await open(file, {});
  await filter(page, name);
  await page.pdf({ path: path.join(screenshots, `${name}.pdf`), format: "A4", margin: { top: "15mm", bottom: "15mm", left: "12mm", right: "12mm" } });
  await page.context().close();

  // Freshly opened, so that the tabulator starts at the top.
  const fresh = await open(file, {});
  await keyboard(fresh, name);
  await fresh.context().close();

  const still = await open(file, { javaScriptEnabled: false });
  expect(!(await still.locator("#filter").isVisible()), name, "a filter is shown that cannot work");
  expect(await still.locator("h1").isVisible(), name, "nothing is shown without script");
  await still.context().close();
}
await browser.close();
for (const problem of problems) console.log(problem);
console.log(`${files.length} pages: ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
