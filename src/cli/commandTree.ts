/** Commands as help and completions show them. */
import type * as CommandDescriptor from "@effect/cli/CommandDescriptor"
import type { Words } from "./commandWords.js"

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
