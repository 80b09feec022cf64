/** Which names a log says there are, and where they point: what is kept of names beside the log has to agree. */
import { type Entry, kinds, type Ref, type RefKind } from "./entry.js"

const fieldOf = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? (Reflect.get(value, key) as unknown) : undefined

const keyOf = (kind: RefKind, name: string): string => `${kind} ${name}`

export class Naming {
  /** The id of the checkpoint that each name was last given to. */
  readonly #said = new Map<string, string>()

  /** Takes in what an entry says; `header` is that of its body. */
  take({ id, kind }: Entry, header: unknown): void {
    if (kind === kinds.checkpoint) {
      for (const each of ["branch", "name"] as const) {
        const name = fieldOf(fieldOf(header, "f"), each)
        if (typeof name === "string") this.#said.set(keyOf(each, name), id)
      }
      return
    }
    const name = fieldOf(header, "name")
    const refKind =
      kind === kinds.branch ? "branch" : kind === kinds.tag ? "tag" : kind === kinds.note ? "name" : undefined
    if (refKind === undefined || typeof name !== "string") return
    if (fieldOf(header, "dropped") === true) this.#said.delete(keyOf(refKind, name))
    else this.#said.set(keyOf(refKind, name), id)
  }

  /** The checkpoint that a name was last given to. */
  idOf({ kind, name }: Pick<Ref, "kind" | "name">): string | undefined {
    return this.#said.get(keyOf(kind, name))
  }

  /** Names that the log knows, and that are not among these. */
  missing(refs: ReadonlyArray<Ref>): ReadonlyArray<string> {
    const there = new Set(refs.map(({ kind, name }) => keyOf(kind, name)))
    return [...this.#said.keys()].filter((key) => !there.has(key))
  }
}
