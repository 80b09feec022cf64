/** Reads a `pack.yaml`. Whatever is wrong with it is told with its place in the file, and what to write instead. */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from "yaml"
import { RulepackInvalid } from "../domain/ComplianceErrors.js"
import { nearest } from "../domain/nearest.js"
import { decodeRule, type Misfit, toMisfit } from "./decodeRule.js"
import { type PackFile, type RuleFile, type RuleKind, ruleKinds, WrittenPack } from "./Rulepack.js"

/** In UTF-16 code units. */
const maxLength = 262_144

const outline = Schema.decodeUnknownEither(
  Schema.Struct({ ...WrittenPack.fields, rules: Schema.NonEmptyArray(Schema.Unknown) }),
  { onExcessProperty: "error" }
)

const isKind = (kind: unknown): kind is RuleKind => typeof kind === "string" && Object.hasOwn(ruleKinds, kind)

/** Kinds that the field of their name tells. */
const selfEvident = ["selector", "pattern"] as const

/** The kind that a rule says, or that the field that holds its name says. */
const kindOf = (rule: unknown): unknown => {
  if (typeof rule !== "object" || rule === null) return undefined
  if ("kind" in rule) return rule.kind
  return selfEvident.find((kind) => kind in rule)
}

/** What to write where a rule is of no kind: what was meant, or what there is. */
const kindFix = (rule: unknown, kind: unknown): string => {
  const all = Object.keys(ruleKinds)
  const meant = typeof kind === "string" ? nearest(kind, all) : undefined
  if (meant !== undefined) return `Did you mean ${meant}?`
  const fields = kind === undefined && typeof rule === "object" && rule !== null ? Object.keys(rule) : []
  for (const field of fields) {
    const near = nearest(field, selfEvident)
    if (near !== undefined) return `Did you mean ${near} where it says ${field}?`
  }
  return `Write kind: ${all.join(", ")}.`
}

/** What a pack is called that does not say it. */
export interface PackDefaults {
  readonly id?: string | undefined
  readonly version?: string | undefined
}

export const readPack = (
  text: string,
  file: string,
  defaults: PackDefaults = {}
): Either.Either<PackFile, RulepackInvalid> => {
  const lines = new LineCounter()
  const refuse = (offset: number, problem: string, fix: string): RulepackInvalid => {
    const { col, line } = lines.linePos(offset)
    return new RulepackInvalid({ file, line: Math.max(1, line), column: Math.max(1, col), problem, fix })
  }
  if (text.length > maxLength) {
    return Either.left(refuse(0, `The pack is longer than ${maxLength} characters`, "Split it."))
  }
  // no tags of YAML's own: a pack is JSON, written more pleasantly
  const document = parseDocument(text, {
    lineCounter: lines,
    schema: "core",
    uniqueKeys: true,
    customTags: []
  })
  const [error] = document.errors
  if (error !== undefined) {
    return Either.left(refuse(error.pos[0], "The pack is no YAML", firstLine(error.message)))
  }
  const alias = aliasIn(document)
  if (alias !== undefined) {
    return Either.left(refuse(alias, "The pack holds an alias", "Write what it stands for."))
  }
  const json: unknown = document.toJS()
  const at = (path: Misfit["path"]): number => offsetOf(document, path)
  const misfit = (prefix: Misfit["path"], { fix, path, problem }: Misfit): RulepackInvalid =>
    refuse(at([...prefix, ...path]), problem, fix)
  return Either.gen(function* () {
    const pack = yield* Either.mapLeft(outline(json), (failed) => misfit([], toMisfit(failed)))
    const { id = defaults.id, version = defaults.version } = pack
    if (id === undefined) return yield* Either.left(refuse(at([]), '"id" is missing', "Write it."))
    if (version === undefined) return yield* Either.left(refuse(at([]), '"version" is missing', "Write it."))
    const rules: Array<RuleFile> = []
    const ids = new Set<string>()
    for (const [index, rule] of pack.rules.entries()) {
      const kind = kindOf(rule)
      if (!isKind(kind)) {
        return yield* Either.left(
          refuse(at(["rules", index, "kind"]), "The rule is of no kind", kindFix(rule, kind))
        )
      }
      const decoded = yield* Either.mapLeft(decodeRule(rule, kind), (failed) =>
        misfit(["rules", index], failed)
      )
      if (ids.has(decoded.id)) {
        return yield* Either.left(
          refuse(at(["rules", index, "id"]), `The rule "${decoded.id}" stands twice`, "Give it another id.")
        )
      }
      ids.add(decoded.id)
      rules.push(decoded)
    }
    const [first, ...others] = rules
    // the outline has one rule at least
    return { ...pack, id, version, rules: [first as RuleFile, ...others] }
  })
}

/** Where an alias stands. What a few of them stand for may be too large to be read. */
const aliasIn = (document: Document): number | undefined => {
  let offset: number | undefined
  visit(document, {
    Alias: (_, alias) => {
      offset = alias.range?.[0] ?? 0
      return visit.BREAK
    }
  })
  return offset
}

const firstLine = (message: string): string => `${message.split("\n")[0] ?? ""}.`.replace(/[:.]+\.$/, ".")

/** Where a value stands; if it is missing, where what should hold it does. */
const offsetOf = (document: Document, path: Misfit["path"]): number => {
  for (let length = path.length; length >= 0; length -= 1) {
    const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true)
    if ((isScalar(node) || isMap(node) || isSeq(node)) && node.range) return node.range[0]
  }
  return 0
}
