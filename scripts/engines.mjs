// The engines of the gate, the parser of differences, and what runs modules of TypeScript. No bundle takes them in: they are large, and load what they need of themselves by paths. Types: engines.d.mts.
export const engines = [
  "eslint",
  "jiti",
  "oxc-parser",
  "typescript",
  "typescript-eslint",
  "@typescript-eslint/*",
  "eslint-plugin-jsx-a11y-x",
  "css-tree",
  "@secretlint/*"
]
