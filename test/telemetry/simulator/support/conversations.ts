/** Generated conversations: what happens to a prompt from request to request, before any provider's format. */
import * as FastCheck from "effect/FastCheck"

/** A text: those of one `name` begin alike, those of one `name` and `tail` are the same. */
export interface Piece {
  readonly name: number
  readonly tail: number
  readonly tokens: number
}

export interface Turn {
  readonly role: "user" | "assistant"
  readonly pieces: ReadonlyArray<Piece>
}

/** One request of a conversation. `marks` counts blocks from 0: tools, then system, then messages. */
export interface Moment {
  readonly sentAt: number
  readonly readableAt: number
  readonly model: number
  readonly scope: number
  readonly routingKey: number
  readonly parameters: number
  readonly mode: "breakpoints" | "automatic" | "none"
  readonly tools: ReadonlyArray<Piece>
  readonly system: ReadonlyArray<Piece>
  readonly turns: ReadonlyArray<Turn>
  readonly marks: ReadonlyArray<{ readonly block: number; readonly long: boolean }>
}

export const blocksOf = ({ system, tools, turns }: Moment): ReadonlyArray<Piece> => [
  ...tools,
  ...system,
  ...turns.flatMap(({ pieces }) => pieces)
]

interface Step {
  readonly op: Op
  readonly at: number
  readonly tokens: number
  readonly alike: boolean
  readonly pause: number
  readonly latency: number
  readonly marks: ReadonlyArray<number>
}

const ops = [
  "again",
  "turn",
  "turn",
  "turn",
  "editTool",
  "addTool",
  "removeTool",
  "swapTools",
  "editSystem",
  "addSystem",
  "editTurn",
  "longTurn",
  "longTurn",
  "dropTurns",
  "fork",
  "model",
  "scope",
  "routingKey",
  "parameters",
  "mode",
  "parallel"
] as const
type Op = (typeof ops)[number]

const minute = 60_000
/** Around every time to live, and shorter. */
const pauses = [1, 1000, 20_000, 4 * minute, 5, 10, 30, 60, 24 * 60].flatMap((pause) =>
  pause < 1000 && pause !== 1 ? [pause * minute - 1, pause * minute, pause * minute + 1] : [pause]
)

const stepsOf = (sizes: FastCheck.Arbitrary<number>): FastCheck.Arbitrary<ReadonlyArray<Step>> =>
  FastCheck.array(
    FastCheck.record({
      op: FastCheck.constantFrom(...ops),
      at: FastCheck.nat(1000),
      tokens: sizes,
      alike: FastCheck.boolean(),
      pause: FastCheck.constantFrom(...pauses),
      latency: FastCheck.constantFrom(0, 1, 900, 15_000, 6 * minute),
      marks: FastCheck.array(FastCheck.nat(1000), { maxLength: 2 })
    }),
    { minLength: 2, maxLength: 12 }
  )

const replaceAt = <A>(items: ReadonlyArray<A>, at: number, change: (item: A) => A): ReadonlyArray<A> =>
  items.map((item, i) => (i === at % items.length ? change(item) : item))

/** Plays the steps from a first request on. */
const play = (first: ReadonlyArray<number>, steps: ReadonlyArray<Step>): ReadonlyArray<Moment> => {
  let names = 0
  const fresh = (tokens: number): Piece => ({ name: names++, tail: 0, tokens })
  const edited = (piece: Piece, { alike, tokens }: Step): Piece =>
    alike ? { ...piece, tail: names++ } : fresh(tokens)
  const [tool = 10, system = 10, question = 10] = first
  let now: Omit<Moment, "marks"> = {
    sentAt: 1_750_000_000_000,
    readableAt: 1_750_000_000_000,
    model: 0,
    scope: 0,
    routingKey: 0,
    parameters: 0,
    mode: "breakpoints",
    tools: [fresh(tool), fresh(tool)],
    system: [fresh(system), fresh(system)],
    turns: [{ role: "user", pieces: [fresh(question)] }]
  }
  const moments: Array<Moment> = []
  for (const step of [{ ...again, latency: 0 }, ...steps]) {
    const { at, op, tokens } = step
    const change: Readonly<Record<Op, () => Partial<Moment>>> = {
      again: () => ({}),
      parallel: () => ({}),
      turn: () => ({
        turns: [
          ...now.turns,
          { role: "assistant", pieces: [fresh(tokens)] },
          { role: "user", pieces: at % 3 === 0 ? [fresh(9), fresh(tokens)] : [fresh(tokens)] }
        ]
      }),
      // more blocks than a lookback reaches
      longTurn: () => ({
        turns: [
          ...now.turns,
          { role: "assistant", pieces: [fresh(3)] },
          { role: "user", pieces: Array.from({ length: 17 + (Math.floor(at / 4) % 4) }, () => fresh(7)) }
        ]
      }),
      editTool: () => ({ tools: replaceAt(now.tools, at, (piece) => edited(piece, step)) }),
      addTool: () => ({ tools: now.tools.toSpliced(at % (now.tools.length + 1), 0, fresh(tokens)) }),
      removeTool: () => ({ tools: now.tools.toSpliced(at % Math.max(1, now.tools.length), 1) }),
      swapTools: () => ({ tools: now.tools.toReversed() }),
      editSystem: () => ({ system: replaceAt(now.system, at, (piece) => edited(piece, step)) }),
      addSystem: () => ({ system: now.system.toSpliced(at % (now.system.length + 1), 0, fresh(tokens)) }),
      editTurn: () => ({
        turns: replaceAt(now.turns, at, (turn) => ({
          ...turn,
          pieces: replaceAt(turn.pieces, at, (piece) => edited(piece, step))
        }))
      }),
      dropTurns: () => ({ turns: now.turns.slice(-1) }),
      fork: () => {
        const earlier = moments[at % Math.max(1, moments.length)]
        return earlier === undefined
          ? {}
          : { tools: earlier.tools, system: earlier.system, turns: earlier.turns }
      },
      model: () => ({ model: at % 2 }),
      scope: () => ({ scope: at % 2 }),
      routingKey: () => ({ routingKey: at % 2 }),
      parameters: () => ({ parameters: at % 3 }),
      mode: () => ({ mode: (["breakpoints", "automatic", "none"] as const)[at % 3] ?? "breakpoints" })
    }
    const sentAt = now.sentAt + (op === "parallel" ? 0 : step.pause)
    now = { ...now, ...change[op](), sentAt, readableAt: sentAt + step.latency }
    moments.push({ ...now, marks: marksOf(now, step) })
  }
  return moments
}

const again: Step = { op: "again", at: 0, tokens: 1, alike: false, pause: 0, latency: 0, marks: [] }

/** At the ends of tools, system and messages, and elsewhere; those that last longer come first. */
const marksOf = (moment: Omit<Moment, "marks">, { at, marks }: Step): Moment["marks"] => {
  const { system, tools } = moment
  const count = blocksOf({ ...moment, marks: [] }).length
  const usual = [tools.length + system.length - 1, count - 1, tools.length - 1]
  const places = [...usual.slice(0, at % 4), ...marks.map((mark) => mark % count)]
  const distinct = [...new Set(places.filter((block) => block >= 0 && block < count))].sort((a, b) => a - b)
  const long = at % (distinct.length + 1)
  return distinct.slice(0, 4).map((block, i) => ({ block, long: i < long }))
}

/** Conversations whose blocks are of the given sizes in tokens. */
export const conversations = (
  sizes: FastCheck.Arbitrary<number>
): FastCheck.Arbitrary<ReadonlyArray<Moment>> =>
  FastCheck.tuple(FastCheck.array(sizes, { minLength: 3, maxLength: 3 }), stepsOf(sizes)).map(
    ([first, steps]) => play(first, steps)
  )

const filler = "Antworte kurz und nenne die Klausel – darüber hinaus nichts. ".repeat(400)

/** The text of a piece, and never a character that JSON would escape. */
export const textOf = ({ name, tail, tokens }: Piece): string =>
  `§${name} ${filler.slice(0, Math.max(0, tokens * 4 - 10))}${tail}`
