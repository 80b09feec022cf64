/** Finds the secrets of a text, whatever the text says of itself: no comment switches the search off. */
import type { lintSource } from "@secretlint/core"
import type { Detector } from "../../../src/enforce/Rulepack.js"
import { merged, type Secret } from "../../../src/enforce/redact.js"
import { decodedBase64, joinedLines } from "./disguises.js"
import { ownSecrets } from "./patterns.js"

export type FindSecrets = (text: string, detectors: ReadonlyArray<Detector>) => Promise<ReadonlyArray<Secret>>

type Config = Parameters<typeof lintSource>[0]["options"]["config"]

/** Loads secretlint. Its rule `filter-comments` is left out: by it a text could switch the others off. */
export const loadFindSecrets = async (): Promise<FindSecrets> => {
  const [{ lintSource }, { rules }, { secretLintProfiler }] = await Promise.all([
    import("@secretlint/core"),
    import("@secretlint/secretlint-rule-preset-recommend"),
    import("@secretlint/profiler")
  ])
  // it keeps a record of every scan for ever, and goes through all of them at the next one
  secretLintProfiler.mark = () => {}
  const config: Config = {
    rules: rules
      .filter(({ meta }) => !meta.id.endsWith("filter-comments"))
      .map((rule) => ({ id: rule.meta.id, rule }))
  }

  const known = async (text: string): Promise<ReadonlyArray<Secret>> => {
    const { messages } = await lintSource({
      source: { filePath: "text", content: text, ext: "", contentType: "text" },
      options: { config, noPhysicFilePath: true }
    })
    return messages.flatMap(({ range: [start, end], ruleId, type }) =>
      type === "message" ? [{ start, end, detector: ruleId.replace(/^.*secretlint-rule-/, "") }] : []
    )
  }

  const plain: FindSecrets = async (text, detectors) => [
    ...ownSecrets(text, detectors),
    ...(detectors.includes("recommended") ? await known(text) : [])
  ]

  return async (text, detectors) => {
    const found = [...(await plain(text, detectors))]
    // an assignment ends with its line: what follows it is the next name as often as the rest of a value
    const shaped = detectors.filter((detector) => detector !== "assignment")
    for (const disguise of [joinedLines(text), decodedBase64(text)]) {
      if (disguise === undefined) continue
      for (const { detector, end, start } of await plain(disguise.text, shaped)) {
        found.push({ ...disguise.origin(start, end), detector })
      }
    }
    return merged(found)
  }
}
