import { VERSION } from "@llmcfg/client";
import type { Run } from "../command.ts";
import { type Connection, connect } from "../connection.ts";
import { formatOf } from "../output/print.ts";
import { formatTable } from "../output/table.ts";

interface Check {
  readonly id: string;
  readonly result: "ok" | "warn" | "FAIL";
  readonly detail: string;
  readonly fix: string | null;
}

const MAX_SKEW_MS = 5_000;

export const doctor: Run = async ({ io, flags }) => {
  const checks = [runtimeCheck()];
  try {
    checks.push(...(await serverChecks(await connect(io, flags))));
  } catch (error) {
    const detail = error instanceof Error ? error.message : "it cannot be reached";
    checks.push({
      id: "server",
      result: "FAIL",
      detail,
      fix: "start llmcfg dev, or set LLMCFG_ADDR",
    });
  }
  if (formatOf(flags, io.env) === "json") {
    io.out(`${JSON.stringify({ items: checks })}\n`);
  } else {
    io.out(formatTable(checks.map(({ id, result, detail }) => [result, id, detail])));
    for (const { id, fix } of checks) if (fix !== null) io.out(`fix: ${id}: ${fix}\n`);
  }
  return checks.some(({ result }) => result === "FAIL") ? 1 : 0;
};

function runtimeCheck(): Check {
  const { node } = process.versions;
  return { id: "runtime", result: "ok", detail: `node ${node}, llmcfg ${VERSION}`, fix: null };
}

async function serverChecks({ client, addr }: Connection): Promise<readonly Check[]> {
  const sentAtMs = Date.now();
  const health = await client.getHealth();
  const { status, version, checks } = health.body;
  const down = checks.filter((check) => check.status === "down").map(({ name }) => name);
  return [
    {
      id: "server",
      result: status === "ok" ? "ok" : "FAIL",
      detail: `${addr} is ${status}`,
      fix: null,
    },
    {
      id: "store",
      result: down.length === 0 ? "ok" : "FAIL",
      detail: down.length === 0 ? "all parts are up" : `down: ${down.join(", ")}`,
      fix: down.length === 0 ? null : "see the log of the server",
    },
    {
      id: "version-skew",
      result: version === VERSION ? "ok" : "warn",
      detail: `server ${version}, this program ${VERSION}`,
      fix: version === VERSION ? null : "use the same version on both sides",
    },
    clockCheck(health.headers.get("date"), sentAtMs),
    await tokenCheck(client),
  ];
}

function clockCheck(date: string | null, sentAtMs: number): Check {
  const skewMs = Math.abs(Date.parse(date ?? "") - sentAtMs);
  const isFine = Number.isNaN(skewMs) || skewMs <= MAX_SKEW_MS;
  return {
    id: "clock-skew",
    result: isFine ? "ok" : "warn",
    detail: isFine ? "below 5 s" : `${Math.round(skewMs / 1_000)} s`,
    fix: isFine ? null : "set the clock by NTP",
  };
}

async function tokenCheck(client: Connection["client"]): Promise<Check> {
  try {
    const { principal, roles, expiresAt } = (await client.getMe()).body;
    const names = roles.map(({ role, scope }) => `${role} on ${scope}`).join(", ");
    const detail = `${principal}, ${names}, ends ${expiresAt ?? "never"}`;
    return { id: "token", result: "ok", detail, fix: null };
  } catch (error) {
    const detail = error instanceof Error ? error.message : "it was refused";
    return { id: "token", result: "FAIL", detail, fix: "set LLMCFG_TOKEN to a valid token" };
  }
}
