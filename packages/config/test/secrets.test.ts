import {
  ConfigError,
  ConfigLoader,
  ConfigValidator,
  createManager,
  type Json,
  ReloadVeto,
  type SecretsManager,
} from "@llmcfg/config";
import {
  cached,
  createSecretMaterial,
  createSecretsManager,
  environmentSecrets,
  type SecretMaterial,
  type SecretReadOptions,
} from "@llmcfg/config/secrets";
import { expect, test } from "vitest";
import { Duration } from "../src/index.ts";
import { gatewaySchema } from "./support/gateway-schema.ts";
import { load } from "./support/load.ts";
import { ManualClock } from "./support/manual-clock.ts";
import { MemorySource } from "./support/memory-source.ts";

test("SM-5 environment secrets are upper-case names with a prefix", async () => {
  const manager = environmentSecrets({ prefix: "APP_", variables: { APP_LLM_OPENAI_KEY: "sk-1" } });

  using material = await manager.getSecret("llm/openai-key");

  expect(textOf(material)).toBe("sk-1");
  await expect(manager.getSecret("llm/none")).rejects.toThrow(
    "Environment variable not found: APP_LLM_NONE",
  );
});

test("SM-5 the block's manager looks where the environment of the loader does", async () => {
  const document = {
    secrets: { backend: "environment", prefix: "APP_" },
    providers: [{ id: "a", key: "${secret:llm/openai-key}" }],
  };

  const { config } = await load({ document, variables: { APP_LLM_OPENAI_KEY: "sk-1" } });

  expect(await config.providers[0]?.key?.reveal()).toBe("sk-1");
});

test("SM-5 a key reads one member of JSON, and versions are refused", async () => {
  const manager = environmentSecrets({ variables: { DB: '{"user":"ada","port":5432}', RAW: "x" } });

  expect(textOf(await manager.getSecret("db", { key: "user" }))).toBe("ada");
  expect(textOf(await manager.getSecret("db", { key: "port" }))).toBe("5432");
  await expect(manager.getSecret("db", { key: "none" })).rejects.toThrow('no member "none"');
  await expect(manager.getSecret("raw", { key: "a" })).rejects.toThrow('no member "a"');
  await expect(manager.getSecret("db", { version: "2" })).rejects.toThrow("has no versions");
});

test("SM-9 getSecrets answers for each path: one failure does not hide the others", async () => {
  const manager = cached(environmentSecrets({ variables: { A: "1" } }));

  const results = await manager.getSecrets(["a", "b", "a"]);

  expect([...results.keys()]).toEqual(["a", "b"]);
  expect(textOf(results.get("a") as SecretMaterial)).toBe("1");
  expect(results.get("b")).toBeInstanceOf(Error);
});

test("SM-7 a cached value is used until its time is over, by key and version", async () => {
  const backend = new Backend();
  const { manager, clock } = cachedOver(backend);

  await reveal(manager, "a");
  await reveal(manager, "a");
  await manager.getSecret("a", { version: "2" });
  clock.advance(299_999);
  await reveal(manager, "a");
  clock.advance(1);
  const later = await reveal(manager, "a");

  expect(backend.asked).toEqual(["a", "a@2", "a"]);
  expect(later).toBe("a-2");
});

test("SM-9 of many who ask at the same time, one asks the backend, and each gets bytes of its own", async () => {
  const backend = new Backend();
  const { manager } = cachedOver(backend);

  const all = await Promise.all(Array.from({ length: 50 }, () => manager.getSecret("a")));
  all[0]?.[Symbol.dispose]();

  expect(backend.asked).toEqual(["a"]);
  expect(textOf(all[0] as SecretMaterial)).toBe("\0\0\0");
  expect(all.slice(1).every((material) => textOf(material) === "a-1")).toBe(true);
});

test("SM-9 who gives up leaves the others their answer", async () => {
  const backend = new Backend();
  const { manager } = cachedOver(backend);
  const gate = backend.hold();
  const giving = new AbortController();

  const impatient = manager.getSecret("a", { signal: giving.signal }).catch((e: unknown) => e);
  const patient = manager.getSecret("a");
  giving.abort();
  gate.resolve();

  expect(await impatient).toMatchObject({ name: "AbortError" });
  expect(textOf(await patient)).toBe("a-1");
  expect(backend.asked).toEqual(["a"]);
});

test("SM-9 a failure is repeated for a short time, then the backend is asked again", async () => {
  const backend = new Backend();
  const { manager, clock } = cachedOver(backend);
  backend.failure = new Error("sealed");

  await expect(manager.getSecret("a")).rejects.toThrow("sealed");
  await expect(manager.getSecret("a")).rejects.toThrow("sealed");
  backend.failure = undefined;
  clock.advance(10_000);

  expect(await reveal(manager, "a")).toBe("a-2");
  expect(backend.asked).toEqual(["a", "a"]);
});

test("SM-9 an expired value is used while the backend is away, but not for ever", async () => {
  const backend = new Backend();
  const { manager, clock } = cachedOver(backend);
  await reveal(manager, "a");
  backend.failure = new Error("away");

  clock.advance(300_000);
  const stale = await reveal(manager, "a");
  clock.advance(3_600_000);

  expect(stale).toBe("a-1");
  await expect(manager.getSecret("a")).rejects.toThrow("away");
});

test("SM-8 SM-11 refresh empties the cache, of some paths or of all, and bypassing asks at once", async () => {
  const backend = new Backend();
  const { manager } = cachedOver(backend);
  await Promise.all([reveal(manager, "a"), reveal(manager, "b")]);

  await manager.refresh(["a"]);
  await Promise.all([reveal(manager, "a"), reveal(manager, "b")]);
  await manager.getSecret("b", { bypassCache: true });
  await manager.refresh();
  await reveal(manager, "b");

  expect(backend.asked).toEqual(["a", "b", "a", "b", "b"]);
  expect(backend.refreshed).toEqual([["a"], undefined]);
});

test("SM-9 an answer that was under way when the cache was emptied is not remembered", async () => {
  const backend = new Backend();
  const { manager } = cachedOver(backend);
  const gate = backend.hold();

  const early = manager.getSecret("a");
  await manager.refresh();
  gate.resolve();
  await early;
  await reveal(manager, "a");

  expect(backend.asked).toEqual(["a", "a"]);
});

test("SM-9 the backend sees no more requests at once than the limit, and every one in the end", async () => {
  const backend = new Backend();
  const manager = cached(backend, { maxConcurrency: 3 });

  await Promise.all(Array.from({ length: 20 }, (_, i) => reveal(manager, `s${i}`)));

  expect(backend.mostAtOnce).toBe(3);
  expect(backend.asked).toHaveLength(20);
});

test("SM-9 a lifetime that the backend gives is kept, and jitter only shortens", async () => {
  const backend = new Backend();
  const clock = new ManualClock();
  const manager = cached(backend, {
    clock,
    jitter: 0.5,
    random: () => 1,
    ttl: Duration.parse("100s"),
  });
  backend.expiresAt = (path) => (path === "short" ? new Date(clock.now() + 10_000) : undefined);

  await Promise.all([reveal(manager, "short"), reveal(manager, "long")]);
  clock.advance(10_000);
  await Promise.all([reveal(manager, "short"), reveal(manager, "long")]);
  clock.advance(40_000);
  await reveal(manager, "long");

  expect(backend.asked).toEqual(["short", "long", "short", "long"]);
});

test("SM-12 a block for a backend that is not supported fails at construction", async () => {
  const making = createSecretsManager({ backend: "conjur", address: "https://c.test" });

  await expect(making).rejects.toMatchObject({ code: "unsupported_backend" });
});

test("SEC-1 SEC-9 a reference becomes a handle, and each distinct one is asked for once", async () => {
  const backend = new Backend();
  const loader = loaderWith({
    a: "${secret:llm/key}",
    b: "${secret:llm/key}",
    c: "${secret:other}",
  }).withSecretsManager(backend);

  const { config, document } = await loader.load();

  expect(backend.asked.toSorted()).toEqual(["llm/key", "other"]);
  expect(config.providers.map(({ key }) => key?.reference)).toEqual([
    "${secret:llm/key}",
    "${secret:llm/key}",
    "${secret:other}",
  ]);
  expect(config.providers[0]?.key).toBe(config.providers[1]?.key);
  expect(await config.providers[0]?.key?.reveal()).toBe("llm/key-1");
  expect(JSON.stringify([document, config])).not.toContain("-1");
});

test("SEC-5 a reference that nobody answers for is an error, also when secrets are not resolved", async () => {
  const without = loaderWith({ a: "${secret:x}" });
  const unknown = loaderWith({ a: "${secret://vualt/x}" }).withSecretsManager(new Backend(), {
    backend: "vault",
  });

  for (const loader of [without, unknown]) {
    const error = await loader.load({ resolveSecrets: false }).catch((e: unknown) => e);

    expect(error).toMatchObject({
      report: { errors: [{ code: "unresolvable_reference", path: "providers[a].key" }] },
    });
  }
});

test("SEC-8 SEC-9 all secrets that cannot be resolved are reported, by path and reference", async () => {
  const backend = new Backend();
  backend.failure = new Error("the value is sk-canary");
  const loader = loaderWith({ a: "${secret:x}", b: "${secret:y}" }).withSecretsManager(backend);

  const error = await loader.load().catch((e: unknown) => e);

  expect(error).toMatchObject({
    report: {
      errors: [
        {
          code: "secret_unavailable",
          path: "providers[a].key",
          message: "${secret:x} cannot be resolved",
        },
        {
          code: "secret_unavailable",
          path: "providers[b].key",
          message: "${secret:y} cannot be resolved",
        },
      ],
    },
  });
  expect(JSON.stringify(error)).not.toContain("sk-canary");
});

test("SEC-11 what a secret stands for is checked by the rule of its field, which is named, not the value", async () => {
  const backend = new Backend();
  backend.valueOf = () => "sk";
  const loader = loaderWith({ a: "${secret:x}" }).withSecretsManager(backend);

  const error = await loader.load().catch((e: unknown) => e);

  expect(error).toMatchObject({
    report: {
      errors: [
        {
          code: "invalid_secret",
          path: "providers[a].key",
          message: "what ${secret:x} stands for is not right: fewer than 3 bytes",
        },
      ],
    },
  });
});

test("SEC-11 a URL behind a handle is checked as a URL in the document is", async () => {
  const backend = new Backend();
  backend.valueOf = () => "http://plain.test/";
  const document = { providers: [{ id: "a", endpoint: "${secret:url}" }] };
  const loader = new ConfigLoader(gatewaySchema)
    .addSource(new MemorySource(document))
    .withSecretsManager(backend);

  const error = await loader.load().catch((e: unknown) => e);

  expect(error).toMatchObject({ report: { errors: [{ path: "providers[a].endpoint" }] } });
});

test("SEC-12 an invalid candidate asks no backend", async () => {
  const backend = new Backend();
  const document = { server: { port: 0 }, providers: [{ id: "a", key: "${secret:x}" }] };
  const loader = new ConfigLoader(gatewaySchema)
    .addSource(new MemorySource(document))
    .withSecretsManager(backend);

  await expect(loader.load()).rejects.toThrow("server.port");

  expect(backend.asked).toEqual([]);
});

test("BOOT-3 secrets can be left unresolved", async () => {
  const backend = new Backend();

  const { config } = await loaderWith({ a: "${secret:x}" })
    .withSecretsManager(backend)
    .load({ resolveSecrets: false });

  expect(backend.asked).toEqual([]);
  expect(await config.providers[0]?.key?.reveal()).toBe("x-1");
});

test("LCS-5 a source's manager answers under its kind, and by default if there is no other", async () => {
  const secrets = new Backend();
  const source = new MemorySource(
    {
      providers: [
        { id: "a", key: "${secret://llmcfg/one}" },
        { id: "b", key: "${secret:two}" },
      ],
    },
    { secrets },
  );

  await new ConfigLoader(gatewaySchema).addSource(source).load();

  expect(secrets.asked.toSorted()).toEqual(["one", "two"]);
});

test("SEC-7 the secrets block chooses the default manager; one handed over in code takes its place", async () => {
  const document = {
    secrets: { backend: "environment", prefix: "APP_" },
    providers: [{ id: "a", key: "${secret:k-1}" }],
  };
  process.env["APP_K_1"] = "from-block";
  const backend = new Backend();

  try {
    const block = await new ConfigLoader(gatewaySchema)
      .addSource(new MemorySource(document))
      .load();
    const code = await new ConfigLoader(gatewaySchema)
      .addSource(new MemorySource(document))
      .withSecretsManager(backend)
      .load();

    expect(await block.config.providers[0]?.key?.reveal()).toBe("from-block");
    expect(await code.config.providers[0]?.key?.reveal()).toBe("k-1-1");
  } finally {
    delete process.env["APP_K_1"];
  }
});

test("SM-9 a secret that is gone is gone: an old value stands for a backend that is away alone", async () => {
  const backend = new Backend();
  const { manager, clock } = cachedOver(backend);
  expect(await reveal(manager, "a")).toBe("a-1");

  clock.advance(Duration.parse("6m").ms);
  backend.failure = new ConfigError("secret_not_found", "there is no a");
  const gone = reveal(manager, "a");

  await expect(gone).rejects.toMatchObject({ code: "secret_not_found" });
  clock.advance(Duration.parse("11s").ms);
  backend.failure = new Error("connection refused");
  await expect(reveal(manager, "a")).rejects.toThrow("connection refused");
});

test.each(["secret_denied", "login_refused"])(
  "SM-9 a backend that answers with %s is not away: no old value stands for it, nor later",
  async (code) => {
    const backend = new Backend();
    const { manager, clock } = cachedOver(backend);
    await reveal(manager, "a");

    clock.advance(Duration.parse("6m").ms);
    backend.failure = new ConfigError(code, "no right to it any more");
    const denied = reveal(manager, "a");

    await expect(denied).rejects.toMatchObject({ code });
    clock.advance(Duration.parse("11s").ms);
    backend.failure = new Error("connection refused");
    await expect(reveal(manager, "a")).rejects.toThrow("connection refused");
  },
);

test("SM-9 when all have done with a secret, and the manager has ended, no copy of it is left", async () => {
  const backend = new Backend();
  const { manager } = cachedOver(backend);
  using copies = copiesOfBytes();
  const gate = backend.hold();
  const giving = new AbortController();

  const asked = Array.from({ length: 5 }, () => manager.getSecret("a"));
  const impatient = manager.getSecret("a", { signal: giving.signal }).catch(() => {});
  giving.abort();
  gate.resolve();
  const materials = await Promise.all(asked);
  await impatient;
  const texts = materials.map(textOf);
  for (const material of materials) material[Symbol.dispose]();
  await manager[Symbol.asyncDispose]();
  await new Promise((resolve) => setImmediate(resolve));

  expect(texts).toEqual(materials.map(() => "a-1"));
  expect(copies.made.length).toBeGreaterThan(materials.length);
  expect(copies.made.filter((bytes) => bytes.some((byte) => byte !== 0))).toEqual([]);
});

test("SM-9 emptying the cache takes nothing from those who just got their answer", async () => {
  const answered = {
    bytes: new TextEncoder().encode("a-1"),
    [Symbol.dispose]: () => void manager.refresh(), // right after it is remembered
  };
  const backend = new Backend();
  backend.getSecret = () => Promise.resolve(answered);
  const manager = cached(backend);

  const material = await manager.getSecret("a");

  expect(textOf(material)).toBe("a-1");
});

test("TXN-1 SEC-6 until a candidate is accepted, what runs asks the backend it was accepted with", async () => {
  await using switched = await switchable();
  const { manager, source } = switched;
  const rotations: unknown[] = [];
  manager.events.addEventListener("secret_rotated", (event) => rotations.push(event));
  const running = () => manager.current().providers[0]?.key?.reveal();
  const before = await running();
  const seen: (string | undefined)[] = [];
  manager.addParticipant({
    name: "pool",
    prepare: async ({ config }) => {
      seen.push(await config.providers[0]?.key?.reveal());
      seen.push(await elsewhere());
      throw new ReloadVeto("not now");
    },
  });
  const asked = Promise.withResolvers<void>();
  const told = asked.promise.then(running);
  const elsewhere = () => {
    asked.resolve();
    return told; // asked by what runs: outside the reload
  };

  source.put(documentOf("TWO_"));
  const { status } = await manager.reload();

  expect([before, ...seen]).toEqual(["sk-one", "sk-two", "sk-one"]);
  expect([status, await running(), rotations]).toEqual(["rejected", "sk-one", []]);
});

test("SEC-7 SM-10 once it is accepted, its backend answers for all, which is a rotation", async () => {
  await using switched = await switchable();
  const { manager, source } = switched;
  const key = manager.current().providers[0]?.key;
  await key?.reveal();

  source.put(documentOf("TWO_"));
  const { status } = await manager.reload();

  expect([status, await key?.reveal(), key?.secretVersion]).toEqual(["applied", "sk-two", 2]);
});

test("SM-10 a value that changed raises the version, tells listeners and keeps the old one until they are done", async () => {
  const backend = new Backend();
  const { config } = await loaderWith({ a: "${secret:x}" }).withSecretsManager(backend).load();
  const key = config.providers[0]?.key;
  const heard = Promise.withResolvers<string>();
  const done = Promise.withResolvers<void>();
  key?.onRotate(async (ref) => {
    heard.resolve(`${ref.secretVersion} ${await ref.previous?.reveal()}`);
    await done.promise;
  });

  const refreshed = await key?.reveal({ refresh: true });

  expect(refreshed).toBe("x-2");
  expect(await heard.promise).toBe("2 x-1");
  expect(key?.previous?.secretVersion).toBe(1);
  done.resolve();
  await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  expect(key?.previous).toBeUndefined();
});

test("SM-9 a backend that answers with a Buffer shares no memory with what is kept or lent", async () => {
  const backend = new Backend();
  backend.getSecret = async () => {
    const bytes = Buffer.from("sk-one");
    return { bytes, [Symbol.dispose]: () => bytes.fill(0) };
  };
  const { config } = await loaderWith({ a: "${secret:x}" }).withSecretsManager(backend).load();
  const key = config.providers[0]?.key;

  const revealed = [await key?.reveal(), await key?.reveal(), await key?.reveal({ refresh: true })];

  expect([revealed, key?.secretVersion]).toEqual([["sk-one", "sk-one", "sk-one"], 1]);
});

/** Answers with the path and how often it was asked for it. */
class Backend implements SecretsManager {
  readonly kind = "test";
  readonly asked: string[] = [];
  readonly refreshed: (readonly string[] | undefined)[] = [];
  failure: Error | undefined;
  valueOf: ((path: string) => string) | undefined;
  expiresAt: (path: string) => Date | undefined = () => undefined;
  mostAtOnce = 0;
  #atOnce = 0;
  #gate: Promise<void> = Promise.resolve();

  hold(): { readonly resolve: () => void } {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    return { resolve };
  }

  async getSecret(path: string, options: SecretReadOptions = {}): Promise<SecretMaterial> {
    this.asked.push(options.version === undefined ? path : `${path}@${options.version}`);
    const count = this.asked.filter((asked) => asked === path).length;
    this.#atOnce++;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
    await this.#gate;
    await new Promise((resolve) => setImmediate(resolve));
    this.#atOnce--;
    if (this.failure !== undefined) throw this.failure;
    const text = this.valueOf?.(path) ?? `${path}-${count}`;
    return createSecretMaterial(new TextEncoder().encode(text), {
      expiresAt: this.expiresAt(path),
    });
  }

  async getSecrets(): Promise<ReadonlyMap<string, SecretMaterial | Error>> {
    return new Map();
  }

  async refresh(paths?: readonly string[]): Promise<void> {
    this.refreshed.push(paths);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Every copy of bytes that is made from now on, until it is disposed. */
function copiesOfBytes(): Disposable & { readonly made: readonly Uint8Array[] } {
  const made: Uint8Array[] = [];
  const copyOf = (items: Uint8Array) => {
    const copy = new Uint8Array(items);
    made.push(copy);
    return copy;
  };
  Uint8Array.from = copyOf as typeof Uint8Array.from; // the only form that the library uses
  return { made, [Symbol.dispose]: () => void Reflect.deleteProperty(Uint8Array, "from") }; // inherited
}

function cachedOver(backend: Backend): {
  readonly manager: SecretsManager;
  readonly clock: ManualClock;
} {
  const clock = new ManualClock();
  return { clock, manager: cached(backend, { clock, jitter: 0 }) };
}

async function reveal(manager: SecretsManager, path: string): Promise<string> {
  using material = await manager.getSecret(path);
  return textOf(material);
}

function textOf({ bytes }: SecretMaterial): string {
  return new TextDecoder().decode(bytes);
}

function loaderWith(keys: Readonly<Record<string, string>>) {
  const providers: Json = Object.entries(keys).map(([id, key]) => ({ id, key }));
  return new ConfigLoader(gatewaySchema).addSource(new MemorySource({ providers }));
}

function documentOf(prefix: string): Json {
  return {
    secrets: { backend: "environment", prefix },
    providers: [{ id: "a", key: "${secret:k}" }],
  };
}

/** A manager whose `secrets` block can be changed from one backend to another. */
async function switchable() {
  Object.assign(process.env, { ONE_K: "sk-one", TWO_K: "sk-two" });
  const source = new MemorySource(documentOf("ONE_"));
  const manager = await createManager({
    loader: new ConfigLoader(gatewaySchema).addSource(source),
    validator: new ConfigValidator(gatewaySchema),
  });
  return {
    source,
    manager,
    [Symbol.asyncDispose]: async () => {
      await manager.stop();
      for (const name of ["ONE_K", "TWO_K"]) delete process.env[name];
    },
  };
}
