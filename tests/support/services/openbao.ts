import { isJsonObject, type Json, type JsonObject, parseJson } from "@llmcfg/core";
import {
  announce,
  type Endpoint,
  executable,
  freePort,
  namedUrl,
  startServer,
  workFolder,
} from "../endpoints.ts";

/** An OpenBao server in development mode: unsealed, `secret/` is a key-value engine, version 2. */
export interface OpenBao extends Endpoint {
  readonly rootToken: string;
  /** @returns the answer's body; throws for any status but 200 and 204 */
  call(method: string, path: string, body?: Json, as?: CallerOfBao): Promise<JsonObject>;
}

export interface CallerOfBao {
  readonly token?: string;
  readonly namespace?: string;
}

const ROOT_TOKEN = "root";

/** Nothing where there is no OpenBao: neither named nor installed. */
export async function openBao(): Promise<OpenBao | undefined> {
  const named = namedUrl("openbao");
  const file = executable("bao");
  if (named === undefined && file === undefined) return undefined;
  await using owned = new AsyncDisposableStack();
  const url = named ?? (await start(file ?? "", owned));
  const rootToken = process.env["LLMCFG_TEST_OPENBAO_TOKEN"] ?? ROOT_TOKEN;
  const caller: OpenBao["call"] = (method, path, body, as = {}) =>
    call(new URL(`/v1/${path}`, url), { method, body, ...as, token: as.token ?? rootToken });
  const { version } = await caller("GET", "sys/health");
  const stop = owned.move();
  const bao: OpenBao = {
    name: "openbao",
    isReal: true,
    url,
    rootToken,
    call: caller,
    [Symbol.asyncDispose]: () => stop.disposeAsync(),
  };
  announce(bao, `openbao ${typeof version === "string" ? version : ""}`);
  return bao;
}

async function start(file: string, owned: AsyncDisposableStack): Promise<string> {
  const folder = owned.use(await workFolder("openbao"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = await startServer({
    file,
    args: [
      "server",
      "-dev",
      `-dev-root-token-id=${ROOT_TOKEN}`,
      "-dev-no-store-token",
      `-dev-listen-address=127.0.0.1:${port}`,
    ],
    env: { HOME: folder.path },
    ready: async () => {
      const { ok } = await fetch(`${url}/v1/sys/health`);
      if (!ok) throw new Error("it is not ready");
    },
  });
  owned.use(server);
  return url;
}

async function call(
  url: URL,
  {
    method,
    body,
    token,
    namespace,
  }: CallerOfBao & { readonly method: string; readonly body: Json | undefined },
): Promise<JsonObject> {
  const answer = await fetch(url, {
    method,
    headers: {
      ...(token === undefined ? {} : { "x-vault-token": token }),
      ...(namespace === undefined ? {} : { "x-vault-namespace": namespace }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url.pathname}: ${answer.status} ${text}`);
  const parsed = text === "" ? {} : parseJson(text);
  if (!isJsonObject(parsed)) throw new TypeError(`${url.pathname} answered no object`);
  return parsed;
}
