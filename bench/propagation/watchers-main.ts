/**
 * Many watches or applications in one process, each with a state of its own that follows the server.
 * Prints when each revision was in force in each of them.
 *
 * @module
 */

import { type ConnectedConfig, connect, createClient, watchNamespace } from "@llmcfg/client";
import { monotonicMs } from "../lib/monotonic.ts";
import type { Applied, WatchersOptions } from "./watchers.ts";

const options = JSON.parse(process.argv[2] ?? "") as WatchersOptions; // what `startWatchers` gives
const { addr, token, env, service, count, kind } = options;
const AT_ONCE = 50;

/** When a revision came into force, in those where it has so far. */
const times = new Map<number, number[]>();

await using stack = new AsyncDisposableStack();
for (let made = 0; made < count; made += AT_ONCE) {
  const some = Math.min(AT_ONCE, count - made);
  await Promise.all(Array.from({ length: some }, kind === "watches" ? watch : follow));
}
console.log("ready");
await new Promise<void>((stopped) => process.once("SIGTERM", () => stopped()));

async function follow(): Promise<void> {
  const config = stack.use(await connect({ addr, token, env, service }));
  let seen = config.status.effective;
  config.on("change", ({ revision }) => {
    requireInForce(config, revision);
    while (seen < revision) note(++seen); // each commit is one revision, and all are seen here
  });
}

/** Resolves once it has the first state. */
async function watch(): Promise<void> {
  const stopped = new AbortController();
  stack.defer(() => stopped.abort());
  const { promise: begun, resolve } = Promise.withResolvers<void>();
  void (async () => {
    const client = createClient({ addr, token });
    const { signal } = stopped;
    const items = watchNamespace({ client, env, service, includeValues: true, signal });
    for await (const item of items) {
      if (item.kind === "state") resolve();
      if (item.kind !== "changed") continue;
      if (item.state?.reflects !== item.event.revision) throw new Error("the state is not known");
      note(item.event.revision);
    }
  })();
  await begun;
}

/** What is told must be what is read. */
function requireInForce(
  { status }: Pick<ConnectedConfig<unknown>, "status">,
  revision: number,
): void {
  if (status.effective !== revision) throw new Error(`${status.effective} instead of ${revision}`);
}

function note(revision: number): void {
  const all = times.get(revision) ?? [];
  times.set(revision, all);
  all.push(monotonicMs());
  if (all.length < count) return;
  times.delete(revision);
  const applied: Applied = { revision, appliedAtMs: all };
  console.log(JSON.stringify(applied));
}
