/** What the `aegis` command ends with: the one thing of it that scripts may rely on besides `--json`. */
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Option from "effect/Option"

export const exitCodes = {
  done: 0,
  /** A check that was asked for found something: `cache verify` or `checkpoint verify` damage, `doctor` a fault, `diff` a difference, `ci` a check that does not pass; a budget is used up. */
  gate: 1,
  usage: 2,
  configuration: 3,
  provider: 4,
  /** What was named is not there. It shares its number with the provider: both say that nothing could be had. */
  notFound: 4,
  storage: 5,
  /** A fault of Aegis itself, or of what it runs on. */
  internal: 6,
  /** As shells report a program that a signal ended: 128 and the signal's number. */
  SIGHUP: 129,
  SIGINT: 130,
  SIGTERM: 143
} as const

const byTag = new Map<string, number>([
  ["GateFailed", exitCodes.gate],
  ["ComplianceViolation", exitCodes.gate],
  ["Differs", exitCodes.gate],
  ["ReplayMiss", exitCodes.gate],
  ["BudgetExceeded", exitCodes.gate],
  ["BudgetUnpriced", exitCodes.gate],
  ...[
    "UsageError",
    "ValidationError",
    "PromptSyntaxError",
    "CanonicalError",
    "PromptTooLarge",
    "IncludeError",
    "UnsupportedParameter",
    "InvalidInput",
    "NameAmbiguous",
    "NameTaken",
    "NodeCycle",
    "CheckpointCycle",
    "StateTooLarge",
    "NodeMissing",
    "ConfigIncomplete",
    "CheckpointNamed",
    "ImportInvalid",
    "ValueError",
    "FileRefused",
    "SourceInvalid",
    "NotRecordable"
  ].map((tag) => [tag, exitCodes.usage] as const),
  ["ConfigInvalid", exitCodes.configuration],
  ["ProviderNotFound", exitCodes.configuration],
  ["ProgramNotFound", exitCodes.configuration],
  ["ProgramInvalid", exitCodes.configuration],
  ["RulepackInvalid", exitCodes.configuration],
  ["RulepackNotFound", exitCodes.configuration],
  ["TokensUnreadable", exitCodes.configuration],
  ["EngineFault", exitCodes.internal],
  ...[
    "RateLimited",
    "Overloaded",
    "AuthFailed",
    "ContextOverflow",
    "ModelNotFound",
    "InvalidRequest",
    "ProviderUnavailable",
    "StreamBroken"
  ].map((tag) => [tag, exitCodes.provider] as const),
  ...["RunNotFound", "ThreadDeleted"].map((tag) => [tag, exitCodes.notFound] as const),
  ...[
    "StoreOpenError",
    "StoreError",
    "SchemaTooNew",
    "MigrationFailed",
    "IntegrityError",
    "RunDamaged",
    "RecordingDamaged",
    "RecordingOutdated",
    "LineageMoved"
  ].map((tag) => [tag, exitCodes.storage] as const)
])

/** Whether an error is one of Aegis, whose messages repeat no prompt text and no secret. */
export const isOwnError = (error: unknown): error is Error & { readonly _tag: string } =>
  error instanceof Error && "_tag" in error && typeof error._tag === "string" && byTag.has(error._tag)

/** The exit code of one error, by its tag. A setting refused because of a flag is a fault of the command line. */
export const exitCodeOf = (error: unknown): number => {
  if (typeof error !== "object" || error === null || !("_tag" in error)) return exitCodes.internal
  const tag = String(error._tag)
  if (tag === "ConfigInvalid" && "origin" in error && String(error.origin).startsWith("--")) {
    return exitCodes.usage
  }
  return byTag.get(tag) ?? exitCodes.internal
}

/** The exit code and the lines for stderr of a failed program. A signal's own code is not known here. */
export const failureOf = (
  cause: Cause.Cause<unknown>
): { readonly code: number; readonly lines: ReadonlyArray<string> } => {
  const failures = Chunk.toReadonlyArray(Cause.failures(cause))
  if (failures.length > 0) {
    return {
      code: exitCodeOf(failures[0]),
      lines: [...new Set(failures.filter((error) => !isAnswer(error)).flatMap(linesOf))].map((line) =>
        oneLine(`aegis: ${line}`)
      )
    }
  }
  if (Cause.isInterruptedOnly(cause)) return { code: exitCodes.SIGINT, lines: ["aegis: interrupted"] }
  const defect = Option.getOrUndefined(Cause.dieOption(cause))
  return {
    code: exitCodes.internal,
    lines: [
      oneLine(`aegis: unexpected fault: ${messageOf(defect)}`),
      "aegis: this is a fault in Aegis; `AEGIS_DEBUG=1` shows where it happened"
    ]
  }
}

/** What an error tells: its lines where it has some of its own, else its message. */
const linesOf = (error: unknown): ReadonlyArray<string> =>
  error instanceof Error && "lines" in error && Array.isArray(error.lines)
    ? error.lines.map(String)
    : [messageOf(error)]

/** That two things differ is what was asked, and stands on stdout. */
const isAnswer = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "Differs"

const messageOf = (error: unknown): string =>
  error instanceof Error && error.message !== "" ? error.message : String(error)

/** One line per error, whatever a driver put into its message: no line breaks and no control characters. */
const oneLine = (text: string): string =>
  text
    .replaceAll(/\s+/g, " ")
    .replaceAll(/\p{Cc}/gu, "")
    .trim()
