/**
 * The report as SARIF 2.1.0, as code scanning takes it: at most 25,000 results, the worst ones, and what was left out is said
 * in a notification. Nothing in it tells when or where it was made.
 */
import type * as Sarif from "sarif"
import type { ComplianceReport, Finding, Severity } from "../../domain/Compliance.js"
import { nameOf, type PackedRule } from "../PackedRule.js"
import { bySeverity } from "./bySeverity.js"

/** What GitHub takes of one run. */
const maxResults = 25_000
const root = "SRCROOT"

const levels = { error: "error", warning: "warning", info: "note" } as const satisfies Record<
  Severity,
  Sarif.ReportingConfiguration.level
>

/** A path as a relative URI: every part of it is encoded, what is no Unicode is replaced. */
export const uriOf = (path: string): string =>
  path
    .replaceAll(/\p{Surrogate}/gu, "\uFFFD")
    .split("/")
    .map(encodeURIComponent)
    .join("/")

/** `rules` are those that were applied; a rule that only a finding names is described by that finding. */
export const toSarif = (report: ComplianceReport, rules: ReadonlyArray<PackedRule> = []): string => {
  const findings = bySeverity(report.findings).slice(0, maxResults)
  const described = describe(rules, findings)
  const indices = new Map(described.map(({ id }, index) => [id, index]))
  const log: Sarif.Log = {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: report.tool.name,
            semanticVersion: report.tool.version,
            rules: described,
            properties: { packs: report.packs }
          }
        },
        automationDetails: { id: "aegis/" },
        columnKind: "utf16CodeUnits",
        originalUriBaseIds: { [root]: { description: { text: "The root of the project" } } },
        invocations: [
          { executionSuccessful: true, toolExecutionNotifications: notifications(report, findings.length) }
        ],
        results: findings.map((finding) => resultOf(finding, indices.get(finding.rule)))
      }
    ]
  }
  return `${JSON.stringify(log, null, 2)}\n`
}

const describe = (
  rules: ReadonlyArray<PackedRule>,
  findings: ReadonlyArray<Finding>
): Array<Sarif.ReportingDescriptor> => {
  const described = new Map<string, Sarif.ReportingDescriptor>()
  for (const packed of rules) {
    const { rule } = packed
    const about = rule.description ?? rule.message ?? rule.name ?? rule.id
    described.set(nameOf(packed), {
      id: nameOf(packed),
      shortDescription: { text: rule.name ?? about },
      fullDescription: { text: about },
      help: { text: rule.suggestion === undefined ? about : `${about}\n\n${rule.suggestion}` },
      ...(rule.helpUrl === undefined ? {} : { helpUri: uriText(rule.helpUrl) }),
      defaultConfiguration: { level: levels[rule.severity] }
    })
  }
  for (const { helpUrl, message, rule, severity, suggestion } of findings) {
    const known = described.get(rule)
    if (known !== undefined) {
      // engines know of more documentation than packs name
      if (known.helpUri === undefined && helpUrl !== undefined) known.helpUri = uriText(helpUrl)
      continue
    }
    described.set(rule, {
      id: rule,
      shortDescription: { text: rule },
      help: { text: suggestion ?? message },
      ...(helpUrl === undefined ? {} : { helpUri: uriText(helpUrl) }),
      defaultConfiguration: { level: levels[severity] }
    })
  }
  return [...described.values()].sort((one, other) => (one.id < other.id ? -1 : one.id > other.id ? 1 : 0))
}

/** An address with whatever may not stand in one encoded; what is encoded in it stays as it is. */
const uriText = (url: string): string =>
  url.replaceAll(/[^\w\-.~:/?#[\]@!$&'()*+,;=%]|%(?![0-9A-Fa-f]{2})/gu, (character) =>
    encodeURIComponent(character.replaceAll(/\p{Surrogate}/gu, "\uFFFD"))
  )

const notifications = (
  { findings, leftOut, truncated }: ComplianceReport,
  written: number
): Array<Sarif.Notification> => {
  const unwritten = findings.length - written
  return [
    ...(leftOut.length === 0 ? [] : [`Not applied without --typed: ${leftOut.join(", ")}.`]),
    ...(unwritten > 0
      ? [`${unwritten} of ${findings.length} findings are left out: a run holds ${maxResults} at most.`]
      : []),
    ...(truncated ? ["It stopped at the first file that fails; the files after it were not judged."] : [])
  ].map((text) => ({ level: "warning", message: { text } }))
}

const resultOf = (finding: Finding, ruleIndex: number | undefined): Sarif.Result => {
  const { column, endColumn, endLine, fingerprint, fix, line, message, path, severity, suggestion } = finding
  const artifactLocation = { uri: uriOf(path), uriBaseId: root }
  return {
    ruleId: finding.rule,
    ...(ruleIndex === undefined ? {} : { ruleIndex }),
    level: levels[severity],
    message: { text: suggestion === undefined ? message : `${message}\n${suggestion}` },
    ...(path === ""
      ? {}
      : {
          locations: [
            {
              physicalLocation: {
                artifactLocation,
                region: { startLine: line, startColumn: column, endLine, endColumn }
              }
            }
          ]
        }),
    // the second is the name that GitHub compares
    partialFingerprints: { "aegis/v1": fingerprint, primaryLocationLineHash: fingerprint },
    ...(fix === undefined || path === ""
      ? {}
      : {
          fixes: [
            {
              description: { text: suggestion ?? message },
              artifactChanges: [
                {
                  artifactLocation,
                  replacements: [
                    {
                      deletedRegion: { charOffset: fix.start, charLength: fix.end - fix.start },
                      insertedContent: { text: fix.text }
                    }
                  ]
                }
              ]
            }
          ]
        })
  }
}
