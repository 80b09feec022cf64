/** A folder that exists for as long as its scope: every test has its own, and none is left behind. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"

/** The real path of a new folder (mode 0700), removed with everything in it when the scope closes. */
export const tempDir: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => Fs.realpathSync(Fs.mkdtempSync(Path.join(Os.tmpdir(), "aegis-test-")))),
  (folder) => Effect.sync(() => Fs.rmSync(folder, { recursive: true, force: true }))
)

/** The path of a file `name` in a folder of its own; the file itself is not created. */
export const tempFile = (name: string): Effect.Effect<string, never, Scope.Scope> =>
  Effect.map(tempDir, (folder) => Path.join(folder, name))
