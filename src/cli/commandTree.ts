/** Commands as help and completions show them, and as they are run. */
import * as Command from "@effect/cli/Command"
import * as CommandDescriptor from "@effect/cli/CommandDescriptor"
import type * as Effect from "effect/Effect"
import type { Words } from "./commandWords.js"
import type { Files } from "./Files.js"
import type { Progress } from "./Progress.js"

/** A command as help shows it. */
export interface CommandWords extends Words {
  readonly summary: string
  readonly descriptor: CommandDescriptor.Command<unknown>
  readonly commands: ReadonlyArray<CommandWords>
}

/** The words of a command, and of those under it. */
export const words = (
  name: string,
  summary: string,
  { descriptor }: { readonly descriptor: CommandDescriptor.Command<unknown> },
  commands: ReadonlyArray<CommandWords> = []
): CommandWords => ({ name, summary, descriptor, commands })

/** What words were parsed to, once nobody is to look at it: what there is to do. */
export interface Parsed {
  /** The word of the command; the library asks for it. */
  readonly name: string
  readonly run: Effect.Effect<void, unknown, Files | Progress>
}

/** A command of which is known only that it can be run. */
export type AnyCommand = Command.Command<string, Files | Progress, unknown, Parsed>

/** Commands that take one place in the tree, with their words. */
export interface Commands {
  readonly commands: ReadonlyArray<AnyCommand>
  readonly words: ReadonlyArray<CommandWords>
}

/** Hides what a command parses. What it parsed is run as the command itself runs it, its layers included. */
export const anyCommand = <Name extends string, R extends Files | Progress, E, A>(
  self: Command.Command<Name, R, E, A>
): AnyCommand => {
  const name = [...Command.getNames(self)].join(" ")
  return Command.fromDescriptor(
    CommandDescriptor.map(self.descriptor, (parsed): Parsed => ({
      name,
      run: self.transform(self.handler(parsed), parsed)
    })),
    ({ run }) => run
  )
}
