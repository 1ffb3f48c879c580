import { type Agent, type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";

export interface HttpPost {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly agent: Agent;
  readonly connectTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** The connection was not there in time. */
export class ConnectTimeout extends Error {
  override readonly name = "ConnectTimeout";
}

/**
 * The answer, once its headers are there; its body is the caller's to read.
 *
 * @throws {ConnectTimeout}
 * @throws what the connection failed with, or the reason of the signal
 */
export async function post(options: HttpPost): Promise<IncomingMessage> {
  const { url, headers, body, agent, signal } = options;
  const request = url.protocol === "https:" ? requestHttps : requestHttp;
  return await new Promise((resolve, reject) => {
    const length = { "content-length": Buffer.byteLength(body) };
    const outgoing = request(url, {
      method: "POST",
      agent,
      signal,
      headers: { ...headers, ...length },
    });
    outgoing.once("response", resolve);
    outgoing.once("error", (error) => reject(signal.aborted ? (signal.reason as Error) : error));
    outgoing.once("socket", (socket) => {
      if (!socket.connecting) return;
      const timer = setTimeout(() => {
        outgoing.destroy(new ConnectTimeout(`no connection to ${url.host} in time`));
      }, options.connectTimeoutMs);
      const settle = () => clearTimeout(timer);
      socket.once("connect", settle).once("close", settle);
    });
    outgoing.end(body);
  });
}
