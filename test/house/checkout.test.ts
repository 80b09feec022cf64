/** A checkout after `npm ci`: what its README tells to do next. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { root } from "../docs/markdown.js"
import { run } from "../docs/workbench.js"
import { tempDir } from "../support/tempDir.js"

describe("npx aegis in a checkout", () => {
  it.scopedLive("runs the command that npm ci has built, and does not build it again", () =>
    Effect.gen(function* () {
      const builtAt = (): number => Fs.statSync(Path.join(root, "dist/bin/aegis.cjs")).mtimeMs
      const before = builtAt()
      // a home that npm has not been in: the first time is the one that installs
      const env = { PATH: process.env.PATH ?? "", HOME: yield* tempDir }
      const ran = yield* run("npx", ["aegis", "--version"], { cwd: root, env })
      assert.strictEqual(ran.code, 0, ran.output)
      assert.match(ran.output, /^\d+\.\d+\.\d+$/m)
      assert.strictEqual(builtAt(), before)
    })
  )
})
