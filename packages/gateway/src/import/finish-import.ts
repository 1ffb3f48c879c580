import type { ConfigPath } from "@llmcfg/config";
import type { Json, JsonObject } from "@llmcfg/core";
import { checkDocument } from "./check-document.ts";
import type { ImportOptions, ImportResult } from "./foreign.ts";
import type { LeafLedger } from "./leaf-ledger.ts";
import type { Literals } from "./literals.ts";
import { writeDocument } from "./write-document.ts";

export interface ImportedDraft {
  readonly document: JsonObject;
  readonly ledger: LeafLedger;
  readonly literals: Literals;
  /** Source paths by the provider or rule that came of them. */
  readonly origins: ReadonlyMap<ConfigPath, readonly string[]>;
  /** Name and version of the importer. */
  readonly importer: string;
  readonly format: NonNullable<ImportOptions["format"]>;
}

/**
 * Checks what came of an import and writes it down. Nothing is stored before it is known that
 * nothing is refused.
 */
export async function finishImport(draft: ImportedDraft): Promise<ImportResult> {
  const { document, ledger, literals, format } = draft;
  if (!ledger.isRefused) {
    for (const fault of await checkDocument(document)) ledger.refuse(fault);
  }
  if (format === "toml" && !ledger.isRefused && hasNull(document)) {
    ledger.refuse({
      note: "TOML cannot say null, which stands in what is preserved: take yaml or json",
    });
  }
  const report = ledger.report();
  if (report.counts.refused > 0) return { document: undefined, text: undefined, report };
  const moved = await literals.move(document);
  const text = writeDocument(moved, {
    format,
    report,
    importer: draft.importer,
    origins: draft.origins,
  });
  return { document: moved, text, report };
}

function hasNull(value: Json): boolean {
  if (value === null) return true;
  return typeof value === "object" && Object.values(value).some(hasNull);
}
