/** Pages with charts: that they need nothing else, and that no name can do anything in them. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import { createHash } from "node:crypto"
import * as Vm from "node:vm"
import * as ChartsNode from "../../layers/cli/ChartsNode.js"
import { Charts } from "../../src/cli/Charts.js"
import { drawing } from "../../src/cli/views/html/drawing.js"
import type { Figure } from "../../src/cli/views/html/Figure.js"
import { type Page, pageHtml } from "../../src/cli/views/html/page.js"

const figure = (name: string): Figure => ({
  title: name,
  note: name,
  kind: "line",
  unit: "usd",
  over: "day",
  labels: ["2026-11-01", name],
  series: [{ name, values: [1.5, null] }]
})

const page = (name: string): Page => ({
  title: name,
  facts: [[name, name]],
  figures: [figure(name)],
  tables: [{ title: name, heads: [name], rows: [[name]] }]
})

const hostile = [
  `</script><script>alert("hunter2")</script>`,
  `<img src=x onerror=alert(1)>`,
  `" onload="alert(1)`,
  `' onload='alert(1)`,
  `<!--`,
  `]]>`,
  `\u2028alert(1)//`,
  `&lt;script&gt;`,
  `javascript:alert(1)`
]

const library = Effect.flatMap(Charts, ({ script }) => script).pipe(Effect.provide(ChartsNode.layer))

/** The tags of a page, without what stands between those of its scripts and its style. */
const tagsOf = (html: string): ReadonlyArray<string> =>
  html.replaceAll(/(<(script|style)[^>]*>)[\s\S]*?<\/\2>/g, "$1</$2>").match(/<[^>]*>/g) ?? []

describe("a page", () => {
  it.effect("needs nothing else: no tag leads to an address, and its policy admits none", () =>
    Effect.gen(function* () {
      const html = pageHtml(page("spent"), yield* library)
      for (const tag of tagsOf(html)) {
        assert.notMatch(tag, /\s(?:src|href|srcset|action|data|poster|background|formaction|ping)\s*=/i, tag)
        assert.notMatch(tag, /^<(?:link|iframe|object|embed|base|form)\b/i)
      }
      assert.notMatch(html.replaceAll(/<script>[\s\S]*?<\/script>/g, ""), /:\/\/|url\(|@import/)
      assert.include(html, "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-")
      const addresses = [...html.matchAll(/\w+:\/\/[^\s"'*]+/g)].map(([address]) => address)
      // whom the library is by, in its licence
      assert.deepStrictEqual(
        [...new Set(addresses)],
        ["https://www.chartjs.org", "https://github.com/kurkle/color#readme"]
      )
    })
  )

  it.effect("admits its two scripts by their digests, and no other", () =>
    Effect.gen(function* () {
      const html = pageHtml(page(hostile[0] ?? ""), yield* library)
      const scripts = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, text = ""]) => text)
      const admitted = [...html.matchAll(/'(sha256-[^']+)'/g)].map(([, digest]) => digest)
      assert.lengthOf(scripts, 2)
      assert.deepStrictEqual(
        admitted,
        scripts.map((text) => `sha256-${createHash("sha256").update(text).digest("base64")}`)
      )
    })
  )

  it("is the same for the same figures, byte for byte", () => {
    assert.strictEqual(pageHtml(page("a"), "x"), pageHtml(page("a"), "x"))
  })

  it("shows every value in a table too, for whoever does not see the chart", () => {
    const html = pageHtml(page("spent"), "")
    assert.match(html, /<canvas [^>]*role="img" aria-labelledby="title-0"/)
    assert.match(html, /<th scope="row" class="words">2026-11-01<\/th><td>\$1\.50<\/td>/)
    assert.match(html, /<th scope="row" class="words">spent<\/th><td>–<\/td>/)
    assert.match(html, /<html lang="en">/)
    assert.include(html, "color-scheme: light dark")
    assert.include(html, "prefers-color-scheme: dark")
  })

  const holds = (name: string): void => {
    const html = pageHtml(page(name), "library")
    const plain = pageHtml(page("plain"), "library")
    const kinds = (text: string) => tagsOf(text).map((tag) => tag.replaceAll(/"[^"]*"/g, '""'))
    assert.deepStrictEqual(kinds(html), kinds(plain), "a name makes no tag and no attribute")
    const [, json = ""] =
      /<script type="application\/json" id="figures">([\s\S]*?)<\/script>/.exec(html) ?? []
    assert.deepStrictEqual(JSON.parse(json), [figure(name)], "the figures are read as they were")
  }

  it("takes a hostile name for a name", () => {
    for (const name of hostile) holds(name)
  })

  it("takes any name for a name", () => {
    FastCheck.assert(FastCheck.property(FastCheck.string({ unit: "grapheme" }), holds))
    const markup = FastCheck.stringMatching(/^[<>&"'/!a-z =-]{0,40}$/)
    FastCheck.assert(FastCheck.property(markup, holds))
  })

  it.effect(
    "is drawn by the library: each figure on its own canvas, again when light turns to dark, and on paper",
    () =>
      Effect.gen(function* () {
        const made: Array<{
          readonly id: string
          readonly labels: ReadonlyArray<string>
          readonly tick: string
        }> = []
        let destroyed = 0
        const onChange = new Map<string, () => void>()
        interface Config {
          readonly data: { readonly labels: ReadonlyArray<string> }
          readonly options: {
            readonly scales: { readonly y: { readonly ticks: { readonly callback: (n: number) => string } } }
          }
        }
        class Chart {
          static defaults = { font: {} }
          constructor(canvas: { readonly id: string }, { data, options }: Config) {
            made.push({ id: canvas.id, labels: data.labels, tick: options.scales.y.ticks.callback(-0.5) })
          }
          destroy(): void {
            destroyed++
          }
        }
        const context = {
          Chart,
          document: {
            documentElement: {},
            getElementById: (id: string) => ({ id, textContent: JSON.stringify([figure("a"), figure("b")]) })
          },
          getComputedStyle: () => ({ getPropertyValue: () => " #fff " }),
          matchMedia: (query: string) => ({
            addEventListener: (_: string, listener: () => void) => onChange.set(query, listener)
          })
        }
        Vm.runInNewContext(drawing, context)
        assert.deepStrictEqual(
          made.map(({ id }) => id),
          ["chart-0", "chart-1"]
        )
        assert.deepStrictEqual(made[0], { id: "chart-0", labels: ["2026-11-01", "a"], tick: "-$0.5" })
        onChange.get("(prefers-color-scheme: dark)")?.()
        assert.deepStrictEqual([made.length, destroyed], [4, 2])
        onChange.get("print")?.()
        assert.deepStrictEqual([made.length, destroyed], [6, 4])
        // the library is a script that leaves what draws charts where a page finds it
        const found: unknown = Vm.runInNewContext(`${yield* library}; typeof Chart`, {})
        assert.strictEqual(found, "function")
      })
  )
})
