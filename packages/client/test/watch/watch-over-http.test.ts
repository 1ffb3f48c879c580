import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { createClient, type WatchCounts, type WatchItem, watchNamespace } from "@llmcfg/client";
import { describe, expect, test } from "vitest";
import { bundleOf, ENV, SERVICE } from "../support/bundles.ts";
import { ControlPlane, message } from "../support/control-plane.ts";
import { eventually, PATIENCE } from "../support/eventually.ts";
import { HeldRuntime } from "../support/held-runtime.ts";
import { sendProblem } from "../support/serve.ts";

const NAMESPACE = { env: ENV, service: SERVICE };

describe("a watch over HTTP", () => {
  test("SDK-01 begins with the state, proves it, and gives what changes", async () => {
    await using plane = await ControlPlane.start({ a: 1 });
    await using watch = follow(plane);
    await eventually(() => watch.seen, ["state start 2", "heartbeat 2"]);

    plane.commit({ a: 2, b: 1 });
    plane.commit({ a: undefined });

    await eventually(() => watch.seen.slice(2), ["changed 3 a b", "changed 4 a"]);
    plane.heartbeat();
    await eventually(() => watch.seen.slice(4), ["heartbeat 4"]);
    expect(watch.counts()).toEqual({ streams: 1, mismatches: 0, repeated: 0 });
  });

  test("LAW-03 STR-02 resumes after a cut where it was, with nothing missed and nothing twice", async () => {
    await using plane = await ControlPlane.start({ a: 1 });
    await using watch = follow(plane);
    await eventually(() => watch.seen.length, 2);

    plane.commit({ a: 2 });
    await eventually(() => watch.seen.length, 3);
    plane.cutStreams();
    plane.commit({ a: 3 });
    plane.commit({ a: 4 });

    await eventually(
      () => watch.seen.slice(2),
      ["changed 3 a", "changed 4 a", "changed 5 a", "heartbeat 5"],
    );
    const cursors = plane.requests
      .filter(({ url }) => url.startsWith("/v1/watch"))
      .map(({ headers }) => headers["last-event-id"]);
    expect(cursors).toEqual(["2", "3"]);
  });

  test("reads events that come in single bytes, characters cut in two", async () => {
    await using plane = await ControlPlane.start({ a: 1 });
    plane.intercept = (request, response) => {
      if (!request.url.startsWith("/v1/watch")) return undefined;
      const hash = bundleOf(3, { a: 2 }).meta["a"]?.hash;
      const change = { op: "put", key: "a", hash };
      const text = message(3, {
        type: "config.changed",
        revision: 3,
        message: "größer 🚀",
        changes: [change],
      });
      void drip(response, text);
      return true;
    };
    await using watch = follow(plane);

    await eventually(() => watch.seen, ["state start 2", "changed 3 a"]);
    expect(watch.items[1]).toMatchObject({ event: { message: "größer 🚀" } });
  });

  test("drops what comes twice", async () => {
    await using plane = await ControlPlane.start({ a: 1 });
    await using watch = follow(plane);
    await eventually(() => plane.streams, 1);

    plane.commit({ a: 2 });
    await eventually(() => watch.seen.length, 3);
    plane.repeatLast();
    plane.repeatLast();
    plane.heartbeat();

    await eventually(() => watch.seen.slice(2), ["changed 3 a", "heartbeat 3"]);
    expect(watch.counts().repeated).toBe(2);
  });

  test("STR-09 finds a lost revision by the next heartbeat", async () => {
    await using plane = await ControlPlane.start({ a: 1 });
    await using watch = follow(plane);
    await eventually(() => watch.seen.length, 2);

    plane.commit({ a: 2 }, false);
    plane.heartbeat();

    await eventually(() => watch.seen.slice(2), ["state hash_mismatch 3"]);
    expect(watch.counts().mismatches).toBe(1);
  });

  test("finds a stream that is dead within 45 s, and waits by chance before the next", async () => {
    const runtime = new HeldRuntime();
    await using plane = await ControlPlane.start({ a: 1 });
    await using watch = follow(plane, { runtime });
    await eventually(() => watch.seen.length, 2);
    plane.commit({ a: 2 }, false); // the connection stalls: nothing comes any more

    await eventually(() => runtime.sleeps, [45_000]);
    runtime.advance(45_000);
    await eventually(() => runtime.sleeps, [5]); // half of `retry: 10`
    runtime.advance(5);

    await eventually(() => watch.seen.slice(2), ["changed 3 a", "heartbeat 3"]);
    expect(watch.counts().streams).toBe(2);
  });

  test("STR-12 goes elsewhere when a server drains, after the time it was told", async () => {
    const runtime = new HeldRuntime();
    await using plane = await ControlPlane.start({ a: 1 });
    await using watch = follow(plane, { runtime });
    await eventually(() => watch.seen.length, 2);

    plane.reset("draining", 700);
    await eventually(() => runtime.sleeps, [700]);
    plane.commit({ a: 2 });
    runtime.advance(700);

    const missed = ["changed 3 a", "heartbeat 3"];
    await expect.poll(() => watch.seen.slice(2), PATIENCE).toEqual(missed);
  });

  test("STR-07 takes the whole state after a reset, and goes on with the same stream", async () => {
    await using plane = await ControlPlane.start({ a: 1 });
    await using watch = follow(plane);
    await eventually(() => watch.seen.length, 2);

    plane.commit({ a: 2 }, false);
    plane.reset("slow_consumer");
    await eventually(() => watch.seen.slice(2), ["state slow_consumer 3"]);
    plane.commit({ a: 3 });

    await eventually(() => watch.seen.slice(3), ["changed 4 a"]);
    expect(watch.counts().streams).toBe(1);
  });

  test("follows a server that was set up anew, though its revisions are lower", async () => {
    const plane = await ControlPlane.start({ a: 1 });
    for (let value = 2; value < 9; value++) plane.commit({ a: value });
    await using watch = follow(plane);
    await eventually(() => watch.seen, ["state start 9", "heartbeat 9"]);
    const port = Number(new URL(plane.url).port);
    await plane[Symbol.asyncDispose]();

    await using anew = await ControlPlane.start({ a: "new" }, port);

    await eventually(() => watch.seen.slice(2, 3), ["state future 2"]);
    expect(watch.items[2]).toMatchObject({ state: { bundle: { hash: anew.hash } } });
  });

  test("polls the state while no stream can be held", async () => {
    await using plane = await ControlPlane.start({ a: 1 });
    plane.intercept = (request, response) => {
      if (!request.url.startsWith("/v1/watch")) return undefined;
      response.writeHead(200, { "content-type": "text/html" }).end("<p>no streams here</p>");
      return true;
    };
    const runtime = new HeldRuntime();
    await using watch = follow(plane, { runtime });
    for (let failures = 1; failures <= 3; failures++) {
      await eventually(() => runtime.sleeps.length, 1);
      plane.commit({ a: failures });
      runtime.advance(60_000);
    }

    const states = ["state start 2", "state poll 5"];
    await expect.poll(() => watch.seen, PATIENCE).toEqual(states);
  });

  test("STR-11 SDK-05 ends with the refusal when the credential is no longer good", async () => {
    await using plane = await ControlPlane.start({ a: 1 });
    await using watch = follow(plane);
    await eventually(() => watch.seen.length, 2);

    plane.intercept = (_request, response) => {
      sendProblem(response, { status: 401, reason: "UNAUTHENTICATED" });
      return true;
    };
    plane.reset("unauthenticated");

    await expect(watch.over).rejects.toMatchObject({ reason: "UNAUTHENTICATED" });
  });

  test("fails where the first state cannot be had", async () => {
    const plane = await ControlPlane.start({});
    await plane[Symbol.asyncDispose]();
    await using watch = follow(plane);

    await expect(watch.over).rejects.toMatchObject({ reason: "OFFLINE_MISS" });
  });

  test("ends quietly with its signal, and closes the connection", async () => {
    await using plane = await ControlPlane.start({ a: 1 });
    const watch = follow(plane);
    await eventually(() => plane.streams, 1);

    await watch[Symbol.asyncDispose]();

    await watch.over;
    await expect.poll(() => plane.streams, PATIENCE).toBe(0);
  });

  test("closes the connection when the iteration is left", async () => {
    await using plane = await ControlPlane.start({ a: 1 });
    const client = createClient({ addr: plane.url });

    for await (const item of watchNamespace({ client, ...NAMESPACE })) {
      if (item.kind === "heartbeat") break;
    }

    await expect.poll(() => plane.streams, PATIENCE).toBe(0);
  });

  test("a slow reader is felt by the server, not stored here", async () => {
    await using plane = await ControlPlane.start({ a: 1 });
    const written = Promise.withResolvers<boolean>();
    plane.intercept = (request, response) => {
      if (!request.url.startsWith("/v1/watch")) return undefined;
      response.writeHead(200, { "content-type": "text/event-stream" });
      void fill(response).then(written.resolve);
      return true;
    };
    const client = createClient({ addr: plane.url });

    const items = watchNamespace({ client, ...NAMESPACE })[Symbol.asyncIterator]();
    await items.next(); // the state
    await items.next(); // the first event; nobody asks for the next

    expect(await written.promise).toBe(true);
    await items.return?.();
  });
});

interface Followed extends AsyncDisposable {
  readonly items: readonly WatchItem[];
  /** `state start 2`, `changed 3 a b`, `heartbeat 3` */
  readonly seen: readonly string[];
  readonly over: Promise<void>;
  readonly counts: () => WatchCounts;
}

/** Reads a watch in the background until it is disposed. */
function follow(plane: ControlPlane, options: { readonly runtime?: HeldRuntime } = {}): Followed {
  const client = createClient({ addr: plane.url });
  const stopping = new AbortController();
  const { signal } = stopping;
  const watch = watchNamespace({ client, ...NAMESPACE, signal, ...options });
  const items: WatchItem[] = [];
  const over = (async () => {
    for await (const item of watch) items.push(item);
  })();
  over.catch(() => {}); // the test that means it to fail says so
  return {
    items,
    get seen() {
      return items.map(describeItem);
    },
    over,
    counts: () => watch.counts,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await over.catch(() => {});
    },
  };
}

function describeItem(item: WatchItem): string {
  if (item.kind === "state") return `state ${item.cause} ${item.state.reflects}`;
  const { event } = item;
  if (event.type === "heartbeat") return `heartbeat ${event.revision}`;
  return ["changed", event.revision, ...event.changes.map(({ key }) => key)].join(" ");
}

async function drip(response: ServerResponse, text: string): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.socket?.setNoDelay(true);
  for (const byte of Buffer.from(text, "utf8")) {
    await new Promise((resolve) => response.write(Buffer.of(byte), resolve));
  }
}

/** Writes events until the socket takes no more for a while; whether that came. */
async function fill(response: ServerResponse): Promise<boolean> {
  const change = { op: "put", key: "a", hash: "sha256:0", note: "x".repeat(100_000) };
  for (let revision = 3; revision < 3_000; revision++) {
    const event = { type: "config.changed", revision, changes: [change] };
    if (response.write(message(revision, event))) continue;
    const drained = once(response, "drain").then(() => true);
    const stuck = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 300));
    if (!(await Promise.race([drained, stuck]))) return true;
  }
  return false;
}
