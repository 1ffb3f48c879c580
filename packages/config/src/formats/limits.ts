/** How large a source may be; a larger one is refused with the place where the limit is passed. */
export interface Limits {
  readonly maxBytes: number;
  /** How deep objects and lists may be nested. */
  readonly maxDepth: number;
  /** How many aliases of YAML are expanded. */
  readonly maxAliases: number;
  /** How many values there are, objects and lists among them. */
  readonly maxNodes: number;
}

export const DEFAULT_LIMITS: Limits = {
  maxBytes: 4 * 1024 * 1024,
  maxDepth: 64,
  maxAliases: 100,
  maxNodes: 500_000,
};
