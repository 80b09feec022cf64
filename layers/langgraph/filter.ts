/** Filters over metadata: what a database can look for in its bytes, and what decides. */
import type { CheckpointListOptions, CheckpointMetadata } from "@langchain/langgraph-checkpoint"
import * as Either from "effect/Either"
import { isDeepStrictEqual } from "node:util"
import type { Codec } from "./codec.js"

type Filter = CheckpointListOptions["filter"]

const isScalar = (value: unknown): boolean =>
  value === null || ["string", "number", "boolean"].includes(typeof value)

/** Bytes that the metadata of every match holds. They are bound as values: no key of a filter can become SQL. */
export const needlesOf = (codec: Codec, filter: Filter): ReadonlyArray<Uint8Array> =>
  Object.entries(filter ?? {})
    .filter(([, value]) => isScalar(value))
    .flatMap(([key, value]) => {
      const encoded = codec.encode({ [key]: value })
      return Either.isRight(encoded) && encoded.right.encoding === 0 && encoded.right.content.shape === "text"
        ? [Buffer.from(encoded.right.content.text.slice(1, -1))]
        : []
    })

export const isMatch = (metadata: CheckpointMetadata, filter: NonNullable<Filter>): boolean =>
  Object.entries(filter).every(([key, value]) =>
    isDeepStrictEqual(Object.hasOwn(metadata, key) ? Reflect.get(metadata, key) : undefined, value)
  )
