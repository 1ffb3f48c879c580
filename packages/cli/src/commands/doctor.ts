import type { Run } from "../command.ts";
import { type Connection, connect } from "../connection.ts";
import { type Check, fail, ok } from "../doctor/check.ts";
import { cachePermissionsCheck, runtimeCheck } from "../doctor/machine-checks.ts";
import { checkServer } from "../doctor/server-checks.ts";
import { printAnswer } from "../output/print.ts";
import { type Style, styleOf } from "../output/style.ts";
import { formatTable } from "../output/table.ts";

export const doctor: Run = async ({ io, flags, output }) => {
  const checks: Check[] = [
    runtimeCheck(),
    await cachePermissionsCheck(io.env, flags["fix"] === true),
  ];
  const connection = await connectOrTell(connect(io, flags), checks);
  if (connection !== undefined) checks.push(...(await checkServer(connection.client, io.signal)));
  const style = styleOf(flags, io.env, io.isTerminal);
  await printAnswer(io, output, {
    raw: JSON.stringify({ items: checks }),
    items: checks,
    text: () => toText(checks, style),
  });
  return checks.some(({ result }) => result === "FAIL") ? 1 : 0;
};

/** Adds whether the settings say where the server is. */
async function connectOrTell(
  connecting: Promise<Connection>,
  checks: Check[],
): Promise<Connection | undefined> {
  try {
    const connection = await connecting;
    checks.push(ok("config-format", `the settings name ${connection.addr}`));
    return connection;
  } catch (error) {
    const detail = error instanceof Error ? error.message : "the settings are not right";
    checks.push(fail("config-format", detail, "see llmcfg help precedence, or start llmcfg dev"));
    return undefined;
  }
}

const COLORS = { ok: "green", warn: "yellow", FAIL: "red" } as const;

/** One fix a failure, below its line. */
async function toText(checks: readonly Check[], style: Style): Promise<string> {
  const table = await formatTable(checks.map(({ id, result, detail }) => [result, id, detail]));
  const lines = table.split("\n").slice(0, -1); // a line a check
  return checks
    .map(({ result, fix }, i) => {
      const line = (lines[i] ?? "").replace(result, style(COLORS[result], result));
      return fix === null ? `${line}\n` : `${line}\n      fix: ${fix}\n`;
    })
    .join("");
}
