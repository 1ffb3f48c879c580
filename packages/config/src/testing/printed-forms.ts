import { inspect } from "node:util";

/** Everything that a value may be printed as: text, `inspect` with causes, JSON, and a clone's. */
export function printedForms(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (value instanceof Uint8Array) return [Buffer.from(value).toString("utf8")];
  return [
    printed(value),
    attempt(() => String(value)),
    attempt(() => JSON.stringify(value) ?? ""),
    attempt(() => printed(structuredClone(value))),
    ...errorsWithin(value).map(({ stack = "", message }) => `${message}\n${stack}`),
  ];
}

function printed(value: unknown): string {
  return inspect(value, {
    depth: Number.POSITIVE_INFINITY,
    showHidden: true,
    getters: true,
    maxArrayLength: null,
    maxStringLength: null,
  });
}

/** What cannot be written this way tells nothing: cycles in JSON, functions in a clone. */
function attempt(write: () => string): string {
  try {
    return write();
  } catch (error) {
    return String(error);
  }
}

function errorsWithin(value: unknown): readonly Error[] {
  const errors = new Set<Error>();
  const collect = (error: unknown): void => {
    if (!(error instanceof Error) || errors.has(error)) return;
    errors.add(error);
    collect(error.cause);
    if (error instanceof AggregateError) for (const inner of error.errors) collect(inner);
  };
  collect(value);
  return [...errors];
}
