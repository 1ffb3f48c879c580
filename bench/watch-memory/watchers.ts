import { join } from "node:path";
import { LOAD_CORE, nextLine, type Started, startScript } from "../lib/programs.ts";

export interface StreamsOptions {
  readonly addr: string;
  readonly token: string;
  readonly path: string;
  readonly count: number;
  /** Of loopback: each has ports of its own, of which one address has some 28,000. */
  readonly localAddress: string;
}

/** A revision that has arrived in every stream. */
export interface Arrived {
  readonly revision: number;
  /** On the machine's monotonic clock, one for each stream. */
  readonly arrivedAtMs: readonly number[];
}

export interface Streams extends AsyncDisposable {
  /** The next revision that has arrived in all of them. */
  next(): Promise<Arrived>;
}

/** How many streams one client process has: well below the open files that are allowed by default. */
const PER_PROCESS = 5_000;

const MAIN = join(import.meta.dirname, "watchers-main.ts");

/** Opens event streams from as many processes as it takes; resolves once all have begun. */
export async function openStreams(options: Omit<StreamsOptions, "localAddress">): Promise<Streams> {
  await using stack = new AsyncDisposableStack();
  const processes: Started[] = [];
  for (let opened = 0; opened < options.count; opened += PER_PROCESS) {
    const count = Math.min(PER_PROCESS, options.count - opened);
    const localAddress = `127.0.0.${processes.length + 1}`;
    const args = [JSON.stringify({ ...options, count, localAddress })];
    processes.push(stack.use(await startScript(MAIN, args, { core: LOAD_CORE })));
  }
  const owned = stack.move();
  return {
    next: async () => merged(await Promise.all(processes.map(nextOf))),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function nextOf({ lines }: Started): Promise<Arrived> {
  return JSON.parse(await nextLine(lines, MAIN)) as Arrived; // what it prints
}

function merged(parts: readonly Arrived[]): Arrived {
  const revision = parts[0]?.revision ?? 0;
  if (parts.some((part) => part.revision !== revision)) {
    throw new Error(`revisions ${parts.map((part) => part.revision).join(", ")} arrived at once`);
  }
  return { revision, arrivedAtMs: parts.flatMap(({ arrivedAtMs }) => arrivedAtMs) };
}
