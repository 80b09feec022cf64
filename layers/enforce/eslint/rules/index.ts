/** Our own rules, as packs name them after `aegis/`. */
import { floatingEffect } from "./floatingEffect.js"
import { floatingEffectValue } from "./floatingEffectValue.js"
import { swallowedError } from "./swallowedError.js"

export const rules = {
  "floating-effect": floatingEffect,
  "floating-effect-value": floatingEffectValue,
  "swallowed-error": swallowedError
}
