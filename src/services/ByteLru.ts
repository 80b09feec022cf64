/**
 * A map that keeps what was used last, within a number of bytes. Its order is a list through the entries: moving a key inside of a
 * `Map` leaves a gap in the chain of its bucket each time, through which every later look-up of that bucket goes.
 */

interface Entry<K, V> {
  readonly key: K
  value: V
  bytes: number
  older: Entry<K, V> | undefined
  newer: Entry<K, V> | undefined
}

export class ByteLru<V, K = string> {
  readonly #entries = new Map<K, Entry<K, V>>()
  readonly maxBytes: number
  #bytes = 0
  #oldest: Entry<K, V> | undefined
  #newest: Entry<K, V> | undefined

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  get size(): number {
    return this.#entries.size
  }

  get bytes(): number {
    return this.#bytes
  }

  get(key: K): V | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#renew(entry)
    return entry.value
  }

  /** Keeps a value, unless it alone is larger than everything that may be kept. */
  set(key: K, value: V, bytes: number): void {
    if (bytes > this.maxBytes) return this.delete(key)
    const known = this.#entries.get(key)
    if (known === undefined) {
      const entry = { key, value, bytes, older: undefined, newer: undefined }
      this.#entries.set(key, entry)
      this.#append(entry)
      this.#bytes += bytes
    } else {
      this.#bytes += bytes - known.bytes
      known.value = value
      known.bytes = bytes
      this.#renew(known)
    }
    while (this.#bytes > this.maxBytes && this.#oldest !== undefined) this.delete(this.#oldest.key)
  }

  delete(key: K): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    this.#unlink(entry)
    this.#bytes -= entry.bytes
  }

  clear(): void {
    this.#entries.clear()
    this.#oldest = this.#newest = undefined
    this.#bytes = 0
  }

  #renew(entry: Entry<K, V>): void {
    if (entry === this.#newest) return
    this.#unlink(entry)
    this.#append(entry)
  }

  #append(entry: Entry<K, V>): void {
    entry.older = this.#newest
    entry.newer = undefined
    if (this.#newest === undefined) this.#oldest = entry
    else this.#newest.newer = entry
    this.#newest = entry
  }

  #unlink({ newer, older }: Entry<K, V>): void {
    if (older === undefined) this.#oldest = newer
    else older.newer = newer
    if (newer === undefined) this.#newest = older
    else newer.older = older
  }
}
