/** Records of the ledger in all the versions in which they were written. */
import type * as Effect from "effect/Effect"
import type * as ParseResult from "effect/ParseResult"
import type { SchemaTooNew } from "../../src/domain/StoreErrors.js"
import { TelemetryRecord } from "../../src/domain/TelemetryRecord.js"
import { versioned } from "../../src/domain/Versioned.js"

/** What version 1 knew of an operation stood in its metadata. */
interface Version1 {
  readonly operation: string
  readonly metadata?: { readonly [name: string]: unknown } | null
}

const upgrade1 = (record: Version1): object => {
  const { metadata, ...rest } = record
  const {
    cacheRead,
    error,
    model,
    namespace,
    output,
    provider,
    savedCost,
    savedTokens,
    uncachedInput,
    ...others
  } = metadata ?? {}
  return {
    ...rest,
    ...(namespace === undefined ? {} : { namespace }),
    ...(provider === undefined ? {} : { provider }),
    ...(model === undefined ? {} : { model }),
    ...(error === undefined ? {} : { error }),
    ...(uncachedInput === undefined
      ? {}
      : {
          usage: {
            uncachedInput,
            cacheRead: cacheRead ?? null,
            cacheWrite5m: null,
            cacheWrite1h: null,
            output,
            reasoning: null
          }
        }),
    ...(savedTokens === undefined ? {} : { saved: { tokens: savedTokens, cost: savedCost ?? null } }),
    ...(metadata === undefined || metadata === null ? {} : { metadata: others })
  }
}

export const storedRecord = versioned("the telemetry record", TelemetryRecord, [upgrade1])

/** A record of its JSON value and that of what was sent, beside which the record has only the times. */
export const decodeRecord = (
  version: number,
  record: { readonly [name: string]: unknown },
  request: unknown
): Effect.Effect<TelemetryRecord, SchemaTooNew | ParseResult.ParseError> => {
  const times = record["request"]
  if (times === undefined) return storedRecord.decode(version, record)
  const whole = request === undefined ? undefined : { ...Object(request), ...Object(times) }
  return storedRecord.decode(version, { ...record, request: whole })
}
