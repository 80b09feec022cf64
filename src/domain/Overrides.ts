/** What a replay changes of a run that was recorded. */
import * as Schema from "effect/Schema"
import { JsonObject } from "./Json.js"
import { Provider } from "./Provider.js"
import { Temperature } from "./ResolveInput.js"
import { asStandard } from "./StandardSchema.js"

const byName = <A, I>(
  value: Schema.Schema<A, I>,
  description: string
): Schema.optional<Schema.Record$<typeof Schema.String, Schema.Schema<A, I>>> =>
  Schema.optional(Schema.Record({ key: Schema.String, value })).annotations({ description })

/** Nodes are called `kind/name`, blocks by the name that their author gave them, or by their type. */
export const Overrides = asStandard(
  Schema.Struct({
    provider: Schema.optional(Provider),
    model: Schema.optional(Schema.NonEmptyString),
    temperature: Schema.optional(Temperature),
    seed: Schema.optional(Schema.Finite),
    input: Schema.optional(JsonObject).annotations({ description: "parts of the run's input, by name" }),
    blocks: byName(Schema.String, "the text of a block, by its name or type"),
    rulepacks: byName(Schema.String, "the version of a rulepack, by its name"),
    inputs: byName(JsonObject, "inputs of a node, by kind/name"),
    outputs: byName(Schema.Unknown, "what a node comes to without being run, by kind/name")
  }).annotations({ identifier: "Overrides" })
)
export interface Overrides extends Schema.Schema.Type<typeof Overrides> {}

/** Those of the one, and where they say nothing, those of the other. */
export const over = (first: Overrides, second: Overrides): Overrides => ({
  ...second,
  ...first,
  ...merged("input", first, second),
  ...merged("blocks", first, second),
  ...merged("rulepacks", first, second),
  ...merged("outputs", first, second),
  ...inputsOf(first, second)
})

const merged = <K extends "input" | "blocks" | "rulepacks" | "outputs">(
  name: K,
  first: Overrides,
  second: Overrides
): Pick<Overrides, K> | undefined =>
  first[name] === undefined || second[name] === undefined
    ? undefined
    : ({ [name]: { ...second[name], ...first[name] } } as Pick<Overrides, K>) // the key is the one that was asked for

const inputsOf = (first: Overrides, second: Overrides): Pick<Overrides, "inputs"> | undefined => {
  const { inputs: one } = first
  const { inputs: other } = second
  if (one === undefined || other === undefined) return undefined
  const nodes = [...new Set([...Object.keys(other), ...Object.keys(one)])]
  return { inputs: Object.fromEntries(nodes.map((node) => [node, { ...other[node], ...one[node] }])) }
}
