/** Answers of providers in the cache database, each with its checksum. The oldest go when there are too many bytes. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { createHash } from "node:crypto"
import type { Hash } from "../src/domain/Hash.js"
import type { StoreError } from "../src/domain/StoreErrors.js"
import { type KeptResponse, maxBytes, ResponseStore, sizeOf } from "../src/services/ResponseStore.js"
import { CacheDatabase } from "./CacheDatabase.js"
import { toBytes, toColumn } from "./scaffolds/digests.js"
import { trimResponses } from "./scaffolds/trimResponses.js"
import { toStoreError } from "./storage/sqlError.js"

const Head = Schema.parseJson(
  Schema.Struct({
    status: Schema.Int,
    headers: Schema.Record({ key: Schema.String, value: Schema.String }),
    lengths: Schema.Array(Schema.Int.pipe(Schema.nonNegative()))
  })
)
const encode = Schema.encodeSync(Head)
const decode = Schema.decodeUnknownEither(Head)

type Row = readonly [at: number, checksum: number, head: string, body: unknown]

const select = "SELECT at, checksum, head, body FROM response WHERE namespace = ? AND key = ?"
const insert = `INSERT OR REPLACE INTO response (namespace, key, at, bytes, checksum, head, body)
  VALUES (?, ?, ?, ?, ?, ?, ?)`

/** 48 bits of a digest of the whole row: an answer that was altered on disk, or stands elsewhere, is not believed. */
const checksumOf = (place: string, at: number, head: string, body: Uint8Array): number =>
  Number.parseInt(
    createHash("sha256").update(`${place}\n${at}\n${head}\n`).update(body).digest("hex").slice(0, 12),
    16
  )

const framesOf = (body: Uint8Array, lengths: ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  let from = 0
  return lengths.map((length) => body.subarray(from, (from += length)))
}

const toResponse = (place: string, [at, checksum, head, body]: Row): KeptResponse | undefined => {
  if (!(body instanceof Uint8Array) || checksumOf(place, at, head, body) !== checksum) return undefined
  return Either.getOrUndefined(
    Either.map(decode(head), ({ headers, lengths, status }) => ({
      status,
      headers,
      frames: framesOf(body, lengths),
      at
    }))
  )
}

/** How many answers come between two looks at how many bytes there are. */
const trimEvery = 64

/** `limit` in bytes of all bodies; between two looks there may be more. */
export const makeWith = Effect.fnUntraced(function* (limit: number) {
  const { reader, step } = yield* CacheDatabase
  const read = yield* reader.prepareGet<Row>(select)
  const placeOf = (namespace: string, key: Hash): string => `${toColumn(namespace)}\n${key}`

  return ResponseStore.of({
    get: (namespace, key) =>
      Effect.sync(() => {
        const row = Either.getOrElse(read(toColumn(namespace), toBytes(key)), () => undefined)
        return row === undefined ? undefined : toResponse(placeOf(namespace, key), row)
      }),

    put: (namespace, key, { at, frames, headers, status }) =>
      Effect.suspend(() => {
        const body = Buffer.concat(frames)
        const head = encode({ status, headers, lengths: frames.map(({ byteLength }) => byteLength) })
        const checksum = checksumOf(placeOf(namespace, key), at, head, body)
        const bytes = sizeOf({ frames })
        return step((run) => {
          const { lastInsertRowid: id } = run(
            insert,
            toColumn(namespace),
            toBytes(key),
            at,
            bytes,
            checksum,
            head,
            body
          )
          if (Number(id) % trimEvery === 0) trimResponses(run, { maxBytes: limit })
        })
      }).pipe(
        Effect.mapError(toStoreError("keep an answer")),
        Effect.catchAll(({ message }) => Effect.logWarning(message)),
        Effect.withTracerEnabled(false)
      )
  })
})

export const layer: Layer.Layer<ResponseStore, StoreError, CacheDatabase> = Layer.effect(
  ResponseStore,
  makeWith(maxBytes)
)
