/** Where rulepacks come from. Owns: finding and reading them. Does not own: what their rules find (RuleEngines). */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type RulepackInvalid, RulepackNotFound } from "../domain/ComplianceErrors.js"
import type { Pack } from "../enforce/PackedRule.js"

export class Rulepacks extends Context.Tag("aegis/Rulepacks")<
  Rulepacks,
  {
    /** The packs that can be had by name, in the order of their names. */
    readonly names: Effect.Effect<ReadonlyArray<string>>
    /** A pack by `name`, by `name@version`, or by the path of its folder (`./rules`). */
    readonly load: (name: string) => Effect.Effect<Pack, RulepackInvalid | RulepackNotFound>
  }
>() {}

/** Packs that are at hand. */
export const layerMemory = (packs: ReadonlyArray<Pack>): Layer.Layer<Rulepacks> => {
  const names = packs.map(({ file }) => file.id).sort()
  return Layer.succeed(Rulepacks, {
    names: Effect.succeed(names),
    load: (name) => {
      const [id, version] = name.split("@")
      const found = packs.find(({ file }) => file.id === id && (version ?? file.version) === file.version)
      return found === undefined
        ? Effect.fail(new RulepackNotFound({ name, known: names }))
        : Effect.succeed(found)
    }
  })
}
