import { drawOf, evaluateRoute, type RoutingStrategy } from "@llmcfg/gateway";
import { describe, expect, test } from "vitest";
import {
  configuration,
  model,
  provider,
  request,
  type StateParts,
  state,
} from "../support/configuration.ts";

interface Case {
  readonly weights?: readonly number[];
  readonly prices?: readonly (string | null)[];
  readonly given?: StateParts;
  readonly members?: Parameters<typeof request>[1];
}

/** The providers of the attempts: `a`, `b`, `c`, with one model each. */
function order(strategy: RoutingStrategy, { weights, prices, given, members }: Case = {}) {
  const ids = ["a", "b", "c"];
  const providers = ids.map((id, i) => {
    const price = prices?.[i] ?? null;
    const pricing =
      price === null
        ? null
        : {
            currency: "USD",
            input_per_million: price,
            output_per_million: price,
            cached_input_per_million: null,
            cache_write_per_million: null,
            request: null,
          };
    return provider(id, [model("gpt", { pricing })], { weight: weights?.[i] ?? 1 });
  });
  const config = configuration({ providers, policy: { default_strategy: strategy } });
  const { attempts } = evaluateRoute(config, request("gpt", members), state(given));
  return attempts.map((attempt) => attempt.provider).join("");
}

/** How often each provider is first in `count` decisions with draws that share out evenly. */
function firsts(strategy: RoutingStrategy, count: number, of: Case = {}) {
  const counts = { a: 0, b: 0, c: 0 };
  for (let turn = 0; turn < count; turn++) {
    const [first] = order(strategy, { ...of, given: { ...of.given, draw: drawOf(turn) } });
    counts[first as keyof typeof counts]++; // one of the three ids
  }
  return counts;
}

describe("RTE-5 strategies", () => {
  test("RTE-5 round_robin and random share out evenly, and failover goes on in order", () => {
    for (const strategy of ["round_robin", "random"] as const) {
      expect(order(strategy, { given: { draw: 0 } })).toBe("abc");
      expect(order(strategy, { given: { draw: 0.34 } })).toBe("bca");
      expect(order(strategy, { given: { draw: 0.99 } })).toBe("cab");
    }
  });

  test("RTE-5 with draws by turn, round_robin gives each its turn", () => {
    const counts = firsts("round_robin", 300);

    for (const count of Object.values(counts)) expect(Math.abs(count - 100)).toBeLessThan(3);
  });

  test("RTE-5 weighted goes by the weights", () => {
    const weights = [5, 3, 2];

    expect(order("weighted", { weights, given: { draw: 0.49 } })[0]).toBe("a");
    expect(order("weighted", { weights, given: { draw: 0.51 } })[0]).toBe("b");
    expect(order("weighted", { weights, given: { draw: 0.81 } })[0]).toBe("c");
    const { a, b, c } = firsts("weighted", 1_000, { weights });
    expect([a, b, c].map((count) => Math.round(count / 10))).toEqual([50, 30, 20]);
  });

  test("RTE-5 weighted puts the others behind it by their weights", () => {
    const weights = [2, 1, 1];

    // 0.25 of 4 falls in the middle of a; what is left of the draw, 0.5, falls between b and c.
    expect(order("weighted", { weights, given: { draw: 0.24 } })).toBe("abc");
    expect(order("weighted", { weights, given: { draw: 0.26 } })).toBe("acb");
  });

  test("RTE-5 the strategies that measure prefer less, and share out what is equal", () => {
    const inFlight = {
      "a/gpt": { inFlight: 3 },
      "b/gpt": { inFlight: 1 },
      "c/gpt": { inFlight: 2 },
    };
    const latencyMs = { "a/gpt": { latencyMs: 90 }, "b/gpt": { latencyMs: 200 } };
    const usage = { "a/gpt": { usage: 0.9 }, "b/gpt": { usage: 0.2 }, "c/gpt": { usage: 0.5 } };

    expect(order("least_connections", { given: { load: inFlight } })).toBe("bca");
    expect(order("lowest_latency", { given: { load: latencyMs } })).toBe("cab");
    expect(order("lowest_usage", { given: { load: usage } })).toBe("bca");
    expect(order("least_connections", { given: { draw: 0.5 } })).toBe("bca");
  });

  test("RTE-5 highest_throughput prefers more", () => {
    const load = { "a/gpt": { throughput: 10 }, "b/gpt": { throughput: 50 } };

    expect(order("highest_throughput", { given: { load } })).toBe("bac");
  });

  test("RTE-5 lowest_cost puts what has no price last", () => {
    expect(order("lowest_cost", { prices: ["2.50", null, "0.15"] })).toBe("cab");
    expect(order("lowest_cost", { prices: [null, null, "9"] })).toBe("cab");
  });

  test("RTE-5 priority goes by the order of the configuration, whatever the draw", () => {
    expect(order("priority", { given: { draw: 0.9 } })).toBe("abc");
  });

  test("RTE-5 power_of_two takes the less loaded of two drawn ones", () => {
    const load = { "a/gpt": { inFlight: 9 }, "b/gpt": { inFlight: 1 }, "c/gpt": { inFlight: 5 } };
    const counts = firsts("power_of_two", 300, { given: { load } });

    expect(counts.a).toBe(0);
    expect(counts.b).toBeGreaterThan(150);
    expect(counts.b + counts.c).toBe(300);
  });

  test("RTE-5 consistent_hash keeps a user at its deployment, whatever the draw", () => {
    for (let i = 0; i < 50; i++) {
      const members = { user: `u${i}` };

      const orders = [0.1, 0.9].map((draw) =>
        order("consistent_hash", { members, given: { draw } }),
      );

      expect(orders[0]).toBe(orders[1]);
    }
  });

  test("RTE-5 consistent_hash moves the users of a deployment that goes, and no others", () => {
    const down = { down: ["b/gpt"] };
    for (let i = 0; i < 200; i++) {
      const members = { user: `u${i}` };
      const before = order("consistent_hash", { members });

      const after = order("consistent_hash", { members, given: down });

      expect(after).toBe(before.replace("b", ""));
    }
  });

  test("RTE-5 consistent_hash keeps the weights", () => {
    const counts = { a: 0, b: 0, c: 0 };
    for (let i = 0; i < 2_000; i++) {
      const given = { weights: [6, 3, 1], members: { tenant: `t${i}` } };
      const strategy = { type: "consistent_hash", hash_on: "tenant", header: null } as const;
      counts[order(strategy, given)[0] as keyof typeof counts]++; // one of the three ids
    }

    expect(counts.a / 2_000).toBeCloseTo(0.6, 1);
    expect(counts.b / 2_000).toBeCloseTo(0.3, 1);
    expect(counts.c / 2_000).toBeCloseTo(0.1, 1);
  });

  test("RTE-5 consistent_hash can hash a header; without the value the draw decides", () => {
    const strategy = { type: "consistent_hash", hash_on: "header", header: "X-Session" } as const;
    const headers = { "x-session": "s1" };

    const stuck = [0.1, 0.9].map((draw) =>
      order(strategy, { members: { headers }, given: { draw } }),
    );
    const free = [0.1, 0.9].map((draw) => order(strategy, { given: { draw } })[0]);

    expect(new Set(stuck).size).toBe(1);
    expect(free).toEqual(["a", "c"]);
  });
});
