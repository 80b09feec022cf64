/** Who installs with pnpm gets what npm gives. */
import { assert, describe, it } from "@effect/vitest"
import * as Fs from "node:fs"
import { parse } from "yaml"

const read = (path: string): string => Fs.readFileSync(new URL(`../../${path}`, import.meta.url), "utf8")

describe("the settings for pnpm", () => {
  it("are those of npm: which packages are built, and which versions are put in place", () => {
    // our own file, and the field names that are compared are the two tools' own
    const npm = JSON.parse(read("package.json")) as {
      readonly allowScripts: object
      readonly overrides: object
    }
    const pnpm = parse(read("pnpm-workspace.yaml")) as {
      readonly allowBuilds: object
      readonly overrides: object
    }
    assert.deepStrictEqual(pnpm.allowBuilds, npm.allowScripts)
    assert.deepStrictEqual(pnpm.overrides, npm.overrides)
  })
})
