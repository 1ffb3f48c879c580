import { expect, test } from "vitest";
import { RevisionAwaiter } from "../../src/modules/configs/minimum-revision.ts";
import { openWorld, put, TENANT, write } from "./open-world.ts";

test("LAW-02 a reader that waits goes on with the commit it waits for", async () => {
  const world = openWorld();

  const waiting = world.deps.awaitRevision(TENANT, 3, { waitMs: 30_000 });
  await write(world, [put("base/svc/a", 1)]);
  await write(world, [put("base/svc/a", 2)]);

  await expect(waiting).resolves.toBeUndefined();
});

test("commits of other processes are seen without being heard of", async () => {
  let head = 1;
  const awaiter = new RevisionAwaiter({ headRevision: async () => head });

  const waiting = awaiter.awaitRevision(TENANT, 2, { waitMs: 30_000 });
  head = 2;

  await expect(waiting).resolves.toBeUndefined();
});

test("LAW-02 what is not reached in time is an error, never an older answer", async () => {
  const { deps } = openWorld();

  const waiting = deps.awaitRevision(TENANT, 2, { waitMs: 10 });

  await expect(waiting).rejects.toMatchObject({
    reason: "REVISION_NOT_REACHED",
    message: "revision 2 has not been reached: the newest is 1",
  });
});

test("who goes away waits no longer", async () => {
  const { deps } = openWorld();
  const gone = new AbortController();

  const waiting = deps.awaitRevision(TENANT, 2, { waitMs: 30_000, signal: gone.signal });
  gone.abort();

  await expect(waiting).rejects.toThrow("abort");
});
