import { X509Certificate } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { Agent, request as openRequest } from "node:https";
import { Readable } from "node:stream";
import { LlmcfgError } from "@llmcfg/core";

/**
 * `fetch` for servers whose certificate is signed by one of the authorities given, and by no other:
 * the platform's own takes no authority. HTTPS alone; a redirect is an answer like any other.
 *
 * Connections that are idle keep no process alive.
 *
 * @param ca certificates, as PEM text
 * @throws {LlmcfgError} `INVALID_ARGUMENT` where it begins with no certificate
 */
export function createTrustingFetch(ca: string): typeof globalThis.fetch {
  requireCertificate(ca);
  const agent = new Agent({ ca, keepAlive: true });
  return async (input, init) => {
    const request = new Request(input, init);
    const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer());
    const answer = await send(agent, request, { body, signal: init?.signal });
    return toResponse(answer);
  };
}

function requireCertificate(ca: string): void {
  try {
    void new X509Certificate(ca);
  } catch (cause) {
    const message = "option ca must be the certificates of an authority, as PEM text";
    throw new LlmcfgError("INVALID_ARGUMENT", message, { errors: [] }, { cause });
  }
}

async function send(
  agent: Agent,
  { url, method, headers }: Request,
  given: {
    readonly body: Uint8Array | undefined;
    readonly signal: AbortSignal | null | undefined;
  },
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const signal = given.signal ?? undefined;
  const options = { agent, method, headers: Object.fromEntries(headers), signal };
  const outgoing = openRequest(url, options, resolve);
  outgoing.on("error", reject); // also later, when it has an answer: then nobody listens any more
  outgoing.end(given.body);
  return await promise;
}

/** Statuses of answers that have no body. */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

function toResponse(answer: IncomingMessage): Response {
  const { statusCode: status = 0 } = answer;
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(answer.headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  if (BODILESS.has(status)) {
    answer.resume();
    return new Response(null, { status, headers });
  }
  // Of bytes, as the answer is read; the types of Node's streams and the web's do not meet.
  const body = Readable.toWeb(answer) as ReadableStream<Uint8Array<ArrayBuffer>>;
  return new Response(body, { status, headers });
}
