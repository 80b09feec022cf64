import { availableParallelism } from "node:os"
import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

export default defineConfig({
  // examples name the package as programs do
  resolve: {
    alias: [
      { find: /^aegis-prompt-cache$/, replacement: fileURLToPath(new URL("src/index.ts", import.meta.url)) }
    ]
  },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/globalSetup.ts"],
    setupFiles: ["test/support/setup.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: "forks",
    // one more than there are cores: many files wait for processes, databases and the disk
    poolOptions: { forks: { maxForks: availableParallelism() + 1 } },
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts", "layers/**/*.ts", "rulepacks/**/*.ts", "migrations/**/*.ts"],
      reporter: ["text-summary", "json-summary", "html"],
      thresholds: { branches: 90, functions: 90, lines: 90, statements: 90 }
    }
  }
})
