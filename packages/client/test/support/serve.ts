/**
 * A real HTTP server on the loopback for one test.
 *
 * @module
 */

import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

/** A request as it came over the wire. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export type Handler = (request: SeenRequest, response: ServerResponse) => void | Promise<void>;

export interface Served extends AsyncDisposable {
  /** `http://127.0.0.1:41035` */
  readonly url: string;
  /** In the order they came. */
  readonly requests: readonly SeenRequest[];
}

/** Serves until it is disposed; connections that are still open are cut then. */
export async function serve(handle: Handler, port = 0): Promise<Served> {
  const requests: SeenRequest[] = [];
  const answer = async (incoming: IncomingMessage, response: ServerResponse) => {
    const request = await readRequest(incoming);
    requests.push(request);
    await handle(request, response);
  };
  const listener: RequestListener = (incoming, response) => void answer(incoming, response);
  const server = createServer(listener).listen(port, "127.0.0.1");
  await once(server, "listening");
  const { port: taken } = server.address() as AddressInfo; // it listens on a port
  return {
    url: `http://127.0.0.1:${taken}`,
    requests,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

export function sendJson(response: ServerResponse, status: number, body: object, headers = {}) {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

export function sendProblem(response: ServerResponse, problem: ProblemFields, headers = {}) {
  const { status, reason, ...rest } = problem;
  const document = {
    type: `http://127.0.0.1:7420/docs/errors/${reason.toLowerCase().replaceAll("_", "-")}`,
    title: "Of the test",
    status,
    detail: `${reason} it is`,
    instance: "/v1/test",
    reason,
    requestId: "req_01JD8Z5W3M6Q0V4T9N2K7B1C8X",
    errors: [],
    ...rest,
  };
  response.writeHead(status, { "content-type": "application/problem+json", ...headers });
  response.end(JSON.stringify(document));
}

interface ProblemFields {
  readonly status: number;
  readonly reason: string;
  readonly [member: string]: unknown;
}

async function readRequest(incoming: IncomingMessage): Promise<SeenRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer); // no encoding is set
  const { method = "", url = "", headers } = incoming;
  return { method, url, headers, body: Buffer.concat(chunks).toString("utf8") };
}
