/**
 * The names of verdicts. A verdict depends on the rules that one engine applies, each as its pack and the project's settings make it,
 * on this version of Aegis, on the text and on its path: the path decides which rules apply and how the text is read.
 */
import type { Hash } from "../../domain/Hash.js"
import { version } from "../../domain/version.js"
import { nameOf, type PackedRule } from "../../enforce/PackedRule.js"
import { sha256 } from "../../prompt/digest.js"
import type { Source } from "../RuleEngines.js"

/** `state` is what the rules depend on besides: RuleEngine.stateOf. */
export const rulesKey = (rules: ReadonlyArray<PackedRule>, state: string): Hash =>
  sha256(
    ["aegis verdict 1", version, state, ...rules.map((rule) => `${nameOf(rule)} ${rule.pack.hash}`)].join(
      "\n"
    )
  )

/** None for a text that has no digest of its own: one with lone surrogates. */
export const verdictKey = (rules: Hash, { path, prompt, text }: Source): Hash | undefined => {
  if (!text.isWellFormed() || !path.isWellFormed()) return undefined
  const asked =
    prompt === undefined
      ? []
      : [
          prompt.provider,
          prompt.model,
          ...prompt.blocks.map(({ hash, metadata, type }) => [type, hash, metadata])
        ]
  return sha256(JSON.stringify([rules, path, sha256(text), asked]))
}
