/** Which engines there are, and where packs come from, for a project. */
import * as Layer from "effect/Layer"
import { RuleEngines } from "../../src/services/RuleEngines.js"
import * as Rulepacks from "../../src/services/Rulepacks.js"

/** Without a pack there is nothing that could pass: to name one is refused. */
export const layer = (_root: string): Layer.Layer<RuleEngines | Rulepacks.Rulepacks> =>
  Layer.merge(Layer.succeed(RuleEngines, []), Rulepacks.layerMemory([]))
