/** A project of its own, and command lines run in it over the layers that the executable gives them. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { Readable } from "node:stream"
import { type AegisLiveError, layerWith } from "../../../../layers/CacheLive.js"
import { run } from "../../../../layers/cli/CommandLineNode.js"
import * as FilesNode from "../../../../layers/cli/FilesNode.js"
import { telemetryLive } from "../../../../layers/cli/telemetryLive.js"
import { exitCodeOf } from "../../../../src/cli/exitCode.js"
import { Files } from "../../../../src/cli/Files.js"
import type { Flags } from "../../../../src/cli/options.js"
import * as Output from "../../../../src/cli/Output.js"
import * as Progress from "../../../../src/cli/Progress.js"
import { Telemetry } from "../../../../src/services/Telemetry.js"
import type { TelemetryEvent } from "../../../../src/services/Telemetry.js"
import { filled } from "../../../cli/support/ledger.js"
import { tempDir } from "../../../support/tempDir.js"

export interface Ended {
  readonly text: string
  readonly code: number
  readonly message: string
}

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
    const sources = (flags: Flags) => ({ cwd: folder, env, flags })
    const record = (events: ReadonlyArray<TelemetryEvent>): Effect.Effect<void> =>
      Effect.gen(function* () {
        const ledger = yield* Telemetry
        yield* filled(ledger, events)
        yield* ledger.flush
      }).pipe(Effect.provide(layerWith(sources({}))), Effect.orDie)
    const aegis = (line: string): Effect.Effect<Ended> =>
      Effect.suspend(() => {
        const written: Array<string> = []
        const unasked = (): Layer.Layer<unknown, AegisLiveError> => Layer.die("not asked for here")
        return run(
          line.split(" "),
          {
            output: (json) => Output.layerMemory(written, json, { color: false, width: 160 }),
            cache: (flags) => layerWith(sources(flags)),
            telemetry: (flags) => telemetryLive(sources(flags)),
            upkeep: unasked,
            runs: unasked,
            enforce: unasked,
            replay: unasked,
            diff: unasked,
            schemas: unasked,
            change: unasked,
            checks: unasked
          },
          (text) => Effect.sync(() => void written.push(text))
        ).pipe(
          Effect.provide(
            Layer.merge(
              Layer.succeed(
                Files,
                FilesNode.make(folder, () => Object.assign(Readable.from([])))
              ),
              Progress.layerSilent
            )
          ),
          Effect.either,
          Effect.map((ended) => ({
            text: written.join(""),
            code: Either.isRight(ended) ? 0 : exitCodeOf(ended.left),
            message: Either.isLeft(ended) ? String(ended.left) : ""
          }))
        )
      })
    const done = (line: string): Effect.Effect<string> =>
      Effect.map(aegis(line), ({ code, message, text }) => {
        assert.strictEqual(code, 0, `${line}: ${message}`)
        return text
      })
    const file = (name: string): string => Path.join(folder, name)
    return { folder, file, record, aegis, done }
  })
