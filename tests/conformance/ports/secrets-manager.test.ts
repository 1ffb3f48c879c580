import { cached, environmentSecrets } from "@llmcfg/config/secrets";
import { MemorySecrets } from "../../support/memory-secrets.ts";
import { type OpenedSecrets, testSecretsManager } from "./secrets-manager.ts";

testSecretsManager("environment", async () => openEnvironment());
testSecretsManager("memory", async () => openMemory(false));
testSecretsManager("memory behind a cache", async () => openMemory(true));

function openEnvironment(): OpenedSecrets {
  const variables: Record<string, string> = {};
  const manager = environmentSecrets({ prefix: "APP_", variables });
  const put = async (path: string, text: string) => {
    variables[`APP_${path.replaceAll("-", "_").toUpperCase()}`] = text;
    return undefined;
  };
  return {
    manager,
    put,
    putMembers: async (path, members) => {
      await put(path, JSON.stringify(members));
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

function openMemory(isCached: boolean): OpenedSecrets {
  const memory = new MemorySecrets();
  return {
    manager: isCached ? cached(memory) : memory,
    put: async (path, text) => memory.put(path, text),
    putMembers: async (path, members) => void memory.put(path, JSON.stringify(members)),
    [Symbol.asyncDispose]: async () => {},
  };
}
