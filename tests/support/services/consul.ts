import {
  announce,
  type Endpoint,
  executable,
  freePort,
  namedUrl,
  startServer,
} from "../endpoints.ts";
import { FakeConsul } from "./fake-consul.ts";

/** A Consul agent in development mode: everybody may read and write. */
export interface Consul extends Endpoint {
  put(key: string, value: string): Promise<void>;
  /** The key, or all keys below it where it ends with a slash. */
  remove(key: string): Promise<void>;
}

/** One that is named, else one that is installed, else a fake of the part of it that is used. */
export async function startConsul(): Promise<Consul> {
  const named = namedUrl("consul");
  const file = executable("consul");
  await using owned = new AsyncDisposableStack();
  const isReal = named !== undefined || file !== undefined;
  const url = named ?? (file === undefined ? await startFake(owned) : await start(file, owned));
  const stop = owned.move();
  const consul = consulAt(url, isReal, () => stop.disposeAsync());
  announce(consul, isReal ? `consul ${await versionOf(url)}` : "no executable");
  return consul;
}

async function startFake(owned: AsyncDisposableStack): Promise<string> {
  const fake = owned.use(await FakeConsul.start());
  return fake.url;
}

async function start(file: string, owned: AsyncDisposableStack): Promise<string> {
  const ports = await Promise.all([freePort(), freePort(), freePort()]);
  const [http, server, serf] = ports.map(String);
  const url = `http://127.0.0.1:${http}`;
  owned.use(
    await startServer({
      file,
      args: [
        ["agent", "-dev", "-node", "n1", "-bind", "127.0.0.1", "-client", "127.0.0.1"],
        ["-http-port", http ?? "", "-server-port", server ?? ""],
        ["-serf-lan-port", serf ?? "", "-serf-wan-port", "-1"],
        ["-dns-port", "-1", "-grpc-port", "-1", "-grpc-tls-port", "-1"],
        ["-log-level", "warn", "-hcl", "disable_update_check = true"],
      ].flat(),
      ready: async () => {
        await write(`${url}/v1/kv/ready`, { method: "PUT", body: "yes" });
      },
    }),
  );
  return url;
}

async function versionOf(url: string): Promise<string> {
  const answer = await fetch(`${url}/v1/agent/self`);
  const { Config } = (await answer.json()) as { readonly Config: { readonly Version: string } }; // its API says so
  return Config.Version;
}

function consulAt(url: string, isReal: boolean, stop: () => Promise<void>): Consul {
  return {
    name: "consul",
    isReal,
    url,
    put: async (key, value) => await write(`${url}/v1/kv/${key}`, { method: "PUT", body: value }),
    remove: async (key) => {
      const query = key.endsWith("/") ? "?recurse" : "";
      await write(`${url}/v1/kv/${key}${query}`, { method: "DELETE" });
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function write(url: string, request: RequestInit): Promise<void> {
  const answer = await fetch(url, request);
  const text = await answer.text();
  if (text.trim() !== "true") throw new Error(`${url} answered ${answer.status}: ${text}`);
}
