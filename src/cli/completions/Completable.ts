/** A command as a shell completes it. */

/** What may stand in a place: one of these words, a file, a folder, or something that only its author knows. */
export type Values = ReadonlyArray<string> | "file" | "folder" | "free"

export interface CompletableOption {
  /** With its dashes. */
  readonly flag: string
  readonly description: string
  /** Undefined for an option that takes no value. */
  readonly value: Values | undefined
}

export interface Completable {
  /** From `aegis` on. */
  readonly path: ReadonlyArray<string>
  readonly commands: ReadonlyArray<{ readonly name: string; readonly summary: string }>
  readonly options: ReadonlyArray<CompletableOption>
  readonly argument: Values | undefined
}

/** What leads from one command to the next: every path but the root's, with the path above it. */
export const steps = (
  all: ReadonlyArray<Completable>
): ReadonlyArray<{ readonly from: string; readonly word: string; readonly to: string }> =>
  all.flatMap(({ path }) => {
    const word = path.at(-1)
    return path.length < 2 || word === undefined
      ? []
      : [{ from: path.slice(0, -1).join(" "), word, to: path.join(" ") }]
  })
