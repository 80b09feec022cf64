/** What a strict replay tells of a recording, check by check. */
import type { ReplayMiss } from "../../domain/ReplayErrors.js"
import type { ReplayCheck, Verdict } from "../../domain/ReplayResult.js"
import type { RunVerifyReport } from "../../domain/RunReports.js"
import { titleOf } from "../../replay/reuse.js"

/** What a verdict says is not as it was; undefined where it says nothing of the kind. */
export const explained = (verdict: Verdict): string | undefined => {
  const title = titleOf(verdict)
  switch (verdict.verdict) {
    case "DIVERGED":
      return verdict.reason === undefined
        ? `the output of ${title} differs at ${verdict.path === "" || verdict.path === undefined ? "its root" : verdict.path}`
        : `${verdict.reason} in ${title}`
    case "MISSING":
      return `${title} was recorded, and nothing asked for it`
    case "EXECUTED":
      return `${title} was not recorded`
    default:
      return undefined
  }
}

const check = (name: ReplayCheck["check"], found: string | undefined): ReplayCheck => ({
  check: name,
  ok: found === undefined,
  ...(found === undefined ? {} : { found })
})

export const checksOf = (
  verdicts: ReadonlyArray<Verdict>,
  miss: ReplayMiss | undefined,
  chain: RunVerifyReport
): ReadonlyArray<ReplayCheck> => {
  const by = (reason: RegExp): string | undefined => {
    const verdict = verdicts.find((each) => each.verdict === "DIVERGED" && reason.test(each.reason ?? ""))
    return verdict === undefined ? undefined : explained(verdict)
  }
  const missed = (tools: boolean): string | undefined =>
    miss !== undefined && (miss.kind === "tool") === tools ? miss.message : undefined
  const other = verdicts.find(
    ({ reason, verdict }) =>
      verdict === "MISSING" || verdict === "EXECUTED" || (verdict === "DIVERGED" && reason === undefined)
  )
  const [problem] = chain.problems
  return [
    check("chain", problem && `${problem.what}${problem.n === undefined ? "" : ` at entry ${problem.n}`}`),
    check("blocks", by(/^block /) ?? (/^block /.test(miss?.because ?? "") ? miss?.because : undefined)),
    check("requests", missed(false) ?? by(/^(?:provider|model|temperature|seed) /)),
    check("tools", missed(true)),
    check("findings", by(/^findings /)),
    // what follows from a miss is told by the miss
    check("outputs", miss === undefined ? other && explained(other) : undefined)
  ]
}
