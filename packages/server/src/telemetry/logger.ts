import { type DestinationStream, type Logger, pino } from "pino";

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

export type { Logger };

export interface LoggerOptions {
  readonly level: LogLevel;
  /** `pretty` is for a person at a terminal. */
  readonly format: "json" | "pretty";
  /** Default: stderr, so that stdout stays what the command prints. */
  readonly stream?: DestinationStream | undefined;
}

/** One JSON line an event, with `time` (RFC 3339), `level`, `msg` and what the caller adds. */
export function createLogger({ level, format, stream }: LoggerOptions): Logger {
  const destination = stream ?? pino.destination({ fd: 2, sync: true });
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      // What could hold a credential is never logged, whoever passes it by mistake.
      redact: {
        paths: ["authorization", "*.authorization", 'headers["x-api-key"]', "token", "*.token"],
        censor: "(sensitive)",
      },
    },
    format === "pretty" ? prettyStream(destination) : destination,
  );
}

/** `10:15:30.123 info  request failed  {"requestId":"req_…"}` */
function prettyStream(destination: DestinationStream): DestinationStream {
  return {
    write(line: string) {
      const { time, level, msg, ...rest } = JSON.parse(line) as Record<string, unknown>; // pino's own
      const clock = String(time).slice(11, 23);
      const fields = Object.keys(rest).length === 0 ? "" : `  ${JSON.stringify(rest)}`;
      destination.write(`${clock} ${String(level).padEnd(5)} ${String(msg)}${fields}\n`);
    },
  };
}
