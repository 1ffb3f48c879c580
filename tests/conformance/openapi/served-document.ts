import { type RunningServer, startServer } from "@llmcfg/server";
import type { OpenApiDocument } from "../../support/openapi-checker.ts";

/** A server as `llmcfg dev` starts it, in memory, with the demo data. */
export async function startInMemory(): Promise<RunningServer> {
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
  });
}

/** The document as a client gets it. */
export async function readServedDocument(): Promise<OpenApiDocument> {
  await using server = await startInMemory();
  return await fetchDocument(server.url);
}

export async function fetchDocument(url: string): Promise<OpenApiDocument> {
  const answer = await fetch(`${url}/openapi.json`);
  return (await answer.json()) as OpenApiDocument; // which the linter says it is
}
