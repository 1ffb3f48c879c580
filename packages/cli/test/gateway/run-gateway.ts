import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { COMMANDS } from "../../src/commands.ts";
import type { Io } from "../../src/io.ts";
import { runProgram } from "../../src/run-program.ts";
import { recordingIo } from "../recording-io.ts";

/** What stands for a secret in every test: it must not be printed. */
export const CANARY = "sk-canary-7f3a9b21c4d8";

/** Without any finding, as long as `OPENAI_API_KEY` and `CI_KEY` are set. */
export const SOUND = `version: "1"
metadata: { name: edge, environment: production }
providers:
  - id: openai
    type: openai
    auth: { type: api_key, key: "\${env:OPENAI_API_KEY}" }
    models: [{ id: gpt-4o }]
    weight: 5
  - id: mistral
    type: mistral
    auth: { type: api_key, key: "\${env:OPENAI_API_KEY}" }
    models: [{ id: mistral-small-latest }]
security:
  authentication:
    providers:
      - type: api_key
        name: internal
        keys: [{ id: ci, key: "\${env:CI_KEY}" }]
`;

export const KEYS: Readonly<Record<string, string>> = {
  OPENAI_API_KEY: CANARY,
  CI_KEY: `${CANARY}-ci`,
};

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A folder with files, and `llmcfg gateway …` run in it. */
export class GatewayFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(files: Readonly<Record<string, string>> = {}): Promise<GatewayFolder> {
    const folder = new GatewayFolder(await mkdtemp(join(tmpdir(), "llmcfg-cli-gateway-")));
    for (const [name, text] of Object.entries(files)) await folder.write(name, text);
    return folder;
  }

  at(name: string): string {
    return join(this.path, name);
  }

  async write(name: string, text: string): Promise<void> {
    await writeFile(this.at(name), text);
  }

  async read(name: string): Promise<string> {
    return await readFile(this.at(name), "utf8");
  }

  /** The process is in the folder then. Beside {@link KEYS} and `env` there are no variables. */
  async run(argv: readonly string[], surroundings: Partial<Io> = {}): Promise<Ran> {
    process.chdir(this.path);
    const { env = KEYS, ...others } = surroundings;
    const io = recordingIo({ cwd: this.path, env: { HOME: this.path, ...env }, ...others });
    const program = { commands: COMMANDS, reserved: [], version: "9.9.9" };
    const code = await runProgram(["gateway", ...argv], io, program);
    return { code, ...io.printed };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.chdir(tmpdir());
    await rm(this.path, { recursive: true, force: true });
  }
}
