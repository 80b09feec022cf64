/** Request bodies as they were resolved. */
import * as Effect from "effect/Effect"
import type { JsonObject } from "../../../src/domain/Json.js"
import { InvalidRequest } from "../../../src/domain/ProviderErrors.js"
import type { ResolvedScaffold } from "../../../src/domain/ResolvedScaffold.js"

/** The exact body. Canonical JSON of a request is an object: anything else was not rendered by an adapter. */
export const bodyOf = (resolved: ResolvedScaffold): Effect.Effect<JsonObject, InvalidRequest> =>
  Effect.try({
    try: () => ({ ...(JSON.parse(resolved.resolvedContent) as JsonObject) }),
    catch: () =>
      new InvalidRequest({
        provider: resolved.originalScaffold.provider,
        model: resolved.originalScaffold.model,
        parameter: "resolvedContent"
      })
  })

/** Only these fields: those that shape the answer are refused where a request is merely counted. */
export const pick = (body: JsonObject, names: ReadonlyArray<string>): JsonObject =>
  Object.fromEntries(names.flatMap((name) => (Object.hasOwn(body, name) ? [[name, body[name]]] : [])))

/**
 * A body as the parameters of an SDK's call. Bodies are rendered as JSON, not typed by hand: the tests of the drift contract
 * hold them to these types.
 */
export const paramsOf = <Params>(body: JsonObject): Params => body as JsonObject & Params
