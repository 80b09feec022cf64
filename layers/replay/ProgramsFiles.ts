/** The programs of a project, from the modules that "programs" in the settings names. TypeScript is run as it is. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Path from "node:path"
import { ProgramInvalid } from "../../src/domain/ReplayErrors.js"
import { AegisConfig } from "../../src/services/AegisConfig.js"
import { make, type Program, Programs, provided } from "../../src/services/Programs.js"
import type { Aegis } from "../AegisLive.js"

const fix =
  "Write: export default { name, effect }, the effect a run as Aegis.run makes it; or a list of such."

const isProgram = (value: unknown): value is Program<Aegis> =>
  typeof value === "object" &&
  value !== null &&
  "name" in value &&
  typeof value.name === "string" &&
  "effect" in value &&
  Effect.isEffect(value.effect)

/** What a fault of a module says, on one line; its stack is for whoever runs the module itself. */
const problemOf = (thrown: unknown): string => {
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return `The module cannot be loaded: ${(message.split("\n")[0] ?? "").replace(/\.$/, "")}`
}

const load = Effect.fnUntraced(function* (root: string, file: string) {
  const { createJiti } = yield* Effect.promise(() => import("jiti"))
  const jiti = createJiti(Path.join(root, "aegis.config.json"), { fsCache: false })
  const loaded = yield* Effect.tryPromise({
    try: () => jiti.import(Path.resolve(root, file), { default: true }),
    catch: (thrown) =>
      new ProgramInvalid({ file, problem: problemOf(thrown), fix: "Mend it, or leave it out." })
  })
  const programs: ReadonlyArray<unknown> = Array.isArray(loaded) ? loaded : [loaded]
  return yield* Effect.forEach(programs, (program) =>
    isProgram(program)
      ? Effect.succeed(program)
      : Effect.fail(new ProgramInvalid({ file, problem: "Its default export is no program", fix }))
  )
})

/** Modules are loaded when a program is asked for. */
export const layer: Layer.Layer<Programs, never, Aegis> = Layer.effect(
  Programs,
  Effect.gen(function* () {
    const { root, settings } = yield* AegisConfig
    const context = yield* Effect.context<Aegis>()
    const loaded = yield* Effect.cached(
      Effect.map(
        Effect.forEach(settings.programs, (file) => load(root, file)),
        (programs) => make(programs.flat().map((program) => provided(program, context)))
      )
    )
    return { get: (name) => Effect.flatMap(loaded, (programs) => programs.get(name)) }
  })
)
