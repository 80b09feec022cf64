/** Which nodes a replay takes from the recording, which it runs, and which it may have to run. */
import type { Overrides } from "../domain/Overrides.js"
import type { PlannedNode } from "../domain/ReplayPlan.js"
import { over } from "../domain/Overrides.js"
import type { RecordedNode, Recording } from "./Recording.js"
import { indexOf } from "./RecordingIndex.js"
import { addressOf, makeReuse, titleOf } from "./reuse.js"
import { replacementsOf } from "./surroundings.js"

export type Planned = Pick<PlannedNode, "action" | "reason"> & { readonly node: RecordedNode }

/** Depth first: a node before those in it. */
const inOrder = (nodes: ReadonlyArray<RecordedNode>): ReadonlyArray<RecordedNode> =>
  [...nodes].sort((one, other) => (one.way < other.way ? -1 : one.way > other.way ? 1 : 0))

/** The nodes in the order of their ways, each before those in it. */
export const planOf = (
  recording: Recording,
  overrides: Overrides,
  present: ReadonlyMap<string, string | number>
): ReadonlyArray<Planned> => {
  const all = over(overrides, recording.overrides)
  const { whyNot } = makeReuse({ ...recording.input, ...all.input }, all, present)
  const nodes = inOrder(recording.nodes)
  const index = indexOf(recording)
  const root = nodes.find(({ outer }) => outer === "")
  const runs = new Map<RecordedNode, string>()
  for (const node of nodes) {
    const reason = node === root ? "it is the run" : whyNot(node, () => index.within(node.way))
    if (reason !== undefined) runs.set(node, reason)
  }
  const may = new Map<RecordedNode, string>()
  const users = new Map<RecordedNode, Array<RecordedNode>>()
  for (const node of nodes) {
    const used = [...node.dependsOn.map((id) => index.wayOf(id) ?? ""), ...Object.keys(node.uses)]
    for (const way of used) {
      const each = index.at(way)
      if (each === undefined) continue
      const known = users.get(each)
      if (known === undefined) users.set(each, [node])
      else known.push(node)
    }
  }
  const open = [...runs.keys()].filter((node) => node !== root)
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const user of users.get(next) ?? []) {
      if (runs.has(user) || may.has(user)) continue
      may.set(user, `it uses ${titleOf(next)}`)
      open.push(user)
    }
  }
  return nodes.map((node) => {
    // what is in a node that is taken over is not looked at
    const reached = index.around(node.way).every((outer) => runs.has(outer) || may.has(outer))
    const certain = reached ? runs.get(node) : undefined
    if (certain !== undefined) return { node, action: "run", reason: certain }
    const uncertain = reached ? may.get(node) : undefined
    return uncertain === undefined
      ? { node, action: "reuse" }
      : { node, action: "may-run", reason: uncertain }
  })
}

/** Overrides of what nothing in the run used, as they are called on the command line. */
export const unusedIn = (recording: Recording, overrides: Overrides): ReadonlyArray<string> => {
  const { input = {}, inputs = {}, outputs = {} } = overrides
  const reads = new Set(recording.nodes.flatMap((node) => Object.keys(node.reads)))
  const surroundings = new Set(recording.nodes.flatMap((node) => Object.keys(node.surroundings)))
  const addresses = new Set(recording.nodes.map(addressOf))
  return [
    ...Object.keys(overrides.rulepacks ?? {}).flatMap((name) =>
      surroundings.has(`rulepack ${name}`) ? [] : [`rulepack ${name}`]
    ),
    ...Object.keys(input).flatMap((name) => (reads.has(name) ? [] : [`input ${name}`])),
    ...[...replacementsOf(overrides).keys()].filter((name) => !surroundings.has(name)),
    ...[...Object.keys(inputs), ...Object.keys(outputs)].flatMap((address) =>
      addresses.has(address) ? [] : [`node ${address}`]
    )
  ]
}
