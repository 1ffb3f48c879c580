import { expect, test } from "vitest";
import { toListenFailure } from "../../src/transport/http/listen-failure.ts";
import { start } from "./dev-server.ts";

test("a port that another process has is named, of the API and of the metrics", async () => {
  await using first = await start();
  const port = Number(new URL(first.url).port);
  const message = `127.0.0.1:${port} cannot be listened on: another process listens there`;

  const second = start({ httpPort: port });
  const metrics = start({ metrics: { addr: { host: "127.0.0.1", port }, auth: "none" } });

  await expect(second).rejects.toMatchObject({ reason: "INVALID_ARGUMENT", message });
  await expect(metrics).rejects.toMatchObject({ reason: "INVALID_ARGUMENT", message });
});

test("an address that this machine does not have is named, in brackets where it is of IPv6", () => {
  const error = Object.assign(new Error("listen"), { code: "EADDRNOTAVAIL" });

  expect(toListenFailure(error, { host: "2001:db8::1", port: 7420 })).toMatchObject({
    message: "[2001:db8::1]:7420 cannot be listened on: this machine has no such address",
  });
});

test("any other failure stays what it is", () => {
  const error = new Error("boom");

  expect(toListenFailure(error, { host: "127.0.0.1", port: 7420 })).toBe(error);
});
