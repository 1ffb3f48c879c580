import { expect, test } from "vitest";
import { StateKeeper } from "../src/manager/state-keeper.ts";
import type { Reloader } from "../src/reload/reloader.ts";
import type { DurableState } from "../src/state/durable-state.ts";
import type { StatusReport } from "../src/state/status-file.ts";
import { manage } from "./support/manage.ts";

test("REL-12 of two signals that are answered in the other order, the later one stays the last", async () => {
  await using managed = await manage({});
  await managed.manager.start();
  const early = await managed.manager.reload();
  const late = { ...early, version: early.version + 1 };
  const written: StatusReport[] = [];
  const state: Partial<DurableState<unknown>> = {
    troubles: [],
    keep: async () => {},
    writeStatus: async (report) => void written.push(report),
  };
  const keeper = new StateKeeper<unknown>({
    state: state as DurableState<unknown>,
    hearsSignals: true,
  }); // what it asks of it
  const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
  const snapshot = managed.manager.snapshot();
  const reloader = { current: { snapshot } } as unknown as Reloader<unknown>; // all that a status needs
  await keeper.keep(reloader);

  keeper.noteSignal(late, { askedAt: at(2), at: at(3) });
  keeper.noteSignal(early, { askedAt: at(1), at: at(4) });
  await keeper.writeStatus({
    reloader,
    status: managed.manager.status,
    isStopped: false,
    now: at(5),
  });

  expect(written.map(({ signals }) => signals)).toMatchObject([
    { answered: 2, askedAt: at(2).toISOString(), last: { version: late.version } },
  ]);
});
