import { monitorEventLoopDelay } from "node:perf_hooks";
import { expect, test } from "vitest";
import { ThreadedDocumentReader } from "../../src/adapters/documents/threaded-document-reader.ts";

const BROKEN = "timeout: 30\nmodels: [small-1\n";
const YAML = "application/yaml";
/** 61 KB; each line is compared with all before it. */
const MERGES = `a: &a {x: 1}\n${Array.from({ length: 3900 }, (_, i) => `b${i}: {<<: *a}\n`).join("")}`;
const LONG = `${"# comment\n".repeat(100)}${BROKEN}`;

test("a long document is looked at in a thread, and the event loop goes on meanwhile", async () => {
  await using reader = new ThreadedDocumentReader();
  await reader.faultIn(LONG, YAML, {}); // the thread is there
  using delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const turns = setInterval(() => {}, 5);

  const looking = reader.faultIn(`${MERGES}c: [1\n`, YAML, {});
  const isThreaded = reader.isThreaded;
  const fault = await looking;

  clearInterval(turns);
  expect(isThreaded).toBe(true);
  expect(fault).toMatchObject({ language: "YAML", line: 3903 });
  expect(delay.max / 1e6).toBeLessThan(250); // it takes a second and more
});

test("a short document is looked at without a thread, and a long one as it would be", async () => {
  await using reader = new ThreadedDocumentReader();

  const short = await reader.faultIn(BROKEN, YAML, {});
  const wasThreaded = reader.isThreaded;
  const long = await reader.faultIn(LONG, YAML, {});

  expect(wasThreaded).toBe(false);
  expect(short).toMatchObject({ language: "YAML", line: 3, column: 1 });
  expect(long).toMatchObject({ language: "YAML", line: 103, column: 1 });
});

test.each([
  ["a well-formed one", "# comment\n".repeat(100), YAML],
  ["one in a language that is not known", LONG, "text/plain"],
])("of a long document there is nothing to tell: %s", async (_, text, type) => {
  await using reader = new ThreadedDocumentReader();

  expect(await reader.faultIn(text, type, {})).toBeUndefined();
});

test("a document that is given up on is told nothing of, and the next one is looked at", async () => {
  await using reader = new ThreadedDocumentReader();
  const caller = new AbortController();

  const looking = reader.faultIn(`${MERGES}c: [1\n`, YAML, { signal: caller.signal });
  caller.abort();
  const next = reader.faultIn(LONG, YAML, {});
  const late = reader.faultIn(LONG, YAML, { signal: caller.signal });

  expect(await looking).toBeUndefined();
  expect(await late).toBeUndefined();
  expect(await next).toMatchObject({ line: 103 });
});

test("a document that is still looked at when the reader is closed is told nothing of", async () => {
  const reader = new ThreadedDocumentReader();
  const looking = reader.faultIn(`${MERGES}c: [1\n`, YAML, {});

  await reader[Symbol.asyncDispose]();

  expect(await looking).toBeUndefined();
  expect(reader.isThreaded).toBe(false);
});
