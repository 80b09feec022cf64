/** What is known of each entry of a lineage by its number, in one byte each. */

export const flags = {
  there: 1,
  checkpoint: 2,
  gone: 4,
  emptied: 8,
  /** A prune says so. */
  namedGone: 16,
  namedEmptied: 32
} as const

export class Census {
  #bytes = new Uint8Array(1024)

  mark(n: number, flag: number): void {
    if (n >= this.#bytes.length) {
      const larger = new Uint8Array(Math.max(n + 1, this.#bytes.length * 2))
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    this.#bytes[n] = (this.#bytes[n] ?? 0) | flag
  }

  has(n: number, flag: number): boolean {
    return ((this.#bytes[n] ?? 0) & flag) !== 0
  }

  /** Entries that are gone without a reason, or there in spite of one. */
  *contradictions(last: number): Generator<readonly [n: number, what: string]> {
    for (let n = 1; n <= last; n += 1) {
      if (!this.has(n, flags.there)) continue
      const isGone = this.has(n, flags.gone)
      const isNamed = this.has(n, flags.namedGone | flags.namedEmptied)
      if (isGone && !isNamed) yield [n, "is gone, but no prune in the log says so"]
      else if (!isGone && isNamed) yield [n, "was pruned, but is there"]
      else if (this.has(n, flags.emptied) && !this.has(n, flags.namedEmptied)) {
        yield [n, "has no content, but no prune in the log says so"]
      } else if (!this.has(n, flags.emptied) && this.has(n, flags.namedEmptied)) {
        yield [n, "was emptied by a prune, but has content"]
      }
    }
  }
}
