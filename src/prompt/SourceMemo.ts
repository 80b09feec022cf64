/**
 * Remembers what sources were parsed to, so that a prompt that is resolved again is neither scanned nor hashed again.
 * A fingerprint finds the candidates, equality of the whole text decides: a wrong answer is not possible.
 */
import type { BlockText } from "./compile.js"
import type { Section } from "./source.js"

/** A parsed source: a section is a block already, unless files stand for its content. */
export interface ParsedSource {
  readonly sections: ReadonlyArray<Section>
  /** The blocks of the sections, in the same order; undefined where an include must be loaded first. */
  readonly blocks: ReadonlyArray<BlockText | undefined>
}

interface Entry {
  readonly text: string
  readonly parsed: ParsedSource
}

const samples = 16

/** Length and sixteen characters spread over the text. Hashing all of it would cost more than comparing it. */
const fingerprint = (text: string): number => {
  let print = text.length | 0
  const step = text.length / samples
  for (let i = 0; i < samples; i++) {
    print = (Math.imul(print, 31) + text.charCodeAt(Math.floor(i * step))) | 0
  }
  return print
}

/** Two bytes a character: that of the text, and that of its blocks once they were escaped. */
const bytesOf = (text: string): number => text.length * 2

/** Memory of up to `maxBytes` bytes of source text, the least recently used going first. */
export class SourceMemo {
  readonly #entries = new Map<number, Entry>()
  readonly #maxBytes: number
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get(text: string): ParsedSource | undefined {
    const print = fingerprint(text)
    const entry = this.#entries.get(print)
    if (entry === undefined || entry.text !== text) return undefined
    this.#entries.delete(print)
    this.#entries.set(print, entry)
    return entry.parsed
  }

  set(text: string, parsed: ParsedSource): void {
    if (bytesOf(text) > this.#maxBytes) return
    this.#forget(fingerprint(text))
    this.#entries.set(fingerprint(text), { text, parsed })
    this.#bytes += bytesOf(text)
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes) break
      this.#forget(oldest)
    }
  }

  #forget(print: number): void {
    const entry = this.#entries.get(print)
    if (entry === undefined) return
    this.#entries.delete(print)
    this.#bytes -= bytesOf(entry.text)
  }
}
