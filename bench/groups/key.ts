/** The key of a prompt, against the SHA-256 of the same texts. */
import { hash } from "node:crypto"
import { BlockText, compile } from "../../src/prompt/compile.js"
import { inFolder, inputOf, openAegis } from "../aegis.js"
import { contents, cycle, fresh, source, type Contents } from "../fixtures.js"
import { compare, timed, type Interval } from "../harness.js"
import { atMost, group, rounds, shown, tableOf, type Table } from "../report.js"

const ops = 40

const digests = (texts: ReadonlyArray<string>): ReadonlyArray<string> =>
  texts.map((text) => hash("sha256", text, "hex"))

const types = ["requirements", "style_guide", "file_map", "context"] as const

const keyOfBlocks = (texts: ReadonlyArray<string>): unknown =>
  compile(
    inputOf(""),
    types.map((type, i) => new BlockText({ type, name: undefined, content: texts[i] ?? "" })),
    "openai.responses#1"
  )

interface Measurement {
  readonly table: Table
  readonly afresh: Interval
  readonly before: Interval
}

await group("key", () =>
  inFolder(async (root) => {
    const aegis = await openAegis(root)
    const measure = async (title: string, all: ReadonlyArray<Contents>): Promise<Measurement> => {
      const texts = (): (() => ReadonlyArray<() => string>) => cycle(all.map((each) => each.map(fresh)))
      const sources = (): (() => () => string) => cycle(all.map((each) => fresh(source(each))))
      const [forHash, forBlocks, forKey, forMemo] = [texts(), texts(), sources(), sources()]
      const cold = aegis.compiler(0)
      const warm = aegis.compiler(1e9)
      const comparison = await compare({
        base: {
          name: "sha256 of the contents",
          sample: timed(ops, () => forHash().map((make) => make()), digests)
        },
        candidates: [
          {
            name: "key of the input, parsed afresh",
            sample: timed(ops, () => inputOf(forKey()()), cold)
          },
          {
            name: "key of the input, its text seen before",
            sample: timed(ops, () => inputOf(forMemo()()), warm)
          },
          {
            name: "key of four blocks, nothing to parse",
            sample: timed(ops, () => forBlocks().map((make) => make()), keyOfBlocks)
          }
        ],
        rounds: rounds(200)
      })
      const of = (name: string): Interval => comparison.ratio(name, "sha256 of the contents")
      return {
        table: tableOf(title, comparison),
        afresh: of("key of the input, parsed afresh"),
        before: of("key of the input, its text seen before")
      }
    }

    const seeds = Array.from({ length: 64 }, (_, i) => i)
    const large = await measure(
      "Key, 40 KB",
      seeds.map((seed) => contents(seed, 10_240))
    )
    const typographic = await measure(
      "Key, 40 KB, one character in each block that is not Latin-1",
      seeds.map((seed) => {
        const [a, b, c, d] = contents(seed, 10_240)
        return [`${a}→`, `${b}→`, `${c}→`, `${d}→`]
      })
    )
    const small = await measure(
      "Key, 4 KB",
      seeds.map((seed) => contents(seed, 1024))
    )
    await aegis.close()
    return {
      goals: [
        atMost("key of a 40 KB prompt, parsed afresh, to sha256 of its contents", large.afresh, 1.5),
        atMost(
          "key of a 40 KB prompt whose text was seen before, to sha256 of its contents",
          large.before,
          1.5
        ),
        shown("the same, two bytes a character, parsed afresh", typographic.afresh),
        shown("key of a 4 KB prompt, parsed afresh", small.afresh)
      ],
      tables: [large.table, typographic.table, small.table]
    }
  })
)
