import type { Io } from "../src/io.ts";

export interface RecordingIo extends Io {
  readonly printed: { out: string; err: string };
}

/** No terminal, nobody to ask, no server near; what is printed is kept. */
export function recordingIo(surroundings: Partial<Io> = {}): RecordingIo {
  const printed = { out: "", err: "" };
  return {
    printed,
    out: (text) => {
      printed.out += text;
    },
    err: (text) => {
      printed.err += text;
    },
    readInput: async () => "",
    env: { XDG_RUNTIME_DIR: "/nowhere", HOME: "/nowhere" },
    cwd: "/",
    isTerminal: false,
    isErrTerminal: false,
    columns: undefined,
    canAsk: false,
    ask: async () => "",
    askHidden: async () => "",
    signal: new AbortController().signal,
    ...surroundings,
  };
}
