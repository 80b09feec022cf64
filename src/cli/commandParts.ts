/** What the commands about runs are put together from. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { CommandLayers, RunServices } from "./commandLine.js"
import { flagsOf } from "./options.js"
import type { Output } from "./Output.js"

/** Runs a handler of a module that is loaded now. */
export const later =
  <M, O, A, E, R>(
    load: () => Promise<M>,
    handler: (module: M) => (options: O) => Effect.Effect<A, E, R>
  ): ((options: O) => Effect.Effect<A, E, R>) =>
  (options) =>
    Effect.flatMap(Effect.promise(load), (module) => handler(module)(options))

export const text = (name: string, description: string): Options.Options<Option.Option<string>> =>
  Options.text(name).pipe(Options.withDescription(description), Options.optional)

export const integer = (name: string, description: string): Options.Options<Option.Option<number>> =>
  Options.integer(name).pipe(Options.withDescription(description), Options.optional)

export const flag = (name: string, description: string): Options.Options<boolean> =>
  Options.boolean(name).pipe(Options.withDescription(description))

export const argument = (name: string, description: string): Args.Args<string> =>
  Args.text({ name }).pipe(Args.withDescription(description))

export const rulepacks = Options.text("rulepack").pipe(
  Options.withDescription("A rulepack: name, name@version or folder; may be repeated"),
  Options.repeated
)
export const file = argument("file", "A file, or - for stdin").pipe(Args.optional)
export const ref = argument("ref", "A checkpoint: id, first digits, tag, branch, name, name@2, thread:name")
export const within = text("thread", "The run to look in; without it all are looked through")

/** What every command has that opens a database. */
export interface StoreOptions {
  readonly json: boolean
  readonly namespace: Option.Option<string>
  readonly cacheDir: Option.Option<string>
}

/** A command over the run store. */
export const onRuns =
  <E>(layers: CommandLayers<E>) =>
  <Name extends string, R, E2, A extends StoreOptions>(
    summary: string,
    self: Command.Command<Name, R, E2, A>
  ): Command.Command<Name, Exclude<Exclude<R, RunServices>, Output>, E | E2, A> =>
    self.pipe(
      Command.withDescription(summary),
      Command.provide((options: A) => layers.runs(flagsOf(options))),
      Command.provide((options: A) => layers.output(options.json))
    )
