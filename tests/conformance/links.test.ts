import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { expect, test } from "vitest";
import { listPages, ROOT } from "../support/pages.ts";

const pages = await listPages();

test("DOC-01 there are pages to look at", () => {
  expect(pages).toEqual(expect.arrayContaining(["README.md", "docs/tutorials/walkthrough.md"]));
});

test.each(pages)(
  "every relative link of %s leads to a file, and to a heading of it",
  async (page) => {
    const text = await readFile(join(ROOT, page), "utf8");

    expect(await brokenLinks(join(ROOT, page), text)).toEqual([]);
  },
);

test("a link that leads nowhere is found out (negative control)", async () => {
  const text = "[a](nowhere.md) [b](README.md#no-such-heading) [c](README.md#what-it-is) [d](#x)\n";

  const broken = await brokenLinks(join(ROOT, "page.md"), text);

  expect(broken).toEqual(["nowhere.md", "README.md#no-such-heading", "#x"]);
});

async function brokenLinks(page: string, text: string): Promise<readonly string[]> {
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, "").replaceAll(/`[^`\n]*`/g, "");
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
  const relative = links.filter((link) => !/^[a-z]+:/.test(link));
  const checked = relative.map(async (link) => ((await leads(page, text, link)) ? [] : [link]));
  return (await Promise.all(checked)).flat();
}

async function leads(page: string, text: string, link: string): Promise<boolean> {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? page : resolve(dirname(page), decodeURIComponent(path));
  if (path !== "" && !existsSync(target)) return false;
  if (anchor === undefined) return true;
  const markdown = path === "" ? text : await readFile(target, "utf8");
  return anchorsOf(markdown).includes(anchor);
}

/** As GitHub makes them. */
function anchorsOf(markdown: string): readonly string[] {
  const headings = [...markdown.matchAll(/^#{1,6} (.+)$/gm)];
  return headings.map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\- _]/gu, "")
      .replaceAll(" ", "-"),
  );
}
