/** JSON values as they travel through Aegis: kept as they are, never copied, so `__proto__` stays a key like any other. */
import * as Schema from "effect/Schema"

export interface JsonObject {
  readonly [key: string]: unknown
}

const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null)

/**
 * A plain object. `Schema.Record` would copy it and lose a `__proto__` key; this one passes the object through.
 * What its values may be is decided by `canonicalJson`, which names the path of a value that JSON cannot hold.
 */
export const JsonObject: Schema.Schema<JsonObject> = Schema.declare(isJsonObject, {
  identifier: "JsonObject",
  description: "a JSON object",
  jsonSchema: { type: "object" },
  arbitrary: () => (fc) =>
    fc.dictionary(
      fc.string(),
      fc
        .jsonValue({ noUnicodeString: false, maxDepth: 3 })
        .map((value) => JSON.parse(JSON.stringify(value)) as unknown),
      { noNullPrototype: true }
    )
})
