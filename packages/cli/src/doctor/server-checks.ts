/**
 * What can be wrong between this machine and the server, and with the server.
 *
 * @module
 */

import { lookup } from "node:dns/promises";
import type { Client } from "@llmcfg/client";
import { VERSION } from "@llmcfg/core";
import type { HealthBody } from "@llmcfg/protocol";
import { type Check, fail, ok, warn } from "./check.ts";

const MAX_SKEW_MS = 5_000;

/** In the order in which one depends on the other; those behind a failure are left out. */
export async function checkServer(client: Client, signal: AbortSignal): Promise<readonly Check[]> {
  const url = new URL(client.addr);
  const name = await nameCheck(url.hostname);
  if (name.result === "FAIL") return [name];
  const sentAtMs = Date.now();
  try {
    const { body, headers } = await client.getHealth({ signal });
    return [
      name,
      tlsCheck(url),
      serverCheck(client.addr, body),
      ...partChecks(body),
      versionCheck(body.version),
      clockCheck(headers.get("date"), sentAtMs),
      ...(await tokenChecks(client, signal)),
    ];
  } catch (error) {
    const fix = "is it running? start one with llmcfg dev, or set LLMCFG_ADDR";
    return [name, fail("server", messageOf(error), fix)];
  }
}

async function nameCheck(hostname: string): Promise<Check> {
  const host = hostname.replace(/^\[|\]$/g, "");
  try {
    const { address } = await lookup(host);
    return ok("dns", address === host ? `${host} is an address` : `${host} is ${address}`);
  } catch {
    return fail("dns", `there is no host ${host}`, "correct LLMCFG_ADDR or --server");
  }
}

function tlsCheck({ protocol, hostname }: URL): Check {
  if (protocol === "https:") return ok("tls", "the certificate is trusted");
  if (/^(?:localhost|127\.|\[::1\])/.test(hostname)) return ok("tls", "none, within this machine");
  return warn("tls", "the way to the server is not encrypted", "use https://");
}

function serverCheck(addr: string, { status }: HealthBody): Check {
  const detail = `${addr} is ${status}`;
  if (status === "ok") return ok("server", detail);
  const fix = "see the log of the server";
  return status === "degraded" ? warn("server", detail, fix) : fail("server", detail, fix);
}

/** Parts of the server that have an id of their own in the checklist; one that is off is not listed. */
const PARTS: readonly string[] = ["store", "kms", "redis"];

function partChecks({ checks }: HealthBody): readonly Check[] {
  return checks
    .filter(({ name, status }) => PARTS.includes(name) && status !== "disabled")
    .map(({ name, status }) => {
      if (status === "ok") return ok(name, "up");
      return fail(name, status, "see the log of the server");
    });
}

function versionCheck(version: string): Check {
  const detail = `server ${version}, this program ${VERSION}`;
  if (version === VERSION) return ok("version-skew", detail);
  return warn("version-skew", detail, "use the same version on both sides");
}

function clockCheck(date: string | null, sentAtMs: number): Check {
  const skewMs = Math.abs(Date.parse(date ?? "") - sentAtMs);
  if (Number.isNaN(skewMs)) return warn("clock-skew", "the server tells no time", "see its proxy");
  if (skewMs <= MAX_SKEW_MS) return ok("clock-skew", "below 5 s");
  return warn("clock-skew", `${Math.round(skewMs / 1_000)} s`, "set the clock by NTP");
}

async function tokenChecks(client: Client, signal: AbortSignal): Promise<readonly Check[]> {
  try {
    const { principal, roles, expiresAt } = (await client.getMe({ signal })).body;
    const names = roles.map(({ role, scope }) => `${role} on ${scope}`).join(", ");
    return [
      ok("token", `${principal}, ends ${expiresAt ?? "never"}`),
      names === ""
        ? warn("scopes", "the token has no role", "make one with llmcfg token create --role")
        : ok("scopes", names),
    ];
  } catch (error) {
    return [fail("token", messageOf(error), "set LLMCFG_TOKEN to a valid token")];
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "it was refused";
}
