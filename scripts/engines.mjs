// The engines of the gate. No bundle takes them in: they are large, and load what they need of themselves by paths. Types: engines.d.mts.
export const engines = [
  "eslint",
  "typescript",
  "typescript-eslint",
  "@typescript-eslint/*",
  "eslint-plugin-jsx-a11y-x",
  "css-tree",
  "@secretlint/*"
]
