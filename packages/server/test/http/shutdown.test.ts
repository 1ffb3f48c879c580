import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { startServer } from "../../src/server.ts";

test("a client that does not finish its request keeps no server from ending", async () => {
  await using server = await startServer({
    httpHost: "127.0.0.1",
    httpPort: 0,
    tryNextPorts: false,
    store: { engine: "memory" },
    rootKey: { kind: "ephemeral" },
    mode: "dev",
    demoData: false,
    drainMs: 200,
    logLevel: "silent",
    logFormat: "json",
  });
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  socket.write(
    `POST /v1/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.devToken}\r\n` +
      "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n",
  );
  const health = await fetch(`${server.url}/health`); // the request before has arrived by now
  const closed = once(socket, "close");

  const startedAt = performance.now();
  await server[Symbol.asyncDispose]();

  expect(health.status).toBe(200);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  await closed;
}, 20_000);
