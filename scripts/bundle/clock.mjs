// `performance` for the command: Node sets its own up when it is first asked for, with all that observes it, in 3 ms.
export const performance = {
  now: () => Number(process.hrtime.bigint()) / 1e6,
  // undici reports to it
  get markResourceTiming() {
    return globalThis.performance.markResourceTiming
  }
}
