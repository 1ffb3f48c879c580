import { expect, test } from "vitest";
import { TenantQueue } from "../../src/modules/configs/tenant-queue.ts";

test("the tasks of a tenant run one after the other, in the order they came", async () => {
  const queue = new TenantQueue();
  const seen: string[] = [];
  const task = (name: string) => async () => {
    seen.push(`${name} begins`);
    await Promise.resolve();
    seen.push(`${name} ends`);
  };

  await Promise.all([queue.run("t", task("a")), queue.run("t", task("b"))]);

  expect(seen).toEqual(["a begins", "a ends", "b begins", "b ends"]);
});

test("tenants do not wait for each other, and a failed task holds nobody up", async () => {
  const queue = new TenantQueue();
  const { promise: never } = Promise.withResolvers<void>();
  void queue.run("blocked", () => never);

  const failed = queue.run("t", () => Promise.reject(new Error("no")));
  const next = queue.run("t", async () => "done");

  await expect(failed).rejects.toThrow("no");
  expect(await next).toBe("done");
});

test("a task whose signal has aborted when its turn comes is not begun", async () => {
  const queue = new TenantQueue();
  const gone = new AbortController();
  let hasBegun = false;

  const first = queue.run("t", async () => gone.abort());
  const second = queue.run("t", async () => (hasBegun = true), { signal: gone.signal });

  await first;
  await expect(second).rejects.toThrow("abort");
  expect(hasBegun).toBe(false);
});

test("a thousand may wait; one more is refused, and there is room again afterwards", async () => {
  const queue = new TenantQueue();
  const { promise, resolve: go } = Promise.withResolvers<void>();
  const running = queue.run("t", () => promise);
  const waiting = Array.from({ length: 1_000 }, () => queue.run("t", async () => "ok"));

  const refused = queue.run("t", async () => "too many");
  await expect(refused).rejects.toMatchObject({ reason: "STORE_UNAVAILABLE" });
  go();
  await Promise.all([running, ...waiting]);

  expect(await queue.run("t", async () => "ok")).toBe("ok");
});
