/** A project of its own, and command lines about its cache and its ledger over the layers that the executable gives them. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { layerWith } from "../../../../layers/CacheLive.js"
import { telemetryLive } from "../../../../layers/cli/telemetryLive.js"
import { Telemetry } from "../../../../src/services/Telemetry.js"
import type { TelemetryEvent } from "../../../../src/services/Telemetry.js"
import { filled } from "../../../cli/support/ledger.js"
import { tempDir } from "../../../support/tempDir.js"
import { commandLine, type Ended } from "./commandLine.js"

export interface Commands {
  readonly folder: string
  /** The path of a file in the project. */
  readonly file: (name: string) => string
  /** Puts records into the project's ledger. */
  readonly record: (events: ReadonlyArray<TelemetryEvent>) => Effect.Effect<void>
  /** Runs a command line to its end. */
  readonly aegis: (line: string) => Effect.Effect<Ended>
  /** What a command line printed that has to succeed. */
  readonly done: (line: string) => Effect.Effect<string>
}

export const commandsIn = (
  env: Readonly<Record<string, string>> = {}
): Effect.Effect<Commands, never, Scope.Scope> =>
  Effect.map(tempDir, (folder) => {
    Fs.writeFileSync(Path.join(folder, "package.json"), "{}")
    const record = (events: ReadonlyArray<TelemetryEvent>): Effect.Effect<void> =>
      Effect.gen(function* () {
        const ledger = yield* Telemetry
        yield* filled(ledger, events)
        yield* ledger.flush
      }).pipe(Effect.provide(layerWith({ cwd: folder, env, flags: {} })), Effect.orDie)
    const place = {
      folder,
      env,
      layers: { cache: layerWith, telemetry: telemetryLive },
      style: { color: false, width: 160 }
    }
    const aegis = (line: string): Effect.Effect<Ended> => commandLine(place, line.split(" "))
    const done = (line: string): Effect.Effect<string> =>
      Effect.map(aegis(line), ({ code, message, text }) => {
        assert.strictEqual(code, 0, `${line}: ${message}`)
        return text
      })
    const file = (name: string): string => Path.join(folder, name)
    return { folder, file, record, aegis, done }
  })
