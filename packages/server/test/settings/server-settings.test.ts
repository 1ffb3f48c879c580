import { expect, test } from "vitest";
import { loadSettings, type SettingsFlags } from "../../src/settings/load-settings.ts";
import { type ServerSettings, toServerSettings } from "../../src/settings/server-settings.ts";

const AT = { cwd: "/srv", env: { HOME: "/home/ada" }, isTerminal: false, port: undefined };

test("what nobody sets lies in the state folder of the user", async () => {
  const settings = await settingsOf({});

  expect(settings).toEqual({
    httpHost: "127.0.0.1",
    httpPort: 7_420,
    tryNextPorts: false,
    publicUrl: undefined,
    store: { engine: "sqlite", file: "/home/ada/.local/state/llmcfg/server/store.db" },
    rootKey: {
      kind: "local",
      file: "/home/ada/.local/state/llmcfg/server/root.key",
      create: true,
    },
    region: "local",
    readyReads: { maxBytes: 100_000_000, ttlMs: 300_000 },
    metrics: { addr: undefined, auth: "none" },
    mode: "server",
    demoData: false,
    logLevel: "info",
    logFormat: "json",
  });
});

test.each<[string, SettingsFlags, Pick<ServerSettings, "store" | "rootKey">]>([
  [
    "a store without a root key of its own has it beside it",
    { store: { url: "sqlite:data/a.db" } },
    {
      store: { engine: "sqlite", file: "/srv/data/a.db" },
      rootKey: { kind: "local", file: "/srv/data/root.key", create: true },
    },
  ],
  [
    "the root key may lie elsewhere",
    { store: { url: "sqlite:/var/lib/a.db" }, kek: { uri: "local:/etc/keys/root.key" } },
    {
      store: { engine: "sqlite", file: "/var/lib/a.db" },
      rootKey: { kind: "local", file: "/etc/keys/root.key", create: true },
    },
  ],
  [
    "what ends with the process needs no key that stays",
    { store: { url: "memory:" } },
    { store: { engine: "memory" }, rootKey: { kind: "ephemeral" } },
  ],
])("%s", async (_name, flags, expected) => {
  expect(await settingsOf(flags)).toMatchObject(expected);
});

test("the port of a flag takes the place of that of the address", async () => {
  const { settings } = await loadSettings({
    file: undefined,
    env: { LLMCFG_HTTP__ADDR: "[::1]:7420" },
  });

  const { httpHost, httpPort } = toServerSettings(settings, { ...AT, port: 0 });

  expect([httpHost, httpPort]).toEqual(["::1", 0]);
});

test("the log is for people on a terminal, unless a setting says otherwise", async () => {
  const { settings } = await loadSettings({ file: undefined, env: {} });
  const { settings: json } = await loadSettings({
    file: undefined,
    env: { LLMCFG_LOG__FORMAT: "json" },
  });

  const onTerminal = { ...AT, isTerminal: true };

  expect(toServerSettings(settings, onTerminal).logFormat).toBe("pretty");
  expect(toServerSettings(json, onTerminal).logFormat).toBe("json");
});

async function settingsOf(flags: SettingsFlags): Promise<ServerSettings> {
  const { settings } = await loadSettings({ file: undefined, env: {}, flags });
  return toServerSettings(settings, AT);
}
