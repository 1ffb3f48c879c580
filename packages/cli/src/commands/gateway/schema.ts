import { gatewaySchema } from "@llmcfg/gateway";
import { type Invocation, type Run, usage } from "../../command.ts";
import { printAnswer } from "../../output/print.ts";

const FLAVOURS = ["authoring", "document"] as const;
const DRAFTS = ["2020-12", "draft-07"] as const;

/** The JSON Schema of a gateway's configuration, for editors and for other programs. */
export const schema: Run = async ({ io, flags, output }: Invocation) => {
  const flavour = choice(flags["flavour"], FLAVOURS, "--flavour");
  const draft = choice(flags["draft"], DRAFTS, "--draft");
  const text = JSON.stringify(gatewaySchema.jsonSchema({ flavour, draft }), null, 2);
  await printAnswer(io, output, { raw: text, text: () => `${text}\n` });
  return 0;
};

/** The first one where nothing is asked for. */
function choice<const C extends readonly string[]>(
  asked: unknown,
  known: C,
  flag: string,
): C[number] {
  const found = known.find((one) => one === (asked ?? known[0]));
  if (found === undefined) throw usage(`${flag} is one of ${known.join(", ")}`);
  return found;
}
