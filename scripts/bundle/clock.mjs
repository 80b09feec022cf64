// `performance` for bundles of short commands: Node loads its own with all that observes it, which takes 3 ms.
export const performance = { now: () => Number(process.hrtime.bigint()) / 1e6 }
