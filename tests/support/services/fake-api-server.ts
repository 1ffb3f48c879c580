/**
 * A contract FAKE of the Kubernetes API server: objects in namespaces, list and watch with versions,
 * bookmarks and expiry, tokens, and as much of RBAC as roles over named objects need.
 *
 * @module
 */

import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { TLSSocket } from "node:tls";
import { parse } from "yaml";
import { FakeObjects, type StoredObject, type Watcher } from "./fake-cluster-objects.ts";
import { isAllowed, type RbacQuestion, rulesFor } from "./fake-cluster-rbac.ts";
import { CLIENT_CERTIFICATE, SERVER_CERTIFICATE, SERVER_KEY } from "./kubernetes-certificates.ts";

export const ADMIN_TOKEN = "admintoken";

/** How long before its end a watch tells how far it has come, as a real server does. */
const BOOKMARK_SECONDS = 2;

interface Call {
  readonly verb: string;
  readonly url: URL;
  /** Path without a name: `/api/v1/namespaces/default/configmaps`. */
  readonly collection: string;
  readonly name: string | undefined;
  readonly isToken: boolean;
}

export class FakeApiServer implements AsyncDisposable {
  readonly ca = SERVER_CERTIFICATE;
  readonly objects = new FakeObjects();
  /** What was asked, in order. */
  readonly calls: Call[] = [];
  /** Statuses that answer the next requests in place of what they ask for. */
  readonly failures: number[] = [];
  /** How an expired version is answered: by a status, or by an event of a watch that began. */
  expiry: "status" | "event" = "event";
  readonly #server: Server;
  #port = 0;

  private constructor() {
    this.#server = createServer(
      {
        cert: SERVER_CERTIFICATE,
        key: SERVER_KEY,
        ca: CLIENT_CERTIFICATE,
        requestCert: true,
        rejectUnauthorized: false,
      },
      (request, response) => void this.#answer(request, response),
    );
  }

  static async open(): Promise<FakeApiServer> {
    const fake = new FakeApiServer();
    await fake.comeBack();
    return fake;
  }

  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  get watches(): readonly Call[] {
    return this.calls.filter(({ verb }) => verb === "watch");
  }

  /** Nobody listens any more, and connections break. */
  async goAway(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  /** On the same port. */
  async comeBack(): Promise<void> {
    await once(this.#server.listen(this.#port, "127.0.0.1"), "listening");
    this.#port = (this.#server.address() as AddressInfo).port; // it listens on a port
  }

  /** As when the network fails: no end of the stream is seen. */
  dropConnections(): void {
    this.#server.closeAllConnections();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.goAway();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = callOf(request, this.url);
    this.calls.push(call);
    const body = await bodyOf(request);
    const failure = this.failures.shift();
    if (failure !== undefined) return sendStatus(response, failure, "InternalError");
    const user = this.#userOf(request);
    if (user === undefined) return sendStatus(response, 401, "Unauthorized");
    if (call.url.pathname.endsWith("/selfsubjectrulesreviews")) {
      const { spec } = JSON.parse(body) as { readonly spec: { readonly namespace: string } }; // of a test
      const resourceRules = rulesFor(user, spec.namespace, this.objects);
      return send(response, 201, { status: { resourceRules } });
    }
    if (!this.#may(user, call)) return sendStatus(response, 403, "Forbidden");
    this.#perform(call, body, response);
  }

  #may(user: string, { verb, collection, name, url }: Call): boolean {
    if (user === "admin") return true;
    const selected = url.searchParams.get("fieldSelector")?.match(/^metadata\.name=(.+)$/)?.[1];
    const question: RbacQuestion = { user, verb, collection, name: name ?? selected };
    return isAllowed(question, this.objects);
  }

  #perform(call: Call, body: string, response: ServerResponse): void {
    const { verb, collection, name, isToken } = call;
    if (isToken) return this.#issueToken(call, response);
    if (verb === "watch") return this.#watch(call, response);
    if (verb === "list") return this.#list(call, response);
    if (verb === "create") return this.#create(collection, body, response);
    const path = `${collection}/${name}`;
    const before = this.objects.get(path);
    if (verb === "patch")
      return send(response, 200, this.objects.put(path, parse(body) as StoredObject)); // a manifest
    if (before === undefined) return sendStatus(response, 404, "NotFound");
    if (verb === "get") return send(response, 200, before);
    if (verb === "delete") {
      this.objects.remove(path);
      return sendStatus(response, 200, "");
    }
    const after = JSON.parse(body) as StoredObject; // of a test
    if (!mayReplace(before, after)) return sendStatus(response, 422, "Invalid");
    send(response, 200, this.objects.put(path, after));
  }

  /** Of the account as it is now: one that is made anew under its name is another. */
  #issueToken({ collection, name }: Call, response: ServerResponse): void {
    const [, namespace] = /namespaces\/([^/]+)/.exec(collection) ?? [];
    const account = this.objects.get(`${collection}/${name}`);
    if (account === undefined) return sendStatus(response, 404, "NotFound");
    const token = `sa:${namespace}:${name}:${account.metadata.uid}`;
    send(response, 201, { status: { token } });
  }

  #create(collection: string, body: string, response: ServerResponse): void {
    const object = JSON.parse(body) as StoredObject; // of a test
    const path = `${collection}/${object.metadata.name}`;
    if (this.objects.get(path) !== undefined) return sendStatus(response, 409, "AlreadyExists");
    send(response, 201, this.objects.put(path, object));
  }

  #list({ collection, url }: Call, response: ServerResponse): void {
    const listed = this.objects.list(collection, url.searchParams.get("fieldSelector"));
    const items = listed.map(({ kind: _kind, apiVersion: _version, ...item }) => item); // the list has them
    const kind = collection.endsWith("/secrets") ? "SecretList" : "ConfigMapList";
    const resourceVersion = String(this.objects.version);
    send(response, 200, { kind, apiVersion: "v1", metadata: { resourceVersion }, items });
  }

  #watch({ collection, url }: Call, response: ServerResponse): void {
    const from = Number(url.searchParams.get("resourceVersion"));
    const isExpired = from < this.objects.compacted;
    if (isExpired && this.expiry === "status") return sendStatus(response, 410, "Expired");
    response.writeHead(200, { "content-type": "application/json" });
    const write: Watcher["write"] = (event) => response.write(`${JSON.stringify(event)}\n`);
    if (isExpired) {
      write({ type: "ERROR", object: statusOf(410, "Expired") });
      response.end();
      return;
    }
    response.flushHeaders();
    const selector = url.searchParams.get("fieldSelector");
    const watcher: Watcher = { collection, selector, write, raw: response };
    const timers = this.#limit(watcher, Number(url.searchParams.get("timeoutSeconds") ?? 1_800));
    response.once("close", () => {
      for (const timer of timers) clearTimeout(timer);
      this.objects.watchers.delete(watcher);
    });
    this.objects.watch(watcher, from);
  }

  /** The server ends the watch by itself, and shortly before says how far it has come. */
  #limit(watcher: Watcher, seconds: number): readonly NodeJS.Timeout[] {
    const { raw, write } = watcher;
    const tell = () => {
      const resourceVersion = String(this.objects.version);
      write({ type: "BOOKMARK", object: { kind: "ConfigMap", metadata: { resourceVersion } } });
    };
    return [
      setTimeout(tell, (seconds - BOOKMARK_SECONDS) * 1_000),
      setTimeout(() => raw.end(), seconds * 1_000),
    ];
  }

  /** Who asks; nobody if the account of the token has gone. */
  #userOf({ headers, socket }: IncomingMessage): string | undefined {
    if (socket instanceof TLSSocket && socket.authorized) return "admin"; // the certificate of ada
    const token = headers.authorization?.replace(/^Bearer /, "");
    if (token === ADMIN_TOKEN) return "admin";
    const [, namespace, name, uid] = /^sa:([^:]+):([^:]+):([^:]+)$/.exec(token ?? "") ?? [];
    if (uid === undefined) return undefined;
    const account = this.objects.get(`/api/v1/namespaces/${namespace}/serviceaccounts/${name}`);
    return account?.metadata.uid === uid ? `sa:${namespace}:${name}` : undefined;
  }
}

function callOf({ method, url = "/" }: IncomingMessage, base: string): Call {
  const parsed = new URL(url, base);
  const [, prefix = "", resource = "", name, sub] =
    /^(\/apis?\/.*?namespaces\/[^/]+|\/api\/v1)\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(
      parsed.pathname,
    ) ?? [];
  const isWatch = parsed.searchParams.get("watch") === "1";
  const verbs: Readonly<Record<string, string>> = {
    POST: "create",
    PUT: "update",
    PATCH: "patch",
    DELETE: "delete",
    GET: isWatch ? "watch" : name === undefined ? "list" : "get",
  };
  const collection = `${prefix}/${resource}`;
  return {
    verb: verbs[method ?? ""] ?? "",
    url: parsed,
    collection,
    name,
    isToken: sub === "token",
  };
}

/** Of an immutable object all but the metadata stays as it is. */
function mayReplace(before: StoredObject, after: StoredObject): boolean {
  if (before["immutable"] !== true) return true;
  const members = ["immutable", "data", "binaryData"] as const;
  return members.every((name) => JSON.stringify(before[name]) === JSON.stringify(after[name]));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part); // no encoding is set
  return Buffer.concat(parts).toString();
}

function statusOf(code: number, reason: string): object {
  const message = 'a message that quotes "sk-canary-status"';
  return { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message };
}

function sendStatus(response: ServerResponse, code: number, reason: string): void {
  send(response, code, statusOf(code, reason));
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
