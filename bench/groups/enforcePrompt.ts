/** The packs of prompts on 40 KB, against the SHA-256 of the same text. */
import { hash } from "node:crypto"
import prompt from "../../rulepacks/prompt/pack.js"
import { loadFindSecrets } from "../../layers/enforce/redaction/findSecrets.js"
import type { Detector } from "../../src/enforce/Rulepack.js"
import { contents, cycle, fresh, source } from "../fixtures.js"
import { compare, timed, timedEach } from "../harness.js"
import { group, rounds, tableOf, within } from "../report.js"

const detectors: ReadonlyArray<Detector> = [
  "recommended",
  "private-key",
  "jwt",
  "google",
  "stripe",
  "hugging-face",
  "aws-access-key",
  "assignment"
]

await group("enforcePrompt", async () => {
  const find = await loadFindSecrets()
  const texts = Array.from({ length: 16 }, (_, seed) => source(contents(seed, 10_240)))
  const next = cycle(texts.map(fresh))
  const judge = async (text: string): Promise<void> => {
    for (const rule of prompt.rules) rule.validate(text, { path: "a.prompt.md" })
    await find(text, detectors)
  }
  const comparison = await compare({
    base: {
      name: "sha256 of the text",
      sample: timed(
        40,
        () => next()(),
        (text) => hash("sha256", text, "hex")
      )
    },
    candidates: [{ name: "prompt and redaction, 40 KB", sample: timedEach(5, () => next()(), judge) }],
    rounds: rounds(100)
  })
  return {
    goals: [within("both packs on 40 KB", comparison.micros("prompt and redaction, 40 KB"), 5000)],
    tables: [tableOf("Rules of prompts, 40 KB", comparison)]
  }
})
