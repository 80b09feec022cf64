/**
 * Rulepacks from folders: those that come with Aegis by name, those of the project by name (from the folders that the
 * setting `rulepackDirs` names) or by the path of their folder. Nothing is fetched. Code of the project's packs is run only
 * where `trustedRulepacks` lists the folder, and then in a thread of its own.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Fs from "node:fs"
import * as Path from "node:path"
import semver from "semver"
import { RulepackInvalid, RulepackNotFound } from "../../src/domain/ComplianceErrors.js"
import { version } from "../../src/domain/version.js"
import type { Pack } from "../../src/enforce/PackedRule.js"
import { changeRules } from "../../src/enforce/changeRules.js"
import { readPack } from "../../src/enforce/readPack.js"
import type { PackFile } from "../../src/enforce/Rulepack.js"
import { AegisConfig } from "../../src/services/AegisConfig.js"
import { Rulepacks } from "../../src/services/Rulepacks.js"
import { configFileName } from "../givenSettings.js"
import { placeOf } from "../jsonPlaces.js"
import { builtInFolder, hashOfBuild, sourcesOf } from "./builtInPacks.js"
import { type Code, loadBuiltIn, loadTrusted } from "./packCode.js"
import {
  findFolder,
  hashOf,
  isWithin,
  type PackFiles,
  readFolder,
  realOf,
  type Refused,
  textOf
} from "./packFolder.js"

const manifest = "pack.yaml"
const codeFiles = ["pack.ts", "pack.js"]
const packName = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/

/** A folder that holds a pack. */
interface Place {
  /** Its real path. */
  readonly folder: string
  /** As messages call it. */
  readonly shown: string
  readonly builtIn: boolean
}

const holdsPack = (folder: string): boolean =>
  [manifest, ...codeFiles].some((name) => Fs.existsSync(Path.join(folder, name)))

/** The names of the folders in a folder that hold a pack. */
const namesIn = (folder: string): ReadonlyArray<string> => {
  try {
    return Fs.readdirSync(folder).filter((name) => packName.test(name) && holdsPack(Path.join(folder, name)))
  } catch {
    return []
  }
}

const invalid = (shown: string, { file, fix, problem }: Refused): RulepackInvalid =>
  new RulepackInvalid({ file: file === "" ? shown : `${shown}/${file}`, line: 1, column: 1, problem, fix })

/** Whether this version of Aegis understands the pack. */
const checkEngine = (pack: PackFile, text: string, file: string): Either.Either<void, RulepackInvalid> => {
  if (pack.engine === undefined) return Either.void
  const fits = semver.satisfies(version, pack.engine, { includePrerelease: true })
  if (fits) return Either.void
  const place = placeOf(text, Math.max(0, text.search(/["']?engine["']?[ \t]*:/)))
  return Either.left(
    semver.validRange(pack.engine) === null
      ? new RulepackInvalid({
          file,
          ...place,
          problem: '"engine" is no range of versions',
          fix: "Write one as npm does: >=0.1.0."
        })
      : new RulepackInvalid({
          file,
          ...place,
          problem: `The pack is for aegis ${pack.engine}, this is ${version}`,
          fix: "Install a version of aegis in that range, or a version of the pack for this one."
        })
  )
}

/** `builtIns` is the folder of the packs that come with Aegis. */
export const make = Effect.fnUntraced(function* (builtIns: string = builtInFolder()) {
  const { root, settings } = yield* AegisConfig
  const realRoot = realOf(root) ?? root
  const builtInSources = realOf(sourcesOf(builtIns))
  /** Packs that were loaded: the id by the folder. */
  const ids = new Map<string, string>()

  const shownOf = (folder: string): string => Path.relative(realRoot, folder).split(Path.sep).join("/") || "."

  /** The folders of the project that hold packs by name. The sources of the built-in packs are no second set of them. */
  const folders = Effect.suspend(() =>
    Effect.map(
      Effect.forEach(settings.rulepackDirs, (path) =>
        Effect.mapError(findFolder(root, path), (refused) => invalid(path, refused))
      ),
      (found) =>
        [...new Set(found)].flatMap((folder) =>
          folder === undefined || folder === builtInSources ? [] : [folder]
        )
    )
  )

  const names = Effect.map(
    Effect.orElseSucceed(folders, () => []),
    (found) => {
      return [...new Set([builtIns, ...found].flatMap(namesIn))].sort()
    }
  )

  const byName = Effect.fnUntraced(function* (name: string) {
    const own: Array<Place> = []
    for (const inside of yield* folders) {
      const shown = `${shownOf(inside)}/${name}`
      const folder = yield* Effect.mapError(findFolder(root, Path.join(inside, name)), (refused) =>
        invalid(shown, refused)
      )
      if (folder === undefined || !holdsPack(folder) || own.some((each) => each.folder === folder)) continue
      own.push({ folder, shown, builtIn: false })
    }
    const builtIn = realOf(Path.join(builtIns, name))
    const places: ReadonlyArray<Place> =
      builtIn !== undefined && holdsPack(builtIn)
        ? [{ folder: builtIn, shown: `aegis/rulepacks/${name}`, builtIn: true }, ...own]
        : own
    const [place, second] = places
    if (second !== undefined) return yield* twice(second.shown, name, place?.shown ?? "")
    return place
  })

  const byPath = Effect.fnUntraced(function* (path: string) {
    const folder = yield* Effect.mapError(findFolder(root, path), (refused) => invalid(path, refused))
    if (folder === undefined) return undefined
    if (!holdsPack(folder)) {
      const problem = `There is no ${[manifest, ...codeFiles].join(", ")} in the folder`
      return yield* invalid(path, { file: "", problem, fix: "Name the folder of a pack." })
    }
    return { folder, shown: shownOf(folder), builtIn: false }
  })

  const twice = (shown: string, id: string, other: string): RulepackInvalid =>
    new RulepackInvalid({
      file: shown,
      line: 1,
      column: 1,
      problem: `There is another pack "${id}": ${other}`,
      fix: "Give this one another id and folder, or take it away."
    })

  const isTrusted = ({ builtIn, folder }: Place): boolean =>
    builtIn ||
    settings.trustedRulepacks.some((path) =>
      Either.match(findFolder(root, path), { onLeft: () => false, onRight: (trusted) => trusted === folder })
    )

  const codeOf = Effect.fnUntraced(function* (place: Place, files: PackFiles) {
    const [entry, other] = codeFiles.filter((name) => files.has(name))
    if (entry === undefined) return undefined
    const file = `${place.shown}/${entry}`
    if (place.builtIn) {
      const code: Code = yield* loadBuiltIn(Path.basename(place.folder), file)
      return { entry, ...code }
    }
    if (other !== undefined) {
      const problem = `There is ${entry} and ${other}`
      return yield* invalid(place.shown, { file: other, problem, fix: "Keep one of them." })
    }
    if (!isTrusted(place)) {
      return yield* invalid(file, {
        file: "",
        problem: "The pack is code, and its folder is not trusted",
        fix: `Read it, then add "${place.shown}" to "trustedRulepacks" in aegis.config.json.`
      })
    }
    const code: Code = yield* loadTrusted(entry, files, file)
    return { entry, ...code }
  })

  /** Rules of kind `code` that stand in a `pack.yaml` use rules of the `pack.ts` beside it. */
  const withCode = Effect.fnUntraced(function* (
    pack: PackFile,
    file: string,
    place: Place,
    files: PackFiles
  ) {
    const uses = pack.rules.filter((rule) => rule.kind === "code")
    if (uses.length === 0) return undefined
    const code: Code | undefined = yield* codeOf(place, files)
    const missing = uses.find(({ uses }) => code?.file.rules.some(({ id }) => id === uses) !== true)
    if (missing === undefined) return code
    const problem = `Rule "${missing.id}" uses "${missing.uses}", which no rule of a pack.ts is called`
    return yield* invalid(file, {
      file: "",
      problem,
      fix: "Write it in a pack.ts beside this file, or correct the name."
    })
  })

  const read = Effect.fnUntraced(function* (place: Place) {
    const refused = (each: Refused): RulepackInvalid => invalid(place.shown, each)
    const files = yield* Effect.mapError(readFolder(place.folder), refused)
    const hash = (place.builtIn ? hashOfBuild(place.folder) : undefined) ?? hashOf(files)
    const bytes = files.get(manifest)
    if (bytes === undefined) {
      const code = yield* codeOf(place, files)
      // there was a file when the folder was looked at
      if (code === undefined) {
        return yield* refused({ file: "", problem: "The pack has gone", fix: "Try again." })
      }
      const origin = `${place.shown}/${code.entry}`
      return { file: code.file, hash, origin, code: code.validators, apart: code.apart } satisfies Pack
    }
    const text = yield* Effect.mapError(textOf(bytes, manifest), refused)
    const origin = `${place.shown}/${manifest}`
    const name = Path.basename(place.folder)
    const file = yield* readPack(text, origin, {
      // the folder of the project is called otherwise on every machine
      id: place.folder !== realRoot && packName.test(name) ? name : undefined,
      // whoever keeps verdicts by the version keeps none of a pack that has changed
      version: `0.0.0-h${hash.slice(0, 12)}`
    })
    yield* checkEngine(file, text, origin)
    const code = yield* withCode(file, origin, place, files)
    return { file, hash, origin, code: code?.validators ?? new Map(), apart: code?.apart } satisfies Pack
  })

  const load = Effect.fn("Rulepacks.load")(function* (name: string) {
    const isPath = /^\.|[/\\]/.test(name)
    const [id = "", wanted] = isPath ? [name] : name.split("@")
    const known = yield* names
    const place = isPath ? yield* byPath(name) : packName.test(id) ? yield* byName(id) : undefined
    if (place === undefined) return yield* new RulepackNotFound({ name, known })
    const whole = yield* read(place)
    const pack = yield* changeRules(whole, settings.rules ?? {}, configFileName)
    const { file, origin } = pack
    if (!isPath && file.id !== id) {
      const problem = `The pack is called "${file.id}", its folder "${id}"`
      return yield* invalid(origin, { file: "", problem, fix: "Give both the same name." })
    }
    if (wanted !== undefined && wanted !== file.version) {
      return yield* new RulepackNotFound({ name, known: [`${id}@${file.version}`] })
    }
    if (builtInSources !== undefined && isWithin(builtInSources, place.folder)) return pack
    const named = isPath && known.includes(file.id) ? yield* byName(file.id) : undefined
    if (named !== undefined && named.folder !== place.folder)
      return yield* twice(origin, file.id, named.shown)
    for (const [folder, other] of ids) {
      if (other === file.id && folder !== place.folder) return yield* twice(origin, file.id, shownOf(folder))
    }
    ids.set(place.folder, file.id)
    return pack
  })

  return Rulepacks.of({ names, load })
})

export const layer: Layer.Layer<Rulepacks, never, AegisConfig> = Layer.effect(Rulepacks, make())
