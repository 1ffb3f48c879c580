/**
 * Many applications in one process, each with a configuration of its own that follows the server.
 * Prints when each revision was in force in each of them.
 *
 * @module
 */

import { type ConnectedConfig, connect } from "@llmcfg/client";
import { monotonicMs } from "../lib/monotonic.ts";
import type { Applied, WatchersOptions } from "./watchers.ts";

const options = JSON.parse(process.argv[2] ?? "") as WatchersOptions; // what `startWatchers` gives
const { addr, token, env, service, count } = options;
const AT_ONCE = 50;

/** When a revision came into force, in those where it has so far. */
const times = new Map<number, number[]>();

await using stack = new AsyncDisposableStack();
for (let made = 0; made < count; made += AT_ONCE) {
  const some = Math.min(AT_ONCE, count - made);
  await Promise.all(Array.from({ length: some }, follow));
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
