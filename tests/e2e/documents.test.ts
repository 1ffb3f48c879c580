import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Command, missingFrom, readCommandBlocks } from "../support/command-blocks.ts";
import { listPages, ROOT } from "../support/pages.ts";
import {
  type Home,
  makeHome,
  type RunningProgram,
  run,
  start,
  startDev,
} from "../support/programs.ts";

/** What is done with a command that is not simply run beside a development server. */
type Plan =
  /** It ends by itself and takes long: its script is there. */
  | { readonly kind: "script"; readonly names: readonly string[] }
  /** It installs: npm says that it could. */
  | { readonly kind: "install" }
  /** It goes on running: it starts, and its first line of output fits. */
  | { readonly kind: "starts"; readonly line: RegExp }
  /** It talks to the gateway of `npm run example`, and is run beside it. */
  | { readonly kind: "beside the example" }
  /** Installed from their tarballs by packages.test.ts. */
  | { readonly kind: "packages" };

const PLANS: Readonly<Record<string, Plan>> = {
  "npm ci && npm start": { kind: "starts", line: /^llmcfg dev server / },
  "npm ci": { kind: "install" },
  "npm test": { kind: "script", names: ["test"] },
  "npm run check": { kind: "script", names: ["check"] },
  "npm run test:e2e": { kind: "script", names: ["test:e2e"] },
  "npm run example": { kind: "starts", line: /control plane/i },
  "npx vitest run --project unit examples/gateway": { kind: "script", names: ["test"] },
  "npx llmcfg dev": { kind: "starts", line: /^llmcfg dev server / },
  "npx llmcfg server start --data-dir ./data": {
    kind: "starts",
    line: /^llmcfg server .+ data in /,
  },
  "npx llmcfg agent list": { kind: "beside the example" },
  "npm install @llmcfg/client": { kind: "packages" },
  "npm install @llmcfg/config zod": { kind: "packages" },
  "npm install @llmcfg/core": { kind: "packages" },
  "npm install @llmcfg/gateway": { kind: "packages" },
};

/** All but the reference, which lists forms of commands; the walkthrough has a test of its own. */
const pages = (await listPages())
  .filter((page) => !page.startsWith("docs/reference/"))
  .map((page) => ({ page, blocks: readCommandBlocks(readFileSync(join(ROOT, page), "utf8")) }));
const commands = pages.flatMap(({ page, blocks }) =>
  blocks.flatMap(({ line, commands: found }) => found.map((command) => ({ page, line, command }))),
);

const isOfGateway = ({ text }: Command) =>
  text.includes("$GATEWAY") ||
  PLANS[text]?.kind === "beside the example" ||
  /llm-gateway/.test(text);
const short = commands.filter(({ command }) => PLANS[command.text] === undefined);
const besideDev = short.filter(({ command }) => !isOfGateway(command));
const besideExample = commands.filter(({ command }) => isOfGateway(command));
const planned = commands.filter(({ command }) => PLANS[command.text] !== undefined);

let home: Home;

beforeAll(async () => {
  home = await makeHome();
});

afterAll(() => home[Symbol.asyncDispose]());

test("DOC-03 the pages have commands, and no plan is left of one that is gone", () => {
  const texts = new Set(commands.map(({ command }) => command.text));

  expect(besideDev.length).toBeGreaterThanOrEqual(2);
  expect(besideExample.length).toBeGreaterThanOrEqual(3);
  expect(Object.keys(PLANS).filter((text) => !texts.has(text))).toEqual([]);
});

test.each(besideDev.map((each) => [each.page, each.line, each.command] as const))(
  "DOC-03 %s:%d runs beside `npm start`: %o",
  async (_page, _line, command) => {
    await using _server = await startDev(home, "--port", "0");

    const { code, stdout, stderr } = await run(inPlace(command.text), { env: home.env });

    expect([code, stderr]).toEqual([0, ""]);
    expect(missingFrom(stdout, command.shown)).toEqual([]);
  },
);

describe("DOC-03 beside the example", () => {
  let example: RunningProgram;
  let env: Readonly<Record<string, string>>;

  beforeAll(async () => {
    const args = ["run", "-s", "example", "--", "-o", "json"];
    example = await start("npm", args, { env: home.env, cwd: ROOT, timeoutMs: 60_000 });
    const { gateway, gatewayKey } = JSON.parse(example.firstLine) as Readonly<
      Record<"gateway" | "gatewayKey", string>
    >; // what it prints for programs
    env = { ...home.env, GATEWAY: gateway, KEY: gatewayKey };
  }, 90_000);

  afterAll(async () => {
    const { pid } = JSON.parse(example.firstLine) as { pid: number }; // of the program itself
    process.kill(pid, "SIGTERM");
    await example.stop();
  });

  test.each(besideExample.map((each) => [each.page, each.line, each.command] as const))(
    "%s:%d does what the page says: %o",
    async (_page, _line, command) => {
      const { code, stdout, stderr } = await run(inPlace(command.text), { env });

      expect([code, stderr]).toEqual([0, expect.not.stringContaining("error")]);
      expect(missingFrom(stdout, command.shown)).toEqual([]);
    },
  );
});

describe("DOC-03 what takes long, or goes on running", () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    scripts: Readonly<Record<string, string>>;
  };
  const of = (kind: Plan["kind"]) =>
    planned.flatMap(({ page, line, command: { text } }) => {
      const plan = PLANS[text];
      return plan?.kind === kind ? [[page, line, text, plan] as const] : [];
    });

  test.each(of("script"))("%s:%d names a script that is there: %s", (_page, _line, _text, plan) => {
    expect(plan).toMatchObject({ names: expect.any(Array) });
    expect("names" in plan ? plan.names.filter((name) => !(name in scripts)) : plan).toEqual([]);
  });

  test.each(of("packages"))(
    "%s:%d names packages that are published: %s",
    async (_page, _line, text) => {
      const names = text.split(" ").filter((word) => word.startsWith("@llmcfg/"));

      expect(names.length).toBeGreaterThan(0);
      for (const name of names) {
        const file = join(ROOT, "packages", name.slice("@llmcfg/".length), "package.json");
        const published = JSON.parse(readFileSync(file, "utf8")) as { private?: boolean };
        expect(published).toMatchObject({ name });
        expect(published.private).toBeUndefined();
      }
    },
  );

  test.each(of("install"))("%s:%d installs what the lock file says: %s", async () => {
    const env = { ...home.env, HOME: process.env["HOME"] ?? home.folder };
    const { code, stderr } = await run("npm ci --dry-run --ignore-scripts --loglevel=error", {
      env,
      cwd: ROOT,
      timeoutMs: 60_000,
    });

    expect([code, stderr]).toEqual([0, ""]);
  });

  test.each(of("starts"))("%s:%d starts, and says so: %s", async (_page, _line, text, plan) => {
    const cwd = join(home.folder, "work");
    await mkdir(cwd, { recursive: true });
    const [file = "", ...args] = commandLine(text, scripts);

    await using program = await start(file, args, { env: home.env, cwd, timeoutMs: 60_000 });
    const line = await program.waitForLine((l) => "line" in plan && plan.line.test(l));

    expect(line).not.toBe("");
    expect(await program.stop("SIGTERM")).toBe(0);
  });
});

test("DOC-03 a page that shows what is not printed is found out (negative control)", () => {
  const [block] = readCommandBlocks("```\n$ echo a \\\n    b\na b\nc…e\n```\n");

  expect(block?.commands).toEqual([{ text: "echo a \\\n    b", shown: ["a b", "c…e"] }]);
  expect(missingFrom("a b\ncde\n", ["a b", "c…e"])).toEqual([]);
  expect(missingFrom("cde\na b\n", ["a b", "c…e"])).toEqual(["c…e"]);
  expect(missingFrom("a b\ncd\n", ["a b", "c…e"])).toEqual(["c…e"]);
});

/** The command of this checkout: outside of it `npx` would look for a published one. */
function inPlace(text: string): string {
  return text.replaceAll(/\bnpx llmcfg\b/g, "llmcfg");
}

/** What goes on running, as one program on free ports, so that a signal reaches it. */
function commandLine(text: string, scripts: Readonly<Record<string, string>>): readonly string[] {
  const last = text.split("&& ").at(-1) ?? "";
  const [, name] = /^npm (?:run )?(\S+)$/.exec(last) ?? [];
  const words = (
    name === undefined ? inPlace(last) : (scripts[name] ?? "").replace(/^exec /, "")
  ).split(" ");
  const placed = words.map((word) =>
    /^(?:packages|examples)\//.test(word) ? join(ROOT, word) : word,
  );
  return name === "example" ? placed : [...placed, "--port", "0"];
}
