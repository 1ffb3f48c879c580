import { expect, test } from "vitest";
import { parseAddress } from "../src/address.ts";

test.each([
  ["http://127.0.0.1:7420", "http://127.0.0.1:7420", "http://127.0.0.1:7420"],
  ["http://localhost:7420/", "http://localhost:7420", "http://localhost:7420"],
  ["http://[::1]:7420", "http://[::1]:7420", "http://[::1]:7420"],
  ["https://LLMCFG.internal", "https://llmcfg.internal", "https://llmcfg.internal"],
  ["https://proxy.internal/llmcfg/", "https://proxy.internal/llmcfg", "https://proxy.internal"],
])("%s is an address", (text, base, origin) => {
  expect(parseAddress(text)).toEqual({ base, origin });
});

test.each([
  ["no URL", "llmcfg.internal"],
  ["another scheme", "ftp://127.0.0.1"],
  ["a password", "https://user:s3cr3t@llmcfg.internal"],
  ["a query", "https://llmcfg.internal/?token=s3cr3t"],
  ["plain HTTP to another machine", "http://llmcfg.internal:7420"],
  ["a name that only begins like the loopback", "http://127.0.0.1.example.com"],
])("an address with %s is refused, and no secret is quoted", (_what, text) => {
  const read = () => parseAddress(text);

  expect(read).toThrow(expect.objectContaining({ reason: "INVALID_ARGUMENT" }));
  expect(read).not.toThrow(/s3cr3t/);
});

test("plain HTTP leaves the machine only where that is said", () => {
  const address = parseAddress("http://llmcfg.internal:7420", { allowInsecureHttp: true });

  expect(address.base).toBe("http://llmcfg.internal:7420");
});
