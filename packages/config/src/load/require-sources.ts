import { ConfigLoadError } from "../errors.ts";
import { formatPosition } from "../sources/located.ts";
import type { SourceFault } from "./read-sources.ts";

/** @throws {ConfigLoadError} of the first failure, with the findings of all */
export function requireSources(failures: readonly SourceFault[]): void {
  const [first] = failures;
  if (first === undefined) return;
  const findings = failures.flatMap((failure) => failure.findings);
  const texts = findings.map(({ position, message, hint, related = [] }) => {
    const place = position === undefined ? "" : `${formatPosition(position)}: `;
    const others = related.flatMap(({ position: other }) => (other ? [formatPosition(other)] : []));
    const also = others.length === 0 ? "" : ` (see ${others.join(", ")})`;
    return `${place}${message}${also}${hint === undefined ? "" : `; ${hint}`}`;
  });
  const { source, code, cause } = first;
  throw new ConfigLoadError(code, texts.join("\n"), { source, findings, cause });
}
