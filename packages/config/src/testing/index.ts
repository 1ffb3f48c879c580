/**
 * For the tests of applications: time that stands still, a source in memory, a file system that
 * fails, and canaries in place of secrets: `@llmcfg/config/testing`.
 *
 * @module
 */

export type { Canaries, CanaryLeak } from "./canaries.ts";
export {
  type Fault,
  type FaultyFileSystem,
  type FileCall,
  type FileOperation,
  faultyFileSystem,
} from "./faulty-file-system.ts";
export { ManualClock } from "./manual-clock.ts";
export { MemorySource, type MemorySourceOptions } from "./memory-source.ts";
export { CanaryLeakError, withCanaries } from "./with-canaries.ts";
