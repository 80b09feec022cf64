/** What the gate of a merge rests on: how a run of tests ends follows from them alone, whatever else was started in it. */
import { assert, describe, it } from "vitest"
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** The environment without what tells a process that it is a worker of this run. */
const outside = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(VITEST|AEGIS_TEST_PG_URL$|NODE_V8_COVERAGE$)/.test(name))
)

/** Runs test/fixtures/gate, which passes where it is told to expect "Postgres". */
const runExpecting = async (found: string): Promise<{ readonly code: unknown; readonly output: string }> => {
  const words = ["node_modules/vitest/vitest.mjs", "run", "--config", "test/fixtures/gate/vitest.config.ts"]
  const env = { ...outside, AEGIS_GATE_EXPECTS: found, NO_COLOR: "1" }
  const run = spawn(process.execPath, words, { cwd: root, env })
  let output = ""
  for (const stream of [run.stdout, run.stderr]) stream.on("data", (chunk) => (output += String(chunk)))
  const code = await new Promise((resolve) => run.once("close", resolve))
  return { code, output }
}

describe(
  "a run of tests beside Postgres, whose package has exit codes of its own",
  { timeout: 120_000 },
  () => {
    it("ends with 1 when one failed", async () => {
      const { code, output } = await runExpecting("something else")
      assert.include(output, "expected 'Postgres' to equal 'something else'")
      assert.strictEqual(code, 1)
    })

    it("ends with 0 when all passed", async () => {
      const { code, output } = await runExpecting("Postgres")
      assert.strictEqual(code, 0, output)
    })
  }
)
