import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import { judgedBy, rawsIn } from "./judged.js"

/** What the file holds, and which raw values are in it. */
type Case = readonly [name: string, path: string, text: string, raws: ReadonlyArray<string>]

const found: ReadonlyArray<Case> = [
  ["a colour in a border", "a.tsx", `<p style={{ border: "1px solid red" }} />`, ["red"]],
  ["a function", "a.tsx", `<p style={{ color: "rgb(1 2 3 / 50%)" }} />`, ["rgb(1 2 3 / 50%)"]],
  ["a constant", "a.tsx", `const danger = "red"; <p style={{ color: danger }} />`, ["red"]],
  ["a member", "a.tsx", `const c = { a: { b: "#f00" } } as const; <p style={{ color: c.a.b }} />`, ["#f00"]],
  ["a spread", "a.tsx", `const base = { color: "#f00" }; <p style={{ ...base, margin: 0 }} />`, ["#f00"]],
  ["a choice", "a.tsx", `<p style={{ color: on ? "red" : "#00f" }} />`, ["red", "#00f"]],
  ["a default", "a.tsx", `<p style={{ color: given ?? "red" }} />`, ["red"]],
  ["a template", "a.tsx", "const w = 'red'; <p style={{ border: `1px solid ${w}` }} />", ["red"]],
  ["a sum", "a.tsx", `<p style={{ border: "1px solid " + "red" }} />`, ["red"]],
  ["a fallback", "a.tsx", `<p style={{ color: "var(--x, #fff)" }} />`, ["#fff"]],
  ["a fallback of a fallback", "a.css", "p { color: var(--x, var(--y, #fff)) }", ["#fff"]],
  ["a gradient", "a.css", "p { background: linear-gradient(red, var(--x) 20%, #00f) }", ["red", "#00f"]],
  ["pixels by a number", "a.tsx", `<p style={{ marginTop: 13, lineHeight: 1.5 }} />`, ["13", "1.5"]],
  ["a negative number", "a.tsx", `<p style={{ marginTop: -13 }} />`, ["-13"]],
  ["sx", "a.tsx", `<Box sx={{ m: "13px", "&:hover": { bgcolor: "#f00" } }} />`, ["13px", "#f00"]],
  ["sx by the screen", "a.tsx", `<Box sx={{ color: { xs: "red", md: "#00f" } }} />`, ["red", "#00f"]],
  ["sx by a function", "a.tsx", `<Box sx={(t) => ({ color: "red" })} />`, ["red"]],
  ["the css prop", "a.tsx", `<p css={[base, { padding: "3px 0" }]} />`, ["3px"]],
  ["css()", "a.ts", `css({ color: "#f00" })`, ["#f00"]],
  ["styled.x()", "a.ts", `styled.a({ color: "#f00" })`, ["#f00"]],
  ["styled(X)()", "a.ts", `styled(Link)(({ theme }) => ({ color: "#f00" }))`, ["#f00"]],
  [
    "a styled template",
    "a.ts",
    "styled.a`\n  ${mixin}\n  color: #f00;\n  &:hover { gap: 3px }`",
    ["#f00", "3px"]
  ],
  ["a styled template with attrs", "a.ts", "styled.a.attrs({ a: 1 })`color: red`", ["red"]],
  ["a choice in a template", "a.ts", "css`color: ${(p) => (p.on ? 'red' : '#00f')};`", ["red", "#00f"]],
  [
    "SVG in JSX",
    "a.tsx",
    `<path fill="#f00" stroke={on ? "red" : "none"} stopColor="#0f0" />`,
    ["#f00", "red", "#0f0"]
  ],
  ["an SVG file", "a.svg", `<svg><path d="M0" fill='#f00' style="stroke: red"/></svg>`, ["#f00", "red"]],
  [
    "a style element of an SVG file",
    "a.svg",
    `<?xml version="1.0"?><!-- fill="#000" --><svg><style>p { fill: red }</style><g data-fill="#000" fill = "#f00" /></svg>`,
    ["red", "#f00"]
  ],
  ["a class", "a.tsx", `<p className="text-[#f00] md:mt-[13px] p-4" />`, ["#f00", "13px"]],
  [
    "a class in cn()",
    "a.tsx",
    `cn("p-2", on && "text-[#f00]", { "hover:bg-[red]": on }, ["m-[3px]"])`,
    ["#f00", "red", "3px"]
  ],
  ["a class in clsx()", "a.tsx", "clsx(`text-[#f00] ${x}`)", ["#f00"]],
  ["a class in cva()", "a.ts", `cva("p-2", { variants: { kind: { bad: "bg-[#f00]" } } })`, ["#f00"]],
  ["a class with spaces", "a.tsx", `<p className="shadow-[0_1px_2px_#000]" />`, ["0_1px_2px_#000"]],
  ["a class of any property", "a.tsx", `<p className="[color:red]" />`, ["red"]],
  ["a radius", "a.css", "p { border-radius: 3px 50% }", ["3px"]],
  [
    "a shadow as a whole",
    "a.css",
    "p { box-shadow: 0 1px 2px rgb(0 0 0 / 10%) }",
    ["0 1px 2px rgb(0 0 0 / 10%)"]
  ],
  [
    "typography",
    "a.css",
    "p { font-size: 13px; font-weight: 600; letter-spacing: .1em }",
    ["13px", "600", ".1em"]
  ],
  ["a part of calc()", "a.css", "p { margin: calc(100% - 13px) }", ["13px"]],
  ["a value before a mistake", "a.css", "p { color: #f00; : } q { color red; gap: 3px }", ["#f00", "3px"]],
  ["an important one", "a.css", "p { color: red !important }", ["red"]],
  ["nested rules", "a.css", "p { span:hover { color: red } @media (x) { gap: 3px } }", ["red", "3px"]]
]

const fine: ReadonlyArray<readonly [name: string, path: string, text: string]> = [
  ["an address of a part", "a.tsx", `<p style={{ clipPath: "url(#fff)", fill: "url(#abc)" }} />`],
  ["an anchor", "a.tsx", `<a href="#fff" id="#fff" title="red">#123</a>`],
  ["a family called red", "a.css", "p { font-family: red }"],
  ["an animation called red", "a.css", "p { animation-name: red; animation: red 1s }"],
  ["a colour in a comment", "a.css", "p { /* color: #fff; */ color: /* #fff */ inherit }"],
  ["a colour in a comment of a template", "a.ts", "css`/* #fff */ // color: #fff\n color: ${t.color};`"],
  [
    "words and zeros",
    "a.css",
    "p { margin: 0 auto; gap: 0px; color: currentColor; fill: none; background: transparent }"
  ],
  ["shares", "a.css", "p { padding: 5%; border-radius: 50% }"],
  ["custom properties", "a.css", "p { color: var(--brand); background: rgb(var(--b) / 50%) }"],
  ["definitions of custom properties", "a.css", ":root { --brand: #3366ff }"],
  [
    "a style of another file",
    "a.tsx",
    `import { s } from "./s"; <p style={s} className={c.x} sx={{ ...s }} />`
  ],
  ["a shadowed constant", "a.tsx", `const c = "red"; const P = ({ c }) => <p style={{ color: c }} />`],
  ["steps of a theme", "a.tsx", `<Box sx={{ m: 2, color: "primary.main", lineHeight: 1 }} />`],
  ["theme values", "a.ts", "styled.a`color: ${({ theme }) => theme.color}; padding: ${p => p.x}px;`"],
  [
    "classes of the theme",
    "a.tsx",
    `<p className="text-red-500 mt-[var(--x)] w-[50%] grid-cols-[1fr_2fr]" />`
  ],
  ["an object that is no style", "a.ts", `const words = { color: "red", margin: 3 }; f({ color: "red" })`],
  ["a string of areas", "a.css", `p { grid-area: red; content: "#fff" }`],
  ["a font's own description", "a.css", "@font-face { font-weight: 400; font-family: X }"],
  ["a constant of itself", "a.tsx", "const a = b; const b = `${a}`; <p style={{ color: a }} />"]
]

describe("raw values", () => {
  it.effect.each(found.map(([name, path, text, raws]) => ({ name, path, text, raws })))(
    "are found: $name",
    ({ path, raws, text }) =>
      Effect.gen(function* () {
        expect(yield* rawsIn(path, text)).toEqual(raws)
      })
  )

  it.effect.each(fine.map(([name, path, text]) => ({ name, path, text })))(
    "are not seen in $name",
    ({ path, text }) =>
      Effect.gen(function* () {
        expect(yield* rawsIn(path, text)).toEqual([])
      })
  )

  it.effect("are answered with the token that is worth as much, however it is written", () =>
    Effect.gen(function* () {
      const rule = { kind: "tokens", values: ["color", "spacing"], sources: ["tokens.json"] }
      const text = "p { color: #36F; background: rgb(51, 102, 255); fill: #3366fe; gap: 8px }"
      const hits = yield* judgedBy(rule, "a.css", text)
      expect(hits.map(({ message }) => message)).toEqual([
        "Raw color value #36F in color: use color.brand.500 (#3366ff)",
        "Raw color value rgb(51, 102, 255) in background: use color.brand.500 (#3366ff)",
        "Raw color value #3366fe in fill",
        "Raw spacing value 8px in gap: use space.2 (8px)"
      ])
    })
  )

  it.effect("count only for the values that a rule names", () =>
    Effect.gen(function* () {
      const text = "p { color: red; margin: 3px; box-shadow: 0 0 1px red; border-radius: 2px }"
      expect(yield* rawsIn("a.css", text, ["color"])).toEqual(["red", "red"])
      expect(yield* rawsIn("a.css", text, ["spacing"])).toEqual(["3px"])
      expect(yield* rawsIn("a.css", text, ["shadow"])).toEqual(["0 0 1px red"])
      expect(yield* rawsIn("a.css", text, ["radius"])).toEqual(["2px"])
    })
  )

  it.effect(
    "are also custom properties that no token is called, where the tokens are custom properties",
    () =>
      Effect.gen(function* () {
        const rule = { kind: "tokens", values: ["color"], sources: ["t.css"] }
        const known = { "t.css": [{ name: "--brand", value: "#3366ff" }] }
        const text =
          "p { --own: var(--brand); color: var(--brand); fill: var(--own); background: var(--brnad) }"
        expect((yield* judgedBy(rule, "a.css", text, known)).map(({ at }) => at)).toEqual(["--brnad"])
        expect(yield* judgedBy(rule, "t.css", "p { color: red }", known)).toEqual([])
      })
  )
})

describe("a file that cannot be read", () => {
  it.effect("is one finding, not silence", () =>
    Effect.gen(function* () {
      const rule = { kind: "tokens", values: ["color"] }
      const deep = yield* judgedBy(rule, "a.ts", "[".repeat(20_000))
      expect(deep.map(({ line, message }) => [line, message])).toEqual([
        [1, "The file cannot be read, so its values were not judged: It is nested too deeply."]
      ])
      const broken = yield* judgedBy(rule, "a.ts", "\nconst a = ;")
      expect(broken.map(({ column, line }) => [line, column])).toEqual([[2, 11]])
      expect(yield* judgedBy(rule, "a.css", "p { color: " + "calc(".repeat(20_000))).toEqual([])
      expect(yield* judgedBy(rule, "a.css", "p {".repeat(20_000) + "color: red")).toHaveLength(1)
    })
  )
})

describe("hostile files", () => {
  const size = 100_000
  const hostile: ReadonlyArray<readonly [path: string, text: string]> = [
    ["a.svg", "<a '".repeat(size)],
    ["a.svg", "<style ".repeat(size)],
    ["a.css", `p { color: ${'"\\'.repeat(size)}`],
    ["a.css", `p { color: ${"red ".repeat(size)}`],
    ["a.css", `p { margin: ${"1".repeat(size)}`],
    ["a.ts", "f();".repeat(size)],
    ["a.tsx", `<p className="${"x[".repeat(size)}" />`],
    ["a.ts", `cn([${"a,".repeat(size)}])`],
    [
      "a.ts",
      `${Array.from({ length: 200 }, (_, i) => `const a${i} = a${i + 1} + a${i + 1};`).join("")}
      const a200 = "red "; css({ color: a0 })`
    ],
    [
      "a.ts",
      `${Array.from({ length: 60 }, (_, i) => `const a${i} = [a${i + 1}, a${i + 1}];`).join("")}css(a0)`
    ]
  ]
  it.effect.each(hostile.map(([path, text]) => ({ path, text, start: text.slice(0, 20) })))(
    "are judged in time that their length explains: $path $start",
    ({ path, text }) =>
      Effect.gen(function* () {
        const hits = yield* judgedBy({ kind: "tokens", values: ["color", "spacing"] }, path, text)
        expect(hits.length).toBeLessThanOrEqual(size)
      }),
    10_000
  )
})

const word = FastCheck.constantFrom("a", "é", "😀", " ", "\n", "\r\n", "/* #000 */", "${x}", "${ f(`y`) }")
const raw = FastCheck.constantFrom("#f00", "rgb(1 2 3 / 50%)", "rebeccapurple", "13px", "hsl(1deg 2% 3%)")

describe("places", () => {
  it.effect("in a template are those of the value, whatever stands around it", () =>
    Effect.promise(() =>
      FastCheck.assert(
        FastCheck.asyncProperty(
          FastCheck.array(word),
          raw,
          FastCheck.boolean(),
          async (before, value, late) => {
            const comment = before.filter((each) => !each.startsWith("/*")).join("")
            const property = value === "13px" ? "margin" : "color"
            const css = `/*${comment}*/\n${"${m}"}\n${property}: ${value}${late ? ";" : "\n"}`
            const text = `// ${before.length}\r\nconst x = styled.a\`${css}\`\n`
            const hits = await Effect.runPromise(rawsIn("a.tsx", text))
            expect(hits).toEqual([value])
          }
        ),
        { numRuns: 60 }
      )
    )
  )

  it.effect("of the same text are the same each time", () =>
    Effect.gen(function* () {
      const rule = { kind: "tokens", values: ["color", "spacing"] }
      const text = found
        .filter(([, path]) => path.endsWith("x"))
        .map(([, , each]) => `{ ${each} }`)
        .join("\n")
      const once = yield* judgedBy(rule, "a.tsx", text)
      expect(once.length).toBeGreaterThan(10)
      expect(yield* judgedBy(rule, "a.tsx", text)).toEqual(once)
    })
  )
})
