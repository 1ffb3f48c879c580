import { expect, test } from "vitest";
import { isPrivateHost } from "../../src/checks/private-host.ts";

test.each([
  "localhost",
  "a.localhost",
  "vllm",
  "vllm.llm.svc",
  "vllm.llm.svc.cluster.local",
  "models.internal",
  "printer.local",
  "127.0.0.1",
  "127.255.255.254",
  "10.1.2.3",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "169.254.169.254",
  "[::1]",
  "[fd00::1]",
  "[fe80::1]",
  "[::ffff:10.0.0.1]",
])("%s is private", (host) => {
  expect(isPrivateHost(new URL(`http://${host}`).hostname)).toBe(true);
});

test.each([
  "api.openai.com",
  "internal.example.com",
  "svc.example.com",
  "mylocal.example",
  "8.8.8.8",
  "172.15.0.1",
  "172.32.0.1",
  "192.169.0.1",
  "11.0.0.1",
  "[2001:db8::1]",
  "[::ffff:8.8.8.8]",
])("%s is public", (host) => {
  expect(isPrivateHost(new URL(`http://${host}`).hostname)).toBe(false);
});
