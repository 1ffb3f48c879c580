/**
 * The whole server on a port of its own, in memory, with the demo data: it is at revision 2.
 *
 * @module
 */

import { type RunningServer, type ServerSettings, startServer } from "../../src/server.ts";

/** @param changes of these settings */
export async function start(changes: Partial<ServerSettings> = {}): Promise<RunningServer> {
  return await startServer({
    httpHost: "127.0.0.1",
    httpPort: 0,
    tryNextPorts: false,
    store: { engine: "memory" },
    rootKey: { kind: "ephemeral" },
    mode: "dev",
    demoData: true,
    logLevel: "silent",
    logFormat: "json",
    ...changes,
  });
}

export function auth({ devToken }: RunningServer): Record<string, string> {
  return { authorization: `Bearer ${devToken}` };
}

export async function get(server: RunningServer, path: string): Promise<unknown> {
  const answer = await fetch(server.url + path, { headers: auth(server) });
  return await answer.json();
}

/** @throws {Error} with the problem, where it is refused */
export async function post(server: RunningServer, path: string, body: object): Promise<unknown> {
  const headers = { ...auth(server), "content-type": "application/json" };
  const request = { method: "POST", headers, body: JSON.stringify(body) };
  const answer = await fetch(server.url + path, request);
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return JSON.parse(text);
}
