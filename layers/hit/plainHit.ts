/**
 * `aegis cache resolve FILE` and `aegis cache why FILE` for what they nearly always come to, a hit, without Effect's runtime
 * and without schemas, which take longer to load than the answer to find. Every step is the function that the whole program uses; whatever is not a
 * hit gives up before anything was written or printed, and the whole program begins anew.
 */
import * as Option from "effect/Option"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { completeInput } from "../../src/cli/completeInput.js"
import { uuidOf } from "../../src/domain/Hash.js"
import type { ResolvedScaffold } from "../../src/domain/ResolvedScaffold.js"
import { includedBlock, parseSource, withFiles } from "../../src/prompt/assemble.js"
import { type BlockText, compile } from "../../src/prompt/compile.js"
import { sha256 } from "../../src/prompt/digest.js"
import { parseFrontMatter } from "../../src/prompt/frontMatter.js"
import { adapterName } from "../../src/prompt/key.js"
import { lineOf } from "../../src/prompt/position.js"
import type { ParsedSource } from "../../src/prompt/SourceMemo.js"
import type { AegisConfig, Settings } from "../../src/services/AegisConfig.js"
import { toResolved } from "../../src/services/resolved.js"
import { isCurrent, problemOf, unsafeRead } from "../../src/services/storedScaffold.js"
import { settingsFrom, type Sources } from "../givenSettings.js"
import { answerNow } from "../includes/asking.js"
import { includedText } from "../includes/includedText.js"
import { pricesVersion } from "../prices/version.js"
import { formats } from "../providers/formats.js"
import { giveUp, rightOr } from "./giveUp.js"
import * as HitDatabase from "../storage/HitDatabase.js"

/** A newer record than this code writes must not be written by it; a test compares it with LedgerStorageSqlite's. */
const recordVersion = 2

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

const readPrompt = (path: string, maxBytes: number): string => {
  const stat = Fs.statSync(path)
  if (!stat.isFile() || stat.size > maxBytes) giveUp("no file of a prompt's size")
  return utf8.decode(Fs.readFileSync(path))
}

/** The user's own list of prices counts by its digest: a row that was priced by it proves that it is one. */
const pricesOf = (root: string, { prices }: Settings): string =>
  pricesVersion(
    prices === undefined ? undefined : sha256(Fs.readFileSync(Path.resolve(root, prices), "utf8"))
  )

/**
 * What `show` makes of the scaffold of a prompt file, if it is a hit; throws for everything else. A hit that is `counted`
 * leaves behind what a lookup leaves; one that is only asked after leaves nothing.
 */
export const plainHit = async (
  file: string,
  sources: Pick<Sources, "cwd" | "env">,
  counted: boolean,
  show: (resolved: ResolvedScaffold) => string
): Promise<string> => {
  const config = rightOr(
    settingsFrom({ ...sources, flags: {} }, () => giveUp("a setting is not right")),
    "settings"
  )
  const { root, settings } = config
  const prompt = readPrompt(Path.resolve(sources.cwd, file), settings.maxPromptBytes)
  const { frontMatter } = rightOr(parseFrontMatter(prompt, file), "front matter")
  const input = completeInput(prompt, config, frontMatter)
  if (typeof input === "string") return giveUp(input)
  if (input.rulepacks.length > 0) return giveUp("rules are to be applied")
  const { namespace } = settings

  const start = performance.now()
  const adapter = new Map(Object.entries(formats)).get(input.provider) ?? giveUp("no built-in provider")
  const source = rightOr(parseSource(prompt, file, settings.maxPromptBytes), "source")
  const blocks = blocksOf(source, file, prompt, config)
  const { blocks: laidOut, hash } = rightOr(compile(input, blocks, adapterName(adapter)), "key")
  const prices = pricesOf(root, settings)

  const database =
    (await HitDatabase.open(Path.resolve(root, settings.cacheDir))) ?? giveUp("no cache that is ready")
  try {
    const row = database.get(namespace, hash) ?? giveUp("a miss")
    if (problemOf(namespace, hash, row) !== undefined || !isCurrent(row)) return giveUp("an unsound row")
    const stored = unsafeRead(row)
    if (stored.prices !== prices) return giveUp("prices have changed")
    const resolved = toResolved(stored, input, hash, laidOut, "hit")
    const latency = performance.now() - start
    const at = Date.now()
    const shown = show(resolved)
    if (counted) {
      const record = recordOf(resolved, namespace, latency)
      database.leave({ namespace, hash, at, recordVersion, record })
    }
    return shown
  } finally {
    database.close()
  }
}

/** The blocks of a prompt, the files that it includes read at once. */
const blocksOf = (
  { blocks, sections }: ParsedSource,
  file: string,
  prompt: string,
  { root, settings }: Pick<AegisConfig["Type"], "root" | "settings">
): ReadonlyArray<BlockText> => {
  const place = {
    root,
    maxBytes: settings.maxIncludeBytes,
    cacheDir: settings.cacheDir,
    glob: () => giveUp("a pattern that is not simple")
  }
  let fixed = true
  const filled = sections.map((section, i) => {
    const known = blocks[i]
    if (known !== undefined) return known
    if (section.include === undefined) return giveUp("a section without text")
    fixed = false
    const { src } = section.include
    const line = lineOf(prompt, section.offset)
    return rightOr(
      includedBlock(section, src, answerNow(includedText({ ...section.include, file, line }, place))),
      "include"
    )
  })
  return fixed ? filled : rightOr(withFiles(filled, file, settings.maxPromptBytes), "files")
}

/** The record of a lookup as LedgerStorageSqlite encodes it. What tells processes apart is drawn, for each has one record. */
const recordOf = (resolved: ResolvedScaffold, namespace: string, latency: number): string => {
  const { hash, id, model, provider } = resolved.originalScaffold
  const instance = Math.floor(Math.random() * Number.MAX_SAFE_INTEGER)
  return JSON.stringify({
    id: uuidOf("telemetry", `${instance}\n0`),
    scaffoldId: id,
    operation: "resolve",
    outcome: resolved.outcome,
    namespace,
    provider,
    model,
    tokenCount: resolved.tokenCount,
    cost: Option.getOrNull(resolved.estimatedCost),
    latency,
    cacheHit: resolved.cacheHit,
    latencies: { lookup: latency, provider: null, firstToken: null },
    metadata: { hash, tier: "disk" }
  })
}
