/**
 * Reading the values of parts. A value is parsed once and shared by all who read it, and so are the pages of a list: of a long
 * list that has grown, only its new pages are read and parsed.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { LineageMoved } from "../../domain/RunErrors.js"
import { RunDamaged } from "../../domain/RunErrors.js"
import type { StoreError } from "../../domain/StoreErrors.js"
import type { Part } from "../../runs/body.js"
import { type Chunk, readChunk } from "../../runs/chunk.js"
import { hashesIn, type Shape } from "../../runs/segment.js"
import { parseValue, type Stored } from "../../runs/values.js"
import { ByteLru } from "../ByteLru.js"
import type { RunStorage } from "../RunStorage.js"
import { onward } from "./onward.js"

/** What reading may meet: a fault of the database, rows that were altered, or a prune in the middle. */
export type ReadError = StoreError | RunDamaged | LineageMoved

export interface Values {
  /**
   * All pages that are not in memory come in one question for each level of their indexes. Where all are, the outcome is there
   * at once, as an Exit.
   */
  readonly read: (parts: ReadonlyArray<Part>) => Effect.Effect<ReadonlyArray<Stored>, ReadError>
  /** Remembers a page that was just written. */
  readonly learn: (hash: Uint8Array, shape: Shape, content: string | Uint8Array) => void
}

/** A page of a list is its elements, as soon as somebody has read it. */
type Page = string | Uint8Array | ReadonlyArray<unknown>
/** Of each value, those of its pages. */
type Hashes = ReadonlyArray<ReadonlyArray<Uint8Array>>
type Wanted = readonly [hash: Uint8Array, shape: Shape]

const pageBytes = 16 * 1024 * 1024
const valueBytes = 32 * 1024 * 1024
/** Parsed JSON takes about twice as much as its text. */
const parsed = 2
const overhead = 128

/** A name half as long as hex. The same chunk may be a page of a list, of a text and of bytes. */
const nameOf = (hash: Uint8Array, shape: Shape): string =>
  shape + Buffer.from(hash.buffer, hash.byteOffset, 32).toString("latin1")

const textOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()

const elementsIn = (page: string): ReadonlyArray<unknown> | undefined => {
  try {
    return JSON.parse(`[${page}]`) as ReadonlyArray<unknown> // in brackets it is a list, or nothing
  } catch {
    return undefined
  }
}

export const makeValues = (storage: RunStorage["Type"]): Values => {
  const pages = new ByteLru<Page>(pageBytes)
  const values = new ByteLru<Stored, Part>(valueBytes)

  const pageOf = ([hash, shape]: Wanted): Page | undefined => {
    const name = nameOf(hash, shape)
    const page = pages.get(name)
    if (shape !== "list" || typeof page !== "string") return page
    const elements = elementsIn(page)
    if (elements !== undefined) pages.set(name, elements, parsed * page.length)
    return elements
  }

  /** The page in a chunk, if it is what its hash says. */
  const open = (chunk: Chunk | undefined, [hash, shape]: Wanted): Page | undefined => {
    const bytes = chunk && readChunk(chunk)
    if (bytes === undefined) return undefined
    const page =
      shape === "bytes" ? bytes : shape === "text" ? bytes.toString() : elementsIn(bytes.toString())
    if (page === undefined) return undefined
    pages.set(nameOf(hash, shape), page, (shape === "list" ? parsed : 1) * bytes.length)
    return page
  }

  const fetch = (wanted: ReadonlyArray<Wanted>): Effect.Effect<ReadonlyArray<Page>, ReadError> => {
    const found = wanted.map(pageOf)
    const absent = wanted.filter((_, at) => found[at] === undefined)
    if (absent.length === 0) return Effect.succeed(found.filter((page) => page !== undefined))
    return Effect.flatMap(storage.chunks(absent.map(([hash]) => hash)), (chunks) => {
      let next = 0
      const all: Array<Page> = []
      for (const [at, each] of wanted.entries()) {
        const page = found[at] ?? open(chunks[next++], each)
        if (page === undefined) {
          return new RunDamaged({ what: `chunk ${Buffer.from(each[0]).toString("hex")}` })
        }
        all.push(page)
      }
      return Effect.succeed(all)
    })
  }

  const keep = (part: Part, value: Either.Either<Stored, unknown>, bytes: number): Stored | undefined => {
    if (Either.isLeft(value)) return undefined
    values.set(part, value.right, bytes + overhead)
    return value.right
  }

  /** A value that lies in its entry. */
  const inline = (part: Part): Stored | undefined => {
    const { encoding, segment } = part
    const { bytes, depth } = segment
    if (depth > 0) return undefined
    return keep(
      part,
      parseValue(encoding === 2 ? { encoding, bytes } : { encoding, text: textOf(bytes) }),
      parsed * bytes.length
    )
  }

  const assemble = (part: Part, of: ReadonlyArray<Page>): Stored | undefined => {
    const { encoding, segment } = part
    if (encoding === 2) {
      const bytes = Buffer.concat(of.filter((page) => page instanceof Uint8Array))
      return keep(part, Either.right({ encoding, bytes }), bytes.length)
    }
    if (segment.shape === "list") {
      const tree = of.flat()
      return keep(part, Either.right({ encoding, tree }), 8 * tree.length)
    }
    const text = of.join("")
    return keep(part, parseValue({ encoding, text }), parsed * text.length)
  }

  /** The hashes of pages behind the nodes of indexes that are `level` deep. */
  const through = (
    level: number,
    parts: ReadonlyArray<Part>,
    hashes: Hashes
  ): Effect.Effect<Hashes, ReadError> => {
    if (level <= 1) return Effect.succeed(hashes)
    const inner = parts.map(({ segment }) => segment.depth >= level)
    const above = hashes.filter((_, at) => inner[at]).flat()
    return onward(fetch(above.map((hash) => [hash, "bytes"] as const)), (nodes) => {
      let next = 0
      const below = hashes.map((those, at) =>
        inner[at] === true
          ? those.flatMap(() => {
              const node = nodes[next++]
              return node instanceof Uint8Array ? hashesIn(node) : []
            })
          : those
      )
      return through(level - 1, parts, below)
    })
  }

  const readPages = (parts: ReadonlyArray<Part>): Effect.Effect<ReadonlyArray<Stored>, ReadError> => {
    const depth = parts.reduce((most, { segment }) => Math.max(most, segment.depth), 0)
    const tops = parts.map(({ segment }) => hashesIn(segment.bytes))
    return onward(through(depth, parts, tops), (hashes) => {
      const wanted = parts.flatMap(({ encoding, segment }, at) =>
        (hashes[at] ?? []).map((hash) => [hash, encoding === 2 ? "bytes" : segment.shape] as const)
      )
      return onward(fetch(wanted), (all): Effect.Effect<ReadonlyArray<Stored>, RunDamaged> => {
        const read: Array<Stored> = []
        let next = 0
        for (const [at, part] of parts.entries()) {
          const count = hashes[at]?.length ?? 0
          const value = assemble(part, all.slice(next, (next += count)))
          if (value === undefined) return notJson
          read.push(value)
        }
        return Effect.succeed(read)
      })
    })
  }

  return {
    read: (parts) => {
      const found: Array<Stored | undefined> = []
      const absent: Array<Part> = []
      for (const part of parts) {
        const value = values.get(part) ?? inline(part)
        if (value === undefined) absent.push(part)
        found.push(value)
      }
      if (absent.length === 0) return Effect.succeed(found.filter((value) => value !== undefined))
      if (absent.some(({ segment }) => segment.depth === 0)) return notJson
      return onward(readPages(absent), (read) => {
        let next = 0
        return Effect.succeed(
          found.map((value) => value ?? read[next++]).filter((value) => value !== undefined)
        )
      })
    },
    learn: (hash, shape, content) => pages.set(nameOf(hash, shape), content, content.length)
  }
}

const notJson = new RunDamaged({ what: "a value: it is no JSON" })
