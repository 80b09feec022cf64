/**
 * How often the entries of a lineage use its chunks. A node of an index counts as one user of what it points to, for as long
 * as it is used itself.
 */

interface Use {
  count: number
  /** What it points to, once it was seen as a node. */
  below: ReadonlyArray<string> | undefined
}

/** A hash as a key: half as long as hex. */
export const keyOf = (hash: Uint8Array): string =>
  Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength).toString("latin1")
export const hashOf = (key: string): Buffer => Buffer.from(key, "latin1")

export class Uses {
  readonly #uses = new Map<string, Use>()

  /** Whether what a node points to is not known yet. */
  isNew(node: string): boolean {
    return this.#uses.get(node)?.below === undefined
  }

  add(key: string): void {
    const use = this.#uses.get(key)
    if (use === undefined) this.#uses.set(key, { count: 1, below: undefined })
    else use.count += 1
  }

  /** Says what a node points to. It was added before. */
  open(node: string, below: ReadonlyArray<string>): void {
    const use = this.#uses.get(node)
    if (use === undefined || use.below !== undefined) return
    use.below = below
    for (const key of below) this.add(key)
  }

  /** Takes uses away, and gives the chunks that have none left. */
  drop(keys: Iterable<string>): ReadonlyArray<string> {
    const open = [...keys]
    const unused: Array<string> = []
    for (let key = open.pop(); key !== undefined; key = open.pop()) {
      const use = this.#uses.get(key)
      if (use === undefined) continue
      use.count -= 1
      if (use.count > 0) continue
      this.#uses.delete(key)
      unused.push(key)
      open.push(...(use.below ?? []))
    }
    return unused
  }
}
