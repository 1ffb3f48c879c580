import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { get, start } from "./dev-server.ts";

test("a client that does not finish its request keeps no server from ending", async () => {
  await using server = await start({ drainMs: 200 });
  const socket = connectTo(server.url);
  socket.write(
    `POST /v1/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.devToken}\r\n` +
      "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n",
  );
  const health = await get(server, "/health"); // the request before has arrived by now
  const closed = once(socket, "close");

  const startedAt = performance.now();
  await server[Symbol.asyncDispose]();

  expect(health).toMatchObject({ status: "ok" });
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  await closed;
}, 20_000);

test("nor does one of the metrics, on an address of their own", async () => {
  const addr = { host: "127.0.0.1", port: 0 } as const;
  await using server = await start({ metrics: { addr, auth: "none" } });
  const socket = connectTo(server.metricsUrl);
  socket.write("GET /metrics HTTP/1.1\r\nHost: x\r\n");
  await (await fetch(server.metricsUrl)).text(); // as above
  const closed = once(socket, "close");

  const startedAt = performance.now();
  await server[Symbol.asyncDispose]();

  expect(performance.now() - startedAt).toBeLessThan(4_000);
  await closed;
}, 20_000);

function connectTo(url: string) {
  const { hostname, port } = new URL(url);
  return connect(Number(port), hostname).resume(); // else it never hears of the end
}
