import { open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findCanary } from "../../../packages/config/src/testing/canary-forms.ts";
import { printedForms } from "../../../packages/config/src/testing/printed-forms.ts";

/** Errors of ours: their messages are shown to people who may not see secrets. */
const OWN_ERRORS: ReadonlySet<string> = new Set(["ConfigError", "LlmcfgError", "HttpFailure"]);

/** Something that came out, kept until it is looked at. */
interface Told {
  readonly sink: string;
  readonly forms: () => readonly string[];
}

/**
 * Hears everything that a process lets out of itself: what it prints, its warnings, the errors of ours
 * that are made, and what is written through file handles, as state and audit files are.
 *
 * What is heard is looked through by {@link takeLeaks}. Disposing it puts everything back.
 */
export class CanaryWatch implements AsyncDisposable {
  readonly #planted = new Map<string, string>();
  readonly #undo = new AsyncDisposableStack();
  #told: Told[] = [];

  static async start(): Promise<CanaryWatch> {
    const watch = new CanaryWatch();
    watch.#hearPrinting();
    watch.#hearWarnings();
    watch.#hearErrors();
    await watch.#hearFiles();
    return watch;
  }

  /** From now on this text must not come out. @param name what a leak is told by */
  plant(name: string, text: string): void {
    this.#planted.set(text, name);
  }

  /** Something came out at a place that is not heard by itself, such as a logger. */
  hear(sink: string, value: unknown): void {
    this.#told.push({ sink, forms: () => printedForms(value) });
  }

  /** One sentence for each canary that came out since the last time, and where. */
  takeLeaks(): readonly string[] {
    const told = this.#told;
    this.#told = [];
    const leaks = told.flatMap(({ sink, forms }) => {
      const texts = forms();
      return [...this.#planted].flatMap(([text, name]) => {
        const canary = { name, text, core: text };
        const encoding = texts.map((form) => findCanary(form, canary)).find((found) => found);
        return encoding === undefined ? [] : [`${name} came out of ${sink}, ${encoding}`];
      });
    });
    return [...new Set(leaks)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#undo.disposeAsync();
  }

  #hearPrinting(): void {
    for (const name of ["stdout", "stderr"] as const) {
      this.#wrap(process[name], "write", (chunk) => this.hear(name, chunk));
    }
    for (const name of ["log", "info", "warn", "error", "debug"] as const) {
      this.#wrap(console, name, (...values) => this.hear(`console.${name}`, values));
    }
  }

  #hearWarnings(): void {
    const hear = (warning: Error) => this.hear("a warning of the process", warning);
    process.on("warning", hear);
    this.#undo.defer(() => void process.off("warning", hear));
  }

  /** Every class of errors comes to `Error` in the end, whichever module it is made in. */
  #hearErrors(): void {
    const original = globalThis.Error;
    const hear = (error: Error, made: { readonly name: string }) => {
      if (isOwn(made)) this.#told.push({ sink: made.name, forms: () => formsOf(error) });
    };
    const construct: ProxyHandler<ErrorConstructor>["construct"] = (target, given, made) => {
      const error = Reflect.construct(target, given, made) as Error; // of this class or a derived one
      original.captureStackTrace(error, construct); // without this frame
      hear(error, made);
      return error;
    };
    globalThis.Error = new Proxy(original, { construct });
    this.#undo.defer(() => {
      globalThis.Error = original;
    });
  }

  async #hearFiles(): Promise<void> {
    const path = join(tmpdir(), `llmcfg-canary-watch-${process.pid}`);
    await using handle = await open(path, "w");
    await rm(path);
    const prototype: unknown = Object.getPrototypeOf(handle);
    for (const name of ["write", "writev", "writeFile", "appendFile"]) {
      this.#wrap(prototype as Record<string, unknown>, name, (bytes) => this.hear("a file", bytes)); // as any object
    }
  }

  #wrap(target: object, name: string, hear: (...given: readonly unknown[]) => void): void {
    const holder = target as Record<string, unknown>; // looked at by name alone
    const original = holder[name];
    if (typeof original !== "function") throw new TypeError(`there is no ${name} to be heard`);
    holder[name] = function heard(this: unknown, ...given: readonly unknown[]): unknown {
      hear(...given);
      return original.apply(this, given);
    };
    this.#undo.defer(() => {
      holder[name] = original;
    });
  }
}

function isOwn(made: { readonly name: string }): boolean {
  for (let one: unknown = made; typeof one === "function"; one = Object.getPrototypeOf(one)) {
    if (OWN_ERRORS.has(one.name)) return true;
  }
  return false;
}

/** What is shown of an error. A cause is for those who may read the sources: not looked at. */
function formsOf(error: Error): readonly string[] {
  const { message, stack = "" } = error;
  return [message, stack, JSON.stringify(error)];
}
