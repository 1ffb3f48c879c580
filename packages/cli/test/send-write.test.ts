import type { WriteOptions } from "@llmcfg/client";
import { LlmcfgError } from "@llmcfg/core";
import { expect, test } from "vitest";
import type { Io } from "../src/io.ts";
import type { PreparedWrite } from "../src/write/prepare-write.ts";
import { sendWrite } from "../src/write/send-write.ts";
import { recordingIo } from "./recording-io.ts";

test("CLI-09 at a terminal a write that reaches a protected environment is asked about", async () => {
  const questions: string[] = [];
  const answering = {
    canAsk: true,
    ask: async (question: string) => {
      questions.push(question);
      return "y";
    },
  };

  const { outcome, sent } = await send(answering);

  expect(outcome).toBe("written");
  expect(sent.map(({ confirm }) => confirm)).toEqual([undefined, true]);
  expect(questions).toEqual(["production/ml/a would be changed. Write it? [y/N] "]);
});

test.each(["", "n", "no", "production"])("CLI-09 the answer %j writes nothing", async (answer) => {
  const { outcome, sent } = await send({ canAsk: true, ask: async () => answer });

  expect(outcome).toMatchObject({ message: "nothing was written" });
  expect(sent).toHaveLength(1);
});

test("CLI-09 where nobody can be asked, the server's refusal stands", async () => {
  const { outcome, sent } = await send({ canAsk: false });

  expect(outcome).toMatchObject({ reason: "BLAST_RADIUS" });
  expect(sent).toHaveLength(1);
});

test("CLI-09 --no-input asks nobody", async () => {
  const { outcome } = await send({ canAsk: true, ask: async () => "y" }, { "no-input": true });

  expect(outcome).toMatchObject({ reason: "BLAST_RADIUS" });
});

/** Against a server that wants a confirmation. */
async function send(surroundings: Partial<Io>, flags: Readonly<Record<string, boolean>> = {}) {
  const sent: WriteOptions[] = [];
  const write = async (options: WriteOptions) => {
    sent.push(options);
    if (options.confirm === true) return "written";
    throw new LlmcfgError("BLAST_RADIUS", "production/ml/a would be changed", {
      effects: [],
      effectsHidden: 0,
    });
  };
  const io = recordingIo(surroundings);
  const output = { format: "table", query: undefined } as const;
  // Neither the client nor the key is looked at where there is no conflict.
  const prepared = { options: {} } as PreparedWrite;
  const invocation = { io, args: [], flags, output };
  const outcome: unknown = await sendWrite(invocation, prepared, "1", write).catch(
    (error: unknown) => error,
  );
  return { outcome, sent };
}
