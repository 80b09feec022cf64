/** What the gate of a merge rests on: a run with a test that failed ends with 1, whatever else was started in it. */
import { assert, it } from "vitest"
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** The environment without what tells a process that it is a worker of this run. */
const outside = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(VITEST|AEGIS_TEST_PG_URL$|NODE_V8_COVERAGE$)/.test(name))
)

it(
  "a run ends with 1 when a test failed beside Postgres, which ends its own way",
  { timeout: 120_000 },
  async () => {
    const words = ["node_modules/vitest/vitest.mjs", "run", "--config", "test/fixtures/gate/vitest.config.ts"]
    const run = spawn(process.execPath, words, { cwd: root, env: outside })
    let output = ""
    for (const stream of [run.stdout, run.stderr]) stream.on("data", (chunk) => (output += String(chunk)))
    const code = await new Promise((resolve) => run.once("close", resolve))
    assert.include(output, "expected 'Postgres' to equal 'failed on purpose'")
    assert.strictEqual(code, 1)
  }
)
