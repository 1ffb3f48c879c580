import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { isJsonObject, type Json, type JsonObject } from "@llmcfg/core";
import type { AgentBody, BatchResult, Entry, WriteResult } from "@llmcfg/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Home, makeHome, type RunningProgram, run, start } from "../support/programs.ts";
import { checkAnswers, type Written } from "./proof/check-answers.ts";
import { type Answered, parseShown, type Shown, sendLoad } from "./proof/load.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const SERVICE = "production/llm-gateway";
const GENERATION = `${SERVICE}/extensions/generation`;
const POLICY = `${SERVICE}/routing/policy`;
const CHANGES = 200;
const PERIOD_MS = 60_000;

/** What `npm run example -- -o json` prints. */
interface Example {
  readonly control: string;
  readonly token: string;
  readonly gateway: string;
  readonly gatewayKey: string;
  readonly model: string;
}

let home: Home;
let program: RunningProgram;
let example: Example;

beforeAll(async () => {
  home = await makeHome();
  const { scripts } = JSON.parse(readFileSync(`${ROOT}/package.json`, "utf8")) as {
    scripts: { example: string };
  };
  const [node = "node", ...args] = scripts.example.replace(/^exec /, "").split(" ");
  const options = { env: home.env, cwd: ROOT, timeoutMs: 60_000 };
  program = await start(node, [...args, "-o", "json"], options);
  example = JSON.parse(program.firstLine) as Example;
}, 90_000);

afterAll(async () => {
  await program.stop("SIGKILL"); // the last test has ended it already
  await home[Symbol.asyncDispose]();
});

test("200 changes in 60 s under load: no request fails, none sees half a change, each is seen within 1 s and applied", {
  timeout: 240_000,
}, async () => {
  // A checkout compiles its sources when they run first, for seconds: who is late then is not late.
  const warmUp = await changeUnderLoad({ changes: 6, periodMs: 3_000, firstTurn: CHANGES });
  expect({ failed: warmUp.failed, torn: warmUp.torn }).toEqual({ failed: [], torn: [] });

  const proof = await changeUnderLoad({ changes: CHANGES, periodMs: PERIOD_MS, firstTurn: 0 });

  const { failed, torn, late, seenAfterMs, written, answers, seconds } = proof;
  expect({ failed, torn, late }).toEqual({ failed: [], torn: [], late: [] });
  expect(written).toHaveLength(CHANGES);
  expect(answers.length).toBeGreaterThan((PERIOD_MS / 1_000) * 190);
  const [last] = (await listAgents()).map(({ effective }) => effective?.revision ?? 0);
  expect(last).toBeGreaterThanOrEqual(Math.max(...written.map(({ revision }) => revision)));
  const p99 = Math.round(seenAfterMs[Math.ceil(seenAfterMs.length * 0.99) - 1] ?? 0);
  const worst = Math.round(seenAfterMs.at(-1) ?? 0);
  const counts = `changes=${written.length} requests=${answers.length} failed=0 torn=0 late=0`;
  console.log(`PROOF pass ${counts} seen-p99=${p99}ms seen-max=${worst}ms in ${seconds} s`);
});

interface Changing {
  /** By both writers together. */
  readonly changes: number;
  readonly periodMs: number;
  /** What they write follows from the number of the turn: other numbers, other content. */
  readonly firstTurn: number;
}

/** Changes the configuration while requests are sent, and judges every answer. */
async function changeUnderLoad({ changes, ...turns }: Changing) {
  const before = await currentState();
  const stop = new AbortController();
  const load = sendLoad({
    gateway: example.gateway,
    key: example.gatewayKey,
    model: example.model,
    connections: 64,
    perSecond: 200,
    signal: stop.signal,
  });
  const applying: Promise<void>[] = [];
  const startedAt = performance.now();
  const writers = [setByCommand, setBothByBatch].map((write) =>
    writeEvery({ changes: changes / 2, ...turns }, write, applying),
  );
  const written = (await Promise.all(writers)).flat();
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  await Promise.all(applying); // each was acknowledged as applied
  await new Promise((wake) => setTimeout(wake, 1_500)); // so that the last one is judged too
  stop.abort();
  const answers = await load;
  return { ...checkAnswers(before, written, answers), written, answers, seconds };
}

test("LAW-20 what the gateway must refuse is reported with path and reason, the old state serves, one rollback mends it", async () => {
  const before = await ask();
  const policy = await readKey(POLICY);
  const rules = [{ id: "bad", condition: { type: "always" }, action: TO_NOBODY }];
  const path = `${home.folder}/policy.json`;
  const { writeFile } = await import("node:fs/promises");
  await writeFile(path, JSON.stringify({ ...objectOf(policy.body), version: "9.9", rules }));

  const set = await command(`llmcfg set ${POLICY} --from-file ${path} ${CONFIRM}`);
  expect(set.code).toBe(0);
  await expect.poll(async () => (await listAgents())[0]?.sync, { timeout: 10_000 }).toBe("Failed");
  const [refusing] = await listAgents();
  const table = await command("llmcfg agent list");
  const during = await ask();
  const rollback = await command(`llmcfg rollback ${POLICY} ${CONFIRM}`);
  await expect.poll(async () => (await listAgents())[0]?.sync, { timeout: 10_000 }).toBe("Synced");
  const after = await ask();

  expect(refusing?.lastError?.reason).toBe("RULE_VIOLATION");
  expect(refusing?.lastError?.pointer).toContain("/routing/policy/rules");
  expect(refusing?.lastError?.detail).toContain("nobody");
  expect(table.stdout).toContain("Failed");
  expect(table.stdout).toContain("RULE_VIOLATION");
  expect(during).toEqual(before);
  expect(rollback.code).toBe(0);
  expect(after.rules).toBe(before.rules);
});

test("SIGTERM ends all of the example", async () => {
  const code = await program.stop("SIGTERM");

  expect(code).toBe(0);
  await expect(fetch(example.control)).rejects.toThrow("fetch failed");
  await expect(fetch(example.gateway)).rejects.toThrow("fetch failed");
});

describe("the check itself finds what is wrong (negative controls)", () => {
  const before = { revision: 2, state: { rules: "a", generation: 1 } };
  const both: Written = { revision: 3, acknowledgedAtMs: 0, rules: "b", generation: 2 };
  const shown: Shown = { version: 1, revision: 3, rules: "b", generation: 2 };
  const answer: Answered = {
    sentAtMs: 2_000,
    answeredAtMs: 2_001,
    status: 200,
    shown,
    failure: undefined,
  };

  test.each([
    ["a failed request", { ...answer, status: 502, failure: "bad gateway" }, "failed"],
    ["half a change", { ...answer, shown: { ...shown, generation: 1 } }, "torn"],
    ["an answer without its state", { ...answer, shown: undefined }, "torn"],
    [
      "a change that is not seen",
      { ...answer, shown: { ...shown, ...before.state, revision: 2 } },
      "late",
    ],
  ] as const)("%s", (_what, bad, kind) => {
    expect(checkAnswers(before, [both], [answer])).toMatchObject({
      failed: [],
      torn: [],
      late: [],
    });
    expect(checkAnswers(before, [both], [bad])[kind]).not.toEqual([]);
  });

  test("a header that is no state", () => {
    expect(parseShown("version=1; revision=2")).toBeUndefined();
  });
});

const CONFIRM = "--yes --confirm=production";
const TO_NOBODY = { type: "route_to_provider", provider_id: "nobody" };

type Write = (turn: number) => Promise<Written>;

/** One writer: evenly over the period, each change acknowledged before its next one. */
async function writeEvery(
  { changes, periodMs, firstTurn }: Changing,
  write: Write,
  applying: Promise<void>[],
): Promise<readonly Written[]> {
  const written: Written[] = [];
  const startedAt = performance.now();
  for (let turn = 0; turn < changes; turn++) {
    const due = startedAt + (turn * periodMs) / changes;
    await new Promise((wake) => setTimeout(wake, Math.max(0, due - performance.now())));
    const change = await write(firstTurn + turn);
    written.push(change);
    applying.push(untilApplied(change.revision));
  }
  return written;
}

async function setByCommand(turn: number): Promise<Written> {
  const generation = 10_000 + turn;
  const line = `llmcfg config set ${GENERATION} ${generation} --no-precondition -q -o json ${CONFIRM}`;
  const { code, stdout, stderr } = await command(line);
  if (code !== 0) throw new Error(stderr);
  const { revision } = JSON.parse(stdout) as WriteResult;
  return { revision, acknowledgedAtMs: performance.now(), generation };
}

/** Both keys in one commit; another writer may come between the read and the write. */
async function setBothByBatch(turn: number): Promise<Written> {
  const [rules, generation] = [`2.${turn}`, 20_000 + turn];
  for (;;) {
    const policy = await readKey(POLICY);
    const counter = await readKey(GENERATION);
    const operations = [
      {
        op: "put",
        path: POLICY,
        value: { ...objectOf(policy.body), version: rules },
        ifVersion: policy.version,
      },
      { op: "put", path: GENERATION, value: generation, ifVersion: counter.version },
    ];
    const answer = await api("/v1/batch", { method: "POST", body: JSON.stringify({ operations }) });
    if (answer.status === 412) continue;
    if (answer.status !== 200) throw new Error(await answer.text());
    const { revision } = (await answer.json()) as BatchResult;
    return { revision, acknowledgedAtMs: performance.now(), rules, generation };
  }
}

async function untilApplied(revision: number): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const [agent] = await listAgents();
    if ((agent?.effective?.revision ?? 0) >= revision) return;
    if (performance.now() > deadline)
      throw new Error(`r${revision} was not acknowledged as applied`);
    await new Promise((wake) => setTimeout(wake, 200));
  }
}

async function currentState() {
  const { revision, rules, generation } = await ask();
  return { revision, state: { rules, generation } };
}

/** What the gateway answers with now, but for its own version number. */
async function ask(): Promise<Omit<Shown, "version">> {
  const answer = await fetch(`${example.gateway}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${example.gatewayKey}`, "content-type": "application/json" },
    body: JSON.stringify({ model: example.model, messages: [{ role: "user", content: "hi" }] }),
  });
  expect(answer.status).toBe(200);
  const shown = parseShown(answer.headers.get("x-gateway-config") ?? undefined);
  if (shown === undefined) throw new Error("the answer does not say its configuration");
  const { version: _, ...state } = shown;
  return state;
}

async function listAgents(): Promise<readonly AgentBody[]> {
  const answer = await api("/v1/agents?service=llm-gateway");
  return ((await answer.json()) as { items: AgentBody[] }).items;
}

async function readKey(path: string): Promise<{ readonly body: Json; readonly version: number }> {
  const { value, version } = (await (await api(`/v1/configs/${path}`)).json()) as Entry;
  return { body: value, version };
}

function objectOf(value: Json): JsonObject {
  if (isJsonObject(value)) return value;
  throw new Error("the policy is an object");
}

async function api(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${example.token}`, "content-type": "application/json" };
  return await fetch(`${example.control}${path}`, { ...init, headers });
}

async function command(line: string) {
  const env = { ...home.env, LLMCFG_ADDR: example.control, LLMCFG_TOKEN: example.token };
  return await run(line, { env });
}
