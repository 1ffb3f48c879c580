import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Home, makeHome, type RunningProgram, run, start } from "../support/programs.ts";
import { compareLines, fits, readTranscripts, type Step } from "../support/transcript.ts";

const page = resolve(import.meta.dirname, "../../docs/tutorials/walkthrough.md");
const steps = readTranscripts(await readFile(page, "utf8"), ["walkthrough", "walkthrough-watch"]);
const [first, ...rest] = steps;

let home: Home;
let dev: RunningProgram;
let url = "";

beforeAll(async () => {
  home = await makeHome();
  dev = await start("llmcfg", ["dev"], { env: home.env });
  await dev.waitForLine((line) => line.startsWith("Ready in"));
  url = /http:\S+/.exec(dev.lines.find((line) => line.includes("API")) ?? "")?.[0] ?? "";
});

afterAll(async () => {
  await dev.stop("SIGKILL"); // the last test has ended it already
  await home[Symbol.asyncDispose]();
});

test("the walkthrough has its steps", () => {
  expect(first?.command).toBe("llmcfg dev");
  expect(rest.length).toBeGreaterThanOrEqual(17);
});

test("W1 DOC-01 the development server says where it is and what to try", () => {
  expect(compareLines(dev.lines.join("\n"), expected(first?.out ?? []))).toEqual([]);
});

describe("every command of the walkthrough does what the page says", () => {
  test.each(rest.map((step, i) => [`${i + 1} $ ${step.command}`, step] as const))(
    "W %s",
    async (_name, step) => {
      const { stdout, stderr, code } = await execute(step);

      expect(compareLines(stdout, expected(step.out))).toEqual([]);
      expect(compareLines(stderr, expected(step.err))).toEqual([]);
      expect(code).toBe(step.exit);
    },
  );
});

test("DOC-01 Ctrl-C ends the development server with code 0 and removes its note", async () => {
  const code = await dev.stop("SIGINT");

  expect(code).toBe(0);
  expect(existsSync(join(home.folder, "run/llmcfg/dev.json"))).toBe(false);
});

test("a transcript that differs in one word is found out (negative control)", () => {
  expect(compareLines("30\n", ["31"])).not.toEqual([]);
  expect(compareLines("a  b\n", ["a  b", "c"])).not.toEqual([]);
  expect(compareLines("a\nb\n", ["a"])).not.toEqual([]);
  expect(fits("r3", "<time>")).toBe(false);
});

/** The page shows the default address; this server may have another port. */
function expected(lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.replaceAll("http://127.0.0.1:7420", url));
}

async function execute(step: Step): Promise<{ stdout: string; stderr: string; code: unknown }> {
  const env = home.env;
  if (step.meanwhile === undefined) return await run(step.command, { env });

  const [file = "", ...args] = step.command.split(" ");
  const watching = start(file, args, { env });
  // The watch has no line before the first change: it is seen once the server counts its stream.
  await expect.poll(async () => await streams(), { timeout: 10_000 }).toBeGreaterThan(0);
  const other = await run(step.meanwhile, { env });
  if (other.code !== 0) throw new Error(other.stderr);
  await using program = await watching;
  const code = await program.stop("SIGINT");
  return { stdout: `${program.lines.join("\n")}\n`, stderr: program.stderr(), code };
}

async function streams(): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^llmcfg_watch_streams\{transport="sse"\} (\d+)$/m.exec(text)?.[1] ?? 0);
}
