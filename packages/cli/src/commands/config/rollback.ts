import { type Invocation, type Run, usage } from "../../command.ts";
import { prepareWrite, reportWrite } from "../../write.ts";

export const rollback: Run = async (invocation: Invocation) => {
  const prepared = await prepareWrite(invocation);
  const { client, ref, options, message } = prepared;
  const body = { ...ref, ...targetOf(invocation), ...(message === undefined ? {} : { message }) };
  const { confirm, signal } = options;
  const answer = await client.rollback(body, { confirm, signal });
  const [result] = answer.body.results;
  if (result === undefined) throw new TypeError("a rollback of one key has one result");
  return await reportWrite(invocation, prepared, { raw: answer.raw, result });
};

function targetOf({ flags }: Invocation): { toVersion?: number; toRevision?: number } {
  const to = flags["to"];
  if (to === undefined) return {};
  const match = /^([vr])(\d+)$/.exec(String(to));
  if (match === null) throw usage("--to takes a version or a revision", "--to v3 or --to r42");
  return match[1] === "v" ? { toVersion: Number(match[2]) } : { toRevision: Number(match[2]) };
}
