import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as ChecksNode from "../../../layers/cli/ChecksNode.js"
import { checksLive } from "../../../layers/cli/checksLive.js"
import { Checks } from "../../../src/cli/Checks.js"
import { tempDir } from "../../support/tempDir.js"

const unreachable = "http://127.0.0.1:9"
const env = {
  AEGIS_VLLM_BASE_URL: unreachable,
  AEGIS_SGLANG_BASE_URL: unreachable,
  AEGIS_LLAMA_CPP_BASE_URL: unreachable
}

const checksIn = (cwd: string) =>
  Effect.flatMap(Checks, ({ all }) => all).pipe(
    Effect.provide(checksLive({ cwd, env, flags: {} })),
    Effect.map((checks) => new Map(checks.map((check) => [check.name, check])))
  )

describe("ChecksNode", () => {
  it("knows which Node.js is enough", () => {
    assert.strictEqual(ChecksNode.nodeCheck("20.12.0").status, "ok")
    assert.strictEqual(ChecksNode.nodeCheck("22.1.0").status, "ok")
    for (const old of ["20.11.9", "18.20.0"]) {
      assert.deepInclude(ChecksNode.nodeCheck(old), { status: "fault" })
      assert.include(ChecksNode.nodeCheck(old).detail, "20.12")
    }
  })

  it("minds the provider that is wanted, and a key that is refused", () => {
    const of = (status: "ok" | "unconfigured" | "unreachable" | "unauthorized", wanted: boolean) =>
      ChecksNode.providerCheck("openai", { status, detail: "d" }, wanted).status
    assert.deepStrictEqual(
      [of("ok", true), of("unconfigured", false), of("unreachable", false)],
      ["ok", "note", "note"]
    )
    assert.deepStrictEqual([of("unconfigured", true), of("unauthorized", false)], ["fault", "fault"])
  })

  it("notes variables that nothing reads because they are misspelt", () => {
    const details = ChecksNode.variableChecks({
      AEGIS_MODLE: "x",
      AEGIS_MODEL: "m",
      AEGIS_DEBUG: "1",
      PATH: ""
    })
    assert.deepStrictEqual(details, [
      { name: "environment", status: "note", detail: "AEGIS_MODLE is not read; did you mean AEGIS_MODEL?" }
    ])
  })

  it.scoped("makes no cache by looking for one, and finds one that is sound", () =>
    Effect.gen(function* () {
      const folder = yield* tempDir
      const before = yield* checksIn(folder)
      assert.deepInclude(before.get("cache"), { status: "note" })
      assert.isFalse(Fs.existsSync(Path.join(folder, ".aegis")))
      assert.deepInclude(before.get("sqlite"), { status: "ok" })

      const file = Path.join(folder, ".aegis/cache.db")
      Fs.mkdirSync(Path.dirname(file))
      Fs.writeFileSync(file, "", { mode: 0o600 })
      const sound = yield* checksIn(folder)
      assert.deepInclude(sound.get("cache"), { status: "ok" })
      assert.match(sound.get("cache")?.detail ?? "", /schema version \d+, intact$/)
      assert.deepInclude(sound.get("permissions"), { status: "ok" })
    })
  )

  it.scoped("faults a cache that others can reach, and a file that is none", () =>
    Effect.gen(function* () {
      const folder = yield* tempDir
      const file = Path.join(folder, ".aegis/cache.db")
      Fs.mkdirSync(Path.dirname(file))
      Fs.writeFileSync(file, "this is no database, however long it may be read".repeat(100))
      Fs.chmodSync(file, 0o644)
      const checks = yield* checksIn(folder)
      assert.deepInclude(checks.get("cache"), { status: "fault" })
      assert.include(checks.get("cache")?.detail ?? "", "not-a-database")
      assert.include(checks.get("permissions")?.detail ?? "", "chmod 600")
    })
  )

  it.scoped("faults a file in the place of the cache's folder, and says what to do", () =>
    Effect.gen(function* () {
      const folder = yield* tempDir
      Fs.writeFileSync(Path.join(folder, ".aegis"), "a file")
      const { detail, status } = (yield* checksIn(folder)).get("cache") ?? { detail: "", status: "none" }
      assert.strictEqual(status, "fault")
      assert.include(detail, "A part of the path is a file: choose another path.")
    })
  )

  it.scoped("says of a damaged database that it is damaged", () =>
    Effect.gen(function* () {
      const folder = yield* tempDir
      const file = Path.join(folder, ".aegis/cache.db")
      Fs.mkdirSync(Path.dirname(file))
      Fs.writeFileSync(file, "", { mode: 0o600 })
      yield* checksIn(folder)
      const bytes = Fs.readFileSync(file)
      // every page but the first, which holds the schema
      bytes.fill(0xa5, 8192)
      Fs.writeFileSync(file, bytes)
      assert.deepInclude((yield* checksIn(folder)).get("cache"), { status: "fault" })
    })
  )
})
