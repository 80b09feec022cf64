/**
 * The files that the command itself reads and writes: a prompt, the state of a run, or what `init` lays down. Does not own: what a prompt
 * includes (PromptLoader), the cache (ScaffoldCache).
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Stream from "effect/Stream"
import type { PromptTooLarge } from "../domain/PromptErrors.js"
import type { StoreError } from "../domain/StoreErrors.js"
import type { UsageError } from "./UsageError.js"

export class Files extends Context.Tag("aegis/Files")<
  Files,
  {
    /** The folder in which the command was started. */
    readonly cwd: string
    /** Whether a person would have to type what `-` reads. */
    readonly stdinIsTerminal: boolean
    /** The text of a file, or of stdin for `-`, of at most `maxBytes` bytes in UTF-8. `what` it is: "prompt" if not said. */
    readonly read: (
      path: string,
      maxBytes: number,
      what?: string
    ) => Effect.Effect<string, UsageError | PromptTooLarge>
    readonly exists: (path: string) => Effect.Effect<boolean>
    /** Creates a file whole or not at all, with the folders above it. False when it was there: nothing is overwritten. */
    readonly create: (path: string, text: string) => Effect.Effect<boolean, StoreError>
    /** As `create`, from parts, for their owner alone. The bytes that were written, or none when it was there. */
    readonly write: <E, R>(
      path: string,
      parts: Stream.Stream<string, E, R>
    ) => Effect.Effect<Option.Option<number>, E | StoreError, R>
    /**
     * As `write`, in the place of what is there. With `was` only while that is still the text of the file: none where it is not,
     * and nothing is changed. Who may read the file stays as it is.
     */
    readonly replace: <E, R>(
      path: string,
      parts: Stream.Stream<string | Uint8Array, E, R>,
      was?: string
    ) => Effect.Effect<Option.Option<number>, E | StoreError, R>
    /** The lines of a file, which may be long and many. Read anew each time. */
    readonly lines: (path: string) => Effect.Effect<Stream.Stream<string, UsageError>>
  }
>() {}
