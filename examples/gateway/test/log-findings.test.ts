import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DoctorFinding } from "@llmcfg/config";
import type { JsonObject } from "@llmcfg/core";
import { expect, test } from "vitest";
import { logFindings } from "../src/gateway/log-findings.ts";

async function linesOf(doctor: () => Promise<readonly DoctorFinding[]>) {
  const lines: string[] = [];
  await logFindings({ doctor }, (line) => lines.push(line));
  return lines;
}

test("what fails is written with the way to mend it, and nothing else", async () => {
  const findings: readonly DoctorFinding[] = [
    { id: "CHK-1", result: "pass", message: "no file is a mount of its own" },
    { id: "CHK-2", result: "fail", message: "/a lies on nfs", fix: "watch it by polling" },
    { id: "CHK-5", result: "warn", message: "GATEWAY_PORT is ignored", fix: "rename it" },
    { id: "CHK-8", result: "not_applicable", message: "there is no remote source" },
  ];

  expect(await linesOf(async () => findings)).toEqual([
    "CHK-2: /a lies on nfs; watch it by polling",
  ]);
});

test("an examination that is broken off writes nothing", async () => {
  const lines = await linesOf(() => Promise.reject(new DOMException("stopped", "AbortError")));

  expect(lines).toEqual([]);
});

test("CHK-6 the running gateway says in its log that everybody may read the key of a provider", async () => {
  await using folder = await workFolder();
  const key = join(folder.path, "key");
  await writeFile(key, "sk-canary", { mode: 0o644 });
  const file = join(folder.path, "gateway.json");
  await writeFile(file, JSON.stringify(documentWith(`\${file:${key}}`)));

  await using gateway = startProcess({ EXAMPLE_GATEWAY_FILE: file });
  const found = await gateway.lineOf("stderr", /^doctor: CHK-6/);

  expect(found).toContain(`${key} is open to everybody (mode 0644)`);
  expect(found).toContain("chmod");
  expect(gateway.written()).not.toContain("sk-canary");
});

async function workFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "llmcfg-example-doctor-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

function documentWith(key: string): JsonObject {
  const providers = ["a", "b"].map((id) => ({
    id,
    type: "openai",
    endpoint: "http://127.0.0.1:9/v1",
    auth: { type: "api_key", key },
    models: [{ id: "assistant" }],
  }));
  const keys = [{ id: "test", key: "${env:CALLER_KEY}" }];
  return {
    server: { bind_address: "127.0.0.1", port: 18_180, http2_enabled: false },
    providers,
    resilience: { enable_queuing: false },
    security: {
      authentication: { providers: [{ type: "api_key", name: "callers", keys }] },
      rate_limiting: { enabled: false },
    },
    observability: { metrics: { enabled: false }, tracing: { enabled: false } },
  };
}

/** The gateway's own program, until it is disposed. */
function startProcess(env: Readonly<Record<string, string>>) {
  const main = fileURLToPath(new URL("../src/gateway/main.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=@llmcfg/source", main], {
    env: { CALLER_KEY: "gw-test", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const written = { stdout: "", stderr: "" };
  const exited = once(child, "close");
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      written[name] += text;
      child.emit("written");
    });
  }
  return {
    written: () => written.stdout + written.stderr,
    lineOf: async (name: keyof typeof written, pattern: RegExp) => {
      for (;;) {
        const line = written[name]
          .split("\n")
          .slice(0, -1)
          .find((one) => pattern.test(one));
        if (line !== undefined) return line;
        if (child.exitCode !== null) throw new Error(`it ended: ${written.stderr}`);
        await Promise.race([once(child, "written"), exited]);
      }
    },
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await exited;
    },
  };
}
