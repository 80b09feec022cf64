/**
 * The gate of prompts by rules. It stands apart from its Tag: whoever resolves prompts without packs does not load what
 * judges them.
 */
import * as Effect from "effect/Effect"
import type { Finding } from "../domain/Compliance.js"
import { ComplianceViolation } from "../domain/ComplianceErrors.js"
import type { BlockId } from "../domain/Ids.js"
import type { Timestamp } from "../domain/Measures.js"
import type { PromptBlock } from "../domain/PromptBlock.js"
import type { ResolveInput } from "../domain/ResolveInput.js"
import { besideBlocks } from "../enforce/beside.js"
import { nameOf } from "../enforce/PackedRule.js"
import { makePlaces } from "../enforce/places.js"
import { detectorOf, redact } from "../enforce/redact.js"
import { BlockText } from "../prompt/compile.js"
import { layOut } from "../prompt/layout.js"
import { Enforcer, type JudgeError, type Prepared } from "./Enforcer.js"
import { PromptGate } from "./PromptGate.js"

/** What prompts are called where rules are chosen by path: everything that is resolved is a prompt. */
const path = "prompt.prompt.md"
/** Of what has no place of its own. */
const top = { line: 1, column: 1, endLine: 1, endColumn: 1 } as const

/** A finding in a block, or (without one) in the whole prompt. */
interface Verdict {
  readonly finding: Finding
  readonly block?: number
}

export const make = Effect.gen(function* () {
  const enforcer = yield* Enforcer
  const prepared = new Map<string, Prepared>()

  const prepare = Effect.fnUntraced(function* (name: string) {
    const known = prepared.get(name)
    if (known !== undefined) return known
    const made = yield* enforcer.prepare([name])
    prepared.set(name, made)
    return made
  })

  /** Rules that are code judge the prompt, all others its blocks: what a block holds is the same in every prompt. */
  const apply = Effect.fnUntraced(function* (
    { judge, rules }: Prepared,
    input: ResolveInput,
    blocks: ReadonlyArray<BlockText>
  ) {
    const isCode = new Set(rules.filter(({ rule }) => rule.kind === "code").map(nameOf))
    const found: Array<Verdict> = []
    if (isCode.size < rules.length) {
      for (const [block, { content }] of blocks.entries()) {
        const findings = yield* judge({ path, text: content })
        found.push(...findings.filter(({ rule }) => !isCode.has(rule)).map((finding) => ({ finding, block })))
      }
    }
    if (isCode.size > 0) {
      const { layout, model, prompt, provider } = input
      const sent = layOut(blocks, layout)
      const findings = yield* judge({
        path,
        text: prompt,
        prompt: { blocks: sent.map(asBlock), provider, model }
      })
      found.push(...findings.filter(({ rule }) => isCode.has(rule)).map((finding) => ({ finding })))
    }
    return found
  })

  /**
   * Secrets in names of blocks and in the context. Nothing can be taken out of those: a name says what a block is, and the
   * context is the caller's part of the key. So where a rule would redact, the prompt is refused.
   */
  const searchBeside = Effect.fnUntraced(function* (
    { judge, rules }: Prepared,
    input: ResolveInput,
    blocks: ReadonlyArray<BlockText>
  ): Effect.fn.Return<ReadonlyArray<Verdict>, JudgeError> {
    const actions = new Map(
      rules.flatMap((each) => (each.rule.kind === "secret" ? [[nameOf(each), each.rule.action]] : []))
    )
    if (actions.size === 0) return []
    const { blockAt, text } = besideBlocks(input, blocks)
    if (text === "") return []
    const findings = yield* judge({ path, text })
    return findings.flatMap(({ fix: _, ...finding }) => {
      const action = actions.get(finding.rule)
      if (action === undefined) return []
      const block = blockAt(finding.line)
      const where = block === undefined ? "the context of the input" : "the name of a block"
      return {
        finding: {
          ...finding,
          ...top,
          message: `${finding.message.replace(/\.$/, "")}, in ${where}`,
          severity: action === "redact" ? "error" : finding.severity
        },
        ...(block === undefined ? {} : { block })
      }
    })
  })

  return PromptGate.of({
    admit: Effect.fn("PromptGate.admit")(function* (input, blocks, file) {
      const rulepacks: Array<string> = []
      const found: Array<Verdict> = []
      const redacting = new Set<string>()
      for (const name of input.rulepacks) {
        const pack = yield* prepare(name)
        rulepacks.push(...pack.packs.map(({ file: { id, version } }) => `${id}@${version}`))
        for (const each of pack.rules) {
          if (each.rule.kind === "secret" && each.rule.action === "redact") redacting.add(nameOf(each))
        }
        found.push(...(yield* apply(pack, input, blocks)))
        found.push(...(yield* searchBeside(pack, input, blocks)))
      }
      const toFile = placedIn(input.prompt, blocks, file)
      const isRedacted = ({ finding }: Verdict): boolean =>
        redacting.has(finding.rule) && finding.fix !== undefined
      const findings = found.filter((each) => !isRedacted(each)).map(toFile)
      if (findings.some(({ severity }) => severity === "error")) {
        const rank = ({ severity }: Finding): number => (severity === "error" ? 0 : 1)
        return yield* new ComplianceViolation({
          findings: findings.sort(
            (one, other) => rank(one) - rank(other) || one.line - other.line || one.column - other.column
          )
        })
      }
      const warnings = findings.map(({ column, line, message, rule }) => ({
        code: rule,
        message: `${file}:${line}:${column}: ${message}.`
      }))
      const redactions = found.filter(isRedacted)
      return {
        rulepacks,
        blocks: blocks.map((block, i) =>
          withoutSecrets(
            block,
            redactions.filter((each) => each.block === i)
          )
        ),
        warnings: [
          ...warnings,
          ...redactions.map(toFile).map(({ column, line, message, rule }) => ({
            code: rule,
            message: `${file}:${line}:${column}: ${message}. It was taken out.`
          }))
        ]
      }
    })
  })
})

const withoutSecrets = (block: BlockText, found: ReadonlyArray<Verdict>): BlockText => {
  if (found.length === 0) return block
  const { original, text } = redact(
    block.content,
    found.flatMap(({ finding: { fix } }) =>
      fix === undefined ? [] : [{ start: fix.start, end: fix.end, detector: detectorOf(fix.text) }]
    )
  )
  const { name, offset, src, type } = block
  const place = offset === undefined ? {} : { offset }
  return new BlockText({ type, name, src, content: text, redactedFrom: original, ...place })
}

/** Places in blocks as places in the prompt. What came from a file is told of where the file is asked for. */
const placedIn = (
  prompt: string,
  blocks: ReadonlyArray<BlockText>,
  file: string
): ((verdict: Verdict) => Finding) => {
  const { placeOf } = makePlaces(prompt)
  return ({ block, finding }) => {
    const { fix: _, ...rest } = { ...finding, path: file }
    const text = block === undefined ? undefined : blocks[block]
    if (text === undefined) return rest
    const from = text.offset ?? 0
    const at = text.src === undefined ? prompt.indexOf(text.content, from) : -1
    const { offsetOf } = makePlaces(text.content)
    const [start, end] =
      at === -1
        ? [placeOf(from), placeOf(from)]
        : [
            placeOf(at + offsetOf(finding)),
            placeOf(at + offsetOf({ line: finding.endLine, column: finding.endColumn }))
          ]
    return { ...rest, ...start, endLine: end.line, endColumn: end.column }
  }
}

// rules look neither at ids nor at times, which a prompt gets when it is rendered
const noId = "" as BlockId
const noTime = "" as Timestamp

const asBlock = ({ content, hash, name, src, type }: BlockText): PromptBlock => ({
  id: noId,
  content,
  type,
  hash,
  metadata: { ...(name === undefined ? {} : { name }), ...(src === undefined ? {} : { src }) },
  createdAt: noTime,
  updatedAt: noTime
})
