import { defineConfig, type ViteUserConfig } from "vitest/config";

const conditions = ["@llmcfg/source"];

/** Runs the one file that leaks, under the watch of the suites. */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ["tests/support/canaries/leaking.fixture.ts"],
    setupFiles: ["tests/support/canaries/setup.ts"],
  },
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
});

export default config;
