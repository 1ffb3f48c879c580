import type { Json, JsonPointer } from "../json.ts";
import type { ReferenceFault, ServiceKey } from "./layers.ts";
import type { Overlay } from "./overlay-layers.ts";

/** What a key gives once its references are expanded. */
export interface ReadValue {
  readonly overlay: Overlay;
  /** `undefined` where there is none, where it is sealed, and where a reference is at fault. */
  readonly value: Json | undefined;
  readonly isSensitive: boolean;
  /** Whether expanding made a difference, or failed. */
  readonly isExpanded: boolean;
  readonly faults: readonly Fault[];
  /** How long the longest chain of references below it is; 0 without any. */
  readonly levels: number;
  /** Id of the first key of that chain. */
  readonly deepest: string | undefined;
  /** Whether the layers of the key are still to be loaded: then the rest means nothing. */
  readonly isMissing: boolean;
}

export interface Fault {
  readonly code: ReferenceFault["code"];
  readonly cause: string;
  /** Where in the value that holds the reference. */
  readonly pointer: JsonPointer;
  /** Id of the key that the reference leads to, where it leads to one. */
  readonly next: string | undefined;
}

/** Equal for equal keys alone: a service holds no `/`. */
export function idOf({ service, key }: ServiceKey): string {
  return `${service}/${key}`;
}
