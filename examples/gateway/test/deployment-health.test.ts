import type { Snapshot } from "@llmcfg/config";
import { defaultGatewayConfig, type GatewayConfig } from "@llmcfg/gateway";
import { expect, test } from "vitest";
import { type CallEnd, DeploymentHealth } from "../src/gateway/deployment-health.ts";

type Breaker = Partial<GatewayConfig["resilience"]["circuit_breaker"]>;

/** One provider `p` with every model, and a clock that stands still. */
class Scene {
  #nowMs = Date.parse("2026-11-22T10:00:00Z");
  readonly #health = new DeploymentHealth(() => this.#nowMs);
  readonly #snapshot: Snapshot<GatewayConfig>;

  constructor(breaker: Breaker = {}) {
    this.#snapshot = snapshotWith(breaker);
  }

  wait(ms: number): void {
    this.#nowMs += ms;
  }

  get state(): string {
    return this.#health.routeState(this.#snapshot, "m").health("p", "m");
  }

  get load() {
    return this.#health.routeState(this.#snapshot, "m").load("p", "m");
  }

  draw(model: string): number {
    return this.#health.routeState(this.#snapshot, model).draw;
  }

  begin() {
    return this.#health.begin(this.#snapshot, "p", "m");
  }

  call(...ends: readonly CallEnd["type"][]): void {
    for (const type of ends) {
      this.begin().end(type === "rate_limited" ? { type, retryAfterMs: undefined } : { type });
    }
  }
}

/** With a provider that has every model, and no more than the breaker reads. */
function snapshotWith(breaker: Breaker): Snapshot<GatewayConfig> {
  const defaults = defaultGatewayConfig();
  const { resilience } = defaults;
  const circuit_breaker = { ...resilience.circuit_breaker, consecutive_failures: 2, ...breaker };
  const models = [{ id: "*", aliases: [], timeouts: {} }];
  const provider = {
    id: "p",
    models,
    timeouts: {},
    retry_policy: {},
    circuit_breaker: {},
    health_check: {},
    rate_limits: {},
  };
  const config = {
    ...defaults,
    resilience: { ...resilience, circuit_breaker },
    providers: [provider] as unknown as GatewayConfig["providers"], // what policiesFor reads of it
  };
  return { config, version: 1, label: "1.0.0", checksum: "", acceptedAt: new Date(0) };
}

test("failures in a row open the breaker, an answer between them begins the count anew", () => {
  const scene = new Scene();

  scene.call("failed", "answered", "failed");
  expect(scene.state).toBe("up");
  scene.call("failed");

  expect(scene.state).toBe("down");
});

test("after its time one call is let through, the others are not", () => {
  const scene = new Scene();
  scene.call("failed", "failed");

  scene.wait(29_999);
  expect(scene.state).toBe("down");
  scene.wait(1);
  expect(scene.state).toBe("probing");
  scene.begin();

  expect(scene.state).toBe("down");
});

test("a probe that is answered closes the breaker", () => {
  const scene = new Scene();
  scene.call("failed", "failed");
  scene.wait(30_000);

  scene.call("answered");

  expect(scene.state).toBe("up");
});

test("each probe that fails doubles the wait, up to max_open_duration", () => {
  const scene = new Scene();
  const waits: number[] = [];
  scene.call("failed", "failed");

  for (let i = 0; i < 6; i++) {
    let waited = 0;
    while (scene.state === "down") {
      scene.wait(1_000);
      waited += 1_000;
    }
    waits.push(waited);
    scene.call("failed");
  }

  expect(waits).toEqual([30_000, 60_000, 120_000, 240_000, 300_000, 300_000]);
});

test("a call that ends without fault of the provider changes nothing", () => {
  const scene = new Scene();

  scene.call("failed", "no_fault", "failed");

  expect(scene.state).toBe("down");
});

test("null failures in a row, and a breaker that is off, never open", () => {
  for (const breaker of [{ consecutive_failures: null }, { enabled: false }]) {
    const scene = new Scene(breaker);

    scene.call("failed", "failed", "failed", "failed", "failed", "failed");

    expect(scene.state).toBe("up");
  }
});

test("429 cools down for as long as the provider asks, or counts, or is ignored", () => {
  const cooling = new Scene();
  cooling.begin().end({ type: "rate_limited", retryAfterMs: 5_000 });
  expect(cooling.state).toBe("down");
  cooling.wait(5_000);
  expect(cooling.state).toBe("up");

  const counting = new Scene({ rate_limited_action: "count" });
  counting.call("rate_limited", "rate_limited");
  expect(counting.state).toBe("down");

  const ignoring = new Scene({ rate_limited_action: "ignore" });
  ignoring.call("rate_limited", "rate_limited", "rate_limited");
  expect(ignoring.state).toBe("up");
});

test("calls in flight are counted, and the time to the first byte is smoothed", () => {
  const scene = new Scene();
  const first = scene.begin();
  scene.wait(100);
  first.firstByte();
  const second = scene.begin();
  expect(scene.load).toMatchObject({ inFlight: 2, latencyMs: 100 });

  scene.wait(200);
  second.firstByte();
  second.end({ type: "answered" });

  expect(scene.load).toMatchObject({ inFlight: 1, latencyMs: 120 });
});

test("each model takes turns of its own", () => {
  const scene = new Scene();

  const draws = [scene.draw("a"), scene.draw("b"), scene.draw("a")];

  expect(draws[0]).toBe(draws[1]);
  expect(draws[2]).not.toBe(draws[0]);
});
