/** A resolved scaffold for a person: its blocks, where the provider's cache breaks, what it costs, why it missed. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { ResolvedScaffold } from "../../domain/ResolvedScaffold.js"
import { count, money, percent, plural, shortHash } from "./format.js"
import { missLines } from "./miss.js"
import type { Paint } from "./paint.js"
import { paint } from "./paint.js"
import type { Style } from "./Style.js"
import { type Column, type DrawTable, loadTable } from "./table.js"

export const resolvedView = (resolved: ResolvedScaffold, style: Style): Effect.Effect<string> =>
  Effect.map(Effect.promise(loadTable), (draw) => resolvedText(resolved, style, draw))

/** The view, with a table drawn by `draw`. */
export const resolvedText = (resolved: ResolvedScaffold, style: Style, draw: DrawTable): string => {
  const colors = paint(style)
  const { originalScaffold: scaffold } = resolved
  return [
    `${outcomeWord(resolved, colors)}  ${colors.strong(`${scaffold.provider} ${scaffold.model}`)}  ${resolved.providerFormat}`,
    `key    ${scaffold.hash}`,
    draw(blockColumns(resolved, colors), style),
    ...tokenLines(resolved),
    ...costLines(resolved),
    ...(resolved.miss === undefined ? [] : missLines(resolved.miss, colors)),
    ...resolved.warnings.map(({ code, message }) => `${colors.note("warn ")}  ${code}: ${message}`)
  ].join("\n")
}

const outcomeWord = ({ outcome }: ResolvedScaffold, colors: Paint): string =>
  (outcome === "hit" || outcome === "replay" ? colors.good : colors.note)(outcome.padEnd(5))

const blockColumns = (resolved: ResolvedScaffold, colors: Paint): ReadonlyArray<Column> => {
  const { blocks } = resolved.originalScaffold
  const broken = resolved.miss?.comparison?.block
  const marks = new Map(
    resolved.cachePlan.breakpoints.map(({ block, tokens, ttl }) => [
      block,
      `kept ${ttl} up to here (${count(tokens)})`
    ])
  )
  return [
    { head: "#", align: "right", rank: 0, cells: blocks.map((_, index) => String(index + 1)) },
    { head: "block", rank: 0, cells: blocks.map(({ type }) => type) },
    {
      head: "name",
      rank: 3,
      cells: blocks.map(({ metadata }) => label(metadata?.["name"] ?? metadata?.["src"]))
    },
    {
      head: "tokens",
      align: "right",
      rank: 0,
      cells: blocks.map((_, index) => count(resolved.tokens.perBlock[index] ?? 0))
    },
    { head: "hash", rank: 4, cells: blocks.map(({ hash }) => colors.faint(shortHash(hash))) },
    { head: "provider cache", rank: 2, cells: blocks.map((_, index) => marks.get(index) ?? "") },
    {
      head: "change",
      rank: 1,
      cells: blocks.map((_, index) =>
        broken !== undefined && broken.index === index ? colors.bad(`breaks here: ${broken.change}`) : ""
      )
    }
  ]
}

/** A name that an author chose, kept to one short line. */
const label = (name: unknown): string =>
  typeof name !== "string" ? "" : name.length > 32 ? `${name.slice(0, 31)}…` : name

const tokenLines = ({ cachePlan, tokenCount, tokens }: ResolvedScaffold): ReadonlyArray<string> => {
  const band = tokens.errorBand === 0 ? "" : `, ±${percent(tokens.errorBand)}`
  const minimum =
    cachePlan.minimumTokens === null
      ? ""
      : `; the provider keeps prefixes of ${count(cachePlan.minimumTokens)} and more`
  const plan = {
    breakpoints: `${plural(cachePlan.breakpoints.length, "breakpoint")} marked`,
    automatic: "kept by the provider on its own",
    none: "not kept by the provider"
  }[cachePlan.mode]
  return [
    `tokens ${count(tokenCount)} (${tokens.source} by ${tokens.estimator}${band})`,
    `prefix ${plural(cachePlan.stableBlocks, "stable block")}, ${plural(cachePlan.stableTokens, "token")}, ${plan}${minimum}`
  ]
}

const costLines = ({ cost }: ResolvedScaffold): ReadonlyArray<string> => {
  const amounts = `cold ${money(cost.cold)}, warm ${money(cost.warm)}, without caching ${money(cost.uncached)}`
  const source =
    cost.match === "unknown"
      ? cost.source === "none"
        ? "no price list knows this model"
        : `${cost.source} ${cost.version} does not know this model`
      : `${cost.source} ${cost.version}, ${cost.match} match`
  return [`cost   ${Option.isNone(cost.uncached) ? "unknown" : amounts} (${source})`]
}
