/**
 * The typed client of the control plane: requests, the watch of a namespace, and a configuration
 * that follows the server.
 *
 * @module
 */

export type { BundleState, DescribedBundle } from "./bundle/bundle-state.ts";
export { toBundleState } from "./bundle/bundle-state.ts";
export { type Client, type ClientOptions, createClient } from "./client.ts";
export type { ConfigChange, KeyChange } from "./connected/change.ts";
export type { ConfigValue, ConfigView, ValueSchema } from "./connected/config-view.ts";
export { type ConnectOptions, connect } from "./connected/connect.ts";
export type { ConnectedConfig, ConnectionStatus } from "./connected/connected-config.ts";
export type { Participant } from "./connected/participants.ts";
export type { Answer } from "./http/answer.ts";
export { problemOf } from "./http/problem-error.ts";
export type { CallOptions } from "./http/send.ts";
export type { AccessRequests } from "./requests/access.ts";
export type { AgentFilter, AgentRequests, FleetFilter } from "./requests/agents.ts";
export type { AuditEventFilter, AuditRequests } from "./requests/audit.ts";
export type { BundleOptions, BundleRequests, NamespaceRef } from "./requests/bundles.ts";
export type { ChangeOptions, ChangeRequests } from "./requests/changes.ts";
export type {
  ConfigRequests,
  DeleteOptions,
  GetOptions,
  ListOptions,
  ListSelection,
  PostOptions,
  TreeOptions,
  WriteOptions,
} from "./requests/configs.ts";
export type { EnvironmentRequests } from "./requests/environments.ts";
export type {
  DiffSides,
  EffectiveOptions,
  ExplainRequests,
  HistoryOptions,
  VersionOptions,
} from "./requests/explain.ts";
export type { PageOptions } from "./requests/pages.ts";
export type { ReadOptions } from "./requests/read-options.ts";
export type { SystemRequests } from "./requests/system.ts";
export type { WatchOptions, WatchRequests } from "./requests/watch.ts";
export { type Runtime, SYSTEM_RUNTIME } from "./runtime.ts";
export { SecretHandle } from "./secrets/secret-handle.ts";
export {
  type NamespaceWatch,
  type WatchCounts,
  type WatchNamespaceOptions,
  watchNamespace,
} from "./watch/watch.ts";
export type { StateCause, WatchItem } from "./watch/watch-item.ts";
