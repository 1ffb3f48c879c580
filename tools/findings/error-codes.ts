import type { AuditFindingCode } from "../../packages/config/src/audit/verify.ts";

/** What an error with this code means that is no finding about a configuration; a sentence or two. */
export const ERROR_CODES: Readonly<Record<string, string>> = {
  audit_conflict:
    "Another process has written to the audit log. Give each process a log of its own.",
  audit_dropped: "Audit records were given up, too many of them waiting. Mend the sink.",
  audit_spool_full: "The folder of waiting audit records is full. Mend the way to S3.",
  backend_unreachable: "The backend of secrets does not answer. Mend the way to it.",
  cluster_unknown: "No Kubernetes cluster is known. Set `KUBECONFIG`, or run in a pod.",
  invalid_configuration: "The configuration is invalid; `report` has the findings.",
  invalid_json_schema: "A JSON Schema of your own cannot be read, parsed or compiled. Correct it.",
  invalid_option: "An option in code cannot be used. The message says what is expected.",
  invalid_prefix: "The prefix of variables cannot be one. Write for example `GATEWAY_`.",
  kubeconfig_invalid: "The kubeconfig cannot be read. Correct it.",
  kubeconfig_unsupported: "The kubeconfig asks for a login that is not supported.",
  login_refused: "Vault refuses the login. Check role, credentials and mount.",
  no_accepted_state: "The state folder holds no accepted configuration.",
  no_manager: "A secret is asked for, and there is nobody to answer.",
  no_sources: "The loader has no sources. Add one.",
  no_status: "No process tells of itself in the state folder. Give the one it was started with.",
  not_an_audit_log: "The file holds something else than audit records. Name another one.",
  not_running: "The process is not running any more.",
  other_process: "The state folder belongs to another process. Give the right one.",
  secret_denied: "The backend refuses the secret. Let the gateway read it.",
  secret_not_found:
    "There is no such secret, version or member. Store it, or correct the reference.",
  secrets_block_invalid: "A credential of the secrets block does not have its form.",
  secrets_unavailable: "Secrets that were asked for cannot be fetched; `failures` names them.",
  signal_refused: "The process may not be sent a signal. Run it as the same user.",
  signals_off: "The process does not reload on a signal. Start it with `signals: true`.",
  source_malformed: "A source cannot be parsed; `findings` says why.",
  source_unchanged:
    "A source of one's own says it is unchanged and was never read: a defect of it.",
  state_refused: "The stored configuration cannot be trusted or read. The message says why.",
  state_unopened: "The stored configuration cannot be opened with this key.",
  state_unsafe: "Others may write to the state folder. `chmod` it to 700.",
  stopped: "The manager has been stopped.",
  unknown_file: "No source reads the file that a change is proposed for.",
  unsupported_database: "There is no audit sink for this database. Use PostgreSQL or SQLite.",
  unsupported_export: "There is no exporter for this product.",
  unsupported_import: "There is no importer for this product.",
  version_not_found: "The history has no such version.",
  wrong_backend: "The secrets block is for another backend than the one asked for.",
};

/** What `llmcfg gateway audit-verify` finds in a log; a sentence or two. */
export const AUDIT_CODES: Readonly<Record<AuditFindingCode, string>> = {
  chain_broken: "A record does not follow the one before it: some are missing, added or moved.",
  earlier_records_missing: "The log begins after its first record: older files were rotated away.",
  hash_mismatch: "A record is not what its hash was made of: it was changed.",
  malformed_line: "A line is no record, and the chain does not go on behind it.",
  no_records: "The log holds no record.",
  not_canonical: "A record is not written as records are: it was changed by hand.",
  torn_line: "A line is the rest of a record that a crash cut off; the chain goes on behind it.",
};
