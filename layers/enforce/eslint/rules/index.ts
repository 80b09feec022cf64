/** Our own rules, as packs name them after `aegis/`. */
import { floatingEffect } from "./floatingEffect.js"
import { swallowedError } from "./swallowedError.js"

export const rules = { "floating-effect": floatingEffect, "swallowed-error": swallowedError }
