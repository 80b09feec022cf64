/**
 * Reads the lines of an exported run, one after the other, and believes none of them: chain, digests, chunks and counts are
 * checked. What cannot be is a reason in words.
 */
import { createHash } from "node:crypto"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { decodeBody } from "./body.js"
import { genesis, type Head, link, payloadDigest } from "./chain.js"
import { type Chunk, readChunk } from "./chunk.js"
import type { Entry, Ref } from "./entry.js"
import { type End, type EntryLine, Header, Line } from "./exportLines.js"
import { packName } from "./packed.js"
import { hashesIn } from "./segment.js"
import { keyOf } from "./uses.js"

/** What a line means, for whoever writes it. */
export type Step =
  | { readonly step: "header"; readonly header: Header }
  | { readonly step: "path"; readonly path: string }
  | {
      readonly step: "entry"
      readonly path: string
      readonly entry: Entry
      readonly names: ReadonlyArray<string>
      /** Chunks that came with it. */
      readonly chunks: ReadonlyMap<string, Chunk>
      /** The chain of the log that it is written to. */
      readonly chain: Uint8Array
    }
  | { readonly step: "refs"; readonly path: string; readonly refs: ReadonlyArray<Ref> }
  | { readonly step: "chunk" | "end" }

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")
const decodeHeader = Schema.decodeUnknownEither(Schema.parseJson(Header))
const decodeLine = Schema.decodeUnknownEither(Schema.parseJson(Line))

export class ExportReader {
  line = 0
  readonly #target: { readonly namespace: string; readonly thread: (header: Header) => string }
  #header: Header | undefined
  /** Where the lineage that is being read stands, here and in the log that it is written to. */
  #at: { readonly path: string; head: Head; target: Head; named: boolean } | undefined
  readonly #heads: Array<{ readonly path: string; readonly n: number; readonly chain: string }> = []
  /** Chunks that were read, and of those that are nodes what they point to. */
  readonly #chunks = new Map<string, ReadonlyArray<Uint8Array> | undefined>()
  #fresh = new Map<string, Chunk>()
  readonly #digest = createHash("sha256")
  #entries = 0
  #ended = false

  constructor(target: { readonly namespace: string; readonly thread: (header: Header) => string }) {
    this.#target = target
  }

  get isEnded(): boolean {
    return this.#ended
  }

  /** How far each lineage went. */
  get heads(): ReadonlyArray<{ readonly path: string; readonly n: number }> {
    return this.#heads
  }

  take(text: string): Either.Either<Step, string> {
    this.line += 1
    const digest = this.#digest.copy()
    this.#digest.update(`${text}\n`)
    if (this.#header === undefined) {
      const header = decodeHeader(text)
      if (Either.isLeft(header)) return Either.left("it does not begin with the header of an exported run")
      this.#header = header.right
      return Either.right({ step: "header", header: header.right })
    }
    if (this.#ended) return Either.left("something follows the end")
    const line = decodeLine(text)
    if (Either.isLeft(line)) return Either.left("it is no line of an exported run")
    const read = line.right
    if ("n" in read) return this.#entry(read)
    if ("chunk" in read) return this.#chunk({ ...read, hash: Buffer.from(read.chunk, "hex") })
    if ("refs" in read) return this.#refs(read.refs)
    if ("end" in read) return this.#end(read.end, digest.digest("hex"))
    return this.#path(read.path, this.#header)
  }

  #path(path: string, header: Header): Either.Either<Step, string> {
    if (this.#at !== undefined && !this.#at.named)
      return Either.left("the names of the path before are missing")
    if (header.lineages[this.#heads.length] !== path) return Either.left("it is not the path that comes next")
    const { namespace, thread } = this.#target
    this.#heads.push({ path, n: 0, chain: "" })
    this.#at = {
      path,
      head: genesis(header.namespace, header.thread, path),
      target: genesis(namespace, thread(header), path),
      named: false
    }
    return Either.right({ step: "path", path })
  }

  #chunk(chunk: Chunk): Either.Either<Step, string> {
    const content = readChunk(chunk)
    if (content === undefined || content.length !== chunk.size) {
      return Either.left("the chunk is not what its hash says")
    }
    const key = keyOf(chunk.hash)
    if (this.#chunks.has(key)) return Either.left("the chunk is there twice")
    this.#chunks.set(key, undefined)
    this.#fresh.set(key, chunk)
    return Either.right({ step: "chunk" })
  }

  #entry(line: EntryLine): Either.Either<Step, string> {
    const at = this.#at
    if (at === undefined || at.named) return Either.left("the entry belongs to no path")
    if (line.n !== at.head.n + 1) return Either.left(`entry ${at.head.n + 1} should be here`)
    const payload =
      line.meta === undefined || line.body === undefined ? undefined : { meta: line.meta, body: line.body }
    if (payload === undefined && (line.gone !== true || line.meta !== undefined || line.body !== undefined)) {
      return Either.left("the entry has lost its content")
    }
    if (payload !== undefined && hex(payloadDigest(payload.meta, payload.body)) !== line.digest) {
      return Either.left("the content of the entry is not what its digest says")
    }
    const facts = {
      kind: line.kind,
      id: packName(line.id),
      parent: line.parent === undefined ? null : packName(line.parent),
      at: line.at
    }
    const digest = Buffer.from(line.digest, "hex")
    if (line.at >= 2 ** 48) return Either.left("the entry has a time that none can have")
    at.head = link(at.head, facts, digest)
    at.target = link(at.target, facts, digest)
    if (hex(at.head.chain) !== line.chain) return Either.left("the entry is not linked to the one before it")
    const body = payload && decodeBody(payload.body)
    if (payload !== undefined && body === undefined)
      return Either.left("the content of the entry cannot be read")
    for (const { segment } of body?.parts.values() ?? []) {
      const top = segment.depth === 0 ? [] : hashesIn(segment.bytes)
      for (const hash of top) {
        if (!this.#isThere(hash, segment.depth)) return Either.left("a chunk of the entry is missing")
      }
    }
    const chunks = this.#fresh
    this.#fresh = new Map()
    this.#entries += 1
    return Either.right({
      step: "entry",
      path: at.path,
      entry: {
        n: line.n,
        kind: line.kind,
        id: line.id,
        parent: line.parent,
        at: line.at,
        gone: line.gone === true,
        payload,
        digest,
        chain: at.head.chain
      },
      names: line.names ?? [],
      chunks,
      chain: at.target.chain
    })
  }

  /** Whether a chunk was read, and all that it points to. */
  #isThere(hash: Uint8Array, height: number): boolean {
    const key = keyOf(hash)
    if (!this.#chunks.has(key)) return false
    if (height === 1 || this.#chunks.get(key) !== undefined) return true
    const chunk = this.#fresh.get(key)
    const content = chunk && readChunk(chunk)
    if (content === undefined) return false
    const below = hashesIn(content)
    this.#chunks.set(key, below)
    return below.every((each) => this.#isThere(each, height - 1))
  }

  #refs(refs: ReadonlyArray<Ref>): Either.Either<Step, string> {
    const at = this.#at
    if (at === undefined || at.named) return Either.left("the names belong to no path")
    if (refs.some(({ n }) => n < 1 || n > at.head.n)) return Either.left("a name points to no entry")
    at.named = true
    this.#heads[this.#heads.length - 1] = { path: at.path, n: at.head.n, chain: hex(at.head.chain) }
    return Either.right({ step: "refs", path: at.path, refs })
  }

  #end(end: End, digest: string): Either.Either<Step, string> {
    if (this.#at?.named !== true || this.#heads.length !== this.#header?.lineages.length) {
      return Either.left("a path is missing")
    }
    const isWhole =
      end.digest === digest &&
      end.entries === this.#entries &&
      end.chunks === this.#chunks.size &&
      end.heads.length === this.#heads.length &&
      this.#heads.every((head, i) => {
        const said = end.heads[i]
        return head.path === said?.path && head.n === said.n && head.chain === said.chain && head.n > 0
      })
    if (!isWhole) return Either.left("the end speaks of another run than the lines before it")
    this.#ended = true
    return Either.right({ step: "end" })
  }
}
