import { inspect } from "node:util";
import type { ConsulSourceOptions, KeyOrPrefix } from "@llmcfg/config";
import { describe, expect, test } from "vitest";
import { FakeConsul } from "../../../../tests/support/services/fake-consul.ts";
import { createConsulSource } from "../../src/sources/consul/consul-source.ts";
import type { RemoteTools } from "../../src/sources/remote/remote-tools.ts";
import { HttpPeer } from "../support/http-peer.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { messageOf, readOnce, toolsOf, watchOf } from "../support/remote-tools.ts";
import { until } from "../support/until.ts";

type Options = Omit<ConsulSourceOptions, "kind" | "address" | "key" | "prefix"> & KeyOrPrefix;

function sourceAt(address: string, options: Options, tools: Partial<RemoteTools> = {}) {
  return createConsulSource(
    { id: "consul:test", kind: "consul", address, ...options },
    toolsOf(tools),
  );
}

describe("a source in Consul", () => {
  test("LOAD-10 asks with token, datacenter and namespace; the key may hold any character", async () => {
    await using consul = await FakeConsul.start();
    consul.token = "secret-token";
    consul.put("llm/über gateway.yaml", "name: one");
    const variables: Readonly<Record<string, string>> = { TOKEN: "secret-token" };
    await using source = sourceAt(
      consul.url,
      { key: "llm/über gateway.yaml", datacenter: "dc1", namespace: "team", token: "${env:TOKEN}" },
      { variable: (name) => variables[name] },
    );

    const read = await readOnce(source);

    const asked = consul.requests.at(-1)?.url.searchParams;
    expect(read.state).toBe("ok");
    expect([asked?.get("dc"), asked?.get("ns"), asked?.get("token")]).toEqual([
      "dc1",
      "team",
      null,
    ]);
  });

  test("LOAD-10 LOAD-17 TNT-3 with a refused token it is unreadable, and the token is not shown", async () => {
    await using consul = await FakeConsul.start();
    consul.token = "another";
    await using source = sourceAt(consul.url, { key: "a", token: "canary-token" });

    const read = await readOnce(source);

    expect(read.state).toBe("unreadable");
    expect(messageOf(read)).toMatch(/answered with status 403: are the credentials right\?$/);
    expect(inspect(read, { depth: 20 })).not.toContain("canary");
  });

  test("LOAD-12 the format is that of the key's extension, else YAML, and positions have key, index and line", async () => {
    await using consul = await FakeConsul.start();
    consul.put("a.toml", 'name = "one"');
    consul.put("gateway.prod", "name: two");
    await using toml = sourceAt(consul.url, { key: "a.toml" });
    await using yaml = sourceAt(consul.url, { key: "gateway.prod" });

    const reads = [await readOnce(toml), await readOnce(yaml)];

    const positions = reads.map((read) => {
      return (
        read.state === "ok" && read.tree.type === "object" && read.tree.entries.get("name")?.at
      );
    });
    const url = consul.url;
    expect(positions).toEqual([
      { kind: "remote", url, key: "a.toml", revision: "11", line: 1, column: 8 },
      { kind: "remote", url, key: "gateway.prod", revision: "12", line: 1, column: 7 },
    ]);
  });

  test("LOAD-10 waits up to five minutes for a change, less a random part, from the index it knows", async () => {
    await using consul = await FakeConsul.start();
    consul.put("a", "name: one");
    const clock = new ManualClock();
    await using source = sourceAt(consul.url, { key: "a" }, { clock, random: () => 0.5 });
    await using watch = await watchOf(source);

    await until("it pauses", () => clock.pending === 1);
    clock.advance(100);
    await until("it waits", () => consul.waiting === 1);

    const asked = consul.requests.at(-1)?.url.searchParams;
    expect([asked?.get("index"), asked?.get("wait")]).toEqual(["11", "285s"]);
    expect(watch.reasons).toEqual(["written"]);
  });

  test("LOAD-10 a changed index with equal content is no change", async () => {
    await using consul = await FakeConsul.start();
    consul.put("a", "name: one");
    await using source = sourceAt(consul.url, { key: "a" });
    await readOnce(source);
    await using watch = await watchOf(source);
    await until("it waits", () => consul.waiting === 1);

    const before = consul.requests.length;
    consul.touch();
    await until("it was answered, and waits again", () => {
      return consul.requests.length > before && consul.waiting === 1;
    });
    const afterTouch = [...watch.reasons];
    consul.put("a", "name: two");
    await until("the change is told", () => watch.reasons.length === 1);

    expect(afterTouch).toEqual([]);
  });

  test.each(["0", "3", "", "no number"])(
    "LOAD-10 an index that becomes %j is forgotten: the next query waits for nothing",
    async (index) => {
      await using consul = await FakeConsul.start();
      consul.put("a", "name: one");
      const clock = new ManualClock();
      await using source = sourceAt(consul.url, { key: "a" }, { clock });
      await readOnce(source);
      await using _watch = await watchOf(source);
      await until("it pauses", () => clock.pending === 1);
      clock.advance(100);
      await until("it waits", () => consul.waiting === 1);

      consul.indexes.push(index);
      consul.touch();
      await until("it waits before it begins anew", () => clock.pending === 1);
      const before = consul.requests.length;
      clock.advance(1_000);
      await until("it asked again", () => consul.requests.length > before);

      const [, , , fresh] = consul.requests.map(({ url }) => url.searchParams.get("index"));
      expect(fresh).toBeNull();
    },
  );

  test("LOAD-11 tells once that Consul cannot be reached, and reconnects with growing waits up to a minute", async () => {
    const clock = new ManualClock();
    await using peer = await HttpPeer.start((_request, response) => response.writeHead(500).end());
    await using source = sourceAt(peer.url, { key: "a" }, { clock, random: () => 0 });
    await using watch = await watchOf(source);
    const waits: number[] = [];

    for (let round = 1; round <= 8; round++) {
      await until("it waits", () => peer.requests.length === round && clock.pending === 1);
      const began = clock.now();
      while (clock.pending === 1) clock.advance(500);
      waits.push(clock.now() - began);
    }

    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60].map((seconds) => seconds * 1_000));
    expect(watch.reasons).toEqual(["unreachable"]);
  });

  test("LOAD-17 an answer that is not Consul's is unreachable, and not shown", async () => {
    await using peer = await HttpPeer.start((_request, response) => response.end("<html>canary"));
    await using source = sourceAt(peer.url, { key: "a" });

    const read = await readOnce(source);

    expect(read.state).toBe("unreachable");
    expect(messageOf(read)).toBe(`${peer.url} does not answer as Consul does`);
  });
});
