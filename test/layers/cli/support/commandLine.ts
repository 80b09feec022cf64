/** The words behind `aegis`, run to their end in this process. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import { Readable } from "node:stream"
import { run } from "../../../../layers/cli/CommandLineNode.js"
import * as FilesNode from "../../../../layers/cli/FilesNode.js"
import type { Sources } from "../../../../layers/givenSettings.js"
import type { CommandLayers } from "../../../../src/cli/commandLine.js"
import { exitCodeOf } from "../../../../src/cli/exitCode.js"
import { Files } from "../../../../src/cli/Files.js"
import type { Flags } from "../../../../src/cli/options.js"
import * as Output from "../../../../src/cli/Output.js"
import * as Progress from "../../../../src/cli/Progress.js"
import type { Style } from "../../../../src/cli/views/Style.js"

/** How a command line ended: what it printed, its exit code, and the tag and text of the error where it failed. */
export interface Ended {
  readonly text: string
  readonly code: number
  readonly tag: string
  readonly message: string
}

type Layers = CommandLayers<unknown>
type OfSources<Make> = Make extends (flags: Flags, ...asked: infer Asked) => infer Made
  ? (sources: Sources, ...asked: Asked) => Made
  : never

export interface Place {
  /** The project, from where the words are said. */
  readonly folder: string
  readonly env?: Readonly<Record<string, string>>
  /** The layers that the words may ask for: to ask for another is a defect. */
  readonly layers: Partial<Pick<Layers, "diff">> & {
    readonly [Name in Exclude<keyof Layers, "output" | "diff">]?: OfSources<Layers[Name]>
  }
  readonly style?: Style | undefined
  readonly stdin?: string
  readonly progress?: Layer.Layer<Progress.Progress>
}

const unasked = (): Layer.Layer<unknown> => Layer.die("not asked for here")

/** Runs words in a place. It never fails: an error is how they ended. */
export const commandLine = (
  { env = {}, folder, layers, progress = Progress.layerSilent, stdin, style }: Place,
  words: ReadonlyArray<string>
): Effect.Effect<Ended> =>
  Effect.suspend(() => {
    const written: Array<string> = []
    const from =
      <Asked extends ReadonlyArray<unknown>, Made>(make: (sources: Sources, ...asked: Asked) => Made) =>
      (flags: Flags, ...asked: Asked): Made =>
        make({ cwd: folder, env, flags }, ...asked)
    const bytes = stdin === undefined ? [] : [Buffer.from(stdin)]
    return run<unknown>(
      words,
      {
        output: (json) => Output.layerMemory(written, json, style),
        cache: from(layers.cache ?? unasked),
        upkeep: from(layers.upkeep ?? unasked),
        runs: from(layers.runs ?? unasked),
        enforce: from(layers.enforce ?? unasked),
        diff: layers.diff ?? unasked,
        replay: from(layers.replay ?? unasked),
        telemetry: from(layers.telemetry ?? unasked),
        change: from(layers.change ?? unasked),
        schemas: from(layers.schemas ?? unasked),
        checks: from(layers.checks ?? unasked)
      },
      (text) => Effect.sync(() => void written.push(text))
    ).pipe(
      Effect.provideService(
        Files,
        FilesNode.make(folder, () => Readable.from(bytes))
      ),
      Effect.provide(progress),
      Effect.either,
      Effect.map((ended) => ({
        text: written.join(""),
        code: Either.isRight(ended) ? 0 : exitCodeOf(ended.left),
        tag: Either.isLeft(ended) ? String(Reflect.get(Object(ended.left), "_tag")) : "",
        message: Either.isLeft(ended) ? String(ended.left) : ""
      }))
    )
  })
