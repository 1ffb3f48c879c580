import type { LoaderCore } from "../load/loader-core.ts";
import type { ValueTree } from "../merge/tree.ts";
import { parseReferences, type SecretReference } from "../references/reference.ts";
import { handlesIn } from "../references/resolve-handles.ts";
import { readQuietly } from "../values/secret-handle.ts";
import type { SecretRef } from "../values/secret-ref.ts";
import { PeerTime } from "./clock-skew.ts";
import type { RemoteProbe } from "./doctor-check.ts";
import type { DoctorFinding } from "./doctor-finding.ts";
import { CHECK_OF_REMOTES, reachFinding } from "./remote-finding.ts";

export interface BackendProbeOptions<T> {
  readonly core: LoaderCore<T>;
  /** Of a configuration whose references are expanded. */
  readonly tree: ValueTree;
  /** Whether backends may be asked at all. */
  readonly resolveSecrets: boolean;
}

/**
 * Asks each backend for one secret that the configuration has in any case, and for the time. The
 * backend of the `secrets` block is asked on a connection of its own.
 */
export function backendProbes<T>(options: BackendProbeOptions<T>): readonly RemoteProbe[] {
  const { core, tree, resolveSecrets } = options;
  const context = { segments: [], nodes: [core.schema.node], report: () => {} };
  const asked = new Map<string, SecretUse>();
  for (const { handle } of handlesIn(tree, context)) {
    const reference = secretReferenceOf(handle);
    if (reference !== undefined) asked.set(reference.backend ?? "", { handle, reference });
  }
  return [...asked.values()].map((use) => {
    const name = nameOf(use.reference, core);
    const ask = async (signal: AbortSignal) =>
      resolveSecrets ? await examine(name, use, { ...options, signal }) : notAsked(name);
    return { name, ask };
  });
}

interface SecretUse {
  readonly handle: SecretRef;
  readonly reference: SecretReference;
}

function secretReferenceOf({ kind, reference }: SecretRef): SecretReference | undefined {
  if (kind !== "secret") return undefined;
  const [part] = parseReferences(reference);
  if (part?.type !== "reference" || part.reference.kind !== "secret") return undefined;
  return part.reference;
}

/** As references name it; the default one by what it is. */
function nameOf<T>({ backend }: SecretReference, { store }: LoaderCore<T>): string {
  const name = backend ?? store.backends.default?.kind ?? "of the configuration";
  return `the secrets backend ${name}`;
}

function notAsked(name: string): readonly DoctorFinding[] {
  const message = `${name} is not asked: secrets are not resolved`;
  return [{ id: CHECK_OF_REMOTES, result: "not_applicable", message }];
}

async function examine<T>(
  name: string,
  use: SecretUse,
  about: BackendProbeOptions<T> & { readonly signal: AbortSignal },
): Promise<readonly DoctorFinding[]> {
  const time = new PeerTime(about.core.clock);
  let fault: string | undefined;
  try {
    await readAnew(use, { ...about, time });
  } catch (error) {
    about.signal.throwIfAborted();
    fault = error instanceof Error ? error.message : "it failed";
  }
  return [reachFinding(name, fault), ...time.findings(name)];
}

async function readAnew<T>(
  { handle, reference: { backend, path, key, version } }: SecretUse,
  {
    core,
    tree,
    time,
    signal,
  }: BackendProbeOptions<T> & { readonly time: PeerTime; readonly signal: AbortSignal },
): Promise<void> {
  await using manager =
    backend === undefined ? await core.openManager(tree, time.onAnswer) : undefined;
  if (manager === undefined) {
    await readQuietly(handle, { refresh: true, signal });
    return;
  }
  const part = {
    ...(key === undefined ? {} : { key }),
    ...(version === undefined ? {} : { version }),
  };
  try {
    const material = await manager.getSecret(path, { ...part, signal });
    material[Symbol.dispose]();
  } catch (cause) {
    const because = cause instanceof Error ? `: ${cause.message}` : "";
    throw new Error(`${handle.reference} cannot be resolved${because}`, { cause });
  }
}
