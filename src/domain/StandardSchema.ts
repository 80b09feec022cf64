/**
 * Models as [Standard Schemas](https://standardschema.dev), for tools that know no library's schemas but that interface.
 */
import * as Schema from "effect/Schema"

/** What such a tool looks for: from an encoded value `I` to a model `A`, or to what is wrong with it. */
export interface StandardSchema<I, A> {
  readonly "~standard": ReturnType<typeof Schema.standardSchemaV1<A, I>>["~standard"]
}

/** The same schema, a Standard Schema as well. Its validation is compiled when it is first asked for. */
export const asStandard = <A, I, S extends Schema.Schema<A, I>>(
  schema: S & Schema.Schema<A, I>
): S & StandardSchema<I, A> => {
  let made: StandardSchema<I, A> | undefined
  Object.defineProperty(schema, "~standard", {
    configurable: true,
    get: () => (made ??= Schema.standardSchemaV1<A, I>(schema))["~standard"]
  })
  // it has been given the one property that it lacked
  return schema as S & StandardSchema<I, A>
}
