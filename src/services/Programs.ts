/**
 * The programs that recordings can be replayed by: what a recording is of, is found here by the name of its run. Owns: names. Does not own:
 * where programs come from (a program registers its own; the command loads modules).
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type ProgramInvalid, ProgramNotFound } from "../domain/ReplayErrors.js"
import type { Ran, Recorder } from "./Recorder.js"

/** A program that consists of one run. It does what it does with the recorder that it is given. */
export interface Program<R = never> {
  /** That of the run. */
  readonly name: string
  readonly effect: Effect.Effect<Ran<unknown>, unknown, R | Recorder>
}

export class Programs extends Context.Tag("aegis/Programs")<
  Programs,
  { readonly get: (name: string) => Effect.Effect<Program, ProgramNotFound | ProgramInvalid> }
>() {}

export const make = (programs: ReadonlyArray<Program>): Programs["Type"] => {
  const known = new Map(programs.map((program) => [program.name, program]))
  return {
    get: (name) => {
      const program = known.get(name)
      return program === undefined
        ? Effect.fail(new ProgramNotFound({ name, known: [...known.keys()] }))
        : Effect.succeed(program)
    }
  }
}

/** A program that needs nothing any more but a recorder. */
export const provided = <R>(
  program: Program<R>,
  context: Context.Context<Exclude<R, Recorder>>
): Program => ({
  name: program.name,
  // all that it needs besides the recorder is in the context
  effect: Effect.provide(program.effect, context) as Program["effect"]
})

/**
 * Registers programs; what they need besides the recorder is taken from where the layer is built.
 *
 * @example const Registered = Programs.layer({ name: "agent", effect: agent })
 */
export const layer = <R = never>(
  ...programs: ReadonlyArray<Program<R>>
): Layer.Layer<Programs, never, Exclude<R, Recorder>> =>
  Layer.effect(
    Programs,
    Effect.map(Effect.context<Exclude<R, Recorder>>(), (context) =>
      make(programs.map((program) => provided(program, context)))
    )
  )
