/**
 * Following the chain of a log. After a link that is wrong, both what is stored and what it should have been may lead on: only
 * the entry that was altered is named, not all that follow it.
 */
import { type Head, link } from "./chain.js"
import type { Entry } from "./entry.js"
import { packName } from "./packed.js"

const same = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0

const linkOf = (head: Head, { at, digest, id, kind, parent }: Entry): Uint8Array | undefined => {
  try {
    const facts = { kind, id: packName(id), parent: parent === undefined ? null : packName(parent), at }
    return link(head, facts, digest).chain
  } catch {
    // a fact that no entry can have
    return undefined
  }
}

export class Trail {
  #next = 1
  /** Where the log may stand; nothing after a hole. */
  #chains: ReadonlyArray<Uint8Array>

  constructor(genesis: Head) {
    this.#chains = [genesis.chain]
  }

  /** The number of the entry that should come next. */
  get next(): number {
    return this.#next
  }

  /** Goes on behind entries that are missing: the next link has nothing to be compared with. */
  skip(to: number): void {
    this.#next = to
    this.#chains = []
  }

  /** Whether an entry is linked to what came before it. */
  follow(entry: Entry): boolean {
    const links = this.#chains.map((chain) => linkOf({ n: entry.n - 1, chain }, entry))
    const isLinked =
      this.#chains.length === 0 || links.some((chain) => chain !== undefined && same(chain, entry.chain))
    this.#next = entry.n + 1
    this.#chains = isLinked ? [entry.chain] : [entry.chain, ...links.filter((chain) => chain !== undefined)]
    return isLinked
  }
}
