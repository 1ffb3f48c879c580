import { ConfigError } from "../errors.ts";
import type { TreeContext, ValueTree } from "../merge/tree.ts";
import { expandReferences, filesIn } from "../references/expand.ts";
import type { ReferencedFiles } from "../references/referenced-files.ts";
import type { SecretStore } from "../secrets/secret-store.ts";
import { contentHash } from "../sources/content-hash.ts";
import type { Variables } from "../sources/process-variables.ts";
import { ownMember } from "../values/own-member.ts";
import type { ExpansionRecord } from "./candidate.ts";
import type { Slices } from "./slices.ts";

export interface ExpansionTools {
  readonly store: SecretStore;
  readonly files: ReferencedFiles;
  readonly variables: () => Variables;
}

/** Expands the references of one candidate, and notes what it looked at. */
export class Expansion {
  readonly #tools: ExpansionTools;
  readonly #variables = new Map<string, string | undefined>();
  readonly #files = new Map<string, string>();

  constructor(tools: ExpansionTools) {
    this.#tools = tools;
  }

  get record(): ExpansionRecord {
    return { variables: this.#variables, files: this.#files };
  }

  async expand(tree: ValueTree, context: TreeContext, slices: Slices): Promise<ValueTree> {
    const { store, variables } = this.#tools;
    const texts = await this.#readFiles(await slices.run(filesIn(tree, context)));
    await slices.pause();
    const expanding = expandReferences(tree, {
      ...context,
      inputs: {
        variable: (name) => {
          const text = ownMember(variables(), name);
          this.#variables.set(name, text);
          return text;
        },
        file: (path) =>
          texts.get(path) ?? new ConfigError("file_unreadable", `${path} was not read`),
        handle: (reference, text) => store.handleFor(reference, text),
        materialFile: (path) => store.materialFile(path),
      },
    });
    return await slices.run(expanding);
  }

  async #readFiles(paths: ReadonlySet<string>): Promise<ReadonlyMap<string, string | ConfigError>> {
    const read = [...paths].map(async (path) => [path, await this.#readFile(path)] as const);
    return new Map(await Promise.all(read));
  }

  async #readFile(path: string): Promise<string | ConfigError> {
    try {
      const bytes = await this.#tools.files.read(path);
      this.#files.set(path, contentHash(bytes));
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes).replace(/\r?\n$/, "");
    } catch (error) {
      if (error instanceof ConfigError) return error;
      const options = { cause: error };
      return new ConfigError("file_unreadable", `the file ${path} cannot be read as text`, options);
    }
  }
}
