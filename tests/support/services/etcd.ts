import {
  announce,
  type Endpoint,
  executable,
  freePort,
  namedUrl,
  startServer,
  workFolder,
} from "../endpoints.ts";

/** An etcd without users, of one member. */
export interface Etcd extends Endpoint {
  /** @returns the answer of the JSON gateway; throws for any status but 200 */
  call(path: string, body: unknown): Promise<unknown>;
  put(key: string, value: string): Promise<void>;
  /** The key, or all keys below it where it ends with a slash. */
  remove(key: string): Promise<void>;
}

/** One that is named, else one that is installed. There is no fake. */
export async function startEtcd(): Promise<Etcd> {
  await using owned = new AsyncDisposableStack();
  const url = namedUrl("etcd") ?? (await start(owned));
  const version = await fetch(`${url}/version`);
  const { etcdserver } = (await version.json()) as { readonly etcdserver: string }; // its API says so
  const stop = owned.move();
  const etcd = new RealEtcd(url, () => stop.disposeAsync());
  announce(etcd, `etcd ${etcdserver}`);
  return etcd;
}

async function start(owned: AsyncDisposableStack): Promise<string> {
  const file = executable("etcd");
  if (file === undefined) throw new Error("there is no etcd: tools/services/install.sh etcd");
  const folder = owned.use(await workFolder("etcd"));
  const url = `http://127.0.0.1:${await freePort()}`;
  const peer = `http://127.0.0.1:${await freePort()}`;
  const server = await startServer({
    file,
    args: [
      ["--data-dir", folder.path],
      ["--listen-client-urls", url],
      ["--advertise-client-urls", url],
      ["--listen-peer-urls", peer],
      ["--initial-advertise-peer-urls", peer],
      ["--initial-cluster", `default=${peer}`],
      ["--log-level", "error"],
    ].flat(),
    ready: async () => {
      const { ok } = await fetch(`${url}/health`);
      if (!ok) throw new Error("etcd is not healthy yet");
    },
  });
  owned.use(server);
  return url;
}

class RealEtcd implements Etcd {
  readonly name = "etcd";
  readonly isReal = true;
  readonly url: string;
  readonly #stop: () => Promise<void>;

  constructor(url: string, stop: () => Promise<void>) {
    this.url = url;
    this.#stop = stop;
  }

  async call(path: string, body: unknown): Promise<unknown> {
    const answer = await fetch(`${this.url}${path}`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text}`);
    return JSON.parse(text);
  }

  async put(key: string, value: string): Promise<void> {
    await this.call("/v3/kv/put", { key: base64(key), value: base64(value) });
  }

  async remove(key: string): Promise<void> {
    const isFolder = key.endsWith("/");
    const range = isFolder ? { range_end: base64(`${key.slice(0, -1)}0`) } : {}; // 0 comes after /
    await this.call("/v3/kv/deleterange", { key: base64(key), ...range });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
