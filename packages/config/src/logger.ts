/** Where a library says what its caller cannot be told by a return value; pino fits. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Warnings of the process: shown on its standard error, unless it says else. */
export const warningLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: (_fields, message) => emitWarning(message),
  error: (_fields, message) => emitWarning(message),
};

function emitWarning(message: string): void {
  process.emitWarning(message, { type: "LlmcfgWarning" });
}
