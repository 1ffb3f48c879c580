/** One place where a change alters what is effective. */
export interface Effect {
  readonly env: string;
  readonly service: string;
  readonly key: string;
  /** The environment that is written. */
  readonly via: string;
  /** Whether it comes down from an ancestor of `env`. */
  readonly inherited: boolean;
  readonly protected: boolean;
  readonly change: "create" | "update" | "delete";
  readonly restartRequired: boolean;
}
