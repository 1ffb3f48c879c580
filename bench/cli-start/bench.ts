/**
 * How long the installed command line takes to start and end, beside `node -e 0`, in turns.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { VERSION } from "@llmcfg/core";
import { type Bench, type Figure, overRounds } from "../lib/bench.ts";
import { startDevServer } from "../lib/dev-server.ts";
import { gatewayFile } from "./gateway-file.ts";
import { installCli } from "./installed-cli.ts";

const STARTS_PER_TURN = 10;
const BARE = "node -e 0";
const CHECK = "llmcfg gateway check of 1,000 lines";
const GOALS_MS: Readonly<Record<string, number>> = { "llmcfg --version": 120, [CHECK]: 300 };

export const cliStart: Bench = {
  name: "cli-start",
  smoke: async () => {
    await using opened = await openPrograms();
    for (const program of opened.programs) startOnce(program);
    return opened.programs.map(({ name }) => `${name}  ok`);
  },

  measure: async ({ rounds }) => {
    await using opened = await openPrograms();
    for (const program of opened.programs) startOnce(program); // fills the compile cache
    const turns: Turn[] = [];
    for (let round = 1; round <= rounds; round++) {
      for (const program of opened.programs) {
        const turn = takeTurn(program, round);
        turns.push(turn);
        console.log(toText(turn));
      }
    }
    return { figures: toFigures(turns), raw: { startsPerTurn: STARTS_PER_TURN, turns } };
  },
};

/** A program that does one thing and ends. */
interface Program {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What it prints. */
  readonly stdout: string | RegExp;
}

interface Programs extends AsyncDisposable {
  readonly programs: readonly Program[];
}

async function openPrograms(): Promise<Programs> {
  await using stack = new AsyncDisposableStack();
  const { bin, folder } = stack.use(installCli());
  const { url, token } = stack.use(await startDevServer());
  const env = {
    HOME: folder,
    XDG_RUNTIME_DIR: join(folder, "run"),
    NODE_COMPILE_CACHE: join(folder, "compile-cache"),
    LLMCFG_ADDR: url,
    LLMCFG_TOKEN: token,
  };
  const key = "production/ml-service/inference/timeout-seconds";
  const word = "production/ml-service/inference/t";
  const file = join(folder, "gateway.yaml");
  writeFileSync(file, gatewayFile());
  const checked = /^valid: 0 errors, 0 warnings · 0 secret references not looked at/;
  const ours: readonly (readonly [string, readonly string[], Program["stdout"]])[] = [
    ["llmcfg --version", ["--version"], `llmcfg ${VERSION}\n`],
    ["llmcfg get", ["get", key], "30\n"],
    ["llmcfg completion of a key", ["__complete", "--", "get", word], `${key}\n`],
    [CHECK, ["gateway", "check", file, "--no-secrets"], checked],
  ];
  const programs = [
    { name: BARE, args: ["-e", "0"], env, stdout: "" },
    ...ours.map(([name, args, stdout]) => ({ name, args: [bin, ...args], env, stdout })),
  ];
  const owned = stack.move();
  return { programs, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** A program started and ended some times, one after the other; for each start. */
interface Turn {
  readonly round: number;
  readonly program: string;
  /** The fastest: what others on the machine take can only be added. */
  readonly wallMs: number;
  /** User and system time. */
  readonly cpuMs: number;
}

function takeTurn(program: Program, round: number): Turn {
  const cpu = childrenCpuMs();
  const walls = Array.from({ length: STARTS_PER_TURN }, () => startOnce(program));
  const cpuMs = (childrenCpuMs() - cpu) / STARTS_PER_TURN;
  return { round, program: program.name, wallMs: Math.min(...walls), cpuMs };
}

/** @returns how long it took in milliseconds; @throws {Error} where it printed something else */
function startOnce({ name, args, env, stdout }: Program): number {
  const startedAt = performance.now();
  const ended = spawnSync(process.execPath, args, { env, encoding: "utf8" });
  const wallMs = performance.now() - startedAt;
  const isRight = typeof stdout === "string" ? ended.stdout === stdout : stdout.test(ended.stdout);
  if (ended.status === 0 && isRight) return wallMs;
  throw new Error(`${name} ended with ${ended.status}: ${ended.stdout}${ended.stderr}`);
}

/** Of the children of this process that have ended: proc_pid_stat(5), `cutime` and `cstime`. */
function childrenCpuMs(): number {
  const text = readFileSync("/proc/self/stat", "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" "); // from the third field, `state`
  return (Number(fields[13]) + Number(fields[14])) * 10; // USER_HZ is 100
}

function toText({ round, program, wallMs, cpuMs }: Turn): string {
  return `round ${round}  ${program}  ${wallMs.toFixed(0)} ms  ${cpuMs.toFixed(0)} ms CPU`;
}

function toFigures(turns: readonly Turn[]): readonly Figure[] {
  const byProgram = Map.groupBy(turns, ({ program }) => program);
  const bare = byProgram.get(BARE) ?? [];
  return [...byProgram].flatMap(([name, mine]) => {
    const goal = GOALS_MS[name] === undefined ? {} : { goal: GOALS_MS[name] };
    const absolute = { unit: "ms", better: "lower" } as const;
    const walls = mine.map(({ wallMs }) => wallMs);
    const cpus = mine.map(({ cpuMs }) => cpuMs);
    const own = [
      overRounds(walls, { name: `${name}, wall`, ...absolute, ...goal }),
      overRounds(cpus, { name: `${name}, CPU`, ...absolute }),
    ];
    if (name === BARE) return own;
    const ratio = (of: (turn: Turn) => number) =>
      mine.flatMap((turn, i) => (bare[i] === undefined ? [] : [of(turn) / of(bare[i])]));
    const beside = { unit: "", better: "lower" } as const;
    return [
      ...own,
      overRounds(
        ratio(({ wallMs }) => wallMs),
        { name: `${name} ÷ ${BARE}, wall`, ...beside },
      ),
      overRounds(
        ratio(({ cpuMs }) => cpuMs),
        { name: `${name} ÷ ${BARE}, CPU`, ...beside },
      ),
    ];
  });
}
