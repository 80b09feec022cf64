/** A project with a cache on a real disk, for tests that break one of the two. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import { layerFor } from "../../layers/AegisLive.js"
import { ResolvedScaffold } from "../../src/domain/ResolvedScaffold.js"
import type { ResolveInput } from "../../src/domain/ResolveInput.js"
import * as AegisConfig from "../../src/services/AegisConfig.js"
import { resolveScaffold } from "../../src/services/resolveScaffold.js"
import { ScaffoldCache } from "../../src/services/ScaffoldCache.js"
import { tempDir } from "../support/tempDir.js"
import { cacheWarnings } from "./inputs.js"

/** Runs a program with the cache of a project, opened for it and closed again. */
export const use = <A, E>(
  root: string,
  program: (cache: ScaffoldCache["Type"]) => Effect.Effect<A, E>,
  settings: typeof AegisConfig.Settings.Encoded = {}
) => Effect.flatMap(ScaffoldCache, program).pipe(Effect.provide(layerFor(AegisConfig.layer(root, settings))))

/** Resolves an input as it comes. */
export const resolve = (
  cache: ScaffoldCache["Type"],
  input: typeof ResolveInput.Encoded,
  options?: Parameters<typeof resolveScaffold>[1]
) => Effect.provideService(resolveScaffold(input, options), ScaffoldCache, cache)

const encode = Schema.encodeSync(ResolvedScaffold)

/** What must be the same however a scaffold was come by. */
export const substance = (resolved: ResolvedScaffold) => {
  const { cacheHit: _cacheHit, miss: _miss, outcome: _outcome, warnings, ...rest } = encode(resolved)
  const own = cacheWarnings(resolved).map(({ code }) => code)
  return { ...rest, warnings: warnings.filter(({ code }) => !own.includes(code)) }
}

/** A file system in memory of a given size, for as long as the scope lasts. */
export const tinyDisk = (options: string): Effect.Effect<string, never, Scope.Scope> =>
  Effect.flatMap(tempDir, (folder) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        assert.strictEqual(spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder]).status, 0)
        return folder
      }),
      () => Effect.sync(() => spawnSync("umount", ["-l", folder]))
    )
  )

export const isRoot = process.getuid?.() === 0

/** Whether small disks can be mounted; it says so when they cannot. */
export const canMount = ((): boolean => {
  const probe = Fs.mkdtempSync("/tmp/aegis-mount-")
  const mounted = isRoot && spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", probe]).status === 0
  if (mounted) spawnSync("umount", ["-l", probe])
  else
    process.stderr.write("Skipped: a full and a read-only disk need root on Linux, to mount a small one.\n")
  Fs.rmSync(probe, { recursive: true, force: true })
  return mounted
})()
