/**
 * Tells credentials from other text, by the name of the member or by their own shape.
 *
 * Errs on the side of finding too many: what is found is not copied, and what is not copied can be
 * written again by hand.
 *
 * @module
 */

/** Whether a text that is the value of a member with this name is a credential itself. */
export function isCredential(name: string, text: string): boolean {
  if (text === "" || text.startsWith("os.environ/")) return false;
  return hasCredentialShape(text) || (isCredentialName(name) && !isHarmless(text));
}

/** Whether members of this name hold credentials, if they hold text. */
export function isCredentialName(name: string): boolean {
  const plain = name.toLowerCase().replaceAll("-", "_");
  if (NOT_CREDENTIALS.test(plain)) return false;
  return CREDENTIALS.test(plain);
}

const CREDENTIALS =
  /(^|_)(key|apikey|api_?key\d*|secret|secret_?key|password|passwd|pwd|token|credentials?|authorization|cookie|dsn|connection_string|webhook_url|database_url|auth_value|private_key|pat)$|secret_access|access_key_id/;

/** Names that end like one and hold something else. */
const NOT_CREDENTIALS =
  /(^|_)(cache_key|public_key|primary_key|sticky_key|key_name|partition_key|sort_key|per_token|s3_key|end_token|start_token|vertex_credentials_type)$|_header_(name|key)$/;

/** `true`, `30`, a whole sentence with spaces: no credential is written like that. */
function isHarmless(text: string): boolean {
  return /^(true|false|null|none|[0-9]{1,4})$/i.test(text) || text.startsWith("oidc/");
}

export function hasCredentialShape(text: string): boolean {
  return SHAPES.some((shape) => shape.test(text));
}

const SHAPES: readonly RegExp[] = [
  /^(sk|pk|rk|lsv2|pplx|gsk|hf|xai|nvapi|r8|glpat|tvly|fw|dapi|csk)[-_][A-Za-z0-9_-]{4,}$/,
  /^sk-/,
  /^(AKIA|ASIA)[0-9A-Z]{12,}$/,
  /^AIza[0-9A-Za-z_-]{20,}$/,
  /^(gh[pousr]_|github_pat_|xox[abprs]-)/,
  /^(Bearer|Basic|Token) +\S{4,}$/i,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\./,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /"private_key"\s*:/,
  /^[a-z][a-z0-9+.-]*:\/\/[^/\s@]*:[^/\s@]+@/i, // a URL with a password
  /^https:\/\/hooks\.slack\.com\//,
];
