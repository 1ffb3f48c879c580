import type { TokenRequest } from "@llmcfg/protocol";
import { type Run, usage } from "../../command.ts";
import { connect } from "../../connection.ts";
import { printAnswer } from "../../output/print.ts";

const KINDS: readonly string[] = ["pat", "sa", "agt"];

export const createToken: Run = async ({ io, args, flags, output }) => {
  const kind = String(flags["kind"] ?? "pat");
  if (!KINDS.includes(kind))
    throw usage(`there is no kind ${kind}`, `use one of ${KINDS.join(", ")}`);
  const role = flags["role"];
  if (typeof role !== "string") throw usage("the role is missing", "add --role editor");
  const expiresIn = flags["expires"];
  const request: TokenRequest = {
    kind: kind as TokenRequest["kind"], // one of them
    name: args[0] ?? "",
    roles: [{ role, scope: String(flags["scope"] ?? "**") }],
    ...(typeof expiresIn === "string" ? { expiresIn } : {}),
  };
  const { client } = await connect(io, flags);
  const answer = await client.createToken(request, { signal: io.signal });
  const { token = "", principal, expiresAt } = answer.body;
  await printAnswer(io, output, { raw: answer.raw, text: () => `${token}\n` });
  if (output.format === "table" && flags["quiet"] !== true) {
    io.err(
      `${principal}, ${role} on ${request.roles[0]?.scope ?? ""}, until ${expiresAt ?? "revoked"}; it is not shown again\n`,
    );
  }
  return 0;
};
